"""Cells to values: what people and spreadsheets write for numbers, dates, money, yes and no.

Readers take a cell without its outer blanks, never an empty one, and raise `ValueError` with a
reason that says what is wanted.
"""

import contextlib
import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chassis.field_errors import told
from chassis.fields import MAX_INTEGER, MAX_MONEY, Name, storable
from chassis.money import decimals
from chassis.trees import MAX_DEPTH

Reader = Callable[[str], object]

SEPARATOR = "/"  # between the names of a path

_YES = {"yes", "y", "true", "t", "1", "on", "x"}
_NO = {"no", "n", "false", "f", "0", "off"}
_INTEGER = re.compile(r"[+-]?\d+([.,]0{0,2})?")
# What can't be misread, whatever the land: days before months are told by their dots.
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%b %d, %Y", "%a %b %d, %Y", "%d %b %Y")
#: Dates that can be: a file says which of them it has.
DATE_FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD-MM-YYYY": "%d-%m-%Y",
}
_ISO = re.compile(r"[1-9]\d{3}-\d\d-\d\d")
_TIME = re.compile(
    r"[T ]+(?P<time>\d{1,2}:\d\d(:\d\d(\.\d+)?)?( ?[AaPp][Mm])?)"
    r"(?P<zone> ?(Z|UTC|[+-]\d\d:?\d\d))?$"
)
_CLOCK = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M:%S%p", "%I:%M%p")
_COLOR = re.compile(r"#?(?P<digits>[0-9A-Fa-f]{6})")
_BLANKS_IN_NUMBERS = str.maketrans("", "", " '\u2019\u00a0\u202f")
_AMOUNT = re.compile(r"\d+(\.\d*)?|\.\d+")
_GROUPED = re.compile(r"\d{1,3}(?P<mark>[.,])\d{3}((?P=mark)\d{3})*(?P<rest>[.,]\d*)?")


def text(kind: Any) -> Reader:  # noqa: ANN401 - an annotated type, such as chassis.fields.Name
    """Text within the bounds that the API sets for it."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def read(cell: str) -> str:
        if not storable(cell):
            raise ValueError("has a character that can't be stored (NUL)")
        try:
            return adapter.validate_python(cell)
        except ValidationError as error:
            raise ValueError(told(error.errors(include_url=False)[0])) from error

    return read


def integer(minimum: int) -> Reader:
    """A whole number, `3` or `3.0`, from `minimum` to PostgreSQL's largest."""

    def read(cell: str) -> int:
        if not _INTEGER.fullmatch(cell):
            raise ValueError(f"{_shown(cell)} is no whole number")
        digits = re.split("[.,]", cell)[0]
        if len(digits) > 18 or not minimum <= int(digits) <= MAX_INTEGER:
            raise ValueError(f"{_shown(cell)} is not between {minimum} and {MAX_INTEGER}")
        return int(digits)

    return read


def boolean(cell: str) -> bool:
    """Yes or no, in the words that spreadsheets and forms have for it."""
    word = cell.casefold()
    if word not in _YES | _NO:
        raise ValueError(f"{_shown(cell)} is neither yes nor no")
    return word in _YES


def date(form: str | None = None) -> Reader:
    """An ISO 8601 date out of `form`, a key of DATE_FORMATS; without it, out of any form that
    can't be misread. A time of day is left out."""
    forms = _DATES if form is None else (DATE_FORMATS[form], *_DATES)

    def read(cell: str) -> str:
        return _day(cell, _TIME.sub("", cell), forms).isoformat()

    return read


def moment(form: str | None = None) -> Reader:
    """A time in RFC 3339, out of a date as `date` reads it and a time of day, which is midnight
    where none is given; in UTC unless the cell says otherwise."""
    forms = _DATES if form is None else (DATE_FORMATS[form], *_DATES)

    def read(cell: str) -> str:
        found = _TIME.search(cell)
        day = _day(cell, _TIME.sub("", cell), forms)
        if found is None:
            return f"{day.isoformat()}T00:00:00+00:00"
        zone = (found["zone"] or "").strip().replace("UTC", "").replace("Z", "") or "+00:00"
        time = dt.datetime.combine(day, _time_of_day(cell, found["time"]))
        return time.isoformat() + (zone if ":" in zone else f"{zone[:3]}:{zone[3:]}")

    return read


def _day(cell: str, bare: str, forms: Iterable[str]) -> dt.date:
    if _ISO.fullmatch(bare):  # most are so, and the others take ten times as long to read
        forms = ("%Y-%m-%d",)
        with contextlib.suppress(ValueError):
            return dt.date.fromisoformat(bare)
    for form in forms:
        try:
            day = dt.datetime.strptime(bare.strip(), form).date()  # noqa: DTZ007 - a day
        except ValueError:
            continue
        if day.year >= 1000:
            return day
    advice = "; name its date_format" if re.search(r"\d[/-]\d", bare) else ""
    raise ValueError(f"{_shown(cell)} is no date; write 2024-01-31{advice}")


