"""What positions promise: the database says how far each partition was applied, and a log that is
not the one applied is noticed."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from sqlalchemy import text
from support.kafka import Kafka
from support.waiting import eventually

from chassis import consumers, subscribing
from chassis.consumers import Consumer
from chassis.database import Database, TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from warehouse import topics
from warehouse.topics import Topic

_EFFECT = text("INSERT INTO effects (workspace_id, number) VALUES (:workspace_id, :number)")


class Heard(Received):
    id: UUID
    number: int


class Log:
    """A topic of a service that exists in this test alone, its consumer and its effects."""

    def __init__(self, database: Database, bootstrap: str, kafka: Kafka, look: Any) -> None:  # noqa: ANN401
        self.service = f"log{uuid4().hex[:8]}"
        self.topic = f"warehouse.{self.service}.thing.v1"
        self.type = f"warehouse.{self.service}.thing.happened"
        self.workspace_id = uuid4()
        self.look = look
        self._database = database
        self._bootstrap = bootstrap
        self._kafka = kafka
        self._ids: dict[int, UUID] = {}

    async def make(self) -> None:
        names = [self.topic, *(f"warehouse.{self.service}.{each}.v1" for each in ("dlq", "retry"))]
        await topics.apply(self._bootstrap, [Topic(name, 1, 1, {}) for name in names])

    async def lose(self) -> None:
        """The topic as after a loss of Kafka's data: there, and empty."""
        client = AIOKafkaAdminClient(bootstrap_servers=self._bootstrap)
        await client.start()
        await client.delete_topics([self.topic])

        async def gone() -> bool:
            return self.topic not in await client.list_topics()

        assert await eventually(gone)
        await client.close()

        async def made() -> bool:
            await self.make()
            return True

        assert await eventually(made)

    async def publish(self, *numbers: int) -> None:
        """Publish events; a number published before is the same event again."""
        for number in numbers:
            self._ids[number] = await self._kafka.publish(
                self.type,
                {"id": str(uuid4()), "workspace_id": str(self.workspace_id), "number": number},
                event_id=self._ids.get(number),
            )

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[Consumer]:
        listener = Listener()

        @listener.on(Heard, self.type)
        async def handle(session: TenantSession, event: Heard) -> None:
            await session.execute(
                _EFFECT, {"workspace_id": session.workspace_id, "number": event.number}
            )

        consumer = Consumer(
            service=self.service,
            bootstrap_servers=self._bootstrap,
            database=self._database,
            listeners=[listener],
        )
        await consumer.start()
        try:
            await eventually(consumer.ready)
            yield consumer
        finally:
            await consumer.stop()

    async def effects(self) -> Counter[int]:
        rows = await self.look.fetch(
            "SELECT number FROM effects WHERE workspace_id = $1", self.workspace_id
        )
        return Counter(row["number"] for row in rows)

    async def come_to(self, *numbers: int) -> bool:
        """Wait until just these have been applied, each once."""

        async def come() -> bool:
            return await self.effects() == Counter(numbers)

        return bool(await eventually(come))

    async def position(self) -> Any:  # noqa: ANN401
        return await self.look.fetchval(
            "SELECT next_offset FROM consumer_positions WHERE topic = $1", self.topic
        )


@pytest.fixture
async def log(
    database: Database, kafka_bootstrap: str, kafka: Kafka, connect: Callable[[str], Any]
) -> Log:
    log = Log(database, kafka_bootstrap, kafka, await connect("catalog"))
    await log.make()
    return log


async def test_an_event_is_applied_once_though_inbox_and_group_forgot_it(log: Log) -> None:
    """Old ids leave the inbox: re-delivery of what they were is known by its position."""
    async with log.consuming():
        await log.publish(1, 2, 3)
        assert await log.come_to(1, 2, 3)
    assert await log.position() == 3
    ids = [str(each) for each in log._ids.values()]
    await log.look.execute("DELETE FROM inbox WHERE event_id = ANY($1::uuid[])", ids)
    group = AIOKafkaConsumer(
        bootstrap_servers=log._bootstrap,
        group_id=f"warehouse.{log.service}",
        enable_auto_commit=False,
    )
    await group.start()
    group.assign([TopicPartition(log.topic, 0)])
    await group.commit({TopicPartition(log.topic, 0): 0})
    await group.stop()
    async with log.consuming():
        await log.publish(4)
        assert await log.come_to(1, 2, 3, 4)


@pytest.mark.parametrize("again", [(), (1, 2), (1, 2, 3, 4)], ids=["less", "some", "all"])
async def test_a_log_made_anew_while_nobody_read_is_read_from_its_start(
    log: Log, again: tuple[int, ...]
) -> None:
    """Kafka's data was lost, and the outbox sent what it still had: whether the new log is shorter
    than the old one or longer, what is new in it is applied, and what is not is not."""
    async with log.consuming():
        await log.publish(1, 2, 3)
        assert await log.come_to(1, 2, 3)
    await log.lose()
    await log.publish(9, *again)
    async with log.consuming():
        assert await log.come_to(*{1, 2, 3, 9, *again})
        await log.publish(10)
        assert await log.come_to(*{1, 2, 3, 9, 10, *again})


