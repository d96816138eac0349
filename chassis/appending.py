"""Rows of a ledger that go in with the events that tell of them, in one round trip."""

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect

if TYPE_CHECKING:
    from chassis.database import TenantSession


class Appended:
    """A mixin for tables that rows are only ever added to, and that no answer to a change shows.
    Whatever is asked before finds such a row flushed, as any other."""


def take(session: "TenantSession", first: int) -> tuple[str, list[Any]] | None:
    """The INSERT of the one such row that waits to be flushed, with its values as parameters from
    the `first` on; the session has it no more. None where there is none, or where there are more,
    which the session flushes together."""
    rows = [row for row in session.new if isinstance(row, Appended)]
    if len(rows) != 1:
        return None
    [row] = rows
    session.expunge(row)
    table = inspect(type(row)).local_table
    columns = tuple(column.name for column in table.columns)
    return _insert(table.name, columns, first), [getattr(row, column) for column in columns]


@cache
def _insert(table: str, columns: tuple[str, ...], first: int) -> str:
    values = ", ".join(f"${first + n}" for n in range(len(columns)))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values})"
