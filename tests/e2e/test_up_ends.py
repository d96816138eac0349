"""What `warehouse up` leaves behind, however it ends, and what the next start makes of it."""

import contextlib
import os
import signal
import time
from pathlib import Path

import httpx
import pytest
from support.up import (
    READY,
    Up,
    await_gone,
    database,
    is_ready,
    one,
    pids,
    query,
    running,
    status,
    warehouse,
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_nothing_outlives_a_supervisor_that_was_killed(home: Path) -> None:
    with running(home) as up:
        known = pids(status(home))
        up.process.kill()
        up.process.wait()
        await_gone(known, 40)


def test_compact_holds_all_services_in_one_process(home: Path) -> None:
    """It is started again when it dies, and SIGTERM ends it within 10 seconds."""
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
        while not is_ready(up.url):
            assert time.monotonic() < until
            time.sleep(0.1)
        known += pids(status(home))
        assert up.stop() == 0
        await_gone(known, 5)


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
            assert is_ready(second.url)
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


def _write_down(home: Path, up: Up) -> None:
    address = status(up.home)["addresses"]["postgres"]
    query(
        database(home, "auth").owner_url(address),
        "CREATE TABLE noted (word text); INSERT INTO noted VALUES ('kept')",
    )


def _read_back(home: Path, up: Up) -> list[str]:
    address = status(up.home)["addresses"]["postgres"]
    rows = query(database(home, "auth").owner_url(address), "SELECT word FROM noted")
    return [row["word"] for row in rows]
