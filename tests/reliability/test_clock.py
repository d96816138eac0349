"""One process has a clock that is an hour off; nothing that was acknowledged is lost for it."""

import asyncio
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.faults import Stack
from support.invariants import healed
from support.waiting import eventually
from support.workload import Workload

pytestmark = pytest.mark.long

OPERATIONS = 40


def other_clock(shift: str) -> dict[str, str]:
    """What gives a process a clock that is `shift` seconds off; empty where nothing does."""
    spec = importlib.util.find_spec("libfaketime")
    folders = spec.submodule_search_locations if spec else None
    library = next(Path(next(iter(folders))).rglob("libfaketime.so.1"), None) if folders else None
    variables = {
        "LD_PRELOAD": str(library),
        "FAKETIME": shift,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    asked = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time())"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    off = float(asked.stdout) - time.time()
    return variables if abs(off - float(shift)) < 60 else {}


@pytest.mark.parametrize("shift", ["-3600", "+3600"])
@pytest.mark.parametrize("service", ["catalog", "inventory", "loans", "analytics"])
async def test_a_clock_an_hour_off_loses_nothing(
    stack: Stack, clients: Workload, service: str, shift: str
) -> None:
    """A process whose clock jumped refuses the identities that others sign now (their leeway is
    seconds), but its events and its positions are as good as ever once it is mended."""
    shifted = other_clock(shift)
    if not shifted:
        pytest.skip("libfaketime does not work here: no process can be given another clock")
    member = stack.platform[service]
    async with clients.running():
        await clients.reach(len(clients.kept) + OPERATIONS)
        await asyncio.to_thread(stack.fleet.restart, {member: shifted})
        try:
            await asyncio.to_thread(stack.fleet.await_ready, member)
            await eventually(clients.more(acknowledged=OPERATIONS // 4, refused=10), deadline=60)
        finally:
            await asyncio.to_thread(stack.fleet.restart, {member: {}})
        await asyncio.to_thread(stack.fleet.await_ready, member)
        await clients.reach(len(clients.kept) + OPERATIONS // 2)
    await healed(stack, clients)