def _time_of_day(cell: str, time: str) -> dt.time:
    whole, _, fraction = time.partition(".")
    microseconds = int(fraction[:6].ljust(6, "0")) if fraction[:6].isdecimal() else 0
    for form in _CLOCK:
        try:
            found = dt.datetime.strptime(whole, form).time()  # noqa: DTZ007 - a clock
        except ValueError:
            continue
        return found.replace(microsecond=microseconds)
    raise ValueError(f"{_shown(cell)} has no time of day; write 2024-01-31 15:30")


def names(kind: Any, *, most: int) -> Reader:  # noqa: ANN401
    """Several names with a semicolon between them, or with a comma where there is none; one that
    has such a mark in it stands between quotes."""
    one = text(kind)

    def read(cell: str) -> list[str]:
        mark = ";" if ";" in cell else ","
        parts = _parted(cell, mark) if '"' in cell else cell.split(mark)
        found = list({folded(part): str(one(part)) for part in parts if part.strip()}.values())
        if len(found) > most:
            raise ValueError(f"has {len(found)} names; at most {most} can be")
        return found

    return read


def _parted(cell: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([" ".join(cell.split())], delimiter=mark, skipinitialspace=True))
    except csv.Error as error:
        raise ValueError(f"{_shown(cell)} can't be parted into names: {error}") from error


def path(cell: str) -> str:
    """A way down a tree, `House / Garage / Shelf 2`, each name within the API's bounds."""
    parts = [part.strip() for part in cell.split(SEPARATOR)]
    if not all(parts):
        raise ValueError(f"{_shown(cell)} has an empty name between two slashes")
    if len(parts) > MAX_DEPTH:
        raise ValueError(f"{_shown(cell)} has more than {MAX_DEPTH} levels")
    return f" {SEPARATOR} ".join(str(_name(part)) for part in parts)


def color(cell: str) -> str:
    """A colour as #RRGGBB."""
    found = _COLOR.fullmatch(cell)
    if found is None:
        raise ValueError(f"{_shown(cell)} is no colour such as #1F7A4D")
    return f"#{found['digits'].upper()}"


def web_address(cell: str) -> str:
    """An address of a web site."""
    if not re.fullmatch(r"https?://[^\s/]+\S*", cell) or len(cell) > 2000 or not storable(cell):
        raise ValueError(f"{_shown(cell)} is no address such as https://example.org")
    return cell


def choice(*options: str) -> Reader:
    """One of `options`, whatever the case, with blanks or hyphens for underscores."""

    def read(cell: str) -> str:
        word = re.sub(r"[\s_-]+", "_", cell).upper()
        if word not in options:
            raise ValueError(f"{_shown(cell)} is none of {', '.join(options)}")
        return word

    return read


def email(cell: str) -> str:
    """One @ with something on both sides; whether mail arrives there shows when it is sent."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", cell) or len(cell) > 254 or not storable(cell):
        raise ValueError(f"{_shown(cell)} is no e-mail address")
    return cell


def currency(cell: str) -> str:
    """An ISO 4217 code."""
    if not re.fullmatch("[A-Za-z]{3}", cell):
        raise ValueError(f"{_shown(cell)} is no currency code such as EUR")
    return cell.upper()


def amount(cell: str) -> Decimal:
    """A decimal amount: 1234.50, 1 234,50, 1,234.50 and 1.234,50 are the same. A lone mark before
    three digits stays what it says, so that nothing is a thousand times too much or too little."""
    number = cell.translate(_BLANKS_IN_NUMBERS)
    grouped = _GROUPED.fullmatch(number)
    if grouped and (grouped["rest"] or number.count(grouped["mark"]) > 1):
        if (grouped["rest"] or "")[:1] == grouped["mark"]:
            raise ValueError(_no_amount(cell))
        number = number.replace(grouped["mark"], "")
    number = number.replace(",", ".")
    if not _AMOUNT.fullmatch(number) or len(number) > 30:
        raise ValueError(_no_amount(cell))
    return Decimal(number)


def _no_amount(cell: str) -> str:
    return f"{_shown(cell)} is no amount; write 1234.50, and the currency in a column of its own"


def minor_units(value: Decimal, code: str) -> int:
    """An amount in the smallest unit of its currency (ISO 4217): 12.50 EUR are 1250."""
    scaled = value.scaleb(decimals(code))
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more than the {decimals(code)} decimals of {code}")
    if scaled > MAX_MONEY:
        raise ValueError(f"{value} {code} is more than can be kept")
    return int(scaled)


def folded(name: str) -> str:
    """A name as it is compared: whatever the case, the blanks, the way accents are encoded."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:39]}…")


_name = text(Name)
