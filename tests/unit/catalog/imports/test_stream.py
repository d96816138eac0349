"""How the progress of an import is told to many."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.waiting import eventually

from services.catalog.imports import repository, stream
from services.catalog.imports.stream import Streams

IMPORT = uuid4()


class _Job:
    """A job as the database has it, and how often it was looked at."""

    def __init__(self) -> None:
        self.version, self.state, self.looks = 1, "running", 0

    async def get(self, *_: object) -> list[Any]:
        self.looks += 1
        return [(self.version, f'{{"state":"{self.state}"}}'.encode())]


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> _Job:
    made = _Job()
    monkeypatch.setattr(repository, "get", made.get)
    monkeypatch.setattr(stream, "LOOK_EVERY", 0.01)
    return made


def follow(streams: Streams, seen: int = 0, import_id: UUID = IMPORT) -> AsyncIterator[bytes]:
    return streams.of(None, uuid4(), import_id, seen)  # type: ignore[arg-type] # read by nobody here


async def told(streams: Streams, seen: int = 0) -> list[str]:
    """The versions that a stream tells until it ends."""
    parts = [part.decode() async for part in follow(streams, seen)]
    return [
        line.removeprefix("id: ")
        for part in parts
        for line in part.splitlines()
        if line.startswith("id: ")
    ]


async def test_a_job_is_looked_at_once_for_all_who_follow_it(job: _Job) -> None:
    """Whoever comes later is told at once how it is, and all how it ends."""
    streams = Streams()
    many = [asyncio.create_task(told(streams)) for _ in range(50)]

    await eventually(lambda: job.looks >= 3)
    late = asyncio.create_task(told(streams, seen=1))
    await asyncio.sleep(0)
    job.version, job.state = 2, "completed"
    looks = job.looks
    assert [await one for one in many] == [["1", "2"]] * 50
    assert await late == ["2"]
    assert job.looks <= looks + 2
    assert await told(streams) == ["2"]  # a stream of a job that has ended


async def test_nobody_looks_when_nobody_follows(job: _Job) -> None:
    streams = Streams()
    following = follow(streams)
    await anext(following)
    assert b"id: 1" in await anext(following)
    await following.aclose()  # type: ignore[attr-defined] # it is a generator
    looks = job.looks
    await asyncio.sleep(0.05)
    assert job.looks == looks


async def test_streams_end_with_their_process_and_when_nobody_can_look(
    job: _Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = Streams()
    many = [asyncio.create_task(told(streams)) for _ in range(3)]

    await eventually(lambda: job.looks)
    streams.drain()
    async with asyncio.timeout(40):
        assert [await one for one in many] == [["1"]] * 3

    async def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(repository, "get", away)
    assert await told(Streams()) == []