async def test_a_log_made_anew_under_a_reader_is_read_from_its_start(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOOK_EVERY", 1.0)
    monkeypatch.setattr(subscribing, "METADATA_MS", 1000)
    async with log.consuming():
        await log.publish(1, 2, 3)
        assert await log.come_to(1, 2, 3)
        await log.lose()
        await log.publish(9, 2)
        assert await log.come_to(1, 2, 3, 9)


async def test_a_lost_tail_that_was_filled_again_is_noticed(log: Log) -> None:
    """The record before the position is another one than was applied."""
    async with log.consuming():
        await log.publish(1, 2)
        assert await log.come_to(1, 2)
    await log.lose()
    await log.publish(7, 8, 9)
    async with log.consuming():
        assert await log.come_to(1, 2, 7, 8, 9)


async def test_a_position_that_was_moved_is_followed(log: Log) -> None:
    """As a rebuild does when it swaps in what it built: the reader goes where the database says."""
    async with log.consuming():
        await log.publish(1, 2)
        assert await log.come_to(1, 2)
        await log.look.execute(
            "UPDATE consumer_positions SET next_offset = 1, event_id = NULL WHERE topic = $1",
            log.topic,
        )
        await log.look.execute("DELETE FROM inbox WHERE event_id = $1", log._ids[2])
        await log.publish(3)
        assert await log.come_to(1, 2, 2, 3)


async def test_two_with_the_same_partition_apply_each_event_once(log: Log) -> None:
    """A reader that was thought dead and still writes is held off by the position."""
    await log.publish(*range(50))
    async with log.consuming() as one, log.consuming() as other:
        [zombie] = [each for each in (one, other) if not each._assignment()] or [other]
        partition = TopicPartition(log.topic, 0)
        zombie._subscriber.consumer._subscription.unsubscribe()
        zombie._subscriber.consumer.assign([partition])
        zombie.assigned({partition})
        await log.publish(*range(50, 80))
        assert await log.come_to(*range(80))


async def test_kafkas_own_offsets_follow(log: Log) -> None:
    """Whoever looks at the group's lag sees what was applied."""
    client = AIOKafkaAdminClient(bootstrap_servers=log._bootstrap)
    await client.start()
    async with log.consuming():
        await log.publish(1, 2, 3)

        async def followed() -> bool:
            offsets = await client.list_consumer_group_offsets(f"warehouse.{log.service}")
            meta = offsets.get(TopicPartition(log.topic, 0))
            return meta is not None and meta.offset == 3

        assert await eventually(followed)
    await client.close()


async def test_a_reader_that_stands_still_is_started_anew(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Records to read, none read, and no word why: the watchdog connects anew."""
    monkeypatch.setattr(consumers, "LOOK_EVERY", 0.5)
    monkeypatch.setattr(consumers, "STUCK", 1.0)
    async with log.consuming() as consumer:
        await log.publish(1)
        assert await log.come_to(1)
        consumer._subscriber.consumer.pause(TopicPartition(log.topic, 0))
        await log.publish(2)
        assert await log.come_to(1, 2)


async def test_a_reader_that_had_nothing_to_read_does_not_stand_still(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first record after a long quiet may be there when the watchdog looks, not read yet."""
    monkeypatch.setattr(consumers, "LOOK_EVERY", 0.2)
    monkeypatch.setattr(consumers, "STUCK", 3.0)
    async with log.consuming() as consumer:
        await log.publish(1)
        assert await log.come_to(1)
        client, look, quiet_since = consumer._subscriber.consumer, consumer._look, time.monotonic()
        looks: list[bool] = []

        async def looked() -> bool:
            """Once, after a long quiet, as if a record had come in this moment."""
            nothing = not await look() and True not in looks
            looks.append(nothing and time.monotonic() > quiet_since + 2 * consumers.STUCK)
            return looks[-1]

        monkeypatch.setattr(consumer, "_look", looked)
        assert await eventually(lambda: True in looks[:-1])
        assert consumer._subscriber.consumer is client


async def test_one_whose_offsets_are_never_taken_is_started_anew(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commits wait without end, as when a task within the client died. It goes on applying, and
    gives way to a new one."""
    monkeypatch.setattr(consumers, "ANSWER", 0.2)
    monkeypatch.setattr(consumers, "STUCK", 2.0)

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    async with log.consuming() as consumer:
        client = consumer._subscriber.consumer
        monkeypatch.setattr(client, "commit", never)
        await log.publish(1)
        assert await log.come_to(1)
        await log.publish(2)
        assert await log.come_to(1, 2)

        async def anew() -> bool:
            return consumer._subscriber.consumer is not client and await consumer.ready()

        assert await eventually(anew)
        await log.publish(3)
        assert await log.come_to(1, 2, 3)
