"""Killed at the worst moment: each service that has it, at each place where a crash could lose,
double or reorder something. What was acknowledged is there afterwards, once."""

import asyncio
import signal

import pytest
from support.faults import Stack
from support.invariants import healed
from support.waiting import eventually
from support.workload import Workload

from chassis.failpoints import VARIABLE

_WRITE = ("auth", "catalog", "inventory", "loans")
_CONSUME = ("catalog", "inventory", "loans", "notify", "analytics")
WHERE = {
    "request.before_commit": _WRITE,
    "request.after_commit": _WRITE,
    "relay.before_send": _WRITE,
    "relay.after_send": _WRITE,
    "relay.before_mark": _WRITE,
    "relay.after_mark": _WRITE,
    "consumer.before_commit": _CONSUME,
    "consumer.after_commit": _CONSUME,
    "consumer.before_offsets": _CONSUME,
}
_MIXED = {
    "auth": "request.after_commit",
    "catalog": "relay.after_send",
    "inventory": "consumer.after_commit",
    "loans": "relay.before_mark",
    "notify": "consumer.before_commit",
    "analytics": "consumer.before_offsets",
}
_HIT = 3  # there: a few are let through, so that it is in the middle of something
DIED = 60.0  # seconds for a loaded service to come to its failpoint
AFTERWARDS = 20  # operations once everything runs again


async def killed_there(stack: Stack, clients: Workload, failpoints: dict[str, str]) -> None:
    """Let each service kill itself at its failpoint under load, and come back without."""
    fleet = stack.fleet
    fleet.endings.clear()
    fleet.restart(
        {
            stack.platform[service]: {VARIABLE: f"{failpoint}=kill@{_HIT}"}
            for service, failpoint in failpoints.items()
        }
    )
    await asyncio.to_thread(fleet.await_ready, *fleet.members, consuming=False)
    async with clients.running():
        await eventually(
            lambda: all(fleet.died(service, -signal.SIGKILL) for service in failpoints),
            deadline=DIED,
        )
        await clients.reach(len(clients.kept) + AFTERWARDS)
    assert sorted(fleet.endings) == sorted((service, -signal.SIGKILL) for service in failpoints)
    await healed(stack, clients)


@pytest.mark.long
async def test_services_killed_at_their_worst_moments_lose_nothing(
    stack: Stack, clients: Workload
) -> None:
    """Every service once, each somewhere else."""
    await killed_there(stack, clients, _MIXED)


@pytest.mark.long
@pytest.mark.parametrize("failpoint", WHERE)
async def test_every_service_killed_there_loses_nothing(
    stack: Stack, clients: Workload, failpoint: str
) -> None:
    """All services that come by this place, each of them killed at it."""
    await killed_there(stack, clients, dict.fromkeys(WHERE[failpoint], failpoint))
