"""Which column holds what."""

import pytest
from unit.catalog.imports.files import Fields, faults, read, reading

from services.catalog.imports.columns import Columns, UnfitError, Wanted


def columns(headings: str, **wanted: object) -> Columns:
    opened = reading(f"{headings}\n", Wanted(**wanted))  # type: ignore[arg-type] # as they come
    opened.close()
    return opened.columns


def test_columns_are_known_by_their_fields_names_and_by_other_words() -> None:
    """Whatever the case, blanks and marks; an exact name comes before another word for it."""
    found = columns("Title,NAME,Serial No.,attributes.Year,Qty,Colour", kind="items")
    assert found.told == {
        "NAME": "name",
        "Serial No.": "serial_number",
        "attributes.Year": "attributes.Year",
    }
    assert found.ignored == ["Title", "Qty", "Colour"]


def test_columns_can_be_named_left_out_and_kept_as_attributes() -> None:
    chosen = {"Was": "name", "Titel": "description", "Tag": None}
    found = columns(
        "Was,Titel,Tag,Farbe", kind="items", map="own", chosen=chosen, unknown_to_attributes=True
    )
    assert found.told == {"Was": "name", "Titel": "description", "Farbe": "attributes.Farbe"}
    assert found.ignored == ["Tag"]


def test_a_key_is_a_field_or_a_column_of_own_identifiers() -> None:
    assert columns("name,sku", kind="items", key="sku").key == "sku"
    by_column = columns("name,uri", kind="items", key="uri")
    assert (by_column.key, by_column.told["uri"]) == ("external_id", "external_id")
    assert faults("name,uri\nDrill,\n", "items", key="uri") == ["2 external_id: is empty"]


@pytest.mark.parametrize(
    ("headings", "wanted", "parameter", "says"),
    [
        ("name", {}, "kind", "Say what the rows are"),
        ("nome", {"kind": "items"}, "map", "items need a column for: name. The file has 'nome'."),
        ("name", {"kind": "items", "key": "uri"}, "key", "no column of the file"),
        ("name", {"kind": "items", "key": "sku"}, "key", "No column holds sku"),
        ("name", {"kind": "items", "location": "Hall"}, "location", "leave it out"),
        ("name,a,a", {"kind": "items", "chosen": {"a": "sku"}}, "map", "several columns 'a'"),
        ("name,a", {"kind": "items", "chosen": {"a": "colour"}}, "map", "no field 'colour'"),
        ("a,b", {"kind": "items", "chosen": {"a": "name", "b": "name"}}, "map", "Several columns"),
        ("item,location,price", {"kind": "inventory"}, "currency", "say their currency"),
        ("HB.name", {"kind": "items", "map": "homebox"}, "kind", "leave out the kind"),
    ],
)
def test_headings_that_cannot_be_meant_are_told(
    headings: str, wanted: Fields, parameter: str, says: str
) -> None:
    with pytest.raises(UnfitError, match=says) as told:
        columns(headings, **wanted)
    assert told.value.parameter == parameter


def test_rows_say_all_that_is_wrong_with_them() -> None:
    content = "item,location,quantity,price,currency\n,House,many,1.234,EUR\nD-1,,2,5,\n"
    assert faults(content, "inventory") == [
        "2 quantity: 'many' is no whole number",
        "2 item: is empty",
        "2 purchase_price: 1.234 has more than the 2 decimals of EUR",
        "3 location: is empty",
        "3 currency: is empty, and the import has no currency of its own",
    ]


def test_stock_without_a_place_is_told() -> None:
    """A row of a mixed file may be an item alone; one that tells of stock has to say where."""
    content = "name,location,container,quantity\nA,,,\nB,,Box,\nC,,,7\nD,Hall,,7\n"
    assert faults(content, "mixed") == ["3 location: is empty", "4 location: is empty"]


def test_an_error_of_a_formula_is_told() -> None:
    content = "name,location,quantity\nA,Hall,#REF!\n#N/A,Hall,2\n"
    assert [fault.split(";")[0] for fault in faults(content, "mixed")] == [
        "2 quantity: #REF! is the error of a formula",
        "3 name: #N/A is the error of a formula",
    ]


def test_what_rows_leave_open_the_import_can_say() -> None:
    content = "item,quantity,price\nD-1,2,5\n"
    assert read(content, "inventory", currency="EUR", location="House / Hall") == [
        {
            "item": "D-1",
            "quantity": 2,
            "location": "House / Hall",
            "purchase_price": 500,
            "currency": "EUR",
        }
    ]


def test_a_row_that_no_event_could_carry_is_told() -> None:
    long = ",".join(f"attributes.a{n}" for n in range(30))
    cells = ",".join(["ж" * 9_000] * 30)
    [fault] = faults(f"name,{long}\nX,{cells}\n", "items")
    assert "has more than 200,000 bytes" in fault


def test_a_file_of_faults_goes_in_as_it_was() -> None:
    """Its own columns say nothing, whatever becomes of unknown ones; what was defused is itself."""
    content = (
        "import:line,import:faults,name,'=colour\n3,name: is empty,'=Drill,''-red\n4,,Saw,-5\n"
    )
    found = reading(content, Wanted(kind="items", unknown_to_attributes=True))
    assert (found.columns.told, found.columns.ignored) == (
        {"name": "name", "=colour": "attributes.=colour"},
        [],
    )
    assert [row.fields for row in found.chunk().rows] == [
        {"name": "=Drill", "attributes.=colour": "'-red"},
        {"name": "Saw", "attributes.=colour": "-5"},
    ]
    found.close()


