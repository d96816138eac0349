"""The launcher for real, with targets of the standard library."""

import asyncio
import contextlib
import io
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from warehouse.supervision.console import Console
from warehouse.supervision.forks import Forks, JobFailedError, LauncherLostError, Order


@contextlib.asynccontextmanager
async def launcher(folder: Path, log: io.StringIO) -> AsyncIterator[Forks]:
    with (folder / "lock").open("w") as lock:
        console = Console(log)
        forks = Forks(console, lock=lock.fileno(), preload=["json"])
        try:
            yield forks
        finally:
            await forks.stop()
            await console.drain()
            forks.close()


def order(target: str, **arguments: object) -> Order:
    return Order("job", target, arguments, {**os.environ, "GREETING": "hello"})


async def test_a_fork_has_its_own_environment_and_output(tmp_path: Path) -> None:
    log = io.StringIO()
    async with launcher(tmp_path, log) as forks:
        await forks.run(order("subprocess:check_call", args=["sh", "-c", "echo $GREETING"]))
    assert "job       │ hello" in log.getvalue()


async def test_a_job_that_fails_says_why_and_how(tmp_path: Path) -> None:
    log = io.StringIO()
    async with launcher(tmp_path, log) as forks:
        with pytest.raises(JobFailedError, match="job failed"):
            await forks.run(order("os:mkdir", path=str(tmp_path)))
    assert "FileExistsError" in log.getvalue()


async def test_a_fork_that_nobody_waits_for_any_more_is_ended(tmp_path: Path) -> None:
    """A start that fails cancels its other steps while they are being asked for."""
    async with launcher(tmp_path, io.StringIO()) as forks:
        await forks.start()
        unwanted = asyncio.create_task(forks.fork(order("time:sleep")))
        await asyncio.sleep(0)
        unwanted.cancel()
        await forks.run(order("os:getpid"))
        assert forks.pid is not None
        assert psutil.Process(forks.pid).children() == []


async def test_a_lost_launcher_takes_its_forks_along_and_is_replaced(tmp_path: Path) -> None:
    async with launcher(tmp_path, io.StringIO()) as forks:
        fork = await forks.fork(order("signal:pause"))
        first = forks.pid
        forks.kill()
        assert await fork.wait() == -signal.SIGKILL
        async with asyncio.timeout(40):
            while True:
                with contextlib.suppress(LauncherLostError):
                    await forks.run(order("os:getpid"))
                    break
        assert forks.pid != first


async def test_forks_stop_when_their_supervisor_is_gone(tmp_path: Path) -> None:
    """The supervisor's end closes the lifeline, whatever ended it."""
    async with launcher(tmp_path, io.StringIO()) as forks:
        fork = await forks.fork(order("signal:pause"))
        forks.close()
        async with asyncio.timeout(40):
            assert await fork.wait() == -signal.SIGTERM
