"""Rows to request bodies."""

import pytest

from warehouse.importing.bodies import Bodies
from warehouse.importing.columns import assign
from warehouse.importing.faults import RowError
from warehouse.importing.kinds import KINDS
from warehouse.importing.references import Directory
from warehouse.importing.source import Row

HEADINGS = ["item", "location", "quantity", "purchase_price", "currency", "date_acquired"]


@pytest.fixture
def bodies() -> Bodies:
    items, locations = Directory("items"), Directory("locations")
    items.add({"id": "i1", "name": "Drill", "sku": "D-1"})
    locations.add({"id": "l1", "name": "House", "breadcrumb": []})
    columns = assign(KINDS["inventory"], HEADINGS, {}, None)
    return Bodies(columns, len(HEADINGS), {"items": items, "locations": locations}, "EUR")


def test_a_row_becomes_a_body_by_the_names_of_the_api(bodies: Bodies) -> None:
    row = Row(2, ["D-1", "House", "3", "12.50", "usd", "31.01.2024"])
    assert bodies.of(row) == {
        "item_id": "i1",
        "location_id": "l1",
        "quantity": 3,
        "purchase_price": 1250,
        "currency": "USD",
        "date_acquired": "2024-01-31",
    }


def test_a_price_without_currency_is_in_the_workspaces_own(bodies: Bodies) -> None:
    body = bodies.of(Row(2, ["Drill", "House", "", "5", "", ""]))
    assert (body["purchase_price"], body["currency"]) == (500, "EUR")


def test_empty_and_missing_cells_say_nothing(bodies: Bodies) -> None:
    assert bodies.of(Row(2, [" Drill ", "House"])) == {"item_id": "i1", "location_id": "l1"}


def test_everything_that_is_wrong_with_a_row_is_said_at_once(bodies: Bodies) -> None:
    with pytest.raises(RowError) as refused:
        bodies.of(Row(7, ["Saw", "", "many", "1,234", "", "soon"]))
    assert [fault.field for fault in refused.value.faults] == [
        *("location", "quantity", "date_acquired", "item", "purchase_price")
    ]


def test_more_cells_than_headings_are_a_fault(bodies: Bodies) -> None:
    with pytest.raises(RowError, match="7 cells under 6 headings"):
        bodies.of(Row(2, ["Drill", "House", "1", "", "", "", "left over"]))


def test_an_empty_key_is_a_fault_of_its_own_column() -> None:
    columns = assign(KINDS["borrowers"], ["uri", "name"], {}, "uri")
    with pytest.raises(RowError, match="uri: is empty"):
        Bodies(columns, 2, {}, "EUR").of(Row(2, ["", "Ann"]))
