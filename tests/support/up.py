"""A `warehouse up` of a test's own: its process, what it says, and what it started."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psutil

from warehouse import status as current
from warehouse.databases import Database
from warehouse.embedded import class_cache
from warehouse.embedded.server import free_ports
from warehouse.home import Home
from warehouse.registry import EVERYTHING

READY = 60  # seconds; far above the budget, because machines that test are busy
STOPPED = 10


class Up:
    """A `warehouse up` of its own home and ports."""

    def __init__(self, home: Path, *flags: str, ports: tuple[int, int] | None = None) -> None:
        self.home = home
        self.port, self.kafka_port = ports or (0, 0)
        if not ports:
            self.port, self.kafka_port = free_ports(2)
        self.lines: list[str] = []
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.process = subprocess.Popen(
            [*command(), "up", *flags],
            env=environment(home, self.port, self.kafka_port),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def wait_for(self, text: str, deadline: float = READY) -> str:
        """The next line with `text` in it."""
        until = time.monotonic() + deadline
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                line = self._said.get(timeout=left)
                if line is None:
                    break
                if text in line:
                    return line
        raise AssertionError(f"never said {text!r}:\n" + "\n".join(self.lines[-40:]))

    def forget(self) -> None:
        """What was said until now is not waited for."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._said.get_nowait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(STOPPED)
        self._reader.join(5)
        return code

    def end(self) -> None:
        """Whatever the test did: nothing of it stays."""
        for pid in pids(status(self.home)):
            with contextlib.suppress(psutil.Error):
                process = psutil.Process(pid)
                if process.is_running():
                    process.kill()
        self.process.kill()
        self.process.wait()
        self._reader.join(5)
        if self.process.stdout:
            self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._said.put(self.lines[-1])
        self._said.put(None)


@contextlib.contextmanager
def running(home: Path, *flags: str, ports: tuple[int, int] | None = None) -> Iterator[Up]:
    class_cache.ensure()  # so that no start is longer than the others
    up = Up(home, *flags, ports=ports)
    try:
        up.wait_for("Warehouse is ready")
        yield up
    finally:
        up.end()


def assert_stopped_in_order(up: Up) -> None:
    """The gateway first, so that nobody is let in to what stops."""
    log = "\n".join(up.lines)
    assert log.rindex("platform.stopping") < log.rindex("services=['gateway']")
    assert log.rindex("services=['gateway']") < log.rindex("services=['loans']")
    assert log.rindex("services=['loans']") < log.rindex("platform.stopped")


def command() -> list[str]:
    return [sys.executable, "-P", "-c", "from warehouse.cli import main; main()"]


def environment(home: Path, port: int, kafka_port: int) -> dict[str, str]:
    ours = ("WAREHOUSE_", "KAFKA_", *(f"{name.upper()}_" for name in EVERYTHING))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    cache = os.environ.get("WAREHOUSE_CACHE")
    return {
        **kept,
        **({"WAREHOUSE_CACHE": cache} if cache else {}),
        "WAREHOUSE_HOME": str(home),
        "WAREHOUSE_PORT": str(port),
        "WAREHOUSE_KAFKA_PORT": str(kafka_port),
        "WAREHOUSE_DEMO": "0",
    }


def warehouse(home: Path, *arguments: str, port: int = 0, kafka_port: int = 0) -> Any:  # noqa: ANN401
    return subprocess.run(
        [*command(), *arguments],
        env=environment(home, port, kafka_port),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def status(home: Path) -> dict[str, Any]:
    """What `warehouse status --json` says."""
    return current.read(Home(home))


def pids(found: dict[str, Any]) -> list[int]:
    """Every process of a status, and what PostgreSQL forked."""
    known = [each["pid"] for each in found["processes"] if each["pid"]]
    for pid in list(known):
        with contextlib.suppress(psutil.Error):
            known += [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return sorted(set(known))


def alive(known: list[int]) -> list[int]:
    def runs(pid: int) -> bool:
        with contextlib.suppress(psutil.Error):
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        return False

    return [pid for pid in known if runs(pid)]


def await_gone(known: list[int], deadline: float) -> None:
    until = time.monotonic() + deadline
    while left := alive(known):
        assert time.monotonic() < until, [psutil.Process(pid).cmdline() for pid in left]
        time.sleep(0.05)


def one(found: dict[str, Any], service: str) -> dict[str, Any]:
    return next(each for each in found["processes"] if each["service"] == service)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def database(home: Path, service: str) -> Database:
    """A service's database, with the passwords that the home keeps."""
    secrets = json.loads((home / "secrets.json").read_text())
    return Database.of(
        service,
        owner_password=secrets[f"{service}_owner"],
        app_password=secrets[f"{service}_app"],
    )


def query(url: str, sql: str) -> Any:  # noqa: ANN401 - asyncpg is untyped
    """One query from a test without an event loop of its own."""

    async def run() -> Any:  # noqa: ANN401
        connection: Any = await asyncpg.connect(url)
        try:
            if sql.startswith("SELECT"):
                return await connection.fetch(sql)
            return await connection.execute(sql)
        finally:
            await connection.close()

    return asyncio.run(run())
