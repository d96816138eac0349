"""What happens by itself as time passes: a job run every so often, by any number of replicas.

A job must be safe to run twice at once; it claims its rows (`FOR UPDATE SKIP LOCKED`, unique keys)
rather than relying on being alone.
"""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable

from chassis.logging import get_logger

log = get_logger(__name__)


class Schedule:
    """Runs `job` every `interval` seconds, first at once, and whenever it is woken; a failure is
    logged and tried again."""

    def __init__(self, name: str, job: Callable[[], Awaitable[object]], interval: float) -> None:
        self._name = name
        self._job = job
        self._interval = interval
        self._wake = asyncio.Event()
        self._ending = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """Run the job at once; while it runs, once more after that."""
        self._wake.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=self._name)

    async def stop(self) -> None:
        self._ending.set()
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while not self._ending.is_set():
            self._wake.clear()
            try:
                await self._job()
            except Exception as error:  # noqa: BLE001 - the next turn tries again
                # A driver may answer a cancellation with an error of its own.
                if self._ending.is_set():
                    return
                log.warning("schedule.failed", schedule=self._name, error=repr(error))
            pause = self._interval * random.uniform(0.9, 1.1)  # noqa: S311 - jitter
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
