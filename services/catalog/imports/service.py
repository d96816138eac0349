"""The use cases of an import: it is asked for, read chunk by chunk, comes back from the services
that its rows went through, and ends."""

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, BinaryIO
from uuid import UUID

from chassis import outbox
from chassis.aggregate import born
from chassis.database import TenantSession, lock_key
from chassis.events import now, touch
from chassis.fields import storable
from chassis.imports import ImportRow, RowFault, Tally
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound
from chassis.requests import check_version
from services.catalog.imports import repository
from services.catalog.imports.columns import Columns, Wanted
from services.catalog.imports.events import (
    ImportCancelled,
    ImportCompleted,
    ImportEvent,
    ImportFailed,
    ImportProgressed,
    ImportRequested,
    ImportRowsPrepared,
    ImportStarted,
)
from services.catalog.imports.files import Chunk, Form
from services.catalog.imports.models import Import, State
from services.catalog.imports.schemas import ImportRequest, as_json
from services.catalog.imports.stage import ImportOrder, apply

WHAT = "import"
MOST_UNFINISHED = 20  # imports of a workspace
_ENDS: dict[str, type[ImportEvent]] = {
    State.COMPLETED: ImportCompleted,
    State.FAILED: ImportFailed,
    State.CANCELLED: ImportCancelled,
}


class OvertakenError(Exception):
    """The job is another's by now, or over: what was done of its chunk has to be rolled back."""


class TooMany(Conflict):
    code, title = "too-many-imports", "Too many imports wait for their turn"


class Finished(Conflict):
    code, title = "import-finished", "The import has come to its end"


async def request(
    session: TenantSession,
    body: ImportRequest,
    *,
    requested_by: UUID,
    file: BinaryIO,
    name: str,
    form: Form,
    columns: Columns,
    wanted: Wanted,
) -> Import:
    """Note an import and keep its file until it is read, as `wanted`. Raises `TooMany`, since
    files of a workspace go in one after the other, and are kept until then."""
    await _check_room(session, MOST_UNFINISHED - 1)
    file.seek(0, 2)
    job = Import(
        **born(session.workspace_id),
        requested_by=requested_by,
        kind=columns.kind.name,
        map=columns.map,
        key_field=columns.key,
        dry_run=body.dry_run,
        create_missing=body.create_missing,
        wanted=as_json(wanted),
        file_name=name,
        file_size=file.tell(),
        form={each: getattr(form, each) for each in Form.__slots__},
        headings=list(columns.headings),
        columns=columns.told,
        ignored_columns=list(columns.ignored),
        state=State.QUEUED,
        ending=None,
        failure=None,
        rows_total=None,
        rows_read=0,
        rows_applied=0,
        rows_failed=0,
        tallies={},
        chunks_prepared=0,
        chunks_applied=0,
        started_at=None,
        finished_at=None,
        leased_by=None,
        leased_until=None,
    )
    session.add(job)
    await session.flush()
    file.seek(0)
    number = 0
    while content := file.read(repository.PART):
        await repository.add_part(session, job.id, number, content)
        number += 1
    # Again, with this one: others may have been handed in meanwhile, and come one by one here.
    await lock_key(session, "imports")
    await _check_room(session, MOST_UNFINISHED)
    stage(session, ImportRequested.of(job))
    session.wake()
    return job


async def _check_room(session: TenantSession, most: int) -> None:
    if len(await repository.unfinished(session)) > most:
        raise TooMany(
            f"{MOST_UNFINISHED} imports of this workspace have not ended yet. Hand this file in "
            "when one of them has, or cancel one."
        )


def wanted_of(job: Import) -> Wanted:
    return Wanted(**job.wanted)


def form_of(job: Import) -> Form:
    return Form(**job.form)


async def lease(
    session: TenantSession, import_id: UUID, worker: UUID, *, locked: bool = True
) -> Import | None:
    """The job, locked unless that is for later, while it is still `worker`'s to read; else None."""
    job = await repository.load(session, import_id, locked=locked)
    if job is None or job.state not in (State.QUEUED, State.RUNNING):
        return None
    return job if job.leased_by == worker and job.ending is None else None


def begin(session: TenantSession, job: Import) -> None:
    """Its first rows are about to be read."""
    if job.state == State.QUEUED:
        job.state = State.RUNNING
        job.started_at = now()
        touch(job)
        stage(session, ImportStarted.of(job))


async def prepare(
    session: TenantSession, job: Import, worker: UUID, chunk: Chunk, total: int | None = None
) -> None:
    """Do catalog's part of a chunk, and send on what is left of it: one transaction with where the
    reading has come to, so that no row is applied twice. Raises `OvertakenError` when the job is
    `worker`'s no more.

    The job is locked at the end only, since what comes back of earlier chunks changes it, too, and
    whoever hears that hears much else."""
    number = job.chunks_prepared + 1
    order = ImportOrder(
        id=job.id,
        workspace_id=job.workspace_id,
        kind=job.kind,
        key=job.key_field,
        dry_run=job.dry_run,
        create_missing=job.create_missing,
        chunk=number,
    )
    applied = await apply(session, order, [row for row in chunk.rows if not _is_place(row)])
    faults = [*chunk.faults, *applied.faults]
    cells, packed = _as_json(chunk.cells) if faults else {}, _packed(chunk.cells)
    await outbox.write(session)
    mine = await lease(session, job.id, worker)
    if mine is None or mine.chunks_prepared != number - 1:
        raise OvertakenError
    job.chunks_prepared = number
    job.rows_total = total
    job.rows_read += len(chunk.cells)
    _count(job, faults, applied.tallies)
    await repository.add_chunk(session, job.id, number, len(chunk.cells), packed)
    await repository.add_faults(session, job.id, faults, cells)
    if chunk.is_last:
        job.rows_total = job.rows_read
        await _stop_reading(session, job, State.COMPLETED)
    touch(job)
    await session.flush()
    stage(
        session,
        ImportRowsPrepared(
            id=job.id,
            workspace_id=job.workspace_id,
            version=job.version,
            kind=job.kind,
            key_field=job.key_field,
            dry_run=job.dry_run,
            create_missing=job.create_missing,
            chunk=number,
            is_last=chunk.is_last,
            rows=sorted(
                [*applied.rows, *filter(_is_place, chunk.rows)], key=lambda row: row.number
            ),
        ),
    )


