"""Cells to values."""

from decimal import Decimal

import pytest

from chassis.fields import Name
from services.catalog.imports import cells


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1234.5", "1234.5"),
        ("1234,50", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u00a0234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234,567", "1234567"),
        ("12", "12"),
        (".5", "0.5"),
    ],
)
def test_amounts_are_read_as_people_write_them(cell: str, value: str) -> None:
    assert cells.amount(cell) == Decimal(value)


@pytest.mark.parametrize("cell", ["1,234", "1.234"])
def test_an_amount_that_could_mean_two_things_is_refused(cell: str) -> None:
    """A lone mark before three digits might be a thousand times more or less."""
    with pytest.raises(ValueError, match="more than the 2 decimals of EUR"):
        cells.minor_units(cells.amount(cell), "EUR")


@pytest.mark.parametrize("cell", ["-1", "1.2.3", "1,2,3", "€5", "abc", "1e5", "1,234,5", "."])
def test_what_is_no_amount_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no amount"):
        cells.amount(cell)


@pytest.mark.parametrize(
    ("value", "currency", "units"),
    [("12.50", "EUR", 1250), ("12", "JPY", 12), ("1.234", "KWD", 1234), ("0", "USD", 0)],
)
def test_amounts_become_minor_units_of_their_currency(
    value: str, currency: str, units: int
) -> None:
    assert cells.minor_units(Decimal(value), currency) == units


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-01-31", "2024-01-31"),
        ("2024/01/31", "2024-01-31"),
        ("31.01.2024", "2024-01-31"),
        ("2024-01-31T10:00:00Z", "2024-01-31"),
        ("2024-01-31 00:00:00", "2024-01-31"),
        ("Wed Jan 31, 2024", "2024-01-31"),
    ],
)
def test_dates_that_cannot_be_misread_are_read(cell: str, day: str) -> None:
    assert cells.date()(cell) == day


@pytest.mark.parametrize("cell", ["01/02/2024", "2024-02-30", "yesterday", "2024"])
def test_other_dates_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        cells.date()(cell)


@pytest.mark.parametrize(
    ("form", "cell"), [("DD/MM/YYYY", "01/02/2024"), ("MM/DD/YYYY", "02/01/2024 10:00 AM")]
)
def test_a_form_of_dates_that_is_named_is_read(form: str, cell: str) -> None:
    assert cells.date(form)(cell) == "2024-02-01"


@pytest.mark.parametrize(
    ("cell", "time"),
    [
        ("2024-01-31", "2024-01-31T00:00:00+00:00"),
        ("2024-01-31 15:30", "2024-01-31T15:30:00+00:00"),
        ("31.01.2024 03:30 PM", "2024-01-31T15:30:00+00:00"),
        ("2024-01-31T15:30:00+0200", "2024-01-31T15:30:00+02:00"),
        ("2024-01-31T15:30:00Z", "2024-01-31T15:30:00+00:00"),
        ("2024-01-31T15:30:00.25+00:00", "2024-01-31T15:30:00.250000+00:00"),
    ],
)
def test_times_are_read_with_their_zone_or_in_utc(cell: str, time: str) -> None:
    assert cells.moment()(cell) == time


def test_a_path_is_written_in_one_way() -> None:
    assert cells.path("House/Garage /  Shelf 2") == "House / Garage / Shelf 2"
    for wrong in ("House / / Shelf", "/House", " / ".join("x" * 40)):
        with pytest.raises(ValueError, match=r"empty name|levels"):
            cells.path(wrong)


def test_names_are_told_apart_once_each() -> None:
    read = cells.names(Name, most=3)
    assert read("IOT; Home, Assistant;iot") == ["iot", "Home, Assistant"]
    assert read("red, blue") == ["red", "blue"]
    with pytest.raises(ValueError, match="has 4 names; at most 3"):
        read("a;b;c;d")


def test_colours_and_addresses_are_read() -> None:
    assert cells.color("1f7a4d") == "#1F7A4D"
    assert cells.web_address("https://example.org") == "https://example.org"
    for read, cell in ((cells.color, "green"), (cells.web_address, "javascript:alert(1)")):
        with pytest.raises(ValueError, match="such as"):
            read(cell)


@pytest.mark.parametrize(("cell", "number"), [("3", 3), ("3.0", 3), ("007", 7), ("+4", 4)])
def test_whole_numbers_are_read(cell: str, number: int) -> None:
    assert cells.integer(0)(cell) == number


@pytest.mark.parametrize("cell", ["-1", "2147483648", "9" * 5000])
def test_numbers_out_of_bounds_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="is not between"):
        cells.integer(0)(cell)


@pytest.mark.parametrize("cell", ["1.5", "three", "1,000"])
def test_what_is_no_whole_number_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="no whole number"):
        cells.integer(0)(cell)


@pytest.mark.parametrize("cell", ["yes", "TRUE", "1", "Y"])
def test_yes_is_yes(cell: str) -> None:
    assert cells.boolean(cell) is True


@pytest.mark.parametrize("cell", ["no", "False", "0"])
def test_no_is_no(cell: str) -> None:
    assert cells.boolean(cell) is False


def test_maybe_is_neither() -> None:
    with pytest.raises(ValueError, match="neither yes nor no"):
        cells.boolean("maybe")


def test_choices_are_found_whatever_the_case() -> None:
    read = cells.choice("GOOD", "FOR_REPAIR")
    assert [read("good"), read("For repair"), read("for-repair")] == [
        *("GOOD", "FOR_REPAIR", "FOR_REPAIR")
    ]


def test_a_text_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(ValueError, match="at most 200 characters; it has 201"):
        cells.text(Name)("x" * 201)


def test_a_text_that_cannot_be_stored_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        cells.text(Name)("a\x00b")


def test_names_are_compared_whatever_their_case_blanks_and_accents_encoding() -> None:
    assert cells.folded(" Cafe\u0301  NOIR ") == cells.folded("caf\u00e9 noir")
