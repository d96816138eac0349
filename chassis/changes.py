"""The feed of changes: what a client that was away has missed, in order, without gap or tie.

Every aggregate that a service publishes events of has one row in `changes`, of its latest change; a
trigger on the outbox keeps it, in the transaction of the change (`chassis.migrations.feed`). Rows
are ordered by the transaction that wrote them and their place in it, and told only once no older
transaction is still under way: nothing can come in before what a client has seen (an order by time
or by a sequence alone can't promise that, since what begins first may commit last).

A cursor is opaque: epoch, transaction, place. Transactions are counted by the database cluster; a
database that was restored into another cluster begins a new epoch (`mend`), and cursors of the old
one are answered 410: such a client reads everything again.
"""

import base64
import binascii
import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field

from chassis.database import Database, Source
from chassis.logging import get_logger
from chassis.problems import Problem, invalid
from chassis.requests import Reading, Tenant, overseer, viewer
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork

log = get_logger(__name__)

LIMIT, MAX_LIMIT = 100, 200
_FORM = struct.Struct(">QQQ")


class CursorExpired(Problem):
    status, code, title = 410, "cursor-expired", "This cursor is of another time"


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of aggregate is shown: its repository's SELECT, whose table is `alias`."""

    select: str
    alias: str


class Position(NamedTuple):
    """How far a client has read."""

    epoch: int
    transaction: int
    place: int


class ChangeOut(BaseModel):
    kind: str = Field(description="What it is, as events call it", examples=["item"])
    id: UUID
    version: int = Field(description="As of this change; `data` may be newer already")
    is_deleted: bool
    data: dict[str, Any] | None = Field(
        description="The thing as its own address shows it; null once it is deleted",
        examples=[{"id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07", "name": "Cordless drill"}],
    )


class ChangesPage(BaseModel):
    items: list[ChangeOut]
    next_cursor: str = Field(
        description="The `since` of the next call, now or in a week",
        examples=["AAAAAAAAAAEAAAAAAAADhAAAAAAAAAAq"],
    )
    has_more: bool = Field(description="Whether there is more to read right now")


def router(service: str, kinds: Mapping[str, Kind], *, whole: bool) -> APIRouter:
    """The feed of a service, of `kinds` by their names in topics. `whole`: it tells of what only
    those may see who are not restricted to places."""
    made = APIRouter(
        prefix="/v1/workspaces/{workspace_id}/changes", tags=["changes"], route_class=UnitOfWork
    )
    statement = _statement(kinds)

    async def list_changes(
        tenant: Annotated[Tenant, Depends(overseer if whole else viewer)],
        reader: Reading,
        since: Annotated[
            str | None, Query(max_length=200, description="`next_cursor` of the last call")
        ] = None,
        limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Changes in a page")] = LIMIT,
    ) -> Response:
        return json_bytes(
            await read(reader, tenant.workspace_id, statement, since=since, limit=limit)
        )

    list_changes.__name__ = f"list_changes_of_{service}"
    list_changes.__doc__ = (
        f"What changed in {service} since a cursor, oldest first: each thing once, as it is now."
    )
    made.get(f"/{service}", response_model=ChangesPage)(list_changes)
    return made


async def read(
    source: Source, workspace_id: UUID, statement: str, *, since: str | None, limit: int
) -> bytes:
    """A page of changes. Raises `Invalid` for what is no cursor, `CursorExpired` for one of another
    epoch."""
    after = decode(since) if since else None
    [(items, epoch, transaction, place, found)] = await source.rows(
        statement,
        workspace_id,
        str(after.transaction if after else 0),
        after.place if after else 0,
        limit,
    )
    if after is not None and after.epoch != epoch:
        raise CursorExpired(
            "The database was restored since; read everything again, without `since`."
        )
    reached = Position(
        epoch,
        int(transaction) if found else after.transaction if after else 0,
        place if found else after.place if after else 0,
    )
    more = "true" if found > limit else "false"
    return b'{"items":%b,"next_cursor":%b,"has_more":%b}' % (
        items or b"[]",
        json.dumps(encode(reached)).encode(),
        more.encode(),
    )


async def mend(database: Database) -> None:
    """Begin a new epoch where the database has come from another cluster."""
    async with database.system() as session:
        [(begun,)] = await session.rows("SELECT mend_changes()")
    if begun:
        log.warning("changes.new_epoch", database=database.name)


def encode(position: Position) -> str:
    return base64.urlsafe_b64encode(_FORM.pack(*position)).rstrip(b"=").decode()


def decode(cursor: str) -> Position:
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        position = Position(*_FORM.unpack(packed))
        if max(position) >= 1 << 63:
            raise ValueError  # noqa: TRY301 - as for any other cursor that nobody gave out
    except (binascii.Error, ValueError, struct.error) as error:
        raise invalid(
            "since", "This is no cursor; pass `next_cursor` of the last call as it came."
        ) from error
    return position


def _statement(kinds: Mapping[str, Kind]) -> str:
    """One page and whether there is more, each change with its thing as it is now."""
    shown = " UNION ALL ".join(
        f"""
        SELECT to_json(r) FROM (
            {kind.select} WHERE {kind.alias}.workspace_id = $1 AND {kind.alias}.id = page.id
            AND page.kind = '{name}' AND NOT page.is_deleted
        ) r
        """
        for name, kind in kinds.items()
    )
    names = ", ".join(f"'{name}'" for name in kinds)
    return f"""
        WITH page AS MATERIALIZED (
            SELECT c.kind, c.id, c.version, c.is_deleted, c.xid, c.place
            FROM changes c
            WHERE c.workspace_id = $1 AND (c.xid, c.place) > ($2::text::xid8, $3::bigint)
              AND c.xid < pg_snapshot_xmin(pg_current_snapshot()) AND c.kind IN ({names})
            ORDER BY c.xid, c.place
            LIMIT $4::int + 1
        ), shown AS (
            SELECT * FROM page ORDER BY xid, place LIMIT $4::int
        ), reached AS (
            SELECT xid, place FROM shown ORDER BY xid DESC, place DESC LIMIT 1
        )
        SELECT (
            SELECT json_agg(
                json_build_object('kind', page.kind, 'id', page.id, 'version', page.version,
                    'is_deleted', page.is_deleted, 'data', thing.data)
                ORDER BY page.xid, page.place
            )
            FROM shown page LEFT JOIN LATERAL ({shown}) AS thing (data) ON true
        ),
        (SELECT epoch FROM changes_epoch),
        (SELECT xid::text FROM reached), (SELECT place FROM reached), (SELECT count(*) FROM page)
    """
