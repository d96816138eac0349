"""Three brokers: what was acknowledged survives any one of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka import AIOKafkaProducer
from support import callers, faults, workload
from support.faults import Platform
from support.invariants import healed
from support.kafka import Kafka
from support.waiting import eventually
from support.workload import Workload

from warehouse import topics
from warehouse.embedded import cluster
from warehouse.embedded.cluster import Cluster
from warehouse.topics import Topic

pytestmark = pytest.mark.long

TOPIC = "warehouse.test.raw.v1"  # of records that are no events, which no service hears
LOANS = "warehouse.loans.loan.v1"
COUNT = 300  # records, spread over the time in which a broker dies


@pytest.fixture(scope="module")
def brokers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with cluster.running(tmp_path_factory.mktemp("cluster")) as running:
        raw = Topic(TOPIC, partitions=3, replication=3, config={})
        every = [*topics.declared(replication=3), raw]
        asyncio.run(topics.apply(running.bootstrap_servers, every))
        yield running


@pytest.fixture(scope="module")
def platform(brokers: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Every service, on the three of them."""
    with faults.running_on(brokers, tmp_path_factory.mktemp("platform")) as running:
        yield running


@pytest.fixture
async def on_three(platform: Platform) -> AsyncIterator[Workload]:
    """Clients over three workspaces of the platform on three brokers."""
    people = [await callers.register(platform.url, name) for name in ("Dan", "Eve", "Flo")]
    yield await workload.begin(people, seed=3)
    for person in people:
        await person.http.aclose()


@pytest.fixture
async def whole(brokers: Cluster) -> Cluster:
    """The cluster with all three in sync."""
    await asyncio.to_thread(brokers.start)

    async def in_sync() -> bool:
        return all(
            [
                len(await brokers.in_sync(topic, partition)) == 3
                for topic in (TOPIC, LOANS)
                for partition in range(3)
            ]
        )

    await eventually(in_sync, deadline=60)
    return brokers


async def produce(brokers: Cluster, name: str, sent: list[str]) -> None:
    """Send `COUNT` records with the relay's settings; those acknowledged go into `sent`."""
    producer = AIOKafkaProducer(
        bootstrap_servers=brokers.bootstrap_servers, acks="all", enable_idempotence=True
    )
    await producer.start()
    try:
        for number in range(COUNT):
            mark = f"{name}-{number}"
            await producer.send_and_wait(TOPIC, key=mark.encode(), value=b"{}")
            sent.append(mark)
            await asyncio.sleep(0.01)
    finally:
        await producer.stop()


async def kept(brokers: Cluster, name: str) -> list[str]:
    """The keys of `name` that the cluster has, each as often as it has it."""
    alive = [brokers.nodes[node].bootstrap_servers for node in brokers.alive]
    reader = Kafka(",".join(alive))
    return [one.key for one in await reader.read(TOPIC) if one.key.startswith(f"{name}-")]


@pytest.mark.parametrize("fault", ["kill", "freeze"])
@pytest.mark.parametrize("which", ["the leader", "a follower"])
async def test_what_was_acknowledged_survives_a_broker(
    whole: Cluster, which: str, fault: str
) -> None:
    """In the midst of sending; the sender notices nothing but a pause, and nothing is doubled."""
    leader = await whole.leader_of(TOPIC, 0)
    victim = leader if which == "the leader" else next(n for n in whole.nodes if n != leader)
    name, sent = f"{which.split()[1]}-{fault}", list[str]()
    sending = asyncio.create_task(produce(whole, name, sent))
    await eventually(lambda: len(sent) > COUNT // 4)
    getattr(whole, fault)(victim)
    try:
        await asyncio.wait_for(sending, 90)
        assert await whole.leader_of(TOPIC, 0) not in ({victim} if which == "the leader" else {-1})
    finally:
        if fault == "freeze":
            whole.thaw(victim)
    await asyncio.to_thread(whole.start)
    assert sorted(await kept(whole, name)) == sorted(sent)
    assert len(sent) == COUNT


async def test_first_one_broker_then_the_leader(whole: Cluster) -> None:
    """One dies and comes back, then whoever leads dies: of the records acknowledged meanwhile none
    is lost."""
    sent: list[str] = []
    sending = asyncio.create_task(produce(whole, "both", sent))
    await eventually(lambda: len(sent) > COUNT // 4)
    leader = await whole.leader_of(TOPIC, 0)
    follower = next(node for node in whole.nodes if node != leader)
    whole.kill(follower)
    await eventually(lambda: len(sent) > COUNT // 2, deadline=60)
    await asyncio.to_thread(whole.start, follower)

    async def back() -> bool:
        return len(await whole.in_sync(TOPIC, 0)) == 3

    await eventually(back, deadline=60)
    whole.kill(await whole.leader_of(TOPIC, 0))
    await asyncio.wait_for(sending, 90)
    assert sorted(await kept(whole, "both")) == sorted(sent)


async def test_the_platform_survives_any_broker_and_then_the_leader(
    whole: Cluster, platform: Platform, on_three: Workload
) -> None:
    """Clients work on while a follower dies and comes back, and then the leader of the loans: all
    that was acknowledged is there, once."""

    async def some_work() -> None:
        await on_three.reach(len(on_three.kept) + 15)

    async def in_sync() -> bool:
        return len(await whole.in_sync(LOANS, 0)) == 3

    async with on_three.running():
        await some_work()
        leader = await whole.leader_of(LOANS, 0)
        whole.kill(next(node for node in whole.nodes if node != leader))
        await some_work()
        await asyncio.to_thread(whole.start)
        await eventually(in_sync, deadline=60)
        whole.kill(await whole.leader_of(LOANS, 0))
        await some_work()
        await asyncio.to_thread(whole.start)
        await some_work()
    await healed(platform, on_three)
