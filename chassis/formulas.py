"""Cells of CSV files that a spreadsheet would calculate (OWASP, "CSV injection"): defused in what
is handed out, and as they were in what comes back.

An apostrophe in front makes a text of them. What looks defused already gets one more, so that each
value is itself again after it was written and read. Homebox writes and reads them just so; Snipe-IT
puts a grave accent in front, which is taken off as well.
"""

import re

_BEGIN = ("=", "+", "-", "@", "\t", "\r", "\n")
_MARKS = "'`"
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?")


def defused(cell: str) -> str:
    """The cell as a text that no spreadsheet calculates."""
    is_formula = cell.lstrip(_MARKS).startswith(_BEGIN) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula else cell


def kept(cell: str) -> str:
    """The cell where it is a text whatever it begins with: one that looks defused gets an
    apostrophe here, too, since readers take one off wherever it stands."""
    return f"'{cell}" if restored(cell) != cell else cell


def restored(cell: str) -> str:
    """The cell as it was before it was `defused`, or `kept`."""
    is_defused = cell[:1] in _MARKS and cell.lstrip(_MARKS).startswith(_BEGIN)
    return cell[1:] if is_defused else cell