def test_columns_without_a_heading_are_told_and_harm_nothing() -> None:
    """The last of them, and those in between; what stands in no column is a fault."""
    content = "name,,notes,\nAnn,x,a,\nBob,,b,y\nCid,,,,z\nDan\n"
    found = reading(content, Wanted(kind="borrowers", unknown_to_attributes=True))
    assert found.columns.ignored == [
        "column B, which has no heading",
        "column D, which has no heading",
    ]
    chunk = found.chunk()
    assert [row.fields["name"] for row in chunk.rows] == ["Ann", "Bob", "Dan"]
    assert [fault.number for fault in chunk.faults] == [4]
    found.close()


def test_a_row_that_is_found_by_an_identifier_needs_nothing_else() -> None:
    content = "sku,min stock\nA-1,5\n,6\n"
    assert read(content, "items", key="sku") == [{"sku": "A-1", "min_stock_level": 5}]
    assert faults(content, "items", key="sku") == ["3 sku: is empty"]
    assert read("id,quantity\n7,2\n", "inventory", key="external_id") == [
        {"external_id": "7", "quantity": 2}
    ]


def test_a_price_that_is_none_is_one_fault() -> None:
    content = "item,location,price,currency\nA,House,1.2.3,EURO\nB,House,much,\nC,House,5,EURO\n"
    none = "is no amount; write 1234.50, and the currency in a column of its own"
    assert faults(content, "inventory", currency=None) == [
        f"2 purchase_price: '1.2.3' {none}",
        "2 currency: 'EURO' is no currency code such as EUR",
        f"3 purchase_price: 'much' {none}",
        "4 currency: 'EURO' is no currency code such as EUR",
    ]


def test_rows_of_other_things_that_share_an_identifier_are_told_with_each_other() -> None:
    content = "external_id,sku,name\n1,A,Drill\n2,A,Saw\n,A,Axe\n1,B,Rake\n"
    assert faults(content, "items") == [
        "3 sku: 'A' is the sku of row 2, too; only that goes in",
        "4 sku: 'A' is the sku of row 2, too; only that goes in",
        "5 row: is the same external_id as row 2; only that goes in",
    ]
    one, other = "which has another external_id", "which has another sku"
    assert faults(content, "mixed") == [
        f"3 sku: 'A' is the sku of row 2, too, {one}; only that goes in",
        f"5 external_id: '1' is the external_id of row 2, too, {other}; only that goes in",
    ]


def test_names_that_look_the_same_are_the_same() -> None:
    content = "name\n\u200bCaf\u00e9\nCafe\u0301 \n\u200b\n"
    assert read(content, "labels") == [{"name": "Café"}]
    assert faults(content, "labels") == [
        "3 row: is the same name as row 2; only that goes in",
        "4 name: It is empty; give at least one character that can be seen.",
    ]


def test_a_barcode_is_the_same_however_it_is_written() -> None:
    content = "name,barcode\nUlysses,0-14-118280-6\nOther,9780141182803\n"
    assert faults(content, "items") == ["3 row: is the same barcode as row 2; only that goes in"]
    assert faults(content, "items", key="barcode") == faults(content, "items")
    content = "name,sku,barcode\nUlysses,U,0-14-118280-6\nOther,O,9780141182803\n"
    assert [fault.split(";")[0] for fault in faults(content, "mixed")] == [
        "3 barcode: '9780141182803' is the barcode of row 2, too, which has another sku"
    ]


def test_rows_of_one_item_have_to_agree_about_it() -> None:
    """What they leave out, and how they write a place of a tree, is no matter."""
    content = (
        "name,sku,category,labels,location,quantity\n"
        "Drill,D2,Tools,red; big,L,1\n"
        "Saw,D2,Tools,,M,1\n"
        "Drill,D2,tools,big; red,N,2\n"
        "Drill,D2,Toys,,O,2\n"
        "Nail,,,,L,1\n"
        "Nail,,Iron,,M,1\n"
        "nail,,Steel,,N,1\n"
    )
    why = "of the same item; make them agree, or empty one"
    assert faults(content, "mixed") == [
        f"3 name: is not what row 2 says {why}",
        f"5 category: is not what row 2 says {why}",
        f"8 name: is not what row 6 says {why}",
    ]


def test_a_loan_is_in_a_file_once() -> None:
    content = "item,borrower,quantity,loaned at\nEQ,Mia,1,\nEQ,mia,100,\nEQ,Mia,1,2024-03-02\n"
    assert faults(content, "loans") == ["3 row: is the same loan as row 2; only that goes in"]


def test_an_items_code_is_no_key_of_what_only_names_the_item() -> None:
    """It is no identifier of the entry, whatever its column is called."""
    content = "sku,location,quantity\nD-1,House,2\n"
    assert read(content, "inventory")[0]["item"] == "D-1"
    for kind in ("inventory", "loans", "borrowers"):
        with pytest.raises(UnfitError, match=f"sku is no key of {kind}: .*Leave it out"):
            read(content, kind, key="sku")
