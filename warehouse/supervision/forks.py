"""The supervisor's side of the launcher: asks for forks, hears of their ends."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from warehouse.supervision.console import Console
from warehouse.supervision.launcher import Plan


@dataclass
class Fork:
    """A process made by the launcher. `exited` resolves to its exit code, negative for a signal."""

    pid: int
    exited: "asyncio.Future[int]"

    async def wait(self) -> int:
        return await asyncio.shield(self.exited)

    def signal(self, number: signal.Signals) -> None:
        if not self.exited.done():
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


@dataclass(frozen=True)
class Order:
    """What a forked process is to do: `target` is `module:function`, called with `arguments`."""

    name: str
    target: str
    arguments: Mapping[str, Any]
    environment: Mapping[str, str] = field(repr=False)


class LauncherLostError(RuntimeError):
    """The launcher ended while it was needed; asking again starts a new one."""


class Forks:
    """Starts a launcher when one is needed and forks processes from it, one at a time."""

    def __init__(self, console: Console, *, lock: int, preload: list[str], **folders: str) -> None:
        self._console = console
        self._lock = lock
        self._preload = preload
        self._folders = folders
        # Nothing is ever written: the read end tells everybody who holds it that we are gone.
        self._lifelines = list(os.pipe())
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._started: asyncio.Future[int] | None = None
        self._forks: dict[int, Fork] = {}
        self._asking = asyncio.Lock()
        self._listening: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def start(self) -> None:
        """Start the launcher; it imports in the background and forks when it is asked to."""
        ours, theirs = socket.socketpair()
        plan = Plan(theirs.fileno(), self._lifelines[0], self._lock, self._preload, **self._folders)
        # A plain Popen, because its end is heard of through the control socket.
        self._process = subprocess.Popen(  # noqa: ASYNC220, S603 - our own command
            [
                sys.executable,
                "-P",
                "-m",
                "warehouse.supervision.launcher",
                json.dumps(asdict(plan)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=(output := self._console.channel("launcher")),
            stderr=output,
            pass_fds=(plan.control, plan.lifeline, plan.lock),
            # Threads of a service share two heaps instead of eight a core.
            env={"MALLOC_ARENA_MAX": "2", **os.environ},
            start_new_session=True,
        )
        os.close(output)
        theirs.close()
        if self._control:
            self._control.close()
        self._control = ours
        # A writer that is collected closes the connection under its reader: both are kept.
        reader, writer = await asyncio.open_unix_connection(sock=ours.dup())
        self._listening = asyncio.create_task(self._listen(self._process, reader, writer))

    async def fork(self, order: Order, *, become: bool = False) -> Fork:
        """A process that carries out `order`; with `become` the launcher itself does and can
        fork no more. Raises `LauncherLostError`."""
        asking = asyncio.create_task(self._ask(order, become=become))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            # The request is on its way: what comes of it belongs to nobody and is ended.
            asking.add_done_callback(_end_unwanted)
            raise

    async def _ask(self, order: Order, *, become: bool) -> Fork:
        async with self._asking:
            if self._listening is None or self._listening.done():
                await self.start()
            assert self._control is not None  # noqa: S101 - start() has just set it
            self._started = asyncio.get_running_loop().create_future()
            output = self._console.channel(order.name)
            message = json.dumps(
                {
                    "become": become,
                    "name": order.name,
                    "target": order.target,
                    "arguments": dict(order.arguments),
                    "environment": dict(order.environment),
                }
            )
            try:
                socket.send_fds(self._control, [message.encode()], [output])
            except OSError as error:
                raise LauncherLostError from error
            finally:
                os.close(output)
            pid = await self._started
            fork = Fork(pid, asyncio.get_running_loop().create_future())
            self._forks[pid] = fork
            return fork

    async def run(self, order: Order) -> None:
        """Carry out `order` in a fork and wait for it; raises `JobFailedError`."""
        fork = await self.fork(order)
        if status := await fork.wait():
            raise JobFailedError(order.name, status)

    async def stop(self) -> None:
        """End the launcher; its forks must have ended before."""
        if self._process and self._control and self._process.poll() is None:
            with contextlib.suppress(OSError):
                self._control.send(b'{"quit": true}')
            try:
                await asyncio.to_thread(self._process.wait, 2)
            except subprocess.TimeoutExpired:
                self.kill()
        if self._listening:
            await self._listening

    def close(self) -> None:
        """Let go of the lifeline: every process that still holds its other end stops by itself."""
        for descriptor in self._lifelines:
            os.close(descriptor)
        self._lifelines.clear()
        if self._control:
            self._control.close()

    def kill(self) -> None:
        if self._process:
            self._process.kill()

    async def _listen(
        self,
        process: "subprocess.Popen[bytes]",
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while line := await reader.readline():
                self._hear(json.loads(line))
        status = await asyncio.to_thread(process.wait)
        self._lose(process.pid, status)

    def _hear(self, message: dict[str, Any]) -> None:
        if "started" in message and self._started and not self._started.done():
            self._started.set_result(message["started"])
        elif "exited" in message:
            # A fork may end before its `started` has been read into `_forks`.
            asyncio.get_running_loop().call_soon(self._settle, message["exited"], message["status"])

    def _settle(self, pid: int, status: int) -> None:
        fork = self._forks.pop(pid, None)
        if fork and not fork.exited.done():
            fork.exited.set_result(status)

    def _lose(self, pid: int, status: int) -> None:
        """The launcher ended: what it forked has no parent to report its end, so it ends too."""
        self._settle(pid, status)
        for fork in [*self._forks.values()]:
            fork.signal(signal.SIGKILL)
            self._settle(fork.pid, -signal.SIGKILL)
        if self._started and not self._started.done():
            self._started.set_exception(LauncherLostError())


def _end_unwanted(asking: "asyncio.Task[Fork]") -> None:
    if not asking.cancelled() and asking.exception() is None:
        asking.result().signal(signal.SIGKILL)


class JobFailedError(RuntimeError):
    """A job of the start ended with an error, which it has written to the log."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(f"{name} failed (exit {status}); the log above says why")
