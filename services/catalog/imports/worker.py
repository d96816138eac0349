"""The worker of imports: reads the files that were handed in, chunk by chunk.

Any number of replicas share the jobs: one is read by whoever has its lease, which is renewed while
it is read and can be taken over when it has run out. A worker goes round its jobs and prepares one
chunk of each, and a job has few chunks on their way at once, so that a long file keeps no other
waiting, here or in the services after. Where the reading has come to is noted with each chunk: one
that takes over skips what was prepared, and nothing is applied twice.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ParamSpec, TypeVar
from uuid import UUID, uuid4

from chassis import context
from chassis.database import Database, is_away
from chassis.logging import get_logger
from chassis.scope import Scope
from services.catalog.imports import repository, service
from services.catalog.imports.columns import UnfitError
from services.catalog.imports.files import Chunk, Reading
from services.catalog.imports.models import Import
from services.catalog.imports.tables import UnreadableError

P = ParamSpec("P")
Result = TypeVar("Result")

log = get_logger(__name__)

MOST_OPEN = 16  # files that a worker reads by turns
MOST_ON_THEIR_WAY = 6  # chunks of one job
LOOK_EVERY = 5.0  # seconds between looks for work that nobody woke us for, in another process
WAIT = 0.05  # seconds until chunks on their way are looked at again
MOST_TRIES = 5  # of one chunk, before the job is left to its lease


@dataclass
class _Open:
    """A job whose file is at hand."""

    id: UUID
    workspace_id: UUID
    reading: Reading
    prepared: int = 0  # chunks
    total: int | None = None  # of its rows, as far as that is known
    chunk: Chunk | None = None  # read, and not prepared yet
    ahead: asyncio.Task[Chunk] | None = None  # reads the one after it

    async def next(self) -> Chunk:
        """The chunk to prepare; while it is, the one after it is read."""
        if self.chunk is None:
            self.ahead = self.ahead or self._read()
            # Whoever stops waiting for it leaves it to `close`: its thread reads on.
            self.chunk = await asyncio.shield(self.ahead)
            self.ahead = None
        if self.ahead is None and not self.chunk.is_last:
            self.ahead = self._read()
        return self.chunk

    async def close(self) -> None:
        if self.ahead is not None:  # its thread would find the file closed
            await asyncio.gather(self.ahead, return_exceptions=True)
        await asyncio.to_thread(self.reading.close)

    def _read(self) -> asyncio.Task[Chunk]:
        return asyncio.create_task(
            asyncio.to_thread(self.reading.chunk), name="catalog-imports-ahead"
        )


class ImportWorker:
    """A part of the worker role."""

    def __init__(self, database: Database, lease: timedelta) -> None:
        """`lease`: how long a job stays with a worker that is not heard of."""
        self._database = database
        self._lease = lease
        self._id = uuid4()
        self._open: dict[UUID, _Open] = {}
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._stopping = False

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._run(), name="catalog-imports"),
            asyncio.create_task(self._renew(), name="catalog-imports-leases"),
        ]

    async def stop(self) -> None:
        """The chunk at hand is prepared; then others may have the jobs."""
        self._stopping = True
        self._woken.set()
        for task, patience in zip(self._tasks, (5.0, 0.0), strict=False):
            with contextlib.suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(task, patience)
        with contextlib.suppress(Exception):
            async with self._database.system() as session:
                await repository.release(session, self._id)
        for job in list(self._open.values()):
            await self._close(job)

    async def _run(self) -> None:
        while not self._stopping:
            self._woken.clear()
            pause = LOOK_EVERY
            try:
                pause = await self._turn()
            except Exception as error:  # noqa: BLE001 - the next turn tries again
                log.warning("imports.interrupted", error=repr(error))
            if pause:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), pause)

    async def _turn(self) -> float:
        """One chunk of every job that may go on; the seconds until the next turn."""
        if len(self._open) < MOST_OPEN:
            await self._take_one()
        if not self._open:
            return LOOK_EVERY
        async with self._database.system() as session:
            waiting = await repository.waiting(session, list(self._open), MOST_ON_THEIR_WAY)
        ready = [job for job in self._open.values() if job.id not in waiting]
        for job in ready:
            if self._stopping:
                return 0
            await self._go_on(job)
        return 0 if ready else WAIT

    async def _take_one(self) -> None:
        async with self._database.system() as session:
            found = await repository.claim(session, self._id, self._lease)
        for import_id, workspace_id in found:
            await self._begin(import_id, workspace_id)

    async def _begin(self, import_id: UUID, workspace_id: UUID) -> None:
        """Fetch the file, and go to the row that is next."""
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the job
        try:
            async with self._database.tenant(workspace_id) as session:
                job = await service.lease(session, import_id, self._id)
                if job is None:
                    file.close()
                    return
                number = 0
                while (part := await repository.part(session, import_id, number)) is not None:
                    await _in_thread(file.write, part)
                    number += 1
                _enter(job)
                service.begin(session, job)
            form, wanted = service.form_of(job), service.wanted_of(job)
            reading = await _in_thread(Reading, file, form, wanted)
            opened = _Open(import_id, workspace_id, reading, job.chunks_prepared)
            self._open[import_id] = opened
            opened.total = job.rows_total or await _in_thread(reading.total)
            await _in_thread(reading.begin, after=job.rows_read)
        except asyncio.CancelledError:
            file.close()
            raise
        except (UnreadableError, UnfitError) as error:
            await self._fail(import_id, workspace_id, str(error))
            file.close()
        except Exception as error:
            if is_away(error, rolled_back=True):
                file.close()
                self._open.pop(import_id, None)
                raise
            # To try it again and again would keep all other jobs waiting.
            log.exception("imports.not_begun", import_id=str(import_id), error=repr(error))
            await self._fail(import_id, workspace_id, "Its file can't be read; save it anew.")
            file.close()

    async def _go_on(self, job: _Open) -> None:
        try:
            chunk = await job.next()
        except UnreadableError as error:
            await self._fail(job.id, job.workspace_id, str(error))
            return
        except Exception as error:
            # What it had read is lost with it: to go on would leave rows out, and all other jobs
            # wait for this one.
            log.exception("imports.unreadable", import_id=str(job.id), error=repr(error))
            await self._fail(job.id, job.workspace_id, "Its file can't be read; save it anew.")
            return
        if not await self._prepare(job, chunk) or chunk.is_last:
            await self._close(job)
        job.chunk = None

    async def _prepare(self, job: _Open, chunk: Chunk) -> bool:
        """One transaction; False when the job is not ours any more."""
        for attempt in range(1, MOST_TRIES + 1):
            try:
                async with self._database.session(
                    Scope(workspace_id=job.workspace_id), named="import"
                ) as session:
                    found = await service.lease(session, job.id, self._id, locked=False)
                    if found is None:
                        return False
                    if found.chunks_prepared > job.prepared:  # that it was committed got lost
                        job.prepared = found.chunks_prepared
                        return True
                    _enter(found)
                    await service.prepare(session, found, self._id, chunk, job.total)
            except service.OvertakenError:
                return False
            except Exception as error:
                log.warning("imports.chunk_failed", import_id=str(job.id), error=repr(error))
                if attempt == MOST_TRIES and not is_away(error, rolled_back=True):
                    await self._fail(
                        job.id,
                        job.workspace_id,
                        f"Its rows from {min(chunk.cells, default=1)} on could not be applied, "
                        "for a reason of ours; hand the file in again to go on.",
                    )
                    return False
                if attempt == MOST_TRIES:
                    raise
                await asyncio.sleep(0.1 * attempt)
            else:
                job.prepared += 1
                return True
        return False

    async def _fail(self, import_id: UUID, workspace_id: UUID, failure: str) -> None:
        if (job := self._open.get(import_id)) is not None:
            await self._close(job)
        async with self._database.tenant(workspace_id) as session:
            locked = await service.lease(session, import_id, self._id)
            if locked is not None:
                _enter(locked)
                await service.fail(session, locked, failure)

    async def _close(self, job: _Open) -> None:
        self._open.pop(job.id, None)
        await job.close()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(self._lease.total_seconds() / 3)
            try:
                async with self._database.system() as session:
                    await repository.renew(session, self._id, list(self._open), self._lease)
            except Exception as error:  # noqa: BLE001 - it is tried again well before they end
                log.warning("imports.leases_not_renewed", error=repr(error))


def _enter(job: Import) -> None:
    """What is done of it is done by whoever asked for it."""
    context.enter(context.Context(str(job.requested_by), "", context.continue_trace(None)))


async def _in_thread(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Do `work` on a file in a thread. Whoever is cancelled meanwhile is so when it is done: nobody
    may close the file before."""
    doing = asyncio.create_task(asyncio.to_thread(work, *args, **kwargs))
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.gather(doing, return_exceptions=True)
        raise
