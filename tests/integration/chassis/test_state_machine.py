"""Outbox, relay and consumer under every order of steps and faults, on a real PostgreSQL.

The same machine as `reliability/test_state_machine.py`, which takes many more steps in memory. Here
transactions, locks and what ends with a connection are the server's own.
"""

import asyncio
from collections.abc import Iterator
from functools import partial

import asyncpg
import pytest
import structlog
from conftest import PASSWORD, Servers, address
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from support.model.loop import PatientLoop
from support.model.machine import Backbone
from support.model.postgres import SCHEMA, RealDatabase
from support.model.rig import AnyDatabase

from chassis import migrations
from warehouse import provisioning
from warehouse.provisioning import Database

BOUNDS = settings(
    max_examples=8,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def urls(servers: Servers) -> tuple[str, str]:
    """A database with the backbone's tables: as the app role, and as the superuser."""
    database = Database.of("model", owner_password=PASSWORD, app_password=PASSWORD)
    provisioning.provision(servers.admin_url, [database])
    migrations.upgrade("catalog", database.owner_url(address(servers)))
    admin_url = servers.admin_url.rsplit("/", 1)[0] + "/warehouse_model"

    async def make_tables() -> None:
        connection = await asyncpg.connect(admin_url)
        await connection.execute(SCHEMA)
        await connection.close()

    asyncio.run(make_tables())
    return database.app_url(address(servers)), admin_url


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def real(url: str, admin_url: str) -> tuple[PatientLoop, AnyDatabase]:
    loop = PatientLoop()
    return loop, RealDatabase(loop, url, admin_url)


def test_nothing_committed_is_lost_doubled_or_disordered(
    urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariants 1, 2, 5 and 6, after every step and once all is quiet."""
    monkeypatch.setattr(Backbone, "options", {"world": partial(real, *urls)})
    run_state_machine_as_test(Backbone, settings=BOUNDS)


@pytest.mark.long
def test_nor_in_many_more_orders_of_steps(
    urls: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same, for minutes."""
    monkeypatch.setattr(Backbone, "options", {"world": partial(real, *urls)})
    run_state_machine_as_test(Backbone, settings=settings(BOUNDS, max_examples=100))
