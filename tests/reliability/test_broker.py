"""The broker fails: it is away, slow, frozen, cuts frames, loses its log, delivers again."""

import asyncio
import shutil
from pathlib import Path

import asyncpg
import pytest
from support.faults import Stack
from support.invariants import healed
from support.snapshot import Row, Snapshot
from support.waiting import eventually
from support.workload import Verb, Workload

from warehouse.registry import SERVICES

BETWEEN = 10  # operations acknowledged between two blows
AWAY = 30.0  # seconds
FROZEN = 12.0  # seconds: longer than a group waits for a silent member
SLOW = 8.0  # seconds
LATENCY = 0.15  # seconds, each way

# Bookkeeping of the backbone itself: it says that something came again, which is no effect.
_BOOKKEEPING = ("outbox",)


async def some_work(clients: Workload) -> None:
    await clients.reach(len(clients.kept) + BETWEEN)


async def replay(stack: Stack) -> int:
    """Publish all that the outboxes still have again; how many events."""
    events = 0
    for service in SERVICES:
        connection = await asyncpg.connect(stack.database_url(service))
        done = await connection.execute(
            "UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL"
        )
        events += int(done.split()[-1])
        await connection.close()
    return events


def state(snapshot: Snapshot) -> dict[str, list[Row]]:
    """Every row of every table, without the backbone's own."""
    return {
        table: sorted(rows, key=repr)
        for table, rows in snapshot.tables.items()
        if not table.endswith(_BOOKKEEPING)
    }


async def test_every_topic_delivered_twice_changes_nothing(stack: Stack, clients: Workload) -> None:
    """All events are published again: each is in its topic twice, and no row is another."""
    await clients.run(30)
    before = await healed(stack, clients)
    assert await replay(stack) >= len(before.records)
    after = await healed(stack, clients)
    assert len(after.records) >= 2 * len(before.records)
    assert state(after) == state(before)


async def test_the_whole_log_read_again_changes_nothing(stack: Stack, clients: Workload) -> None:
    """Every service begins at offset 0 once more."""
    await clients.run(30)
    before = await healed(stack, clients)
    members = [stack.platform[service] for service in SERVICES]
    stack.fleet.stop(*members)
    for service in SERVICES:
        connection = await asyncpg.connect(stack.database_url(service))
        await connection.execute("UPDATE consumer_positions SET next_offset = 0, event_id = NULL")
        await connection.close()
    for member in members:
        stack.fleet.start(member)
    await asyncio.to_thread(stack.fleet.await_ready)
    after = await healed(stack, clients)
    assert state(after) == state(before)


@pytest.mark.long
async def test_what_is_written_while_the_broker_is_away_is_told_later(
    stack: Stack, clients: Workload
) -> None:
    """For half a minute Kafka refuses connections: items are created and loans requested all the
    same, and everything is told once it is back."""
    async with clients.running():
        await some_work(clients)
        stack.proxy.refuse()
        before = clients.count(Verb.CREATE), clients.count(Verb.LEND)
        await asyncio.sleep(AWAY)
        meanwhile = clients.count(Verb.CREATE) - before[0], clients.count(Verb.LEND) - before[1]
        stack.proxy.mend()
        await some_work(clients)
    assert min(meanwhile) > 0
    await healed(stack, clients)


@pytest.mark.long
async def test_a_broker_that_is_slow_costs_time_alone(stack: Stack, clients: Workload) -> None:
    async with clients.running():
        stack.proxy.delay(LATENCY)
        await asyncio.sleep(SLOW)
        await some_work(clients)
        stack.proxy.mend()
        await some_work(clients)
    await healed(stack, clients)


@pytest.mark.long
@pytest.mark.parametrize("how", ["its connections", "its process"])
async def test_a_broker_that_stands_still_loses_nothing(
    stack: Stack, clients: Workload, how: str
) -> None:
    """Connections stay open and nothing moves, for longer than a consumer group waits."""
    async with clients.running():
        await some_work(clients)
        if how == "its process":
            stack.broker.freeze()
        else:
            stack.proxy.freeze()
        await asyncio.sleep(FROZEN)
        stack.broker.thaw()
        stack.proxy.mend()
        await some_work(clients)
    await healed(stack, clients)


@pytest.mark.long
async def test_frames_cut_in_the_middle_lose_and_double_nothing(
    stack: Stack, clients: Workload
) -> None:
    """Every connection is cut after so many bytes more, again and again: a request that arrived in
    half, and one whose answer never came."""
    cuts = stack.proxy.cut
    async with clients.running():
        for count in (37, 400, 1_500, 4_000, 9_000, 20_000):
            await some_work(clients)
            stack.proxy.cut_after(count)
            await asyncio.sleep(2)
            stack.proxy.mend()
        await some_work(clients)
    assert stack.proxy.cut - cuts >= 6
    await healed(stack, clients)


@pytest.mark.long
async def test_a_lost_log_is_written_again_from_the_outboxes(
    stack: Stack, clients: Workload
) -> None:
    """Kafka's data is gone whole. The services notice, the outboxes are replayed, and what comes
    anew is neither skipped, as if it were read already, nor applied twice."""
    await clients.run(30)
    before = await healed(stack, clients)
    stack.broker.kill()
    shutil.rmtree(stack.kafka.data)
    await asyncio.to_thread(stack.broker.start)
    await asyncio.to_thread(stack.apply_topics)
    await replay(stack)
    after = await healed(stack, clients)
    assert {one.event_id for one in after.records} == {one.event_id for one in before.records}
    assert state(after) == state(before)
    await clients.run(30)
    await healed(stack, clients)


@pytest.mark.long
@pytest.mark.parametrize("topic", ["warehouse.loans.loan.v1", "warehouse.inventory.stock.v1"])
async def test_the_lost_tail_of_a_topic_is_written_again(
    stack: Stack, clients: Workload, tmp_path: Path, topic: str
) -> None:
    """The last records of a topic are gone, and consumers stand beyond its end. They notice, and
    read what comes in their place."""
    await clients.run(20)
    await healed(stack, clients)
    await asyncio.to_thread(stack.broker.stop)
    earlier = [
        Path(shutil.copytree(folder, tmp_path / folder.name))
        for folder in stack.kafka.data.glob(f"{topic}-*")
    ]
    assert len(earlier) == 3
    await asyncio.to_thread(stack.broker.start)
    await clients.run(20)
    before = await healed(stack, clients)
    stack.broker.kill()
    for folder in earlier:
        shutil.rmtree(stack.kafka.data / folder.name)
        shutil.copytree(folder, stack.kafka.data / folder.name)
    await asyncio.to_thread(stack.broker.start)
    await replay(stack)
    await clients.run(20)
    after = await healed(stack, clients)
    lost = {one.event_id for one in before.records} - {one.event_id for one in after.records}
    assert not lost


async def test_the_proxy_is_between_the_services_and_the_broker(stack: Stack) -> None:
    """What the other tests here stand on: no service reaches the broker around it."""
    accepted = stack.proxy.accepted
    stack.fleet.restart({stack.platform["catalog"]: {}})
    await eventually(lambda: stack.proxy.accepted > accepted + 1, deadline=30)
    await asyncio.to_thread(stack.fleet.await_ready)
