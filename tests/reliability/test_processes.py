"""Processes die, stop, freeze, join and leave under load, one after the other and all at once."""

import asyncio
import random
import signal

import pytest
from support.faults import Member, Stack
from support.invariants import healed
from support.workload import Workload

from chassis.failpoints import VARIABLE
from warehouse.embedded.server import free_ports
from warehouse.registry import GATEWAY, SERVICES

BETWEEN = 8  # operations acknowledged between two blows
ASLEEP = 9.0  # seconds: longer than a group waits for a silent member


async def power_cut(stack: Stack) -> None:
    """Services, broker and database end in the same moment, and start again."""
    stack.fleet.signal(signal.SIGKILL)
    stack.broker.kill()
    stack.database.kill()
    await asyncio.to_thread(stack.database.start)
    await asyncio.to_thread(stack.broker.start)


async def some_work(clients: Workload) -> None:
    await clients.reach(len(clients.kept) + BETWEEN)


def workers(*services: str) -> list[Member]:
    """A second process of each service, for its events."""
    ports = free_ports(len(services))
    return [
        Member(service, port, role="worker") for service, port in zip(services, ports, strict=True)
    ]


async def test_a_power_cut_loses_nothing(stack: Stack, clients: Workload) -> None:
    async with clients.running():
        await some_work(clients)
        await power_cut(stack)
        await some_work(clients)
    await healed(stack, clients)


@pytest.mark.long
async def test_many_power_cuts_in_a_row_lose_nothing(stack: Stack, clients: Workload) -> None:
    """Each as soon as a little was acknowledged again: starting is cut short, too."""
    async with clients.running():
        for _ in range(5):
            await some_work(clients)
            await power_cut(stack)
        await some_work(clients)
    await healed(stack, clients)


@pytest.mark.long
async def test_any_process_may_die_or_stop_at_any_time(stack: Stack, clients: Workload) -> None:
    """Thirty times a random process gets SIGKILL or SIGTERM, whatever it is at."""
    chance = random.Random(4)
    stack.fleet.endings.clear()
    async with clients.running():
        for _ in range(30):
            number = chance.choice([signal.SIGKILL, signal.SIGTERM])
            stack.fleet.signal(number, chance.choice(stack.fleet.members))
            await asyncio.sleep(chance.random())
        await some_work(clients)
    await healed(stack, clients)
    assert {code for _, code in stack.fleet.endings} <= {0, -signal.SIGKILL, -signal.SIGTERM}
    assert len(stack.fleet.endings) > 10


@pytest.mark.long
async def test_a_rolling_restart_of_two_of_everything_loses_nothing(
    stack: Stack, clients: Workload
) -> None:
    """Every service relays and consumes in two processes; each of them is restarted in turn, while
    its other one runs, and stops in good order."""
    fleet = stack.fleet
    second = workers(*SERVICES)
    for member in second:
        fleet.start(member)
    await asyncio.to_thread(fleet.await_ready)
    try:
        async with clients.running():
            first = [stack.platform[service] for service in SERVICES]
            for pair in zip(first, second[1:] + second[:1], strict=True):
                await asyncio.to_thread(fleet.restart, {member: {} for member in pair})
                await asyncio.to_thread(fleet.await_ready, *pair)
                await some_work(clients)
            await asyncio.to_thread(fleet.restart, {stack.platform[GATEWAY]: {}})
        await healed(stack, clients)
    finally:
        fleet.stop(*second)


@pytest.mark.long
async def test_consumers_join_and_leave_while_handlers_run(stack: Stack, clients: Workload) -> None:
    """Slow replicas come and go, so that every rebalance finds a batch in flight."""
    services = ("inventory", "loans", "analytics")
    slow = {VARIABLE: "consumer.before_commit=freeze:0.3"}
    async with clients.running():
        for _ in range(3):
            joining = workers(*services)
            for member in joining:
                stack.fleet.start(member, slow)
            await asyncio.to_thread(stack.fleet.await_ready, *joining, consuming=False)
            await some_work(clients)
            await asyncio.to_thread(stack.fleet.stop, *joining)
            await some_work(clients)
    await healed(stack, clients)


@pytest.mark.long
async def test_who_slept_through_a_rebalance_undoes_nothing(
    stack: Stack, clients: Workload
) -> None:
    """A process that stands still for longer than its group waits, and then goes on with the batch
    it had, finds that another has taken its partitions: nothing is applied twice."""
    services = ("inventory", "loans", "notify", "analytics")
    second = workers(*services)
    sleepers = [stack.platform[service] for service in services]
    for member in second:
        stack.fleet.start(member)
    await asyncio.to_thread(stack.fleet.await_ready)
    try:
        async with clients.running():
            await some_work(clients)
            stack.fleet.signal(signal.SIGSTOP, *sleepers)
            await asyncio.sleep(ASLEEP)
            stack.fleet.signal(signal.SIGCONT, *sleepers)
            await some_work(clients)
        await healed(stack, clients)
    finally:
        stack.fleet.signal(signal.SIGCONT, *sleepers)
        stack.fleet.stop(*second)
