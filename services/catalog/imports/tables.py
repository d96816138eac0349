"""A file as a table: which of its rows has the headings, and the rows below it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from chassis.formulas import restored

MOST_COLUMNS = 500
LONGEST_HEADING = 200  # characters
_MOST_UNNAMED = 20  # columns that are told
_TITLES = 20  # rows that may stand above the headings


class UnreadableError(Exception):
    """A file that can't be read, or not further, in words for whoever handed it in."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` as a spreadsheet shows it. `typed`: what a spreadsheet's cells are that are
    no texts, by their positions."""

    number: int
    cells: list[str]
    typed: Mapping[int, int | float | bool] = field(default_factory=dict)


class Source(Protocol):
    """Anything that rows can be read from, from the start each time. `is_grid`: each cell is known
    to stand in its column, where of text a mark too many moves all that follow."""

    is_grid: bool

    def rows(self) -> Iterator[Row]: ...


@dataclass(frozen=True)
class Table:
    """The rows of `source` below its headings, which are row `first`. `width`: how many cells a row
    may have at most, blank headings counted; None where more do no harm. `unnamed`: columns, from
    0, that have cells and no heading."""

    source: Source
    headings: list[str]
    first: int
    width: int | None
    unnamed: Sequence[int] = ()

    def rows(self) -> Iterator[Row]:
        return (_as_written(row) for row in self.source.rows() if row.number > self.first)


def table_of(source: Source, known: Callable[[list[str]], int]) -> Table:
    """The table of a file: `known` counts how many of a row's cells are headings that somebody
    understands, and the row with most of them has the headings. Raises `UnreadableError` for a
    file without any row, or with too many columns."""
    rows = list(islice(source.rows(), _TITLES))
    if not rows:
        raise UnreadableError("The file is empty: one row has to name the columns.")
    best = max(rows, key=lambda row: (known(row.cells), -row.number))
    headings = [" ".join(restored(cell).split()) for cell in best.cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MOST_COLUMNS:
        raise UnreadableError(f"The file has {len(headings)} columns; {MOST_COLUMNS} at most.")
    if any(len(heading) > LONGEST_HEADING for heading in headings):
        raise UnreadableError(
            f"Row {best.number} has no headings: one of its cells has more than "
            f"{LONGEST_HEADING} characters."
        )
    width = None if source.is_grid else max(len(best.cells), len(headings))
    return Table(source, headings, best.number, width, _unnamed(rows, headings, best, width))


def _unnamed(
    rows: Sequence[Row], headings: Sequence[str], best: Row, width: int | None
) -> list[int]:
    """By the first rows: columns that hold something, and of which nobody says what; the first of
    them."""
    named = {position for position, heading in enumerate(headings) if heading}
    held = {
        position
        for row in rows
        if row.number > best.number
        for position, cell in enumerate(row.cells[:width])
        if cell.strip()
    }
    return sorted(held - named)[:_MOST_UNNAMED]


def _as_written(row: Row) -> Row:
    """The row with its cells as they were before they were defused."""
    if any(cell[:1] in "'`" for cell in row.cells if cell):
        return Row(row.number, [restored(cell) for cell in row.cells], row.typed)
    return row
