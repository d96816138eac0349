"""Rows of a ledger that go in with the events that tell of them, in one round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import inspect

if TYPE_CHECKING:
    from chassis.database import TenantSession


class Appended:
    """A mixin for tables that rows are only ever added to, and that no answer to a change shows.
    Whatever is asked before finds such a row flushed, as any other."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A row that the session has no more, with the INSERT that writes it and its values."""

    row: Appended
    sql: str
    values: Sequence[object]


def take(session: "TenantSession", first: int, where: str = "") -> Waiting | None:
    """The one such row that waits to be flushed, whose values are parameters from the `first` on;
    `where`: what has to hold for it to be written. None where there is none, or where there are
    more, which the session flushes together."""
    rows = [row for row in session.new if isinstance(row, Appended)]
    if len(rows) != 1:
        return None
    [row] = rows
    session.expunge(row)
    table = inspect(type(row)).local_table
    columns = tuple(column.name for column in table.columns)
    sql = f"{_insert(table.name, columns, first)} {where}"
    return Waiting(row, sql, [getattr(row, column) for column in columns])


def forget(session: "TenantSession") -> None:
    """Take back all such rows that wait to be flushed."""
    for row in list(session.new):
        if isinstance(row, Appended):
            session.expunge(row)


@cache
def _insert(table: str, columns: tuple[str, ...], first: int) -> str:
    values = ", ".join(f"${first + n}" for n in range(len(columns)))
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values}"
