"""Queries on short codes; the representation of a short code is the SQL here."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from chassis.statements import Row, Statement
from chassis.trees import breadcrumb, subtree
from services.inventory.reach import limit
from services.inventory.short_codes.alphabet import readings
from services.inventory.short_codes.kinds import State, Thing
from services.inventory.short_codes.models import ShortCode

_COLUMNS = {
    "id": "uuid",
    "workspace_id": "uuid",
    "version": "integer",
    "code": "text",
    "is_made": "boolean",
    "state": "text",
    "kind": "text",
    "target_id": "uuid",
    "is_additional": "boolean",
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
}
_INSERT = Statement(
    f"""
    INSERT INTO short_codes ({", ".join(_COLUMNS)})
    SELECT {", ".join(_COLUMNS)} FROM {{rows}} ORDER BY code
    ON CONFLICT (code) DO NOTHING RETURNING code
    """,
    _COLUMNS,
)
# What a code is on, whatever the kind: at most one row, from one of the four. `place` is where it
# stands, for who is restricted; `stands_in` is what the way to it ends with.
THING = """
    LEFT JOIN LATERAL (
        SELECT k.workspace_id, k.name, k.is_archived, 'items' AS folder, NULL::uuid AS place,
               NULL::uuid AS stands_in
        FROM known_items k
        WHERE s.kind = 'item' AND k.workspace_id = s.workspace_id AND k.id = s.target_id
        UNION ALL
        SELECT e.workspace_id, k.name, e.is_archived, 'inventory', e.location_id, e.location_id
        FROM entries e
        LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
        WHERE s.kind = 'entry' AND e.workspace_id = s.workspace_id AND e.id = s.target_id
        UNION ALL
        SELECT l.workspace_id, l.name, l.is_archived, 'locations', l.id, l.parent_id
        FROM locations l
        WHERE s.kind = 'location' AND l.workspace_id = s.workspace_id AND l.id = s.target_id
        UNION ALL
        SELECT c.workspace_id, c.name, c.is_archived, 'containers', c.location_id, c.location_id
        FROM containers c
        WHERE s.kind = 'container' AND c.workspace_id = s.workspace_id AND c.id = s.target_id
    ) t ON true
"""


def _select(way: str) -> str:
    return f"""
        SELECT s.id, s.workspace_id, s.code, s.is_made, s.state, s.kind, s.target_id,
               s.is_additional, t.name, t.is_archived, {way} AS location_path,
               '/v1/workspaces/' || s.workspace_id || '/' || t.folder || '/' || s.target_id AS path,
               s.version, s.created_at, s.updated_at
        FROM short_codes s {THING}
    """


SELECT = _select(breadcrumb("locations", "t", "stands_in"))
# For who is restricted; `$2` are the places they reach.
_SELECT_WITHIN = _select(breadcrumb("locations", "t", "stands_in", within="$2"))
# Items stand nowhere, and an unused code neither.
WITHIN = "(s.kind IS NULL OR s.kind = 'item' OR t.place = ANY ({}))"


async def insert(session: TenantSession, codes: Sequence[ShortCode]) -> set[str]:
    """Register codes; those of them that nobody had."""
    rows = [{name: getattr(code, name) for name in _COLUMNS} for code in codes]
    return await register(session, rows)


async def register(session: TenantSession, rows: Sequence[Row]) -> set[str]:
    """As `insert`, of codes as their columns have them."""
    return {code for (code,) in await _INSERT.execute(session, rows)}


async def meant(source: Source, workspace_id: UUID, typed: Collection[str]) -> list[str]:
    """The workspace's codes that any of these may mean, as `code_of` reads them."""
    exact, read = zip(*(readings(one) for one in typed), strict=True)
    rows = await source.rows(
        """
        SELECT code FROM short_codes
        WHERE workspace_id = $1 AND (code = ANY ($2) OR (code = ANY ($3) AND is_made))
        """,
        workspace_id,
        list(exact),
        list(read),
    )
    return [code for (code,) in rows]


async def lock(session: TenantSession, codes: Sequence[str]) -> dict[str, ShortCode]:
    """This workspace's among these codes, locked in their order."""
    rows = await session.scalars(
        select(ShortCode)
        .where(ShortCode.workspace_id == session.workspace_id, ShortCode.code.in_(codes))
        .order_by(ShortCode.code)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.code: row for row in rows}


async def read(session: TenantSession, code: str) -> ShortCode | None:
    """This workspace's code, as it is now."""
    row: ShortCode | None = await session.scalar(
        select(ShortCode)
        .where(ShortCode.workspace_id == session.workspace_id, ShortCode.code == code)
        .execution_options(populate_existing=True)
    )
    return row


