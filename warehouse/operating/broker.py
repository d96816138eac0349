"""Kafka as an operator looks at it: outside of every group, many partitions with one question."""

import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberMetadata
from aiokafka.errors import KafkaConnectionError, KafkaError, for_code

from warehouse.errors import OperatorError

ANSWER = 10.0  # seconds that one question may take
FETCH = 128 * 1024  # bytes of a partition at once: often the first record is all that is wanted
_NO_GROUP = 69  # GROUP_ID_NOT_FOUND


@dataclass(frozen=True)
class Bounds:
    """A partition's first offset and the one after its last."""

    start: int
    end: int


@dataclass(frozen=True)
class Group:
    """A consumer group: the offsets it committed, the topics its members subscribe to, and how many
    members those are."""

    committed: Mapping[TopicPartition, int]
    topics: frozenset[str]
    members: int


class Broker:
    """An open look at Kafka; `async with Broker(servers)`. Kafka's errors, there or inside of the
    block, are raised as `OperatorError`. `admin` is aiokafka's own client for what is rare."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._stack = contextlib.AsyncExitStack()
        self.admin: Any = None
        self._consumer: Any = None

    async def __aenter__(self) -> Self:
        self.admin = AIOKafkaAdminClient(
            bootstrap_servers=self.bootstrap_servers, request_timeout_ms=int(ANSWER * 1000)
        )
        self._stack.push_async_callback(self.admin.close)
        try:
            await self.admin.start()
        except (KafkaError, OSError) as error:
            await self._stack.aclose()
            raise self._failed(error) from error
        return self

    async def __aexit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        await self._stack.aclose()
        if isinstance(error, KafkaError | TimeoutError):
            raise self._failed(error) from error

    async def topics(self) -> dict[str, int]:
        """Every topic that exists, with its number of partitions."""
        return {each["topic"]: len(each["partitions"]) for each in await self.described()}

    async def described(self) -> list[dict[str, Any]]:
        """Every topic that exists as Kafka's metadata describe it."""
        return [each for each in await self.admin.describe_topics() if not each["error_code"]]

    async def bounds(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, Bounds]:
        """The bounds of `partitions`, which must exist."""
        wanted = list(partitions)
        if not wanted:
            return {}
        consumer = await self._assigned(wanted)
        starts = await consumer.beginning_offsets(wanted)
        ends = await consumer.end_offsets(wanted)
        return {each: Bounds(starts[each], ends[each]) for each in wanted}

    async def group(self, name: str) -> Group:
        """What Kafka knows about a group; an empty one when it knows none."""
        # One group a question: aiokafka misreads an answer about several.
        (answer,) = await self.admin.describe_consumer_groups([name])
        code, _, _, _, _, members = answer.groups[0][:6]
        if code and code != _NO_GROUP:
            raise for_code(code)
        subscriptions = [
            ConsumerProtocolMemberMetadata.decode(BytesIO(metadata)).subscription
            for _, _, _, metadata, _ in members
            if metadata
        ]
        committed = await self.admin.list_consumer_group_offsets(name)
        return Group(
            {tp: meta.offset for tp, meta in committed.items() if meta.offset >= 0},
            frozenset(topic for topics in subscriptions for topic in topics),
            len(members),
        )

    async def records_at(self, positions: Mapping[TopicPartition, int]) -> dict[Any, Any]:
        """The first record at or after each position; partitions that did not give theirs within
        some seconds are missing."""
        found: dict[Any, Any] = {}
        if not positions:
            return found
        consumer = await self._assigned(positions)
        for partition, offset in positions.items():
            consumer.seek(partition, offset)
        until = time.monotonic() + ANSWER / 2
        while len(found) < len(positions) and time.monotonic() < until:
            for partition, records in (await consumer.getmany(timeout_ms=200)).items():
                consumer.pause(partition)
                found.setdefault(partition, records[0])
        return found

    async def records(self, topic: str, start: int, end: int) -> AsyncIterator[Any]:
        """The records of partition 0 from `start` up to, not including, `end`."""
        partition = TopicPartition(topic, 0)
        async for batch in self.follow({partition: start}, {partition: end}):
            for record in batch:
                yield record

    async def follow(
        self, starts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int] | None = None
    ) -> AsyncIterator[list[Any]]:
        """Batches of records from `starts` on: up to `ends`, or without end as they come. Raises
        `OperatorError` when Kafka keeps back what lies before `ends`."""
        unread = {tp for tp, start in starts.items() if ends is None or start < ends[tp]}
        if not unread:
            return
        consumer = await self._assigned(unread)
        for partition in unread:
            consumer.seek(partition, starts[partition])
        until = time.monotonic() + ANSWER
        while unread:
            batch = await consumer.getmany(*unread, timeout_ms=500)
            if ends is None:
                yield [record for records in batch.values() for record in records]
                continue
            yield [
                record
                for partition, records in batch.items()
                for record in records
                if record.offset < ends[partition]
            ]
            # By positions, because the last record may lie before the end: offsets have gaps.
            unread = {each for each in unread if await consumer.position(each) < ends[each]}
            if batch:
                until = time.monotonic() + ANSWER
            elif time.monotonic() > until:
                raise TimeoutError("it keeps back records that it has")

    @contextlib.asynccontextmanager
    async def producer(self) -> AsyncIterator[Any]:
        """A producer that counts a record as sent once every replica in sync has it."""
        producer: Any = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap_servers,
            client_id="warehouse-operator",
            acks="all",
            enable_idempotence=True,
        )
        await producer.start()
        try:
            yield producer
        finally:
            await producer.stop()

    async def _assigned(self, partitions: Iterable[TopicPartition]) -> Any:  # noqa: ANN401
        """The consumer without a group, reading these partitions alone."""
        if self._consumer is None:
            consumer: Any = AIOKafkaConsumer(
                bootstrap_servers=self.bootstrap_servers,
                client_id="warehouse-operator",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                request_timeout_ms=int(ANSWER * 1000),
                max_partition_fetch_bytes=FETCH,
            )
            self._stack.push_async_callback(consumer.stop)
            await consumer.start()
            self._consumer = consumer
        self._consumer.assign(list(partitions))
        return self._consumer

    def _failed(self, error: BaseException) -> OperatorError:
        if isinstance(error, KafkaConnectionError | OSError):
            return OperatorError(f"Nothing answers at {self.bootstrap_servers}: is Kafka running?")
        why = str(error) or type(error).__name__
        return OperatorError(f"Kafka at {self.bootstrap_servers} did not do it: {why}")
