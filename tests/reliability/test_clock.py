"""One process has a clock that is an hour off; nothing that was acknowledged is lost for it."""

import asyncio
import importlib.util
from pathlib import Path

import pytest
from support.faults import Stack
from support.invariants import healed
from support.workload import Workload

pytestmark = pytest.mark.long

OPERATIONS = 40


def library() -> Path | None:
    """libfaketime, which gives one process another clock, where it is installed."""
    spec = importlib.util.find_spec("libfaketime")
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations)))
    return next(folder.glob("vendor/libfaketime/src/libfaketime.so.1"), None)


@pytest.mark.parametrize("shift", ["-3600", "+3600"])
@pytest.mark.parametrize("service", ["catalog", "inventory", "loans", "analytics"])
async def test_a_clock_an_hour_off_loses_nothing(
    stack: Stack, clients: Workload, service: str, shift: str
) -> None:
    """A process whose clock jumped refuses the identities that others sign now (their leeway is
    seconds), but its events and its positions are as good as ever once it is mended."""
    faketime = library()
    if faketime is None:
        pytest.skip("libfaketime is not installed: no process can be given another clock")
    member = stack.platform[service]
    shifted = {
        "LD_PRELOAD": str(faketime),
        "FAKETIME": shift,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }
    async with clients.running():
        await clients.reach(len(clients.kept) + OPERATIONS)
        await asyncio.to_thread(stack.fleet.restart, {member: shifted})
        await asyncio.to_thread(stack.fleet.await_ready, member)
        await clients.reach(len(clients.kept) + 2)
        await asyncio.to_thread(stack.fleet.restart, {member: {}})
        await asyncio.to_thread(stack.fleet.await_ready, member)
        await clients.reach(len(clients.kept) + OPERATIONS // 2)
    await healed(stack, clients)
