"""Cells of CSV files that a spreadsheet would calculate (OWASP, "CSV injection"): defused in what
is handed out, and as they were in what comes back.

An apostrophe in front makes a text of them. What looks defused already gets one more, so that each
value is itself again after it was written and read. Homebox writes and reads them just so; Snipe-IT
puts a grave accent in front, which is taken off as well.
"""

import re

_DEFUSED = re.compile("['`][='+@`\t\r\n-]")
_BEGIN = ("=", "+", "-", "@", "\t", "\r", "\n", "'", "`")
_NUMBER = re.compile(r"[+-]\d+(\.\d+)?")


def defused(cell: str) -> str:
    """The cell as a text that no spreadsheet calculates."""
    return f"'{cell}" if cell.startswith(_BEGIN) and _is_formula(cell) else cell


def restored(cell: str) -> str:
    """The cell as it was before it was `defused`."""
    return cell[1:] if _DEFUSED.match(cell) and _is_formula(cell[1:]) else cell


def _is_formula(cell: str) -> bool:
    bare = cell.lstrip("'`")
    return bare.startswith(_BEGIN) and not (bare == cell and _NUMBER.fullmatch(cell))
