"""Exports of other systems, as they write them."""

from collections.abc import Callable

import pytest
from unit.catalog.imports.files import faults, read, reading

from chassis.tables import CsvWriter, TableWriter, XlsxWriter
from services.catalog.imports.columns import Wanted

HOMEBOX = """\
HB.import_ref,HB.location,HB.tags,HB.asset_id,HB.archived,HB.url,HB.name,HB.quantity,\
HB.description,HB.insured,HB.notes,HB.purchase_price,HB.purchase_from,HB.purchase_time,\
HB.manufacturer,HB.model_number,HB.serial_number,HB.lifetime_warranty,HB.warranty_expires,\
HB.warranty_details,HB.sold_to,HB.sold_price,HB.sold_time,HB.sold_notes,HB.field.Colour
,House / Garage,IOT; Home Assistant,000-001,false,https://h/item/1,Relay,2,A relay,true,\
Mind the fuse,39.95,Amazon,10/13/2021,Zooz,ZEN17,SN-1,false,0001-01-01,,,0,,,blue
ref-2,Attic,,000-002,true,https://h/item/2,Tent,1,,false,,0,,0001-01-01,,,,true,2027-05-01,\
For life,Ann,10,2022-01-02,Cash,
,House,,,,https://h/location/9,Cellar,,,,,,,,,,,,,,,,,,
"""
SNIPE_IT = """\
ID,Company,Asset Name,Asset Tag,Serial,Model,Model No.,Category,Status,Checked Out To,Location,\
Default Location,Manufacturer,Supplier,Purchase Date,Purchase Cost,Order Number,Warranty,EOL,Notes,\
Checkout Date,Expected Checkin Date,Checkouts,MAC Address,_snipeit_ram_2
1,Acme,,WH-1,C02X,MacBook Pro,A2141,Laptops,Deployed,Ann Lee (ann),Berlin,Depot,Apple,Toolshop,\
2023-01-31,"2,499.00",PO-7,36 months,2028-01-31,scratched,2024-03-01 10:00:00,2024-09-01,3,aa:bb,16
2,Acme,Spare screen,WH-2,,U2720Q,,Monitors,Out for Repair,,Depot,,Dell,,,,,,,,,,0,,
"""


def test_an_export_of_homebox_is_known_by_itself() -> None:
    """Nothing that it says is lost; zeros, and the first day of all, say nothing. A row for a place
    is that place."""
    relay, tent, cellar = read(HOMEBOX, None, currency="USD")
    assert relay == {
        "name": "Relay",
        "sku": "000-001",
        "entry_external_id": "homebox:000-001",
        "location": "House / Garage",
        "labels": ["IOT", "Home Assistant"],
        "quantity": 2,
        "description": "A relay",
        "is_insured": True,
        "notes": "Mind the fuse",
        "purchase_price": 3995,
        "currency": "USD",
        "purchased_from": "Amazon",
        "date_acquired": "2021-10-13",
        "manufacturer": "Zooz",
        "model": "ZEN17",
        "serial_number": "SN-1",
        "lifetime_warranty": False,
        "attributes.Colour": "blue",
    }
    assert tent == {
        "name": "Tent",
        "sku": "000-002",
        "external_id": "ref-2",
        "entry_external_id": "homebox:ref-2",
        "location": "Attic",
        "quantity": 1,
        "status": "DISPOSED",
        "is_insured": False,
        "lifetime_warranty": True,
        "warranty_expires": "2027-05-01",
        "warranty_details": "For life",
        "attributes.archived": "true",
        "attributes.sold_to": "Ann",
        "attributes.sold_price": "10",
        "attributes.sold_date": "2022-01-02",
        "attributes.sold_notes": "Cash",
    }
    assert cellar == {"location": "House / Cellar"}


def test_older_and_newer_names_of_homebox_are_understood() -> None:
    content = (
        "HB.name,HB.labels,HB.purchase_date,HB.sold_date,HB.low_stock_threshold,HB.quantity\n"
        "Saw,Red,2024-01-31,2024-02-01,1.5,2\n"
    )
    [saw] = read(content, None, location="House")
    assert saw == {
        "name": "Saw",
        "labels": ["Red"],
        "date_acquired": "2024-01-31",
        "attributes.sold_date": "2024-02-01",
        "status": "DISPOSED",
        "min_stock_level": 2,
        "quantity": 2,
        "location": "House",
    }


