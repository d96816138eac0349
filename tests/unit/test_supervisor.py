"""What keeps processes alive, tested without the processes."""

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from warehouse import home as homes
from warehouse import status
from warehouse.environment import Platform, external_databases
from warehouse.errors import OperatorError
from warehouse.home import AlreadyRunningError, Home
from warehouse.registry import EVERYTHING, SERVICES, UnknownServiceError, expand, module_of
from warehouse.supervision import supervised as restarting
from warehouse.supervision.console import Console
from warehouse.supervision.supervised import Supervised, describe


class Stub:
    """A process whose end the test decides; a signal ends it too."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.exited: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.signals: list[signal.Signals] = []
        self.deaf = False

    async def wait(self) -> int:
        return await asyncio.shield(self.exited)

    def signal(self, number: signal.Signals) -> None:
        self.signals.append(number)
        if not self.exited.done() and (number == signal.SIGKILL or not self.deaf):
            self.exited.set_result(-number)


class Starts:
    """Makes stubs, and remembers them; the first `failing` restarts raise."""

    def __init__(self, failing: int = 0) -> None:
        self.stubs: list[Stub] = []
        self._failing = failing

    async def __call__(self) -> Stub:
        if self.stubs and self._failing:
            self._failing -= 1
            raise OSError("no memory")
        self.stubs.append(Stub(1000 + len(self.stubs)))
        return self.stubs[-1]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarting, "FIRST_PAUSE", 0.01)


def supervised(starts: Starts, log: io.StringIO | None = None) -> Supervised:
    console = Console(log or io.StringIO())
    return Supervised("loans", "all", starts, console=console, changed=lambda: None)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


async def test_a_process_that_dies_is_started_again_and_said_so() -> None:
    starts, log = Starts(), io.StringIO()
    process = supervised(starts, log)
    await process.start()
    starts.stubs[0].signal(signal.SIGKILL)
    await until(lambda: process.restarts == 1 and process.state == "running")
    assert process.pid == 1001
    assert "process.died service=loans reason=SIGKILL restart_in=0.0s" in log.getvalue()
    assert "process.restarted service=loans pid=1001" in log.getvalue()
    await process.stop(1)


async def test_each_death_waits_twice_as_long_as_the_one_before() -> None:
    starts, log = Starts(), io.StringIO()
    process = supervised(starts, log)
    await process.start()
    for count in range(1, 6):
        starts.stubs[-1].exited.set_result(3)
        await until(lambda count=count: len(starts.stubs) == count + 1)
    said = [line for line in log.getvalue().splitlines() if "process.died" in line]
    assert [line.split("=")[-1] for line in said] == ["0.0s", "0.0s", "0.0s", "0.1s", "0.2s"]
    await process.stop(1)


async def test_a_long_life_makes_the_next_death_the_first_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(restarting, "SETTLED", 0.0)
    starts, log = Starts(), io.StringIO()
    process = supervised(starts, log)
    await process.start()
    for count in range(1, 6):
        starts.stubs[-1].exited.set_result(3)
        await until(lambda count=count: len(starts.stubs) == count + 1)
    said = [line for line in log.getvalue().splitlines() if "process.died" in line]
    assert [line.split("=")[-1] for line in said] == ["0.0s"] * 5
    await process.stop(1)


async def test_a_restart_that_fails_is_tried_again() -> None:
    starts = Starts(failing=2)
    process = supervised(starts)
    await process.start()
    starts.stubs[0].exited.set_result(1)
    await until(lambda: process.state == "running" and process.restarts == 3)
    await process.stop(1)


async def test_a_first_start_that_fails_is_the_callers_to_see() -> None:
    async def fail() -> Stub:
        raise OSError("no such program")

    process = Supervised("x", "all", fail, console=Console(io.StringIO()), changed=lambda: None)
    with pytest.raises(OSError, match="no such program"):
        await process.start()
    await process.stop(1)
    assert process.state == "stopped"


async def test_a_stopped_process_stays_stopped() -> None:
    starts = Starts()
    process = supervised(starts)
    await process.start()
    await process.stop(1)
    assert starts.stubs[0].signals == [signal.SIGTERM]
    assert (process.state, process.pid, process.restarts) == ("stopped", None, 0)
    assert len(starts.stubs) == 1


async def test_a_process_that_will_not_stop_is_killed_after_its_grace() -> None:
    starts, log = Starts(), io.StringIO()
    process = supervised(starts, log)
    await process.start()
    starts.stubs[0].deaf = True
    await process.stop(0.05)
    assert starts.stubs[0].signals == [signal.SIGTERM, signal.SIGKILL]
    assert "process.killed service=loans" in log.getvalue()


async def test_stopping_ends_the_wait_for_a_restart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restarting, "FIRST_PAUSE", 60.0)
    starts = Starts()
    process = supervised(starts)
    await process.start()
    starts.stubs[0].exited.set_result(1)
    await until(lambda: process.state == "restarting")
    async with asyncio.timeout(40):
        await process.stop(1)
    assert len(starts.stubs) == 1


async def test_lines_carry_the_name_of_who_wrote_them() -> None:
    log = io.StringIO()
    console = Console(log)
    channel = console.channel("loans")
    os.write(channel, b"\x1b[32mone\x1b[0m\nhalf")
    os.close(channel)
    await console.drain()
    assert log.getvalue().splitlines() == ["loans     │ one", "loans     │ half"]


async def test_the_supervisors_lines_carry_the_time_as_the_services_do() -> None:
    log = io.StringIO()
    Console(log).event("process.died", service="loans", reason="SIGKILL")
    line = r"warehouse │ \d\d:\d\d:\d\d process\.died service=loans reason=SIGKILL\n"
    assert re.fullmatch(line, log.getvalue())


async def test_a_log_that_nobody_reads_any_more_stops_nothing() -> None:
    log = io.StringIO()
    console = Console(log)
    log.close()
    console.event("platform.ready")


def test_an_exit_is_described_by_its_signal_or_code() -> None:
    assert describe(-signal.SIGKILL) == "SIGKILL"
    assert describe(3) == "exit-3"


def test_names_expand_in_the_order_of_the_platform() -> None:
    assert expand(["loans", "auth", "loans"]) == ["auth", "loans"]
    assert list(EVERYTHING) == expand(["all"])
    assert module_of("gateway") == "gateway.app"
    with pytest.raises(UnknownServiceError, match=r"no service 'lending'.*, gateway, all\."):
        expand(["lending"])
    with pytest.raises(UnknownServiceError, match=r"analytics, all\."):
        expand(["lending"], everything=SERVICES)


def test_a_home_is_run_by_one_at_a_time(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    assert not home.is_running()
    with home.locked():
        assert home.is_running()
        second = Home(tmp_path / "home")
        with pytest.raises(AlreadyRunningError, match=f"pid {os.getpid()}"), second.locked():
            pass
    assert not home.is_running()


@contextmanager
def going_down(folder: Path, **record: object) -> Iterator[subprocess.Popen[str]]:
    """A home whose supervisor was killed: a zombie, because its parent does not ask after it. What
    it started holds the home until the process that this yields is told to go."""
    script = (
        "import os, sys, time; from pathlib import Path; from warehouse.home import Home\n"
        f"home = Home(Path({str(folder)!r}))\n"
        "with home.locked() as lock:\n"
        f"    home.write_run({{**home.run(), **{record!r}}})\n"
        "    if os.fork() == 0:\n"
        "        print('holds', flush=True); sys.stdin.readline()\n"
        "        os.close(lock); os._exit(0)\n"
        "    time.sleep(3600)"
    )
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdin
    assert supervisor.stdout
    try:
        assert supervisor.stdout.readline() == "holds\n"
        supervisor.kill()
        os.waitid(os.P_PID, supervisor.pid, os.WEXITED | os.WNOWAIT)
        yield supervisor
    finally:
        supervisor.stdin.close()
        supervisor.stdout.read()  # to its end: nobody holds the home any more
        supervisor.stdout.close()
        supervisor.wait()


def test_a_start_waits_for_what_a_killed_supervisor_left_and_says_so_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "_UNSAID", 0.0)
    home, said = Home(tmp_path), []
    with going_down(tmp_path) as left:

        def let_go() -> None:
            said.append("waiting")
            assert left.stdin
            left.stdin.write("go\n")
            left.stdin.flush()

        with home.locked(waiting=let_go):
            assert home.run()["pid"] == os.getpid()
    assert said == ["waiting"]


def test_what_does_not_go_down_is_not_said_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(homes, "WIND_DOWN", 0.2)
    with (
        going_down(tmp_path),
        pytest.raises(AlreadyRunningError, match="has not gone down within"),
        Home(tmp_path).locked(),
    ):
        pass


def test_the_status_of_a_killed_supervisor_is_what_it_left(tmp_path: Path) -> None:
    """Neither the supervisor nor what has ended already is told to run."""
    row = {"role": "all", "state": "running", "restarts": 0}
    rows = [{"service": "loans", "pid": os.getpid(), **row}, {"service": "x", "pid": None, **row}]
    home = Home(tmp_path)
    with going_down(tmp_path, processes=rows, addresses={"gateway": "http://x"}) as supervisor:
        rows.append({"service": "supervisor", "pid": supervisor.pid, **row})
        home.write_run({**home.run(), "processes": rows})
        assert not home.is_running()
        found = status.read(home)
        assert (found["state"], found["addresses"]) == ("going_down", {})
        assert [(each["service"], each["state"]) for each in found["processes"]] == [
            ("loans", "stopping")
        ]
    assert status.read(home)["state"] == "stopped"


def test_processes_that_no_start_has_cleared_away_stay_on_record(tmp_path: Path) -> None:
    """However many starts were killed before they came to it."""
    home = Home(tmp_path)
    for pid in (1, 2):
        home.write_run({**home.run(), "processes": [{"service": "loans", "pid": pid}]})
        with home.locked():
            record = home.run()
        home.write_run(record)
    assert {each["pid"] for each in record["left"]} == {1, 2}


def test_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    home = Home(tmp_path)
    made = home.secrets()
    assert made == Home(tmp_path).secrets()
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert len(set(made.values())) == len(made)


def test_a_clean_stop_is_believed_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.kafka.mkdir()
    home.leave_clean_mark()
    assert [home.take_clean_mark(), home.take_clean_mark()] == [True, False]


def test_a_service_finds_no_other_services_secrets_in_its_environment(tmp_path: Path) -> None:
    platform = Platform(
        base={"PATH": "/bin", "LOANS_CLOCK_INTERVAL": "1", "CATALOG_DATABASE_URL": "theirs"},
        secrets=Home(tmp_path).secrets(),
        bootstrap_servers="127.0.0.1:9092",
        databases={service: (f"app:{service}", f"owner:{service}") for service in SERVICES},
        ports={name: 7000 + index for index, name in enumerate(EVERYTHING)},
        gateway_host="127.0.0.1",
    )
    loans = platform.of(["loans"])
    assert loans["LOANS_DATABASE_URL"] == "app:loans"
    assert loans["LOANS_CLOCK_INTERVAL"] == "1"
    assert not {"CATALOG_DATABASE_URL", "AUTH_SIGNING_KEYS", "WAREHOUSE_IDENTITY_PRIVATE_KEY"} & {
        *loans
    }
    assert "owner:loans" not in loans.values()
    gateway = platform.of(["gateway"])
    assert "WAREHOUSE_IDENTITY_PRIVATE_KEY" in gateway
    assert gateway["GATEWAY_LOANS_URL"] == platform.url("loans")
    assert not [name for name in gateway if name.endswith("DATABASE_URL")]


def test_databases_of_ones_own_are_given_for_all_services_or_none() -> None:
    assert external_databases({}) is None
    with pytest.raises(OperatorError, match="CATALOG_DATABASE_URL"):
        external_databases({"AUTH_DATABASE_URL": "postgresql://a:b@c/d"})
