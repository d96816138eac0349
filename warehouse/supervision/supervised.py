"""One process that is kept alive: started again when it dies, less eagerly each time."""

import asyncio
import contextlib
import signal
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from warehouse.supervision.console import Console

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds before a restart; doubles with each
SETTLED = 30.0  # seconds of life after which a death counts as the first again


class Running(Protocol):
    """A process that runs: its id, its end, a way to signal it."""

    pid: int

    async def wait(self) -> int:
        """Its exit code, negative for a signal."""

    def signal(self, number: signal.Signals) -> None: ...


class Supervised:
    """Keeps what `start` starts alive until `stop`. `changed` is called after every change of
    `state` (starting, running, restarting, stopping, stopped), `pid` or `restarts`."""

    def __init__(
        self,
        name: str,
        role: str,
        start: Callable[[], Awaitable[Running]],
        *,
        console: Console,
        changed: Callable[[], None],
        stop_signal: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name = name
        self.role = role
        self.state = "starting"
        self.pid: int | None = None
        self.restarts = 0
        self.exit_code: int | None = None
        self._start = start
        self._console = console
        self._changed = changed
        self._stop_signal = stop_signal
        self._running: Running | None = None
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start it for the first time; raises what `start` raises, because then the platform's
        start has failed. From here on it is kept alive."""
        await self._launch()
        self._task = asyncio.create_task(self._keep(), name=f"keep-{self.name}")

    async def stop(self, grace: float) -> None:
        """Ask it to stop, kill it after `grace` seconds; returns when it is gone."""
        self._stopping = True
        if self._running and self._task and not self._task.done() and self.pid:
            self._set("stopping")
            self._running.signal(self._stop_signal)
            if not await self._ended(grace):
                self._console.event("process.killed", service=self.name, grace=f"{grace:.1f}s")
                self.kill()
                await self._ended(5)
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.pid = None
        self._set("stopped")

    def kill(self) -> None:
        """End it at once."""
        self._stopping = True
        if self._running and self.pid:
            self._running.signal(signal.SIGKILL)

    async def _ended(self, timeout: float) -> bool:
        assert self._task is not None  # noqa: S101 - only called while it is kept
        done, _ = await asyncio.wait([self._task], timeout=timeout)
        return bool(done)

    async def _launch(self) -> None:
        self._running = await self._start()
        self.pid = self._running.pid
        self._set("running")

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while self._running:
            began = time.monotonic()
            self.exit_code = await self._running.wait()
            self.pid = None
            if self._stopping:
                return
            if time.monotonic() - began > SETTLED:
                pause = FIRST_PAUSE
            pause = await self._restart(describe(self.exit_code), pause)

    async def _restart(self, reason: str, pause: float) -> float:
        """Start again, as often as it takes; the pause that the next death has to wait."""
        while True:
            self._console.event(
                "process.died", service=self.name, reason=reason, restart_in=f"{pause:.1f}s"
            )
            self._set("restarting")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
            self.restarts += 1
            try:
                await self._launch()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may do better
                reason = repr(str(error) or type(error).__name__)
                continue
            self._console.event("process.restarted", service=self.name, pid=self.pid)
            return pause

    def _set(self, state: str) -> None:
        self.state = state
        self._changed()


def describe(exit_code: int) -> str:
    """`exit 3`, or the signal's name."""
    if exit_code < 0:
        with contextlib.suppress(ValueError):
            return signal.Signals(-exit_code).name
    return f"exit-{exit_code}"
