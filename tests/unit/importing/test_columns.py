"""Which column holds which field."""

import pytest

from warehouse.errors import OperatorError
from warehouse.importing.columns import Columns, assign
from warehouse.importing.kinds import KINDS


def positions(columns: Columns) -> dict[str, int]:
    return {field.name: position for field, position in columns.fields.items()}


def test_headings_are_fields_whatever_their_case_and_blanks() -> None:
    columns = assign(KINDS["items"], ["Name", "Serial Number", "min-stock-level"], {}, None)
    assert positions(columns) == {"name": 0, "serial_number": 1, "min_stock_level": 2}


def test_other_headings_are_named_as_ignored() -> None:
    assert assign(KINDS["borrowers"], ["name", "shoe size"], {}, None).ignored == ["shoe size"]


def test_a_chosen_column_goes_before_one_that_is_called_so() -> None:
    columns = assign(KINDS["items"], ["name", "title"], {"name": "title"}, None)
    assert positions(columns) == {"name": 1}
    assert columns.ignored == ["name"]


def test_the_key_is_kept_as_external_id() -> None:
    columns = assign(KINDS["items"], ["uri", "name", "external_id"], {}, "uri")
    assert positions(columns) == {"external_id": 0, "name": 1}
    assert columns.said("external_id") == "uri"
    assert columns.ignored == ["external_id"]


def test_a_column_may_fill_an_attribute_of_items() -> None:
    columns = assign(KINDS["items"], ["name", "author"], {"attributes.author": "author"}, None)
    assert positions(columns) == {"attributes.author": 1, "name": 0}


@pytest.mark.parametrize(
    ("chosen", "key", "says"),
    [
        ({"nam": "title"}, None, "have no field 'nam'"),
        ({"name": "Titel"}, None, "no column 'Titel'"),
        ({}, "uri", "no column 'uri'"),
        ({}, None, "need a column for: name"),
        ({"name": "title", "external_id": "title"}, "title", "fills external_id already"),
        ({"name": "twice"}, None, "several columns 'twice'"),
    ],
)
def test_what_cannot_be_meant_is_said_before_anything_starts(
    chosen: dict[str, str], key: str | None, says: str
) -> None:
    with pytest.raises(OperatorError, match=says):
        assign(KINDS["items"], ["title", "twice", "twice"], chosen, key)
