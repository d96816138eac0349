"""Queries on inventory entries; the representation of an entry is the SQL here."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select

from chassis import outbox
from chassis.database import Source, TenantSession
from chassis.pages import Where
from chassis.problems import NotFound
from chassis.reach import Reach
from chassis.statements import Row, Statement
from chassis.trees import breadcrumb
from services.inventory.reach import limit
from services.inventory.stock.models import Entry


def _select(way: str) -> str:
    return f"""
        SELECT e.id, e.workspace_id, e.item_id, k.name AS item_name, k.sku AS item_sku,
               k.category_id,
               -- Asked for only where there is one: a join costs every page. By its id, as in
               -- `chassis.trees.breadcrumb`.
               CASE WHEN k.category_id IS NOT NULL THEN (
                   SELECT g.name FROM known_categories g
                   WHERE g.workspace_id IS NOT DISTINCT FROM e.workspace_id AND g.id = k.category_id
               ) END AS category_name,
               e.location_id, l.name AS location_name, {way} AS location_path,
               e.container_id, c.name AS container_name,
               e.quantity, e.held_quantity, e.quantity - e.held_quantity AS free_quantity,
               e.condition, e.status, e.serial_number, e.lot, e.date_acquired, e.purchase_price,
               e.currency, e.warranty_expires, e.expiration_date, e.notes, e.external_id,
               e.short_code, e.last_used_at, e.is_archived, e.merged_into,
               e.version, e.created_at, e.updated_at
        FROM entries e
        -- There is one always; JOIN would make the planner expect fewer rows, and sort them all.
        LEFT JOIN locations l ON l.workspace_id = e.workspace_id AND l.id = e.location_id
        LEFT JOIN containers c ON c.workspace_id = e.workspace_id AND c.id = e.container_id
        LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
    """


SELECT = _select(breadcrumb("locations", "e", "location_id"))
# For who is restricted; `$2` are the places they reach.
SELECT_WITHIN = _select(breadcrumb("locations", "e", "location_id", within="$2"))
_GET = f"""
    SELECT r.version, to_json(r) FROM ({SELECT} WHERE e.workspace_id = $1 AND e.id = $2) r
"""
_COLUMNS = tuple(column.name for column in Entry.__table__.columns)
_VALUES = {name: f"${n}" for n, name in enumerate(_COLUMNS, 1)}
# As `services.inventory.items` and `services.inventory.places` check it, and hold it: who finds
# something to say against it is asked only when nothing was written.
_USABLE = f"""
    FROM (
        SELECT FROM known_items
        WHERE workspace_id = {_VALUES["workspace_id"]} AND id = {_VALUES["item_id"]}
          AND NOT is_archived AND NOT is_deleted AND into_id IS NULL FOR SHARE
    ) item, (
        SELECT FROM locations
        WHERE workspace_id = {_VALUES["workspace_id"]} AND id = {_VALUES["location_id"]}
          AND NOT is_archived FOR SHARE
    ) place
"""


def _insert(usable: str = "") -> str:
    columns = ", ".join(_COLUMNS)
    return f"""
        INSERT INTO entries ({columns}) SELECT {", ".join(_VALUES.values())} {usable}
        RETURNING {columns}
    """


_INSERT, _INSERT_IF_USABLE = _insert(), _insert(_USABLE)
_INSERTED = f"""
    SELECT r.version, to_json(r) FROM ({SELECT.replace("FROM entries e", "FROM changed e")}) r
