"""Statements over any number of rows, each column of them one parameter.

Columns go as PostgreSQL arrays: JSON costs several times as much on either side.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chassis.database import TenantSession

Row = Mapping[str, object]

_AGGREGATE = {"id": "uuid", "workspace_id": "uuid", "version": "integer"}


class Statement:
    """SQL with `{rows}` in a FROM clause: there stand the rows, their `columns` (name to type) as
    their events gave them and `ordinality`, their place among them."""

    def __init__(self, sql: str, columns: Mapping[str, str]) -> None:
        self._columns = tuple(columns)
        arrays = ", ".join(f"${n}::{type_}[]" for n, type_ in enumerate(columns.values(), 1))
        rows = f"unnest({arrays}) WITH ORDINALITY AS r ({', '.join(columns)}, ordinality)"
        self._sql = sql.replace("{rows}", rows)

    async def execute(self, session: TenantSession, rows: Sequence[Row]) -> list[Any]:
        """Run it once over all `rows`; what it returns, if it does."""
        columns = ([row[name] for row in rows] for name in self._columns)
        return await session.rows(self._sql, *columns)


def newest(table: str, columns: Mapping[str, str]) -> Statement:
    """A statement that notes aggregates in a read model: `table` has their id for its key, their
    workspace and version, and `columns` of their state. Of several states of one the newest goes
    in; one that is not newer than what is there changes nothing, and none reaches into another
    workspace."""
    everything = {**_AGGREGATE, **columns}
    names = ", ".join(everything)
    noted = ", ".join(f"{name} = excluded.{name}" for name in ("version", *columns))
    return Statement(
        f"""
        INSERT INTO {table} ({names})
        SELECT DISTINCT ON (id) {names} FROM {{rows}} ORDER BY id, version DESC, ordinality
        ON CONFLICT (id) DO UPDATE SET {noted}
        WHERE {table}.version < excluded.version AND {table}.workspace_id = excluded.workspace_id
        """,
        everything,
    )
