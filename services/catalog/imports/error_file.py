"""What is wrong with a job's rows, as a CSV file to mend and hand in again: line, field, message,
and the row's own cells.

A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, "CSV
injection").
"""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from pydantic_core import from_json

from chassis.database import ScopedReader
from services.catalog.imports import repository

_AT_ONCE = 500  # faults
_MARK = "\ufeff"  # by which spreadsheets know UTF-8
_BEGIN = ("=", "+", "-", "@", "\t", "\r", "\n")
OWN = ("line", "field", "message")


async def error_file(
    reader: ScopedReader, workspace_id: UUID, import_id: UUID, headings: Sequence[str]
) -> AsyncIterator[bytes]:
    """The file, part by part: one line for each fault, in the order of the rows."""
    yield (_MARK + _line([*OWN, *headings])).encode()
    after = (0, 0)
    while True:
        faults = await repository.faults(
            reader, workspace_id, import_id, after=after, most=_AT_ONCE
        )
        if not faults:
            return
        lines = []
        for number, rank, field, message, cells in faults:
            row = from_json(cells)
            row += [""] * (len(headings) - len(row))
            lines.append(_line([str(number), field, message, *row]))
            after = (number, rank)
        yield "".join(lines).encode()


def defused(cell: str) -> str:
    """The cell as a text that no spreadsheet calculates."""
    return f"'{cell}" if cell.startswith(_BEGIN) and not _is_number(cell) else cell


def _is_number(cell: str) -> bool:
    return cell[1:].replace(".", "", 1).isdecimal() and cell[0] in "+-"


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([defused(cell) for cell in cells])
    return line.getvalue()
