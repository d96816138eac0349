"""Exports of one kind of things as a file, whose columns are those that an import of it reads.

They are read as they go out, a thousand at a time by their ids, and no transaction is held open for
as long as a slow connection takes: what is made or changed meanwhile is in the file or not, and
each thing is there once, as it was when its turn came.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic_core import from_json

from chassis.database import Source
from chassis.edge import is_head
from chassis.pages import Where
from chassis.tables import Cell, CsvWriter, TableWriter, XlsxWriter

Format = Literal["csv", "xlsx"]
Archived = Annotated[bool, Query(description="Those that are archived, instead of those in use")]
Record = Mapping[str, Any]
Batches = AsyncIterator[Sequence[Record]]

AT_ONCE = 1000  # things
SEPARATOR = " / "  # between the names of a path
_FIRST = UUID(int=0)
_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_WRITERS: dict[str, Callable[[str, Sequence[str]], TableWriter]] = {
    "csv": CsvWriter,
    "xlsx": XlsxWriter,
}
_FILE = {"schema": {"type": "string", "format": "binary"}}
#: What such a route answers, for its documentation.
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A row that names the columns, as an import of this kind reads them, and "
        "one for each thing, oldest first",
        "content": {kind.partition(";")[0]: _FILE for kind in _TYPES.values()},
    }
}


async def records(
    source: Source, select: str, where: Where, *, key: str, scanned: int = AT_ONCE
) -> Batches:
    """What `select` finds under `where`, oldest first: `key` is its id's column, by which each
    batch goes on behind the one before."""
    after = _FIRST
    at = len(where.values) + 1
    sql = f"""
        SELECT r.id, to_json(r) FROM (
            {select} WHERE {where.sql()} AND {key} > ${at} ORDER BY {key} LIMIT {scanned}
        ) r
    """
    while rows := await source.rows(sql, *where.values, after):
        after = rows[-1][0]
        yield [from_json(document) for _, document in rows]
        if len(rows) < scanned:
            return


async def nodes(source: Source, select: str, where: Where, *, table: str, key: str) -> Batches:
    """As `records`, of the nodes of a tree: each after the one that it stands under."""
    found = await source.rows(
        f"""
        WITH RECURSIVE down AS (
            SELECT n.id, 1 AS depth FROM {table} n
            WHERE n.workspace_id = $1 AND n.parent_id IS NULL
            UNION ALL
            SELECT n.id, down.depth + 1 FROM down
            JOIN {table} n ON n.workspace_id = $1 AND n.parent_id = down.id
        )
        SELECT id FROM down ORDER BY depth, id
        """,
        where.values[0],
    )
    at = len(where.values) + 1
    sql = f"SELECT r.id, to_json(r) FROM ({select} WHERE {where.sql()} AND {key} = ANY (${at})) r"
    for begin in range(0, len(found), AT_ONCE):
        ids = [id_ for (id_,) in found[begin : begin + AT_ONCE]]
        rows = {
            id_: from_json(document) for id_, document in await source.rows(sql, *where.values, ids)
        }
        yield [rows[id_] for id_ in ids if id_ in rows]


async def answer(
    request: Request,
    kind: str,
    format_: Format,
    columns: Mapping[str, Callable[[Record], Cell]],
    batches: Batches,
) -> Response:
    """The file of `batches`: each column is what its function says of a record."""
    headers = {"content-disposition": f'attachment; filename="{kind}.{format_}"'}
    media_type = _TYPES[format_]
    if is_head(request):
        return Response(media_type=media_type, headers=headers)
    # The first of them now, while a problem can still be told.
    first = await anext(batches, None)
    parts = _parts(_WRITERS[format_](kind, list(columns)), list(columns.values()), first, batches)
    return StreamingResponse(parts, media_type=media_type, headers=headers)


async def _parts(
    writer: TableWriter,
    cells: Sequence[Callable[[Record], Cell]],
    first: Sequence[Record] | None,
    batches: Batches,
) -> AsyncIterator[bytes]:
    def made(batch: Sequence[Record]) -> bytes:
        return writer.rows([cell(record) for cell in cells] for record in batch)

    yield await asyncio.to_thread(writer.begin)
    batch = first
    while batch is not None:
        if part := await asyncio.to_thread(made, batch):
            yield part
        batch = await anext(batches, None)
    yield await asyncio.to_thread(writer.end)


def field(name: str) -> Callable[[Record], Cell]:
    """A column that is a field as it is."""

    def read(record: Record) -> Cell:
        value: Cell = record[name]
        return value

    return read


def fields(*names: str) -> dict[str, Callable[[Record], Cell]]:
    """Columns that are called as their fields."""
    return {name: field(name) for name in names}


def path_of(breadcrumb: Sequence[Record], *more: str) -> str:
    """A way down a tree as an import reads it: `House / Garage / Shelf 2`."""
    return SEPARATOR.join([*(str(each["name"]) for each in breadcrumb), *more])


def parent(record: Record) -> Cell:
    """The path to what a node stands under."""
    return path_of(record["breadcrumb"]) or None
