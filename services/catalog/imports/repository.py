"""Queries on imports: the jobs, their files, their chunks and their faults; the representation of
a job is the SQL here."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import bindparam, select

from chassis.database import Source, TenantSession
from chassis.imports import RowFault
from chassis.pages import Paging, Where, page
from chassis.statements import Statement
from services.catalog.imports.models import Import

PART = 1024 * 1024  # bytes of a file in one row

_COLUMNS = """
    i.id, i.workspace_id, i.kind, i.map, i.key_field, i.dry_run, i.create_missing, i.file_name,
    i.file_size, nullif(i.form->>'encoding', '') AS encoding, i.columns, i.ignored_columns,
    i.state, i.ending, i.failure, i.rows_total, i.rows_read, i.rows_applied, i.rows_failed,
    i.tallies, i.requested_by, i.started_at, i.finished_at, i.version, i.created_at, i.updated_at
"""
MOST_FAULTS = 20  # of a row, by each service
_ADD_FAULTS = Statement(
    """
    INSERT INTO import_faults (workspace_id, import_id, number, field, message, cells)
    SELECT workspace_id, import_id, number, field, message, cells::jsonb
    FROM {rows} ORDER BY ordinality
    """,
    {
        "workspace_id": "uuid",
        "import_id": "uuid",
        "number": "integer",
        "field": "text",
        "message": "text",
        "cells": "text",
    },
)


# Built once: composed anew and keyed for its cache, it costs each call 0.4 ms.
_LOAD = (
    select(Import)
    .where(Import.workspace_id == bindparam("workspace_id"), Import.id == bindparam("import_id"))
    .execution_options(populate_existing=True)
)
# What refers to a job may go on meanwhile: its key stays as it is.
_LOCK = _LOAD.with_for_update(key_share=True)


async def load(session: TenantSession, import_id: UUID, *, locked: bool = True) -> Import | None:
    """A job as it is, and unless told otherwise as it stays until this transaction ends."""
    job: Import | None = await session.scalar(
        _LOCK if locked else _LOAD,
        {"workspace_id": session.workspace_id, "import_id": import_id},
    )
    return job


async def unfinished(
    session: TenantSession, *, requested_by: UUID | None = None, before: datetime | None = None
) -> list[UUID]:
    """The workspace's jobs that have not ended, oldest first; those of a person, before a time."""
    rows = await session.rows(
        """
        SELECT id FROM imports WHERE workspace_id = $1 AND state IN ('queued', 'running')
          AND ($2::uuid IS NULL OR requested_by = $2)
          AND ($3::timestamptz IS NULL OR created_at < $3)
        ORDER BY id
        """,
        session.workspace_id,
        requested_by,
        before,
    )
    return [id_ for (id_,) in rows]


async def get(source: Source, workspace_id: UUID, import_id: UUID) -> list[Any]:
    """One import as (version, json), or nothing."""
    return await source.rows(
        f"""
        SELECT r.version, to_json(r) FROM (
            SELECT {_COLUMNS} FROM imports i WHERE i.workspace_id = $1 AND i.id = $2
        ) r
        """,
        workspace_id,
        import_id,
    )


async def find(source: Source, workspace_id: UUID, paging: Paging, *, state: str | None) -> bytes:
    """A page of imports."""
    where = Where()
    where.add("i.workspace_id = {}", workspace_id)
    if state is not None:
        where.add("i.state = {}", state)
    return await page(source, f"SELECT {_COLUMNS} FROM imports i", where, paging, key="i.id")


async def add_part(session: TenantSession, import_id: UUID, number: int, content: bytes) -> None:
    await session.rows(
        """
        INSERT INTO import_parts (workspace_id, import_id, number, content)
        VALUES ($1, $2, $3, $4)
        """,
        session.workspace_id,
        import_id,
        number,
        content,
    )


async def part(session: TenantSession, import_id: UUID, number: int) -> bytes | None:
    """A part of a file, numbered from 0; None behind its end."""
    rows = await session.rows(
        """
        SELECT content FROM import_parts
        WHERE workspace_id = $1 AND import_id = $2 AND number = $3
        """,
        session.workspace_id,
        import_id,
        number,
    )
    return rows[0][0] if rows else None


async def forget_file(session: TenantSession, import_id: UUID) -> None:
    """A file that is read is kept no longer."""
    await session.rows(
        "DELETE FROM import_parts WHERE workspace_id = $1 AND import_id = $2",
        session.workspace_id,
        import_id,
    )


async def forget_names(session: TenantSession, import_id: UUID) -> None:
    """What a dry run would have made is kept no longer than it runs."""
    await session.rows(
        "DELETE FROM import_seen WHERE workspace_id = $1 AND import_id = $2",
        session.workspace_id,
        import_id,
    )


async def add_chunk(
    session: TenantSession, import_id: UUID, number: int, rows: int, cells: bytes
) -> None:
    await session.rows(
        """
        INSERT INTO import_chunks
            (workspace_id, import_id, number, rows, cells, by_inventory, by_loans)
        VALUES ($1, $2, $3, $4, $5, false, false)
        """,
        session.workspace_id,
        import_id,
        number,
        rows,
        cells,
    )


