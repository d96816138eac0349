"""Where labels are drawn: a thread beside the event loop, and a short queue before it."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from chassis.problems import Unavailable

T = TypeVar("T")


class Busy(Unavailable):
    code, title = "press-busy", "Too many labels are being drawn right now"
    advice = "Try again in a few seconds."


class Press:
    """Draws one job at a time, so that a pile of labels slows labels alone. At most `queue` are
    drawn and wait; `Busy` is raised at once beyond that."""

    def __init__(self, queue: int = 16) -> None:
        self._queue, self._taken = queue, 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="labels")

    async def start(self) -> None:
        """Nothing to start; the thread comes as it is needed."""

    async def stop(self) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def run(self, draw: Callable[[], T]) -> T:
        if self._taken >= self._queue:
            raise Busy(headers={"Retry-After": "3"})
        self._taken += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, draw)
        finally:
            self._taken -= 1
