"""Statements over any number of rows, each column of them one parameter.

Columns go as PostgreSQL arrays: JSON costs several times as much on either side.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from chassis.database import TenantSession

Row = Mapping[str, object]


class Statement:
    """SQL with `{rows}` in a FROM clause: there stand the rows, their `columns` (name to type) as
    their events gave them and `ordinality`, their place among them."""

    def __init__(self, sql: str, columns: Mapping[str, str]) -> None:
        self._columns = tuple(columns)
        arrays = ", ".join(f"CAST(:{name} AS {type_}[])" for name, type_ in columns.items())
        rows = f"unnest({arrays}) WITH ORDINALITY AS r ({', '.join(columns)}, ordinality)"
        self._text = text(sql.replace("{rows}", rows))

    async def execute(self, session: TenantSession, rows: Sequence[Row]) -> None:
        """Run it once over all `rows`."""
        await session.execute(
            self._text, {name: [row[name] for row in rows] for name in self._columns}
        )
