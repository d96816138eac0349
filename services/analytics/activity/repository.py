"""Queries on the activity, newest first.

Ids are those of the events, UUIDv7 made when they happened, so their order is that of time; a
period is read as a range of ids.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.statements import Row, Statement

# How far an event's id and its time may be apart: both are made in one breath by one process.
_APART = timedelta(minutes=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_RECORD = Statement(
    """
    INSERT INTO activity (
        workspace_id, id, occurred_at, actor_id, type, entity_type, entity_id, entity_name,
        item_id, changes
    )
    SELECT workspace_id, id, occurred_at, actor_id, type, entity_type, entity_id, entity_name,
        item_id, CAST(changes AS json)
    FROM {rows}
    ON CONFLICT (workspace_id, id) DO NOTHING
    """,
    {
        "workspace_id": "uuid",
        "id": "uuid",
        "occurred_at": "timestamptz",
        "actor_id": "uuid",
        "type": "text",
        "entity_type": "text",
        "entity_id": "uuid",
        "entity_name": "text",
        "item_id": "uuid",
        "changes": "text",
    },
)
_RECORD_USERS = Statement(
    """
    INSERT INTO users (id, version, full_name)
    SELECT DISTINCT ON (id) id, version, full_name FROM {rows}
    ORDER BY id, version DESC, ordinality
    ON CONFLICT (id) DO UPDATE SET version = excluded.version, full_name = excluded.full_name
    WHERE users.version < excluded.version
    """,
    {"id": "uuid", "version": "integer", "full_name": "text"},
)
_SELECT = """
    SELECT a.id, a.occurred_at, a.actor_id, u.full_name AS actor_name, a.type, a.entity_type,
           a.entity_id, coalesce(a.entity_name, l.item_name, i.name) AS entity_name, a.changes
    FROM activity a
    LEFT JOIN users u ON u.id = a.actor_id
    LEFT JOIN loans l ON a.entity_type = 'loan' AND a.entity_name IS NULL
        AND l.workspace_id = a.workspace_id AND l.id = a.entity_id
    LEFT JOIN items i ON a.entity_type = 'stock'
        AND i.workspace_id = a.workspace_id AND i.id = a.item_id
"""


async def record(session: TenantSession, rows: Sequence[Row]) -> None:
    """Append to the activity; rows that are there already stay as they are."""
    await _RECORD.execute(session, rows)


async def record_users(session: TenantSession, rows: Sequence[Row]) -> None:
    """Note users' names (id, version, full_name), each as of its newest version; an older one
    changes nothing."""
    await _RECORD_USERS.execute(session, rows)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    entity_type: str | None,
    entity_id: UUID | None,
    actor_id: UUID | None,
    type_: str | None,
    since: datetime | None,
    until: datetime | None,
) -> bytes:
    """A page of the activity; `since` is included, `until` is not."""
    where = Where()
    where.add("a.workspace_id = {}", workspace_id)
    if type_ is not None:
        where.add("a.type = {}", type_)
        # Said as well because there is an index on it.
        entity_type = entity_type or type_.rpartition(".")[0].rpartition(".")[2]
    for column, value in (
        ("entity_type", entity_type),
        ("entity_id", entity_id),
        ("actor_id", actor_id),
    ):
        if value is not None:
            where.add(f"a.{column} = {{}}", value)
    if since is not None:
        where.add("a.occurred_at >= {}", since)
        where.add("a.id >= {}", first_id(since, -_APART))
    if until is not None:
        where.add("a.occurred_at < {}", until)
        where.add("a.id < {}", first_id(until, _APART))
    return await page(source, _SELECT, where, paging, key="a.id")


def first_id(moment: datetime, apart: timedelta) -> UUID:
    """The least UUIDv7 (RFC 9562 section 5.7) of the millisecond `apart` from `moment`."""
    milliseconds = (moment - _EPOCH + apart) // timedelta(milliseconds=1)
    return UUID(int=max(milliseconds, 0) << 80)
