"""What the worker of imports does with a job that it can't begin, and how it reads ahead."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import IO, Any
from uuid import UUID, uuid4

import pytest

from services.catalog.imports import repository, service
from services.catalog.imports.files import Chunk
from services.catalog.imports.worker import ImportWorker, _Open


@asynccontextmanager
async def _nothing(*_: object) -> AsyncIterator[Any]:
    yield None


async def _none(*_: object) -> None:
    return None


@pytest.mark.parametrize("away", [False, True])
async def test_a_job_that_can_not_be_begun_ends_unless_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, away: bool
) -> None:
    """Tried again and again, it would keep all others waiting; what passes is tried again."""
    job = SimpleNamespace(requested_by=uuid4(), id=uuid4(), rows_read=0, rows_total=None)
    ended: list[UUID] = []

    async def lease(*_: object) -> Any:  # noqa: ANN401 - whatever a job has to have here
        return job

    async def fail(import_id: UUID, *_: object) -> None:
        ended.append(import_id)

    def form_of(_: object) -> None:
        raise ConnectionError("away") if away else TypeError("no such form")

    monkeypatch.setattr(service, "lease", lease)
    monkeypatch.setattr(service, "begin", lambda *_: None)
    monkeypatch.setattr(service, "form_of", form_of)
    monkeypatch.setattr(repository, "part", _none)
    worker = ImportWorker(SimpleNamespace(tenant=_nothing), timedelta(seconds=9))  # type: ignore[arg-type] # all that is asked of it
    monkeypatch.setattr(worker, "_fail", fail)
    if away:
        with pytest.raises(ConnectionError):
            await worker._begin(job.id, uuid4())
    else:
        await worker._begin(job.id, uuid4())
    assert ended == ([] if away else [job.id])


class _Slow:
    """A file of three chunks, the second of which is read when it may be."""

    def __init__(self) -> None:
        self.read: list[Chunk] = []
        self.may = threading.Event()
        self.is_closed = False

    def chunk(self) -> Chunk:
        assert not self.is_closed
        if self.read:
            assert self.may.wait(20)
        self.read.append(Chunk(is_last=len(self.read) == 2))
        return self.read[-1]

    def close(self) -> None:
        self.is_closed = True


async def test_the_next_chunk_is_read_while_one_is_applied() -> None:
    """One by one, and once each; one that has to be applied again is the same."""
    file = _Slow()
    job = _Open(uuid4(), uuid4(), file)  # type: ignore[arg-type] # all that is asked of it
    first = await job.next()
    assert await job.next() is first
    file.may.set()
    job.chunk = None
    second = await job.next()
    job.chunk = None
    third = await job.next()
    assert [first, second, third] == file.read
    assert third.is_last
    assert job.ahead is None
    await job.close()


async def test_a_file_is_closed_when_nobody_reads_it() -> None:
    file = _Slow()
    job = _Open(uuid4(), uuid4(), file)  # type: ignore[arg-type] # all that is asked of it
    await job.next()
    threading.Timer(0.05, file.may.set).start()
    await job.close()
    assert (len(file.read), file.is_closed) == (2, True)


async def test_a_stop_while_a_chunk_is_read_waits_for_its_thread() -> None:
    """The chunk is not prepared, and whoever takes over reads it anew; nobody closes the file under
    the thread that reads it."""
    file = _Slow()
    job = _Open(uuid4(), uuid4(), file)  # type: ignore[arg-type] # all that is asked of it
    await job.next()
    job.chunk = None
    waiting = asyncio.create_task(job.next())
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    threading.Timer(0.05, file.may.set).start()
    await job.close()
    assert (job.chunk, len(file.read), file.is_closed) == (None, 2, True)


async def test_a_stop_while_a_file_is_begun_waits_for_its_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begins, may = threading.Event(), threading.Event()
    read: list[bool] = []

    class Long:
        def __init__(self, file: IO[bytes], *_: object) -> None:
            self.file = file

        def begin(self, **_: int) -> None:
            begins.set()
            assert may.wait(20)
            read.append(self.file.closed)

        def close(self) -> None:
            self.file.close()

    async def lease(*_: object) -> Any:  # noqa: ANN401 - whatever a job has to have here
        return SimpleNamespace(requested_by=uuid4(), rows_read=3, rows_total=9, chunks_prepared=1)

    monkeypatch.setattr(service, "lease", lease)
    monkeypatch.setattr(repository, "part", _none)
    for name in ("begin", "form_of", "wanted_of"):
        monkeypatch.setattr(service, name, lambda *_: None)
    monkeypatch.setattr("services.catalog.imports.worker.Reading", Long)
    worker = ImportWorker(SimpleNamespace(tenant=_nothing), timedelta(seconds=9))  # type: ignore[arg-type] # all that is asked of it
    begun = asyncio.create_task(worker._begin(uuid4(), uuid4()))
    assert await asyncio.to_thread(begins.wait, 20)
    begun.cancel()
    threading.Timer(0.05, may.set).start()
    with pytest.raises(asyncio.CancelledError):
        await begun
    assert read == [False]


async def test_a_chunk_whose_commit_was_not_told_is_not_prepared_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its rows would go in twice, and as many others be left out after a crash."""
    kept = SimpleNamespace(requested_by=uuid4(), chunks_prepared=4)
    made: list[object] = []

    @asynccontextmanager
    async def session(*_: object, **__: object) -> AsyncIterator[None]:
        yield None
        if len(made) == 1:  # it is in, and then the connection broke
            made.append("broke")
            raise ConnectionError("the answer to a commit")

    async def lease(*_: object, **__: object) -> Any:  # noqa: ANN401
        return kept

    async def prepare(
        _session: object, _job: object, _worker: object, chunk: Chunk, _: object
    ) -> None:
        made.append(chunk)
        kept.chunks_prepared += 1

    monkeypatch.setattr(service, "lease", lease)
    monkeypatch.setattr(service, "prepare", prepare)
    worker = ImportWorker(SimpleNamespace(session=session), timedelta(seconds=9))  # type: ignore[arg-type] # all that is asked of it
    file = _Slow()
    job = _Open(uuid4(), uuid4(), file, prepared=4)  # type: ignore[arg-type] # all that is asked of it
    first, second = Chunk(), Chunk()
    assert await worker._prepare(job, first)
    assert await worker._prepare(job, second)
    assert made == [first, "broke", second]
    assert (kept.chunks_prepared, job.prepared) == (6, 6)
