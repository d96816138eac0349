"""Which values fit a custom field, and what an item's attributes are checked for."""

from uuid import UUID

import pytest

from chassis.pages import Where
from chassis.problems import Invalid
from services.catalog.custom_fields.kinds import Value, ValueType, from_text, misfit, number_of
from services.catalog.custom_fields.rules import Definition, Rules
from services.catalog.items.attributes import filters_of

TOOLS, DRILLS = UUID(int=1), UUID(int=2)


@pytest.mark.parametrize(
    ("value_type", "fits", "does_not"),
    [
        ("text", ["", "blue", None], [1, True, "x" * 10_001]),
        ("integer", [0, -3, 18, 18.0, None], [1.5, "18", True, 2**53]),
        ("decimal", [0, 1.5, -2], ["1.5", False]),
        ("boolean", [True, False, None], [0, 1, "true"]),
        ("date", ["2026-03-02", "2024-02-29"], ["2026-02-29", "20260302", "2026-W10-1", 2026]),
        ("url", ["https://example.org/a?b=1", "http://10.0.0.1"], ["ftp://a", "javascript:1"]),
        ("url", [None], ["https://", "https://a b", "https://[", "https://a/" + "x" * 2000]),
        ("enum", ["red", "blue", None], ["green", "Red", "", 1]),
    ],
)
def test_a_value_fits_its_type_or_is_told_what_would(
    value_type: str, fits: list[Value], does_not: list[Value]
) -> None:
    """Nothing fits every type; whoever gives what does not fit hears what is allowed."""
    kind = ValueType(value_type)
    assert [value for value in fits if misfit(kind, value, ["red", "blue"])] == []
    told = [misfit(kind, value, ["red", "blue"]) for value in does_not]
    assert all(message and message.startswith("Give ") for message in told), told


def test_text_of_a_file_is_read_as_the_type_says() -> None:
    """And is left as it is where it means no such value, for the check to tell of."""
    assert from_text(ValueType.INTEGER, " 18 ") == 18
    assert from_text(ValueType.DECIMAL, "1.50") == 1.5
    assert from_text(ValueType.BOOLEAN, "Yes") is True
    assert from_text(ValueType.DATE, " 2026-03-02") == "2026-03-02"
    assert from_text(ValueType.INTEGER, "eighteen") == "eighteen"
    assert from_text(ValueType.TEXT, " as it is ") == " as it is "


@pytest.mark.parametrize(
    ("text", "number"),
    [("18", 18), ("-0.5", -0.5), ("1e3", 1000.0), ("018", None), ("1_0", None), ("NaN", None)]
    + [(text, None) for text in ("", "0x1", "1e999", "1" * 40, "٣")],
)
def test_a_number_is_one_in_the_notation_of_json(text: str, number: float | None) -> None:
    """What Python would take besides is text."""
    assert number_of(text) == number


RULES = Rules(
    definitions=(
        Definition("colour", ValueType.ENUM, ("red", "blue"), is_required=False, category_id=None),
        Definition("voltage", ValueType.INTEGER, (), is_required=True, category_id=TOOLS),
    ),
    within={DRILLS: frozenset({DRILLS, TOOLS})},
)


def test_a_categorys_fields_hold_below_it_and_nowhere_else() -> None:
    """What is required of tools is required of drills, and not of what is in no category."""
    RULES.check({}, None)
    RULES.check({"voltage": 18, "case": "any"}, DRILLS)
    with pytest.raises(Invalid) as refused:
        RULES.check({"colour": "green"}, DRILLS)
    assert [(one.field, one.code) for one in refused.value.errors] == [
        ("attributes.colour", "wrong-type"),
        ("attributes.voltage", "required"),
    ]
    assert "red, blue" in refused.value.errors[0].message


def test_defined_only_leaves_what_was_there() -> None:
    """An attribute that no field defines may stay as it was, and is neither added nor changed."""
    strict = Rules(RULES.definitions, only_defined=True, within=RULES.within)
    strict.check({"case": "old"}, None, before={"case": "old"})
    for before in ({}, {"case": "older"}):
        assert [one.code for one in strict.faults({"case": "old"}, None, before)] == ["not-defined"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"attribute.": "x"}, "attribute."),
        ({"attribute.a": "\x00"}, "attribute.a"),
        ({"attribute.a.min": "many"}, "attribute.a.min"),
        ({"attribute.a.max": "2026-02-30"}, "attribute.a.max"),
        ({f"attribute.a{n}": "x" for n in range(21)}, "attribute"),
    ],
)
def test_a_filter_that_says_nothing_is_named(query: dict[str, str], field: str) -> None:
    """422 with the parameter, and what would be right."""
    with pytest.raises(Invalid) as refused:
        filters_of(query.items())
    assert [error.field for error in refused.value.errors] == [field]


def test_a_filter_takes_a_value_as_text_and_as_what_it_is_the_notation_of() -> None:
    """`18` finds the number and the text; other parameters are none of its business."""
    [one] = filters_of([("attribute.a", "18"), ("q", "x"), ("attribute.a", "true")])
    where = Where()
    one.apply(where)
    assert where.values == [['{"a": "18"}', '{"a": 18}', '{"a": "true"}', '{"a": true}']]
