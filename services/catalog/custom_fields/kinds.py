"""The types that a custom field may have, and which values fit them.

A value is a plain one of JSON: text for `text`, `enum`, `url` and `date` (RFC 3339's full-date), a
number for `integer` and `decimal`, a truth for `boolean`.
"""

import re
from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

Value = str | int | float | bool | None

MAX_TEXT = 10_000  # characters
MAX_URL = 2_000
SHOWN = 20  # options of an enum, in a message
MAX_INTEGER = 9_007_199_254_740_991  # the largest that every JSON reader keeps
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class ValueType(StrEnum):
    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    ENUM = "enum"
    URL = "url"


def misfit(type_: ValueType, value: Value, options: Sequence[str] = ()) -> str | None:
    """What a value of this type has to be, if `value` is none: words for people. Nothing (null)
    fits every type."""
    if value is None:
        return None
    if type_ is ValueType.ENUM:
        shown = ", ".join(options[:SHOWN]) + (", …" if len(options) > SHOWN else "")
        return None if value in options else f"Give one of: {shown}."
    fits, allowed = _TYPES[type_]
    return None if fits(value) else allowed


def from_text(type_: ValueType, text: str) -> Value:
    """What `text`, from a cell of a file, means as a value of this type; `text` itself where it
    means none."""
    stripped = text.strip()
    match type_:
        case ValueType.INTEGER | ValueType.DECIMAL:
            number = number_of(stripped)
            return text if number is None else number
        case ValueType.BOOLEAN:
            return _TRUTHS.get(stripped.casefold(), text)
        case ValueType.DATE | ValueType.ENUM | ValueType.URL:
            return stripped
    return text


def number_of(text: str) -> int | float | None:
    """The number that `text` is in JSON's notation; None for any other."""
    if not re.fullmatch(r"-?(0|[1-9][0-9]{0,15})(\.[0-9]{1,15})?([eE][+-]?[0-9]{1,2})?", text):
        return None
    number = float(text)
    return int(text) if number.is_integer() and text.lstrip("-").isdigit() else number


def is_date(text: str) -> bool:
    """Whether `text` is a day, as `2026-03-02`."""
    if not _DATE.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


_TRUTHS: dict[str, Value] = {
    **dict.fromkeys(("true", "yes", "1"), True),
    **dict.fromkeys(("false", "no", "0"), False),
}


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and len(value) <= MAX_TEXT


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_integer(value: Value) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= MAX_INTEGER and (isinstance(value, int) or value.is_integer())


def _is_date(value: Value) -> bool:
    return isinstance(value, str) and is_date(value)


def _is_url(value: Value) -> bool:
    if not isinstance(value, str) or len(value) > MAX_URL or re.search(r"[\s\x00-\x1f\x7f]", value):
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


_TYPES: dict[ValueType, tuple[Callable[[Value], bool], str]] = {
    ValueType.TEXT: (_is_text, f'Give text of at most {MAX_TEXT} characters, as "blue".'),
    ValueType.INTEGER: (_is_integer, "Give a whole number, as 18, without quotes."),
    ValueType.DECIMAL: (_is_number, "Give a number, as 1.5, without quotes."),
    ValueType.BOOLEAN: (lambda value: isinstance(value, bool), "Give true or false."),
    ValueType.DATE: (_is_date, 'Give a day as "2026-03-02".'),
    ValueType.URL: (_is_url, 'Give an address as "https://example.org/manual".'),
}