"""

_RENAME = Statement(
    """
    UPDATE entries e SET sort_name = NULL  -- its trigger reads what the item is called
    FROM (
        SELECT e.workspace_id, e.id FROM {rows}
        JOIN entries e ON e.workspace_id = r.workspace_id AND e.item_id = r.id
        JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
        WHERE r.recoded OR e.sort_name <> search_fold(k.name)
        ORDER BY e.id FOR UPDATE OF e
    ) renamed
    WHERE e.workspace_id = renamed.workspace_id AND e.id = renamed.id
    """,
    {"workspace_id": "uuid", "id": "uuid", "recoded": "boolean"},
)


async def get(source: Source, workspace_id: UUID, entry_id: UUID, within: Reach) -> list[Any]:
    """One entry as (version, json), or nothing."""
    if within is None:
        return await source.rows(_GET, workspace_id, entry_id)
    where = Where()
    where.add("e.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "e.location_id = ANY ({})")
    where.add("e.id = {}", entry_id)
    return await source.rows(
        f"SELECT r.version, to_json(r) FROM ({SELECT_WITHIN} WHERE {where.sql()}) r",
        *where.values,
    )


async def insert(session: TenantSession, entry: Entry) -> list[Any]:
    """Write a new entry down, with the events that are staged and its movement; the entry as
    (version, json)."""
    values = [getattr(entry, name) for name in _COLUMNS]
    return await outbox.write_with(session, _INSERT, _INSERTED, *values)


async def insert_if_usable(session: TenantSession, entry: Entry) -> list[Any]:
    """As `insert`, of an entry in no container, at the end of the transaction; nothing is written,
    nor ended, unless its item is known and in use and its location is."""
    values = [getattr(entry, name) for name in _COLUMNS]
    return await outbox.write_with(session, _INSERT_IF_USABLE, _INSERTED, *values, last=True)


async def place_of(
    source: Source, workspace_id: UUID, entry_id: UUID, *, archived: bool | None = None
) -> tuple[UUID, UUID | None] | None:
    """The location and container of an entry; None when there is none such, or none that is
    `archived` or not as asked."""
    rows = await source.rows(
        """
        SELECT location_id, container_id FROM entries
        WHERE workspace_id = $1 AND id = $2 AND ($3::boolean IS NULL OR is_archived = $3)
        """,
        workspace_id,
        entry_id,
        archived,
    )
    return (rows[0][0], rows[0][1]) if rows else None


class Standing(NamedTuple):
    """What an entry is of, and where it stands."""

    item_id: UUID
    location_id: UUID
    container_id: UUID | None


async def standings(session: TenantSession, entry_ids: Collection[UUID]) -> list[Standing]:
    """Those of these entries that there are."""
    if not entry_ids:
        return []
    rows = await session.rows(
        """
        SELECT item_id, location_id, container_id FROM entries
        WHERE workspace_id = $1 AND id = ANY ($2)
        """,
        session.workspace_id,
        list(entry_ids),
    )
    return [Standing(*row) for row in rows]


async def holders(session: TenantSession, external_ids: Collection[str]) -> dict[str, UUID]:
    """Who has these external_ids, archived or not."""
    if not external_ids:
        return {}
    rows = await session.rows(
        "SELECT external_id, id FROM entries WHERE workspace_id = $1 AND external_id = ANY ($2)",
        session.workspace_id,
        list(external_ids),
    )
    return dict(rows)


async def version_of(session: TenantSession, entry_id: UUID) -> int:
    """The version that an entry is at; raises `NotFound` for one that is not there."""
    rows = await session.rows(
        "SELECT version FROM entries WHERE workspace_id = $1 AND id = $2",
        session.workspace_id,
        entry_id,
    )
    if not rows:
        raise NotFound("There is no such inventory entry in this workspace.")
    return int(rows[0][0])


async def like_at(
    session: TenantSession,
    entry_id: UUID,
    location_id: UUID,
    container_id: UUID | None,
    alike: Sequence[str],
) -> UUID | None:
    """The oldest entry in use at a place that has the same in all columns `alike` as another one,
    and is not that."""
    same = " AND ".join(f"t.{column} IS NOT DISTINCT FROM e.{column}" for column in alike)
    rows = await session.rows(
        f"""
        SELECT t.id FROM entries e
        JOIN entries t ON t.workspace_id = e.workspace_id AND t.item_id = e.item_id
        WHERE e.workspace_id = $1 AND e.id = $2 AND t.id <> e.id AND NOT t.is_archived
          AND t.location_id = $3 AND t.container_id IS NOT DISTINCT FROM $4 AND {same}
        ORDER BY t.id LIMIT 1
        """,
        session.workspace_id,
        entry_id,
        location_id,
        container_id,
    )
    return rows[0][0] if rows else None


async def lock_of_item(session: TenantSession, item_id: UUID, limit: int) -> Sequence[Entry]:
    """Up to `limit` entries of an item, archived ones too, locked in the order of their ids."""
    rows = await session.scalars(
        select(Entry)
        .where(Entry.workspace_id == session.workspace_id, Entry.item_id == item_id)
        .order_by(Entry.id)
        .limit(limit)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def rename(session: TenantSession, items: Sequence[Row]) -> None:
    """Let the entries of these items, of whatever workspaces, be found by what the items are called
    now; of those that are `recoded`, by their codes. No change of the entries themselves."""
    await _RENAME.execute(session, items)


async def lock_in(session: TenantSession, container_ids: Sequence[UUID]) -> Sequence[Entry]:
    """The entries in these containers, archived ones too, locked in the order of their ids."""
    rows = await session.scalars(
        select(Entry)
        .where(Entry.workspace_id == session.workspace_id, Entry.container_id.in_(container_ids))
        .order_by(Entry.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def merged_into(session: TenantSession, entry_id: UUID) -> set[UUID]:
    """An entry and those that were merged into it, or into one that was."""
    found = await session.rows(
        """
        WITH RECURSIVE merged AS (
            SELECT $2::uuid AS id
            UNION
            SELECT e.id FROM entries e JOIN merged ON e.merged_into = merged.id
            WHERE e.workspace_id = $1
        )
        SELECT id FROM merged
        """,
        session.workspace_id,
        entry_id,
    )
    return {id_ for (id_,) in found}
