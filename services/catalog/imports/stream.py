"""A job's progress as a stream of server-sent events (HTML Living Standard, section 9.2).

Each event is a state of the job, with its version for an id, by which a client that lost the stream
goes on. It ends when the job has, and after less than a minute in any case: with the next request
the gateway looks anew at who asks. However many follow a job in a process, it is looked at once.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from fastapi.sse import format_sse_event
from pydantic_core import from_json

from chassis.logging import get_logger
from chassis.reader import ScopedReader
from services.catalog.imports import repository

log = get_logger(__name__)

LIFE = 50.0  # seconds; the identity of a request is good for 60
LOOK_EVERY = 0.25  # seconds between looks at a job
PING_EVERY = 15.0  # seconds of silence, so that whoever is between keeps the connection
RETRY = 1000  # milliseconds after which a client asks again
_FINISHED = ("completed", "failed", "cancelled")


@dataclass(eq=False)
class _Watched:
    """A job that is looked at, for so many `followers`; `changed` is set, and made anew, when there
    is something to tell them. `is_over`: there will be nothing more."""

    latest: tuple[int, bytes] | None = None
    is_over: bool = False
    followers: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def tell(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class Streams:
    """The streams of this process, which end when it does."""

    def __init__(self) -> None:
        self._draining = False
        self._watched: dict[UUID, _Watched] = {}

    def drain(self) -> None:
        """End them: their clients go on elsewhere."""
        self._draining = True
        for watched in self._watched.values():
            watched.tell()

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
        with self._following(reader, workspace_id, import_id) as watched:
            while not self._draining and (now := time.monotonic()) < until:
                changed = watched.changed
                if watched.latest is not None:
                    version, body = watched.latest
                    state = from_json(body)["state"]
                    if version > seen:
                        seen, silent_since = version, now
                        yield format_sse_event(event=state, data_str=body.decode(), id=str(version))
                    if state in _FINISHED:
                        return
                if watched.is_over:
                    return
                if now - silent_since >= PING_EVERY:
                    silent_since = now
                    yield format_sse_event(comment="")
                with contextlib.suppress(TimeoutError):
                    wait = min(silent_since + PING_EVERY, until) - time.monotonic()
                    await asyncio.wait_for(changed.wait(), max(wait, 0))

    @contextlib.contextmanager
    def _following(
        self, reader: ScopedReader, workspace_id: UUID, import_id: UUID
    ) -> Iterator[_Watched]:
        watched = self._watched.setdefault(import_id, _Watched())
        watched.followers += 1
        if watched.task is None:
            watched.task = asyncio.create_task(
                self._watch(watched, reader, workspace_id, import_id), name="catalog-imports-watch"
            )
        try:
            yield watched
        finally:
            watched.followers -= 1
            if not watched.followers:
                self._forget(import_id, watched)
                watched.task.cancel()

    async def _watch(
        self, watched: _Watched, reader: ScopedReader, workspace_id: UUID, import_id: UUID
    ) -> None:
        """Look at a job until it has ended; those who follow it then are told so."""
        try:
            while rows := await repository.get(reader, workspace_id, import_id):
                [(version, body)] = rows
                if watched.latest is None or watched.latest[0] != version:
                    watched.latest = (version, body)
                    watched.tell()
                if is_over(body):
                    break
                await asyncio.sleep(LOOK_EVERY)
        except Exception as error:  # noqa: BLE001 - their clients ask again
            log.warning("imports.not_watched", import_id=str(import_id), error=repr(error))
        finally:
            self._forget(import_id, watched)
            watched.is_over = True
            watched.tell()

    def _forget(self, import_id: UUID, watched: _Watched) -> None:
        if self._watched.get(import_id) is watched:
            del self._watched[import_id]


def is_over(body: bytes) -> bool:
    """Whether nothing will follow this state of a job."""
    return from_json(body)["state"] in _FINISHED
