"""`warehouse up` as its operator meets it: a real start, real servers, real signals."""

import contextlib
import json
import os
import queue
import re
import signal
import socket
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
import pytest

from warehouse.databases import Database
from warehouse.demo import DEMO_PASSWORD
from warehouse.embedded import class_cache, jars
from warehouse.embedded.server import free_ports
from warehouse.registry import EVERYTHING, SERVICES

READY = 60  # seconds; far above the budget, because machines that test are busy
STOPPED = 10
WARNINGS = re.compile(r"Traceback|platform\.failed")


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


@pytest.fixture(scope="session", autouse=True)
def _fetched() -> None:
    jars.ensure()
    class_cache.ensure()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def started(home: Path) -> Iterator[Up]:
    with running(home) as up:
        yield up


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all the tests that leave it running; Ctrl-C has to stop it well after them."""
    with running(tmp_path_factory.mktemp("shared") / "home") as up:
        yield up
        assert up.stop(signal.SIGINT) == 0
        assert_stopped_in_order(up)


@contextlib.contextmanager
def running(home: Path, *flags: str, ports: tuple[int, int] | None = None) -> Iterator[Up]:
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
    found: dict[str, Any] = json.loads(warehouse(home, "status", "--json").stdout)
    return found


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


def test_a_platform_starts_says_where_it_is_and_stops_without_remains(started: Up) -> None:
    """Every process and address is in the status; SIGTERM ends all of them within 10 seconds."""
    answer = httpx.get(f"{started.url}/readyz")
    assert answer.status_code == 200
    # No demonstration was asked for: the API's page tells of none.
    assert DEMO_PASSWORD not in httpx.get(f"{started.url}/docs").text

    found = status(started.home)
    assert found["state"] == "ready"
    assert {"postgres", "kafka", *EVERYTHING} <= {each["service"] for each in found["processes"]}
    for each in found["processes"]:
        assert each["state"] == "running"
        assert each["restarts"] == 0
        assert each["rss_mb"] > 0
    assert found["addresses"]["gateway"] == started.url
    assert found["addresses"]["kafka"] == f"127.0.0.1:{started.kafka_port}"
    assert set(SERVICES) <= set(found["addresses"])

    known = pids(found)
    assert started.stop() == 0
    await_gone(known, 1)
    assert_stopped_in_order(started)
    assert not [line for line in started.lines if WARNINGS.search(line)]
    after = warehouse(started.home, "status")
    assert after.returncode == 1
    assert "Nothing is running" in after.stdout
    assert status(started.home)["processes"] == []
    lag = warehouse(started.home, "lag")
    assert lag.returncode == 1
    assert "start the platform with `make up`" in lag.stderr


def test_a_second_start_of_the_same_home_is_refused(shared: Up) -> None:
    port, kafka_port = free_ports(2)
    second = warehouse(shared.home, "up", port=port, kafka_port=kafka_port)
    assert second.returncode == 1
    assert f"running already: pid {shared.process.pid}, {shared.url}" in second.stderr
    assert httpx.get(f"{shared.url}/readyz").status_code == 200


def test_an_operator_has_to_name_the_home_folder_alone(shared: Up) -> None:
    """The operator's commands find Kafka's and the databases' addresses and passwords there."""

    def told(*arguments: str) -> Any:  # noqa: ANN401
        done = warehouse(shared.home, *arguments, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        return json.loads(done.stdout)

    lag = told("lag")
    assert (lag["lag"], lag["unread"]) == (0, {})
    assert lag["members"] == {service: int(service != "auth") for service in SERVICES}
    outboxes = told("outbox")["services"]
    assert [each["service"] for each in outboxes] == list(SERVICES)
    assert all(each["shards_free"] == [] for each in outboxes)
    assert not told("topics", "apply", "--dry-run")["create"]
    assert told("dlq", "list") == {"dead_letters": []}
    assert told("replay", "catalog", "--dry-run")["rows"] == 0
    assert told("digest", "analytics")["tables"]
    assert [key["state"] for key in told("keys", "rotate")["keys"]] == ["waiting"]


@pytest.mark.parametrize("variable", ["WAREHOUSE_PORT", "WAREHOUSE_KAFKA_PORT"])
def test_a_taken_port_is_named_before_anything_starts(home: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        (free,) = free_ports(1)
        ports = {"port": free, "kafka_port": free}
        ports["port" if variable == "WAREHOUSE_PORT" else "kafka_port"] = taken
        refused = warehouse(home, "up", **ports)
    assert refused.returncode == 1
    assert f"Port {taken} is taken" in refused.stderr
    assert variable in refused.stderr
    assert not (home / "postgres").exists()


def test_one_port_for_gateway_and_kafka_is_refused_at_once(home: Path) -> None:
    (port,) = free_ports(1)
    refused = warehouse(home, "up", port=port, kafka_port=port)
    assert refused.returncode == 1
    assert f"Port {port} is asked for twice" in refused.stderr
    assert "WAREHOUSE_PORT" in refused.stderr
    assert "WAREHOUSE_KAFKA_PORT" in refused.stderr
    assert not home.exists()


@pytest.mark.parametrize("service", ["loans", "postgres", "kafka", "launcher"])
def test_a_process_that_dies_is_started_again_and_said_so(shared: Up, service: str) -> None:
    before = status(shared.home)
    shared.forget()
    os.kill(one(before, service)["pid"], signal.SIGKILL)
    dead = "loans" if service == "launcher" else service
    assert f"service={dead} reason=SIGKILL" in shared.wait_for("process.died") or service == (
        "launcher"
    )
    shared.wait_for(f"process.restarted service={dead}")
    until = time.monotonic() + READY
    while not _is_ready(shared.url):
        assert time.monotonic() < until
        time.sleep(0.1)
    after = one(status(shared.home), dead)
    assert after["restarts"] > one(before, dead)["restarts"]
    assert after["pid"] != one(before, dead)["pid"]


def test_nothing_outlives_a_supervisor_that_was_killed(started: Up) -> None:
    known = pids(status(started.home))
    started.process.kill()
    started.process.wait()
    await_gone(known, 15)


@pytest.mark.long
def test_a_start_right_after_a_kill_clears_away_what_is_left(home: Path) -> None:
    """Servers and services live on for a moment, nobody is there to stop them, the port is held."""
    with running(home) as first:
        found = status(home)
        known = pids(found)
        os.kill(one(found, "launcher")["pid"], signal.SIGKILL)
        first.process.kill()
        first.process.wait()
        with running(home, ports=(first.port, first.kafka_port)) as second:
            await_gone(known, 0.1)
            assert _is_ready(second.url)
            assert second.stop() == 0


@pytest.mark.long
def test_a_start_waits_while_the_launcher_of_a_killed_supervisor_winds_down(home: Path) -> None:
    """Its parent has not asked after the dead one yet: a zombie is no supervisor that runs."""
    with running(home) as first:
        found = status(home)
        (launcher,) = [each["pid"] for each in found["processes"] if each["service"] == "launcher"]
        os.kill(launcher, signal.SIGSTOP)  # it goes down when we say so
        first.process.kill()
        os.waitid(os.P_PID, first.process.pid, os.WEXITED | os.WNOWAIT)
        left = warehouse(home, "status")
        assert left.returncode == 1
        assert "The supervisor is gone" in left.stdout
        second = Up(home, ports=(first.port, first.kafka_port))
        try:
            second.wait_for("the last one is still going down")
            os.kill(launcher, signal.SIGCONT)
            second.wait_for("Warehouse is ready")
            await_gone(pids(found), 0.1)
            assert sum("still going down" in line for line in second.lines) == 1
            assert second.stop() == 0
        finally:
            second.end()


@pytest.mark.long
def test_a_start_after_the_whole_group_was_killed_finds_everything(home: Path) -> None:
    """Nothing acknowledged is lost, remains are cleared away, the outboxes are replayed."""
    with running(home) as first:
        _write_down(home, first)
        for pid in pids(status(home)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        first.process.wait()
        ports = first.port, first.kafka_port
    with running(home, ports=ports) as second:
        assert any("platform.recovering replay_seconds=3600" in line for line in second.lines)
        assert any("topics.applied created=0" in line for line in second.lines)
        assert _read_back(home, second) == ["kept"]
        assert second.stop() == 0
    with running(home) as third:
        assert not any("platform.recovering" in line for line in third.lines)


def test_a_service_may_not_connect_to_the_database_of_another(shared: Up) -> None:
    address = status(shared.home)["addresses"]["postgres"]
    catalog, auth = _database(shared.home, "catalog"), _database(shared.home, "auth")
    foreign = catalog.app_url(address).replace(catalog.name, auth.name)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        _run(foreign, "SELECT 1")


def test_compact_holds_all_services_in_one_process(home: Path) -> None:
    with running(home, "--compact") as up:
        found = status(home)
        assert httpx.get(f"{up.url}/readyz").status_code == 200
        assert {each["service"] for each in found["processes"]} == {
            *("supervisor", "postgres", "kafka", "all")
        }
        known = pids(found)
        os.kill(one(found, "all")["pid"], signal.SIGKILL)
        up.wait_for("process.restarted service=all")
        until = time.monotonic() + READY
        while not _is_ready(up.url):
            assert time.monotonic() < until
            time.sleep(0.1)
        known += pids(status(home))
        assert up.stop() == 0
        await_gone(known, 1)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def _database(home: Path, service: str) -> Database:
    secrets = json.loads((home / "secrets.json").read_text())
    return Database.of(
        service,
        owner_password=secrets[f"{service}_owner"],
        app_password=secrets[f"{service}_app"],
    )


def _write_down(home: Path, up: Up) -> None:
    address = status(up.home)["addresses"]["postgres"]
    _run(
        _database(home, "auth").owner_url(address),
        "CREATE TABLE noted (word text); INSERT INTO noted VALUES ('kept')",
    )


def _read_back(home: Path, up: Up) -> list[str]:
    address = status(up.home)["addresses"]["postgres"]
    rows = _run(_database(home, "auth").owner_url(address), "SELECT word FROM noted")
    return [row["word"] for row in rows]


def _run(url: str, query: str) -> Any:  # noqa: ANN401 - asyncpg is untyped
    """One query from a test without an event loop of its own."""
    import asyncio  # noqa: PLC0415 - only here

    async def run() -> Any:  # noqa: ANN401
        connection: Any = await asyncpg.connect(url)
        try:
            if query.startswith("SELECT"):
                return await connection.fetch(query)
            return await connection.execute(query)
        finally:
            await connection.close()

    return asyncio.run(run())
