"""Queries on stocktakes and what they found; their representations are the SQL here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from chassis.database import Source, TenantSession
from chassis.fields import MAX_INTEGER
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from chassis.trees import subtree
from services.inventory.reach import limit
from services.inventory.stocktakes.models import Finding, Stocktake

SELECT = """
    SELECT s.id, s.workspace_id, s.name, s.location_id, l.name AS location_name, s.notes, s.status,
           s.started_by, s.closed_by, s.closed_at, s.missing, s.misplaced, s.unexpected, s.version,
           s.created_at, s.updated_at
    FROM stocktakes s
    LEFT JOIN locations l ON l.workspace_id = s.workspace_id AND l.id = s.location_id
"""
_FINDINGS = """
    SELECT f.id, f.entry_id, f.item_id, k.name AS item_name, k.sku AS item_sku, f.location_id,
           l.name AS location_name, f.container_id, c.name AS container_name, f.state, f.counted,
           f.expected, f.counted_by, f.counted_at, f.settled_at, f.problem
    FROM stocktake_findings f
    LEFT JOIN known_items k ON k.workspace_id = f.workspace_id AND k.id = f.item_id
    LEFT JOIN locations l ON l.workspace_id = f.workspace_id AND l.id = f.location_id
    LEFT JOIN containers c ON c.workspace_id = f.workspace_id AND c.id = f.container_id
"""
_UNCOUNTED = """
    SELECT e.id, e.item_id, k.name AS item_name, k.sku AS item_sku, e.location_id,
           l.name AS location_name, e.container_id, c.name AS container_name, e.quantity,
           e.held_quantity
    FROM entries e
    JOIN locations l ON l.workspace_id = e.workspace_id AND l.id = e.location_id
    LEFT JOIN containers c ON c.workspace_id = e.workspace_id AND c.id = e.container_id
    LEFT JOIN known_items k ON k.workspace_id = e.workspace_id AND k.id = e.item_id
"""
# Entries `e` that the stocktake `$2` of the workspace `$1` expects to be found.
_ROOT = "(SELECT location_id FROM stocktakes WHERE workspace_id = $1 AND id = $2)"
_EXPECTED = f"""
    e.workspace_id = $1 AND NOT e.is_archived AND e.quantity > 0 AND e.status <> 'DISPOSED'
    AND ({_ROOT} IS NULL OR e.location_id IN ({subtree("locations", "$1", _ROOT)}))
"""
# Of these, what nobody found, nor came since the counting began: ids are in the order of time.
_NOT_FOUND = """
    NOT EXISTS (
        SELECT FROM stocktake_findings f
        WHERE f.workspace_id = $1 AND f.stocktake_id = $2 AND f.entry_id = e.id
    )
    AND NOT EXISTS (
        SELECT FROM movements m WHERE m.workspace_id = $1 AND m.entry_id = e.id AND m.id > $2
        AND m.kind IN ('created', 'moved', 'restored')
    )
    AND NOT EXISTS (
        SELECT FROM movements m WHERE m.workspace_id = $1 AND m.to_entry_id = e.id AND m.id > $2
    )
