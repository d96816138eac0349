"""What rows are found by: names of things, records that are there, other rows of the file."""

from typing import Any

import pytest

from warehouse.importing.existing import Existing
from warehouse.importing.faults import RowError
from warehouse.importing.kinds import KINDS
from warehouse.importing.meetings import Meetings
from warehouse.importing.references import Directory, UnknownNameError


def location(record_id: str, name: str, *parents: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    breadcrumb = [{"id": "", "name": parent} for parent in parents]
    return {"id": record_id, "name": name, "breadcrumb": breadcrumb, **more}


@pytest.fixture
def locations() -> Directory:
    directory = Directory("locations")
    directory.add(location("1", "House"))
    directory.add(location("2", "Garage", "House"))
    directory.add(location("3", "Shelf", "House", "Garage"))
    directory.add(location("4", "Shelf", "House", external_id="S-1"))
    return directory


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("House / Garage", "2"),
        ("house/garage/shelf", "3"),
        ("garage", "2"),
        ("S-1", "4"),
        ("House / Shelf", "4"),
    ],
)
def test_a_location_is_found_by_path_key_or_lone_name(
    locations: Directory, name: str, found: str
) -> None:
    assert locations.find(name) == found


@pytest.mark.parametrize(
    ("name", "says"), [("Shelf", "several locations"), ("Attic", "there is no location 'Attic'")]
)
def test_a_name_of_several_or_none_is_refused(locations: Directory, name: str, says: str) -> None:
    with pytest.raises(UnknownNameError, match=says):
        locations.find(name)


def test_an_item_is_found_by_sku_before_its_name() -> None:
    items = Directory("items")
    items.add({"id": "1", "name": "Drill", "sku": "D-1", "external_id": None})
    items.add({"id": "2", "name": "D-1", "sku": "X", "external_id": None})
    assert items.find("d-1") == "1"


def test_a_container_is_found_within_its_location() -> None:
    containers = Directory("containers")
    for record_id, place in (("1", "here"), ("2", "there")):
        containers.add({"id": record_id, "name": "Box", "location_id": place})
    assert containers.find("Box", "there") == "2"


def test_only_changed_fields_are_changes() -> None:
    existing = Existing(["name", "notes", "quantity"])
    long = "long " * 100
    record = {"id": "1", "name": "Ann", "notes": long, "quantity": 1, "phone": "5"}
    existing.add(record, [("name", "ann")])
    known = existing.match(("name", "ann"))
    assert known is not None
    assert existing.changes(known, {"name": "Ann", "notes": long}) == {}
    assert existing.changes(known, {"name": "ANN", "notes": long}) == {"name": "ANN"}


def test_attributes_of_others_stay() -> None:
    existing = Existing(["attributes"])
    existing.add({"id": "1", "attributes": {"author": "A", "shelf": 3}}, [("key", "1")])
    known = existing.match(("key", "1"))
    assert known is not None
    assert existing.changes(known, {"attributes": {"author": "A"}}) == {}
    assert existing.changes(known, {"attributes": {"author": "B"}}) == {
        "attributes": {"author": "B", "shelf": 3}
    }


def test_a_row_that_fits_several_records_is_refused() -> None:
    existing = Existing(["name"])
    for record_id in "12":
        existing.add({"id": record_id, "name": "Ann"}, [("name", "ann")])
    with pytest.raises(RowError, match="2 records here fit"):
        existing.match(("name", "ann"))


def test_rows_of_one_name_meet_and_each_names_the_others() -> None:
    meetings = Meetings()
    for number in (2, 5, 9):
        meetings.note(number, [("name", "ann")])
    assert meetings.others(5, ("name", "ann")) == [2, 9]


def test_items_of_one_name_and_two_skus_do_not_meet() -> None:
    """A third without a sku would meet one of them, and alone is told."""
    identities = KINDS["items"].identities
    rows = {
        2: identities({"name": "Drill", "sku": "D-1"}),
        3: identities({"name": "Drill", "sku": "D-2"}),
        4: identities({"name": "drill"}),
    }
    meetings = Meetings()
    for number, each in rows.items():
        meetings.note(number, each)
    assert [bool(meetings.others(number, each[0])) for number, each in rows.items()] == [
        *(False, False, True)
    ]
