"""What is exported, an import reads: columns that are called as its fields."""

import pytest

from chassis.exports import Record
from chassis.fields import Name
from services.catalog.exports import columns as catalog
from services.catalog.imports.cells import names
from services.catalog.imports.kinds import KINDS
from services.inventory.exports import columns as inventory
from services.loans.exports import columns as loans

EXPORTED = {
    "items": catalog.items(["colour", "size. 2"]),
    "categories": catalog.CATEGORIES,
    "labels": catalog.LABELS,
    "companies": catalog.COMPANIES,
    "locations": inventory.LOCATIONS,
    "containers": inventory.CONTAINERS,
    "inventory": inventory.ENTRIES,
    "borrowers": loans.BORROWERS,
    "loans": loans.LOANS,
}


@pytest.mark.parametrize("kind", EXPORTED)
def test_every_column_is_a_field_of_the_import(kind: str) -> None:
    """And every field is a column."""
    known = {field.name for field in KINDS[kind].fields}
    own = {each for each in EXPORTED[kind] if not each.startswith("attributes.")}
    assert own == known
    for name in EXPORTED[kind]:
        found = KINDS[kind].recognised(name)
        assert found is not None
        assert found.name == name


def test_names_with_marks_in_them_are_read_again() -> None:
    written = ['a, "b"', "x; y", '5" bolt', "plain"]
    record: Record = {"labels": [{"name": name} for name in written]}
    cell = catalog.items([])["labels"](record)
    assert names(Name, most=50)(str(cell)) == written
