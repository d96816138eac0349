"""Which cells of a spreadsheet are days, times and spans: all that a table needs of its styles.

Fonts, fills and borders are not looked at: what is wrong with them is nothing to a table.
"""

from dataclasses import dataclass, field
from typing import Any
from zipfile import ZipFile

from openpyxl.styles.numbers import builtin_format_code, is_date_format, is_timedelta_format
from openpyxl.xml.constants import ARC_STYLE, SHEET_MAIN_NS
from openpyxl.xml.functions import fromstring

_IN = f"{{{SHEET_MAIN_NS}}}"


@dataclass(frozen=True, slots=True)
class NumberForms:
    """The styles, by their numbers, whose cells are days or times, and those of spans of time."""

    dates: set[int] = field(default_factory=set)
    spans: set[int] = field(default_factory=set)


def number_forms(archive: ZipFile) -> NumberForms:
    """The forms of a workbook's numbers; none where it has no styles."""
    try:
        source = archive.read(ARC_STYLE)
    except KeyError:
        return NumberForms()
    root: Any = fromstring(source)
    own = {
        each.get("numFmtId"): each.get("formatCode") or ""
        for each in root.iterfind(f"{_IN}numFmts/{_IN}numFmt")
    }
    forms = NumberForms()
    for number, style in enumerate(root.iterfind(f"{_IN}cellXfs/{_IN}xf")):
        code = _code(style.get("numFmtId"), own)
        if is_date_format(code):
            forms.dates.add(number)
        if is_timedelta_format(code):
            forms.spans.add(number)
    return forms


def _code(id_: str | None, own: dict[str | None, str]) -> str | None:
    if id_ in own:
        return own[id_]
    code: str | None = builtin_format_code(int(id_)) if id_ and id_.isdecimal() else None
    return code
