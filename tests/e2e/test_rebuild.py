"""Every projection of the platform can be made again from the topics while it runs."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from support.groups import LISTENING, lag
from support.journey import lend_one_thing
from support.waiting import eventually

from warehouse.embedded import stack
from warehouse.operating.addresses import find
from warehouse.operating.digest import Digest, digest

LONGEST = 90  # seconds; far more than a rebuild takes on a busy machine


async def warehouse(environment: Mapping[str, str], *arguments: str) -> tuple[int, str, str]:
    """The `warehouse` command as an operator runs it: exit code, what it said, what it warned."""
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", "from warehouse.cli import main; main()", *arguments],
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


async def rebuild(environment: Mapping[str, str], service: str) -> Any:  # noqa: ANN401
    """What `warehouse rebuild` answers, after a success."""
    code, said, warned = await warehouse(environment, "rebuild", service, "--json")
    assert code == 0, warned
    return json.loads(said)


async def digests(environment: Mapping[str, str]) -> dict[str, Digest]:
    """What each service has made of the others' events."""
    where = find(Path("nowhere"), environment)
    return {service: await digest(where, service) for service in LISTENING}


async def quiet(servers: stack.Servers) -> None:
    """Every service has heard of everything."""

    async def caught_up() -> bool:
        return await lag(servers.bootstrap_servers) == 0

    await eventually(caught_up, deadline=60)


@pytest.mark.long
async def test_rebuilt_they_say_what_they_said(
    platform: str,
    environment: dict[str, str],
    servers: stack.Servers,
    connect: Callable[[str], Any],
) -> None:
    """Every projection, to identical numbers; and nobody is notified again."""
    await lend_one_thing(platform)
    await quiet(servers)
    inbox = await connect("notify")
    told = await inbox.fetch("SELECT * FROM notifications ORDER BY id")
    assert told
    before = await digests(environment)
    for service in LISTENING:
        rebuilt = await rebuild(environment, service)
        assert rebuilt["records"] > 0
        assert set(rebuilt["tables"]) == {table.table for table in before[service].tables}
        assert sum(table.rows for table in before[service].tables) > 0
    assert await digests(environment) == before
    assert await inbox.fetch("SELECT * FROM notifications ORDER BY id") == told


@pytest.mark.long
async def test_rebuilt_under_traffic_they_say_what_they_would_have_said(
    platform: str, environment: dict[str, str], servers: stack.Servers
) -> None:
    """People go on lending while what analytics, loans and notify keep is rebuilt; afterwards each
    says the same as when it is rebuilt once more at rest."""
    done = asyncio.Event()

    async def lend() -> int:
        journeys = 0
        while not done.is_set():
            await lend_one_thing(platform)
            journeys += 1
        return journeys

    lending = asyncio.create_task(lend())
    services = ("analytics", "loans", "notify")
    for service in services:
        await rebuild(environment, service)
    done.set()
    assert await lending > 0
    await quiet(servers)
    went_on = await digests(environment)
    for service in services:
        await rebuild(environment, service)
    assert await digests(environment) == went_on


async def test_what_has_no_projections_says_so(environment: dict[str, str]) -> None:
    """With what there is instead, and an exit code."""
    code, _, warned = await warehouse(environment, "rebuild", "auth")
    assert code == 1
    assert "auth has no projections" in warned
    assert all(service in warned for service in LISTENING)
