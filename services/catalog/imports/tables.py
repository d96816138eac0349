"""A file as a table: which of its rows has the headings, and the rows below it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

MOST_COLUMNS = 500
LONGEST_HEADING = 200  # characters
_TITLES = 20  # rows that may stand above the headings


class UnreadableError(Exception):
    """A file that can't be read, or not further, in words for whoever handed it in."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` as a spreadsheet shows it."""

    number: int
    cells: list[str]


class Source(Protocol):
    """Anything that rows can be read from, from the start each time."""

    def rows(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class Table:
    """The rows of `source` below its headings, which are row `first`."""

    source: Source
    headings: list[str]
    first: int

    def rows(self) -> Iterator[Row]:
        return (row for row in self.source.rows() if row.number > self.first)


def table_of(source: Source, known: Callable[[list[str]], int]) -> Table:
    """The table of a file: `known` counts how many of a row's cells are headings that somebody
    understands, and the row with most of them has the headings. Raises `UnreadableError` for a
    file without any row, or with too many columns."""
    rows = list(islice(source.rows(), _TITLES))
    if not rows:
        raise UnreadableError("The file is empty: one row has to name the columns.")
    best = max(rows, key=lambda row: (known(row.cells), -row.number))
    headings = [" ".join(cell.split()) for cell in best.cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MOST_COLUMNS:
        raise UnreadableError(f"The file has {len(headings)} columns; {MOST_COLUMNS} at most.")
    if any(len(heading) > LONGEST_HEADING for heading in headings):
        raise UnreadableError(
            f"Row {best.number} has no headings: one of its cells has more than "
            f"{LONGEST_HEADING} characters."
        )
    return Table(source, headings, best.number)
