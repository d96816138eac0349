"""A job's progress as a stream of server-sent events (HTML Living Standard, section 9.2).

Each event is a state of the job, with its version for an id, by which a client that lost the stream
goes on. It ends when the job has, and after less than a minute in any case: with the next request
the gateway looks anew at who asks.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

from fastapi.sse import format_sse_event
from pydantic_core import from_json

from chassis.database import ScopedReader
from services.catalog.imports import repository

LIFE = 50.0  # seconds; the identity of a request is good for 60
LOOK_EVERY = 0.25  # seconds between looks at a job
PING_EVERY = 15.0  # seconds of silence, so that whoever is between keeps the connection
RETRY = 1000  # milliseconds after which a client asks again
_FINISHED = ("completed", "failed", "cancelled")


class Streams:
    """The streams of this process, which end when it does."""

    def __init__(self) -> None:
        self._draining = asyncio.Event()

    def drain(self) -> None:
        """End them: their clients go on elsewhere."""
        self._draining.set()

    async def of(
        self,
        reader: ScopedReader,
        workspace_id: UUID,
        import_id: UUID,
        seen: int,
        life: float = LIFE,
    ) -> AsyncIterator[bytes]:
        """The states of a job after version `seen`, as they come."""
        until = time.monotonic() + life
        silent_since = time.monotonic()
        yield format_sse_event(retry=RETRY)
        while not self._draining.is_set() and time.monotonic() < until:
            rows = await repository.get(reader, workspace_id, import_id)
            if not rows:
                return
            [(version, body)] = rows
            state = from_json(body)["state"]
            if version > seen:
                seen, silent_since = version, time.monotonic()
                yield format_sse_event(event=state, data_str=body.decode(), id=str(version))
            if state in _FINISHED:
                return
            if time.monotonic() - silent_since > PING_EVERY:
                silent_since = time.monotonic()
                yield format_sse_event(comment="")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._draining.wait(), LOOK_EVERY)


def is_over(body: bytes) -> bool:
    """Whether nothing will follow this state of a job."""
    return from_json(body)["state"] in _FINISHED
