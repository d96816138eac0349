"""Waiting for the outcome of a loan, whichever process hears of it.

The database tells of every decision when it commits (`pg_notify` in a trigger); each process that
serves requests listens on one connection of its own and wakes who waits for that loan. Losing the
connection loses no outcome: all are woken when it is back, and waiters look by themselves, slowly.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from uuid import UUID

import asyncpg

from chassis.logging import get_logger

log = get_logger(__name__)

CHANNEL = "loan_decided"
LOOK_EVERY = 0.5  # seconds between looks of a waiter that nobody wakes


class Outcomes:
    """Who waits in this process, and the connection that hears what they wait for."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._waiting: dict[UUID, set[Waiter]] = {}
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._listen_forever(), name="loans-outcomes")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    @contextlib.contextmanager
    def waiter(self) -> Iterator["Waiter"]:
        """Somebody who will wait. They say for what before the request commits, so that no
        outcome passes unseen."""
        waiter = Waiter(self._waiting)
        try:
            yield waiter
        finally:
            waiter.leave()

    async def _listen_forever(self) -> None:
        pause = 0.1
        while True:
            try:
                await self._listen()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("outcomes.interrupted", error=repr(error))
                pause = min(pause * 2, 5.0)
            else:
                pause = 0.1
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Listen until the connection is lost."""
        connection = await asyncpg.connect(
            self._url, server_settings={"application_name": "loans-outcomes"}
        )
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _connection: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._decided)
            for loan_id in list(self._waiting):
                self._wake(loan_id)
            await lost.wait()
            log.warning("outcomes.connection_lost")
        finally:
            with contextlib.suppress(OSError, TimeoutError, asyncpg.InterfaceError):
                await connection.close(timeout=2)

    def _decided(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        self._wake(UUID(str(payload)))

    def _wake(self, loan_id: UUID) -> None:
        for waiter in self._waiting.get(loan_id, ()):
            waiter.woken.set()


class Waiter:
    """One who waits for the outcome of one loan."""

    def __init__(self, waiting: "dict[UUID, set[Waiter]]") -> None:
        self._waiting = waiting
        self._loan_id: UUID | None = None
        self.woken = asyncio.Event()

    def watch(self, loan_id: UUID) -> None:
        """Be woken from now on when this loan is decided."""
        self._loan_id = loan_id
        self._waiting.setdefault(loan_id, set()).add(self)

    def leave(self) -> None:
        if self._loan_id is not None:
            others = self._waiting[self._loan_id]
            others.discard(self)
            if not others:
                del self._waiting[self._loan_id]

    async def pause(self, seconds: float) -> None:
        """Until woken, or for `seconds`, or until it is time to look again."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.woken.wait(), min(seconds, LOOK_EVERY))
        self.woken.clear()
