"""Cells to values: what people and spreadsheets write for numbers, dates, money, yes and no.

Readers take a cell without its outer blanks, never an empty one, and raise `ValueError` with a
reason that says what is wanted.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from chassis.fields import MAX_INTEGER, MAX_MONEY, storable

Reader = Callable[[str], object]

_YES = {"yes", "y", "true", "t", "1", "on", "x"}
_NO = {"no", "n", "false", "f", "0", "off"}
_INTEGER = re.compile(r"[+-]?\d+([.,]0{0,2})?")
_DATES = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y")
_TIME = re.compile(r"[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?$")
_BLANKS_IN_NUMBERS = str.maketrans("", "", " '\u2019\u00a0\u202f")
_AMOUNT = re.compile(r"\d+(\.\d*)?|\.\d+")
_GROUPED = re.compile(r"\d{1,3}(?P<mark>[.,])\d{3}((?P=mark)\d{3})*(?P<rest>[.,]\d*)?")
# ISO 4217: how many decimals a currency has, where it is not two.
_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE = "BHD IQD JOD KWD LYD OMR TND"


def text(kind: Any) -> Reader:  # noqa: ANN401 - an annotated type, such as chassis.fields.Name
    """Text within the bounds that the API sets for it."""
    adapter: TypeAdapter[str] = TypeAdapter(kind)

    def read(cell: str) -> str:
        if not storable(cell):
            raise ValueError("has a character that can't be stored (NUL)")
        try:
            return adapter.validate_python(cell)
        except ValidationError as error:
            message = error.errors()[0]["msg"]
            raise ValueError(f"{message}; it has {len(cell)}") from error

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


def date(cell: str) -> str:
    """An ISO 8601 date; 2024/01/31 and 31.01.2024 can't be misread either. A time is left out."""
    bare = _TIME.sub("", cell)
    for form in _DATES:
        try:
            return dt.datetime.strptime(bare, form).date().isoformat()  # noqa: DTZ007 - a day
        except ValueError:
            continue
    raise ValueError(f"{_shown(cell)} is no date; write 2024-01-31")


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
            raise ValueError(f"{_shown(cell)} is no amount of money")
        number = number.replace(grouped["mark"], "")
    number = number.replace(",", ".")
    if not _AMOUNT.fullmatch(number) or len(number) > 30:
        raise ValueError(f"{_shown(cell)} is no amount of money")
    return Decimal(number)


def minor_units(value: Decimal, code: str) -> int:
    """An amount in the smallest unit of its currency (ISO 4217): 12.50 EUR are 1250."""
    decimals = 0 if code in _WITHOUT else 3 if code in _THREE else 2
    scaled = value.scaleb(decimals)
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{value} has more than the {decimals} decimals of {code}")
    if scaled > MAX_MONEY:
        raise ValueError(f"{value} {code} is more than can be kept")
    return int(scaled)


def folded(name: str) -> str:
    """A name as it is compared: whatever the case, the blanks, the way accents are encoded."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:39]}…")
