"""Values in the cells of a workbook, and back: nothing is a formula, and nothing is lost.

A text stays a text whatever it begins with. Null is an empty cell, an empty text is `""`; control
characters are written as Excel writes them (`_x000D_`, ECMA-376 22.9.2.19)."""

import json
import re
from typing import Any

MOST = 32_000  # characters of a cell; Excel takes 32,767
_EXACT = 10**15  # whole numbers from here on lose their last digits in Excel
_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
_QUOTES = re.compile('"*')


class CellError(ValueError):
    """A cell that can't be what its column is of."""


def text_of(value: Any, *, structured: bool) -> str | None:  # noqa: ANN401 - JSON
    """The text of a cell; None for one that is a number, a truth, or empty."""
    if structured and value is not None:
        return _escape(json.dumps(value, ensure_ascii=False))
    if isinstance(value, str):
        return _escape(f'""{value}' if _QUOTES.fullmatch(value) else value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return str(value)
    return None


def value_of(cell: Any, *, kind: str) -> Any:  # noqa: ANN401 - JSON
    """The value of a cell in a column of a `kind`: json, number, truth or text."""
    if cell is None:
        return None
    if kind == "truth":
        if isinstance(cell, bool):
            return cell
        raise CellError("has to be TRUE or FALSE")
    if kind == "number":
        try:
            number = float(cell) if isinstance(cell, float) else int(str(cell))
        except ValueError as error:
            raise CellError("has to be a whole number") from error
        return int(number) if number == int(number) else number
    text = _unescape(str(cell))
    if kind == "json":
        try:
            return json.loads(text)
        except ValueError as error:
            raise CellError("is no JSON") from error
    return text[2:] if len(text) > 1 and _QUOTES.fullmatch(text) else text


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _unescape(text: str) -> str:
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