def _is_place(row: ImportRow) -> bool:
    """Whether a row is a location alone, with nothing in it for catalog."""
    return row.fields.keys() == {"location"}


async def come_back(
    session: TenantSession,
    import_id: UUID,
    chunk: int,
    *,
    by: str,
    tallies: Mapping[str, Tally],
    faults: Sequence[RowFault],
) -> None:
    """`by`, inventory or loans, has done its part of a chunk; once, however often it is told."""
    job = await repository.load(session, import_id)
    if job is None:
        return
    found = await repository.chunk(session, import_id, chunk)
    if found is None:
        return
    rows, packed, by_inventory, by_loans = found
    if by_inventory if by == "inventory" else by_loans:
        return
    by_inventory, by_loans = by_inventory or by == "inventory", by_loans or by == "loans"
    cells = _unpacked(packed) if faults else {}
    _count(job, faults, tallies)
    await repository.add_faults(session, import_id, faults, _as_json(cells))
    await repository.note_chunk(session, import_id, chunk, inventory=by_inventory, loans=by_loans)
    if by_inventory and by_loans:
        job.chunks_applied += 1
        job.rows_applied += rows
        if not await _end_if_all_is_back(session, job):
            touch(job)
            stage(session, ImportProgressed.of(job))
    session.wake()


async def fail(session: TenantSession, job: Import, failure: str) -> None:
    """The file of a locked job can't be read further; rows before that go in."""
    job.failure = failure
    await _stop(session, job, State.FAILED)


async def fail_of(session: TenantSession, user_id: UUID, before: datetime, failure: str) -> None:
    """Read no further row of what somebody asked for `before` a time."""
    for import_id in await repository.unfinished(session, requested_by=user_id, before=before):
        job = await repository.load(session, import_id)
        if job is not None and job.state in (State.QUEUED, State.RUNNING) and job.ending is None:
            await fail(session, job, failure)


async def cancel(
    session: TenantSession, import_id: UUID, version: int | None, *, force: bool = False
) -> Import:
    """Read no further row; rows that are on their way go in, and then it has ended: with `force`
    at once, whatever comes of them. Raises `Finished` when it has ended already."""
    job = await repository.load(session, import_id)
    if job is None:
        raise NotFound(f"There is no such {WHAT} in this workspace.")
    check_version(job.version, version)
    if job.state not in (State.QUEUED, State.RUNNING):
        raise Finished(f"It is {job.state}; hand the file in again to import it again.")
    if force:
        await repository.forget_chunks(session, job.id)
        job.chunks_applied = job.chunks_prepared
    if force or job.ending != State.CANCELLED:
        await _stop(session, job, State.CANCELLED)
    return job


async def _stop(session: TenantSession, job: Import, ending: State) -> None:
    await _stop_reading(session, job, ending)
    if not await _end_if_all_is_back(session, job):
        touch(job)
        stage(session, ImportProgressed.of(job))
    session.wake()


async def _stop_reading(session: TenantSession, job: Import, ending: State) -> None:
    job.ending = ending
    job.leased_by = job.leased_until = None
    await repository.forget_file(session, job.id)


async def _end_if_all_is_back(session: TenantSession, job: Import) -> bool:
    if job.ending is None or job.chunks_applied < job.chunks_prepared:
        return False
    job.state, job.ending = job.ending, None
    job.finished_at = now()
    touch(job)
    await repository.forget_names(session, job.id)
    stage(session, _ENDS[job.state].of(job))
    return True


def _count(job: Import, faults: Sequence[RowFault], tallies: Mapping[str, Tally]) -> None:
    job.rows_failed += len({each.number for each in faults})
    summed = {kind: dict(tally) for kind, tally in job.tallies.items()}
    for kind, tally in tallies.items():
        mine = summed.setdefault(kind, Tally().model_dump())
        for outcome, count in tally.model_dump().items():
            mine[outcome] += count
    job.tallies = summed


def _as_json(cells: Mapping[int, list[str]]) -> dict[int, str]:
    """Cells as jsonb takes them: without what it can't keep, which is why some are faulty."""
    return {
        number: json.dumps([cell if storable(cell) else _stored(cell) for cell in row])
        for number, row in cells.items()
    }


def _stored(cell: str) -> str:
    return cell.encode(errors="replace").decode().replace("\0", "\ufffd")


def _packed(cells: Mapping[int, list[str]]) -> bytes:
    return zlib.compress(json.dumps(list(cells.items())).encode(), 1)


def _unpacked(packed: bytes) -> dict[int, list[str]]:
    found: list[Any] = json.loads(zlib.decompress(packed))
    return dict(found)
