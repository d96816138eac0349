"""What people type for names."""

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.field_errors import told
from chassis.fields import ExternalId, Name, RequestBody
from services.catalog.items.schemas import ItemCreate


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Drill ", "Drill"),
        ("Cafe\u0301", "Café"),
        ("\ufeffSaw\u200b", "Saw"),
        ("gnp\u202egpj.exe", "gnpgpj.exe"),
        ("two\r\nlines\tof it", "two lines of it"),
        ("\x01\x1bdrill\x7f", "drill"),
        ("क्\u200dष 👩\u200d🔧", "क्\u200dष 👩\u200d🔧"),
    ],
)
def test_what_cannot_be_seen_makes_no_other_name(typed: str, kept: str) -> None:
    assert TypeAdapter(Name).validate_python(typed) == kept


@pytest.mark.parametrize("typed", ["", "  ", "\u200b\ufeff", "\u3164", "\u200d", "\x07", "\u00a0"])
@pytest.mark.parametrize("kind", [Name, ExternalId])
def test_what_shows_nothing_is_no_name(typed: str, kind: type) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(typed)
    [detail] = refused.value.errors()
    assert told(detail) == "It is empty; give at least one character that can be seen."


@pytest.mark.parametrize("attributes", [{"": 1}, {"\u200b": 1}, {"a": 1, " a": 2}])
def test_attributes_have_names_that_can_be_told_apart(attributes: dict[str, int]) -> None:
    with pytest.raises(ValidationError, match="name"):
        ItemCreate(name="Drill", attributes=attributes)


@pytest.mark.parametrize("number", [10**30, -(10**400), float("inf"), float("nan"), 1e300])
def test_numbers_that_nothing_counts_to_are_refused(number: float) -> None:
    with pytest.raises(ValidationError, match="at most 30 digits"):
        ItemCreate.model_validate({"name": "Drill", "attributes": {"a": number}})


class Body(RequestBody):
    name: Name
    count: int = 0


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "This field is needed."),
        ({"name": 5}, "Give text, in quotes."),
        ({"name": "x" * 201}, "Give at most 200 characters; it has 201."),
        ({"name": "x", "count": "many"}, "Give a whole number."),
        ({"name": "x", "color": "red"}, "There is no such field."),
    ],
)
def test_what_is_wrong_is_told_in_our_words(body: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Body.model_validate(body)
    assert [told(detail) for detail in refused.value.errors()] == [says]
