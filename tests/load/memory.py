"""The most memory that a process has while something goes on."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psutil

EVERY = 0.1  # seconds between looks


class Peak:
    """Resident megabytes: at the beginning, and the most since."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.before = self.most = self._now()

    def look(self) -> None:
        self.most = max(self.most, self._now())

    def _now(self) -> float:
        return float(self._process.memory_info().rss / 1e6)


@contextlib.asynccontextmanager
async def peak(pid: int) -> AsyncIterator[Peak]:
    """Look at a process again and again meanwhile."""
    found = Peak(psutil.Process(pid))

    async def watch() -> None:
        while True:
            await asyncio.sleep(EVERY)
            found.look()

    watching = asyncio.create_task(watch())
    try:
        yield found
    finally:
        watching.cancel()
        found.look()
