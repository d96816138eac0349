"""What is wrong with a job's rows, as a CSV file to mend and hand in again: one line for each, with
all that is wrong with it in front of its own cells.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, which an import
takes off again; the columns of our own say nothing to it.
"""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

from pydantic_core import from_json

from chassis.formulas import defused
from chassis.reader import ScopedReader
from services.catalog.imports import repository
from services.catalog.imports.columns import OWN

_AT_ONCE = 100  # rows
_MARK = "\ufeff"  # by which spreadsheets know UTF-8


async def error_file(
    reader: ScopedReader, workspace_id: UUID, import_id: UUID, headings: Sequence[str]
) -> AsyncIterator[bytes]:
    """The file, part by part, in the order of the rows. Of a file that was such a one itself, its
    columns of faults are left out: what was wrong with it is mended, or told anew."""
    own = [at for at, heading in enumerate(headings) if heading.casefold() in OWN]
    yield (_MARK + _line([*OWN, *_without(own, headings)])).encode()
    after = 0
    while faulty := await repository.faults(
        reader, workspace_id, import_id, after=after, most=_AT_ONCE
    ):
        lines = []
        for number, what, cells in faulty:
            row = from_json(cells)
            row += [""] * (len(headings) - len(row))
            lines.append(_line([str(number), what, *_without(own, row)]))
            after = number
        yield "".join(lines).encode()


def _without(positions: Sequence[int], cells: Sequence[str]) -> list[str]:
    return [cell for at, cell in enumerate(cells) if at not in positions]


def _line(cells: Sequence[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([defused(cell) for cell in cells])
    return line.getvalue()