async def chunk(session: TenantSession, import_id: UUID, number: int) -> Any:  # noqa: ANN401
    """(rows, cells, by_inventory, by_loans) of a chunk that is on its way; None of another."""
    rows = await session.rows(
        """
        SELECT rows, cells, by_inventory, by_loans FROM import_chunks
        WHERE workspace_id = $1 AND import_id = $2 AND number = $3
        """,
        session.workspace_id,
        import_id,
        number,
    )
    return rows[0] if rows else None


async def note_chunk(
    session: TenantSession, import_id: UUID, number: int, *, inventory: bool, loans: bool
) -> None:
    """Who is done with a chunk; one that all are done with is forgotten."""
    if inventory and loans:
        sql = "DELETE FROM import_chunks WHERE workspace_id = $1 AND import_id = $2 AND number = $3"
        await session.rows(sql, session.workspace_id, import_id, number)
        return
    await session.rows(
        """
        UPDATE import_chunks SET by_inventory = $4, by_loans = $5
        WHERE workspace_id = $1 AND import_id = $2 AND number = $3
        """,
        session.workspace_id,
        import_id,
        number,
        inventory,
        loans,
    )


async def forget_chunks(session: TenantSession, import_id: UUID) -> None:
    """No chunk is waited for any more."""
    await session.rows(
        "DELETE FROM import_chunks WHERE workspace_id = $1 AND import_id = $2",
        session.workspace_id,
        import_id,
    )


async def add_faults(
    session: TenantSession, import_id: UUID, faults: Sequence[RowFault], cells: Mapping[int, str]
) -> None:
    """Note what is wrong with rows, beside their `cells` as JSON: the first `MOST_FAULTS` of each,
    since each has all the cells with it, and hundreds of these may be wrong."""
    told: Counter[int] = Counter()
    rows = []
    for each in faults:
        told[each.number] += 1
        if told[each.number] <= MOST_FAULTS:
            mine = {"workspace_id": session.workspace_id, "import_id": import_id}
            rows.append(mine | each.model_dump() | {"cells": cells.get(each.number, "[]")})
    if rows:
        await _ADD_FAULTS.execute(session, rows)


async def faults(
    source: Source, workspace_id: UUID, import_id: UUID, *, after: int, most: int
) -> list[Any]:
    """(number, what is wrong, cells) of rows with faults, those after row `after`."""
    return await source.rows(
        """
        SELECT DISTINCT ON (f.number) f.number, (
            SELECT string_agg(o.field || ': ' || o.message, ' | ' ORDER BY o.field, o.message)
            FROM import_faults o
            WHERE o.workspace_id = $1 AND o.import_id = $2 AND o.number = f.number
        ), f.cells::json
        FROM import_faults f
        WHERE f.workspace_id = $1 AND f.import_id = $2 AND f.number > $3
        ORDER BY f.number LIMIT $4
        """,
        workspace_id,
        import_id,
        after,
        most,
    )


async def claim(session: TenantSession, worker: UUID, lease: timedelta) -> list[Any]:
    """(id, workspace) of one job that nobody reads, leased to `worker`. The jobs of a workspace are
    read one after the other, as they came."""
    return await session.rows(
        """
        UPDATE imports SET leased_by = $1, leased_until = now() + $2
        WHERE id = (
            SELECT i.id FROM imports i
            WHERE i.state IN ('queued', 'running') AND i.ending IS NULL
              AND (i.leased_until IS NULL OR i.leased_until < now())
              AND NOT EXISTS (
                  SELECT FROM imports earlier
                  WHERE earlier.workspace_id = i.workspace_id AND earlier.id < i.id
                    AND earlier.state IN ('queued', 'running')
              )
            ORDER BY i.id LIMIT 1 FOR UPDATE SKIP LOCKED
        )
        RETURNING id, workspace_id
        """,
        worker,
        lease,
    )


async def renew(
    session: TenantSession, worker: UUID, jobs: Sequence[UUID], lease: timedelta
) -> None:
    await session.rows(
        "UPDATE imports SET leased_until = now() + $3 WHERE leased_by = $1 AND id = ANY ($2)",
        worker,
        list(jobs),
        lease,
    )


async def release(session: TenantSession, worker: UUID) -> None:
    """Let others have the jobs of `worker`, which ends."""
    await session.rows(
        "UPDATE imports SET leased_by = NULL, leased_until = NULL WHERE leased_by = $1", worker
    )


async def waiting(session: TenantSession, jobs: Sequence[UUID], most: int) -> set[UUID]:
    """Those of `jobs` that have `most` chunks on their way, and have to wait for one of them."""
    rows = await session.rows(
        "SELECT id FROM imports WHERE id = ANY ($1) AND chunks_prepared - chunks_applied >= $2",
        list(jobs),
        most,
    )
    return {row[0] for row in rows}


async def forget_old(session: TenantSession, days: int) -> None:
    """Finished jobs are kept for so many days, and their faults with them."""
    await session.rows(
        "DELETE FROM imports WHERE finished_at < now() - make_interval(days => $1)", days
    )


async def headings(source: Source, workspace_id: UUID, import_id: UUID) -> list[str] | None:
    """The headings of a job's file; None without such a job."""
    rows = await source.rows(
        "SELECT headings::json FROM imports WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        import_id,
    )
    return list(from_json(rows[0][0])) if rows else None