async def code_of(source: Source, workspace_id: UUID, typed: str) -> str | None:
    """The workspace's code that somebody typed, look-alikes and all; None for none of its own."""
    rows = await source.rows(
        """
        SELECT code FROM short_codes
        WHERE workspace_id = $1 AND (code = $2 OR (code = $3 AND is_made))
        ORDER BY code = $2 DESC LIMIT 1
        """,
        workspace_id,
        *readings(typed),
    )
    return rows[0][0] if rows else None


async def code_on(source: Source, workspace_id: UUID, kind: Thing, target_id: UUID) -> str | None:
    """The code that a thing has of its own."""
    rows = await source.rows(
        """
        SELECT code FROM short_codes
        WHERE workspace_id = $1 AND kind = $2 AND target_id = $3 AND NOT is_additional
        """,
        workspace_id,
        kind.value,
        target_id,
    )
    return rows[0][0] if rows else None


async def codes_on(
    source: Source, workspace_id: UUID, kind: Thing, targets: Sequence[UUID]
) -> list[str]:
    """The codes that are on any of these things."""
    rows = await source.rows(
        """
        SELECT code FROM short_codes
        WHERE workspace_id = $1 AND kind = $2 AND target_id = ANY ($3)
        """,
        workspace_id,
        kind.value,
        list(targets),
    )
    return [code for (code,) in rows]


async def places_below(source: Source, workspace_id: UUID, location_id: UUID) -> list[UUID]:
    """A location and all below it; nothing where there is none."""
    rows = await source.rows(subtree("locations", "$1", "$2"), workspace_id, location_id)
    return [id_ for (id_,) in rows]


async def count_unused(source: Source, workspace_id: UUID) -> int:
    """How many codes of the workspace are on nothing."""
    [(count,)] = await source.rows(
        "SELECT count(*) FROM short_codes WHERE workspace_id = $1 AND state = 'unused'",
        workspace_id,
    )
    return int(count)


async def resolve(
    source: Source, user_id: UUID, typed: str
) -> tuple[UUID, str, frozenset[UUID] | None] | None:
    """The workspace and the code that a user means, and what they are restricted to there; None
    for a code of no workspace they are a member of. `source` is in the user's own scope."""
    rows = await source.rows(
        """
        SELECT s.workspace_id, s.code, m.location_ids
        FROM short_codes s JOIN members m ON m.workspace_id = s.workspace_id
        WHERE m.user_id = $1 AND m.is_current AND (s.code = $2 OR (s.code = $3 AND s.is_made))
        ORDER BY s.code = $2 DESC LIMIT 1
        """,
        user_id,
        *readings(typed),
    )
    if not rows:
        return None
    workspace_id, code, places = rows[0]
    return workspace_id, code, None if places is None else frozenset(places)


async def get(source: Source, workspace_id: UUID, typed: str, within: Reach) -> list[Any]:
    """One short code as (version, json), or nothing."""
    where = await where_of(source, workspace_id, within)
    exact, read = readings(typed)
    where.add("s.code = ANY ({})", [exact, read])
    where.add("(s.code = {} OR s.is_made)", exact)
    sql = f"{_of(within)} WHERE {where.sql()}"
    return await source.rows(
        f"SELECT r.version, to_json(r) FROM ({sql}) r ORDER BY r.code = ${len(where.values)} DESC "
        "LIMIT 1",
        *where.values,
    )


async def get_all(source: Source, workspace_id: UUID, ids: Sequence[UUID], within: Reach) -> bytes:
    """These short codes as a JSON list, oldest first."""
    where = await where_of(source, workspace_id, within)
    where.add("s.id = ANY ({})", list(ids))
    sql = f"{_of(within)} WHERE {where.sql()}"
    [(found,)] = await source.rows(
        f"SELECT coalesce(json_agg(r ORDER BY r.id), '[]') FROM ({sql}) r", *where.values
    )
    return bytes(found)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    state: State | None,
    kind: Thing | None,
    target_id: UUID | None,
    within: Reach,
) -> bytes:
    """A page of short codes."""
    where = await where_of(source, workspace_id, within)
    for column, value in (("state", state), ("kind", kind), ("target_id", target_id)):
        if value is not None:
            where.add(f"s.{column} = {{}}", value)
    return await page(source, _of(within), where, paging, key="s.id")


async def where_of(source: Source, workspace_id: UUID, within: Reach) -> Where:
    """The conditions of every query here: `$1` is the workspace, `$2` the places of who is
    restricted."""
    where = Where()
    where.add("s.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, WITHIN)
    return where


def _of(within: Reach) -> str:
    return SELECT if within is None else _SELECT_WITHIN


async def free_all(session: TenantSession) -> None:
    """Give up every code of the workspace: anybody may have them."""
    for table in ("entries", "locations", "containers"):
        await session.rows(
            f"UPDATE {table} SET short_code = NULL "
            "WHERE workspace_id = $1 AND short_code IS NOT NULL",
            session.workspace_id,
        )
    await session.rows("DELETE FROM short_codes WHERE workspace_id = $1", session.workspace_id)