def test_what_both_defuse_is_as_it_was() -> None:
    """Homebox with an apostrophe, Snipe-IT with a grave accent."""
    assert read("HB.name\n'=Saw\n''@home\n", None) == [{"name": "=Saw"}, {"name": "'@home"}]
    [found] = read("Asset Tag,Model,Status\n`-1,`=X,Ready\n", None, location="Hall")
    assert (found["sku"], found["name"]) == ("-1", "=X")


@pytest.mark.parametrize("writer", [CsvWriter, XlsxWriter])
def test_what_looks_defused_comes_back_from_a_table_of_ours(
    writer: Callable[[str, list[str]], TableWriter],
) -> None:
    """An apostrophe that is somebody's own is there again, in front of a formula or not."""
    names = ["=x", "'=x", "''=x", "`+x", "-5", "'-5", "'x", "'@", "'"]
    made = writer("borrowers", ["name"])
    content = made.begin() + made.rows([[name] for name in names]) + made.end()
    assert [row["name"] for row in read(content)] == names


def test_who_has_an_asset_is_no_attribute_of_it() -> None:
    """Columns of the custom report about people and addresses are Snipe-IT's own, and left out."""
    headings = "Asset Tag,Model,Status,Employee No.,Manager,Phone,City,User Address,Deleted,RAM"
    opened = reading(f"{headings}\n1,X,Ready,7,Bob,555,Riga,Home,,16\n", Wanted(location="Hall"))
    assert opened.columns.ignored == headings.split(",")[3:-1]
    assert opened.chunk().rows[0].fields["attributes.RAM"] == "16"
    opened.close()


def test_an_export_of_snipe_it_is_known_by_itself() -> None:
    """One unit where it belongs, and a loan where a person has it; custom fields are attributes."""
    laptop, screen = read(SNIPE_IT, None, currency="EUR")
    assert laptop == {
        "name": "MacBook Pro",
        "sku": "WH-1",
        "entry_external_id": "snipe-it:WH-1",
        "serial_number": "C02X",
        "model": "A2141",
        "category": "Laptops",
        "manufacturer": "Apple",
        "purchased_from": "Toolshop",
        "location": "Depot",
        "quantity": 1,
        "status": "AVAILABLE",
        "date_acquired": "2023-01-31",
        "purchase_price": 249_900,
        "currency": "EUR",
        "warranty_details": "36 months",
        "warranty_expires": "2026-01-31",
        "notes": "scratched",
        "borrower": "Ann Lee",
        "loaned_at": "2024-03-01T10:00:00+00:00",
        "due_at": "2024-09-01T00:00:00+00:00",
        "attributes.status": "Deployed",
        "attributes.company": "Acme",
        "attributes.order_number": "PO-7",
        "attributes.eol": "2028-01-31",
        "attributes.MAC Address": "aa:bb",
        "attributes.ram": "16",
    }
    assert (screen["name"], screen["condition"], screen["status"]) == (
        *("Spare screen", "FOR_REPAIR", "AVAILABLE"),
    )
    assert "borrower" not in screen
    opened = reading(SNIPE_IT, Wanted(currency="EUR"))
    assert opened.columns.ignored == ["ID", "Checkouts"]
    opened.close()


def test_a_warranty_ends_on_a_day_that_there_is() -> None:
    content = (
        "Asset Tag,Model,Status,Location,Purchase Date,Warranty\n"
        "1,X,Lost/Stolen,Hall,2024-01-31,1\n"
    )
    [found] = read(content, None)
    assert (found["warranty_expires"], found["status"]) == ("2024-02-29", "MISSING")


def test_what_an_export_gets_wrong_is_told_by_the_platforms_names() -> None:
    content = "HB.name,HB.quantity,HB.asset_id\n,many,1\n"
    assert faults(content, None) == ["2 quantity: 'many' is no whole number", "2 name: is empty"]
