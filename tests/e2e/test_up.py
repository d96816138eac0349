"""`warehouse up` as its operator meets it: a real start, real servers, real signals."""

import json
import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
from support.up import (
    READY,
    Up,
    assert_stopped_in_order,
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

from warehouse.demo import DEMO_PASSWORD
from warehouse.embedded.server import free_ports
from warehouse.registry import EVERYTHING, SERVICES

WARNINGS = re.compile(r"Traceback|platform\.failed")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One for all the tests that leave it running, and for the last, which stops it."""
    with running(tmp_path_factory.mktemp("shared") / "home") as up:
        yield up


def test_a_platform_starts_and_says_where_it_is(shared: Up) -> None:
    """Every process and address is in the status, and nothing is complained of."""
    answer = httpx.get(f"{shared.url}/readyz")
    assert answer.status_code == 200
    # No demonstration was asked for: the API's page tells of none.
    assert DEMO_PASSWORD not in httpx.get(f"{shared.url}/docs").text

    found = json.loads(warehouse(shared.home, "status", "--json").stdout)
    assert found["state"] == "ready"
    assert {"postgres", "kafka", *EVERYTHING} <= {each["service"] for each in found["processes"]}
    for each in found["processes"]:
        assert each["state"] == "running"
        assert each["restarts"] == 0
        assert each["rss_mb"] > 0
    assert found["addresses"]["gateway"] == shared.url
    assert found["addresses"]["kafka"] == f"127.0.0.1:{shared.kafka_port}"
    assert set(SERVICES) <= set(found["addresses"])
    assert not [line for line in shared.lines if WARNINGS.search(line)]


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
    while not is_ready(shared.url):
        assert time.monotonic() < until
        time.sleep(0.1)
    after = one(status(shared.home), dead)
    assert after["restarts"] > one(before, dead)["restarts"]
    assert after["pid"] != one(before, dead)["pid"]


def test_a_service_may_not_connect_to_the_database_of_another(shared: Up) -> None:
    address = status(shared.home)["addresses"]["postgres"]
    catalog, auth = database(shared.home, "catalog"), database(shared.home, "auth")
    foreign = catalog.app_url(address).replace(catalog.name, auth.name)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        query(foreign, "SELECT 1")


def test_ctrl_c_stops_everything_without_remains(shared: Up) -> None:
    """Within 10 seconds, also after all of that; and the commands say that nothing runs."""
    known = pids(status(shared.home))
    before = len(shared.lines)
    assert shared.stop(signal.SIGINT) == 0
    await_gone(known, 5)
    assert_stopped_in_order(shared)
    assert not [line for line in shared.lines[before:] if WARNINGS.search(line)]
    after = warehouse(shared.home, "status")
    assert after.returncode == 1
    assert "Nothing is running" in after.stdout
    assert status(shared.home)["processes"] == []
    lag = warehouse(shared.home, "lag")
    assert lag.returncode == 1
    assert "start the platform with `make up`" in lag.stderr