"""


async def get(source: Source, workspace_id: UUID, stocktake_id: UUID) -> list[Any]:
    """One stocktake with its summary as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM (
            SELECT s.*, json_build_object(
                'expected_entries', (SELECT count(*) FROM entries e WHERE {_EXPECTED}),
                'found', t.found, 'different', t.different, 'misplaced', t.misplaced,
                'unexpected', t.unexpected,
                'missing', CASE WHEN s.status = 'open' THEN (
                    SELECT count(*) FROM entries e WHERE {_EXPECTED} AND {_NOT_FOUND}
                ) ELSE t.missing END,
                'units_counted', t.units, 'settled', t.settled, 'problems', t.problems
            ) AS summary
            FROM ({SELECT} WHERE s.workspace_id = $1 AND s.id = $2) s
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE state = 'found') AS found,
                       count(*) FILTER (WHERE state = 'different') AS different,
                       count(*) FILTER (WHERE state = 'misplaced') AS misplaced,
                       count(*) FILTER (WHERE state = 'unexpected') AS unexpected,
                       count(*) FILTER (WHERE state = 'missing') AS missing,
                       coalesce(sum(counted), 0) AS units,
                       count(*) FILTER (WHERE settled_at IS NOT NULL AND problem IS NULL)
                           AS settled,
                       count(*) FILTER (WHERE problem IS NOT NULL) AS problems
                FROM stocktake_findings WHERE workspace_id = $1 AND stocktake_id = $2
            ) t
        ) r
        """,
        workspace_id,
        stocktake_id,
    )


async def find(
    source: Source, workspace_id: UUID, paging: Paging, *, status: str | None, within: Reach
) -> bytes:
    """A page of stocktakes."""
    where = Where()
    where.add("s.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "s.location_id = ANY ({})")
    if status is not None:
        where.add("s.status = {}", status)
    return await page(source, SELECT, where, paging, key="s.id")


async def findings(
    source: Source, workspace_id: UUID, stocktake_id: UUID, paging: Paging, *, state: str | None
) -> bytes:
    """A page of what was found."""
    where = Where()
    where.add("f.workspace_id = {}", workspace_id)
    where.add("f.stocktake_id = {}", stocktake_id)
    if state is not None:
        where.add("f.state = {}", state)
    return await page(source, _FINDINGS, where, paging, key="f.id")


async def finding(source: Source, workspace_id: UUID, finding_id: UUID) -> bytes:
    """One finding."""
    [(found,)] = await source.rows(
        f"""
        SELECT to_json(r) FROM ({_FINDINGS} WHERE f.workspace_id = $1 AND f.id = $2) r
        """,
        workspace_id,
        finding_id,
    )
    document: bytes = found
    return document


async def uncounted(
    source: Source, workspace_id: UUID, stocktake_id: UUID, paging: Paging
) -> bytes:
    """A page of the entries that nobody found yet."""
    where = Where(values=[workspace_id, stocktake_id])
    where.also(_EXPECTED)
    where.also(_NOT_FOUND)
    return await page(source, _UNCOUNTED, where, paging, key="e.id")


async def exists(source: Source, workspace_id: UUID, stocktake_id: UUID) -> bool:
    """Whether there is such a stocktake."""
    return bool(
        await source.rows(
            "SELECT true FROM stocktakes WHERE workspace_id = $1 AND id = $2",
            workspace_id,
            stocktake_id,
        )
    )


async def overlapping(source: Source, workspace_id: UUID, location_id: UUID | None) -> UUID | None:
    """A stocktake under way that counts what stands at a location or below, if there is one."""
    rows = await source.rows(
        f"""
        SELECT s.id FROM stocktakes s
        WHERE s.workspace_id = $1 AND s.status IN ('open', 'reconciling') AND (
            s.location_id IS NULL OR $2::uuid IS NULL
            OR s.location_id IN ({subtree("locations", "$1", "$2::uuid")})
            OR $2::uuid IN ({subtree("locations", "$1", "s.location_id")})
        )
        LIMIT 1
        """,
        workspace_id,
        location_id,
    )
    return rows[0][0] if rows else None


async def counts_at(source: Source, workspace_id: UUID, root: UUID | None, place: UUID) -> bool:
    """Whether a stocktake of `root` (None: of everything) counts what stands at a place."""
    if root is None:
        return True
    [(within,)] = await source.rows(
        f"SELECT $3::uuid IN ({subtree('locations', '$1', '$2::uuid')})", workspace_id, root, place
    )
    return bool(within)


async def note(
    session: TenantSession,
    finding: Finding,
    *,
    add: bool,
) -> UUID | None:
    """Write down a count: added to what was counted there before, or instead of it. The id of the
    finding that tells of it; None where they are more together than can be counted."""
    rows = await session.rows(
        f"""
        INSERT INTO stocktake_findings AS f (id, workspace_id, stocktake_id, entry_id, item_id,
            location_id, container_id, state, counted, expected, counted_by, counted_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT ON CONSTRAINT finding_once DO UPDATE SET
            counted = CASE WHEN $13
                THEN f.counted + excluded.counted
                ELSE excluded.counted END,
            expected = CASE WHEN $13 THEN f.expected ELSE excluded.expected END,
            state = CASE
                WHEN f.state NOT IN ('found', 'different') THEN f.state
                WHEN CASE WHEN $13 THEN f.counted::bigint + excluded.counted = f.expected
                    ELSE excluded.counted = excluded.expected END THEN 'found'
                ELSE 'different' END,
            counted_by = excluded.counted_by,
            counted_at = excluded.counted_at
        WHERE NOT $13 OR f.counted::bigint + excluded.counted <= {MAX_INTEGER}
        RETURNING id
        """,
        finding.id,
        session.workspace_id,
        finding.stocktake_id,
        finding.entry_id,
        finding.item_id,
        finding.location_id,
        finding.container_id,
        finding.state,
        finding.counted,
        finding.expected,
        finding.counted_by,
        finding.counted_at,
        add,
    )
    return rows[0][0] if rows else None


async def forget(session: TenantSession, stocktake_id: UUID, finding_id: UUID) -> bool:
    """Take a count back; whether there was such a one."""
    return bool(
        await session.rows(
            """
            DELETE FROM stocktake_findings
            WHERE workspace_id = $1 AND stocktake_id = $2 AND id = $3 RETURNING true
            """,
            session.workspace_id,
            stocktake_id,
            finding_id,
        )
    )


async def note_missing(session: TenantSession, stocktake: Stocktake, time: datetime) -> None:
    """Write down every entry that was expected and that nobody found."""
    await session.rows(
        f"""
        INSERT INTO stocktake_findings (id, workspace_id, stocktake_id, entry_id, item_id,
            location_id, container_id, state, counted, expected, counted_by, counted_at)
        SELECT uuidv7(), $1, $2, e.id, e.item_id, e.location_id, e.container_id, 'missing', 0,
               e.quantity, $3, $4
        FROM entries e WHERE {_EXPECTED} AND {_NOT_FOUND}
        """,
        session.workspace_id,
        stocktake.id,
        stocktake.closed_by,
        time,
    )


async def settle_all(
    session: TenantSession, stocktake_id: UUID, time: datetime, *, states: Sequence[str]
) -> None:
    """Let findings of these states be as they are."""
    await session.rows(
        """
        UPDATE stocktake_findings SET settled_at = $4
        WHERE workspace_id = $1 AND stocktake_id = $2 AND state = ANY ($3) AND settled_at IS NULL
        """,
        session.workspace_id,
        stocktake_id,
        list(states),
        time,
    )


async def to_reconcile(source: Source) -> list[tuple[UUID, UUID]]:
    """Workspace and id of the stocktakes whose books are being put right."""
    rows = await source.rows(
        "SELECT workspace_id, id FROM stocktakes WHERE status = 'reconciling' ORDER BY id"
    )
    return [(workspace_id, id_) for workspace_id, id_ in rows]


async def claim(session: TenantSession, stocktake_id: UUID) -> Stocktake | None:
    """A stocktake whose books are being put right, locked; None when it is none, or another works
    on it."""
    found: Stocktake | None = await session.scalar(
        select(Stocktake)
        .where(
            Stocktake.workspace_id == session.workspace_id,
            Stocktake.id == stocktake_id,
            Stocktake.status == "reconciling",
        )
        .with_for_update(skip_locked=True)
    )
    return found


async def unsettled(session: TenantSession, stocktake_id: UUID, limit: int) -> Sequence[Finding]:
    """Findings that wait, all those of an entry together: of `limit` entries at most, and then
    `limit` of no entry."""
    waiting = (
        Finding.workspace_id == session.workspace_id,
        Finding.stocktake_id == stocktake_id,
        Finding.settled_at.is_(None),
    )
    entries = (
        select(Finding.entry_id)
        .where(*waiting, Finding.entry_id.is_not(None))
        .distinct()
        .order_by(Finding.entry_id)
        .limit(limit)
    )
    found = (await session.scalars(entries)).all()
    of_these = Finding.entry_id.in_(found) if found else Finding.entry_id.is_(None)
    rows = await session.scalars(
        select(Finding)
        .where(*waiting, of_these)
        .order_by(Finding.entry_id, Finding.id)
        .limit(None if found else limit)
    )
    return rows.all()


async def tally(source: Source, workspace_id: UUID, stocktake_id: UUID) -> tuple[int, int]:
    """How many findings the books agree with, and how many could not be put right."""
    [(settled, problems)] = await source.rows(
        """
        SELECT count(*) FILTER (WHERE problem IS NULL), count(*) FILTER (WHERE problem IS NOT NULL)
        FROM stocktake_findings WHERE workspace_id = $1 AND stocktake_id = $2
        """,
        workspace_id,
        stocktake_id,
    )
    return settled, problems
