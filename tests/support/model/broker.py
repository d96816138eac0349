"""Kafka in memory: partitions that keep records, an idempotent producer, a consumer's view.

A fault is a question of what was appended and what was said about it: a send may be refused, or
appended with its acknowledgement lost. After either, an idempotent producer gets nothing more into
that partition, because the sequence is broken, until it is made anew.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, OutOfOrderSequenceNumber
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import OffsetAndTimestamp

_PARTITIONER = DefaultPartitioner()
BATCH = 2  # records that a batch takes: few, so that it fills up
Headers = tuple[tuple[str, bytes | None], ...]


@dataclass(frozen=True)
class Record:
    """A record as a consumer meets it."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Broker:
    """Partitions of every topic that it was told of. `away` refuses everything."""

    def __init__(self, partitions: Mapping[str, int]) -> None:
        self.partitions = dict(partitions)
        self.log: dict[TopicPartition, list[Record]] = {
            TopicPartition(topic, number): []
            for topic, count in partitions.items()
            for number in range(count)
        }
        self.committed: dict[TopicPartition, int] = {}
        self.away = False
        self._time = 1_700_000_000_000

    def check(self) -> None:
        if self.away:
            raise KafkaConnectionError("the broker is away")

    def append(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers,
        partition: int | None = None,
    ) -> Record:
        self.check()
        every = list(range(self.partitions[topic]))
        number = _PARTITIONER(key or b"", every, every) if partition is None else partition
        log = self.log[TopicPartition(topic, number)]
        self._time += 1
        log.append(Record(topic, number, len(log), self._time, key, value, headers))
        return log[-1]

    def log_of(self, topic: str) -> list[Record]:
        """The records of a topic, partition by partition."""
        return [
            one for partition, log in self.log.items() if partition.topic == topic for one in log
        ]

    def repeat(self, partition: TopicPartition, start: int, stop: int) -> None:
        """Deliver records again: they are appended once more, in their order."""
        for record in list(self.log[partition][start:stop]):
            self._time += 1
            log = self.log[partition]
            log.append(replace(record, offset=len(log), timestamp=self._time))

    def lose_tail(self, partition: TopicPartition, count: int) -> None:
        """Forget the last `count` records, as an unclean stop does."""
        log = self.log[partition]
        del log[max(0, len(log) - count) :]


@dataclass
class Batch:
    """Records that go to one partition together."""

    records: list[tuple[bytes, bytes, Headers]] = field(default_factory=list)

    def append(
        self, *, timestamp: None, key: bytes, value: bytes, headers: Iterable[tuple[str, bytes]]
    ) -> object:
        assert timestamp is None
        if len(self.records) == BATCH:
            return None
        self.records.append((key, value, tuple(headers)))
        return self


@dataclass
class Producer:
    """An idempotent producer. `troubles` says for the n-th batch from now what goes wrong with it:
    `refused` or `unheard`."""

    broker: Broker
    troubles: dict[int, str] = field(default_factory=dict)
    _sent: int = 0
    _broken: set[TopicPartition] = field(default_factory=set)

    async def partitions_for(self, topic: str) -> set[int]:
        return set(range(self.broker.partitions[topic]))

    def create_batch(self) -> Batch:
        return Batch()

    async def send_batch(
        self, batch: Batch, topic: str, *, partition: int
    ) -> asyncio.Future[list[Record]]:
        future: asyncio.Future[list[Record]] = asyncio.get_running_loop().create_future()
        trouble = self.troubles.get(self._sent)
        self._sent += 1
        place = TopicPartition(topic, partition)
        error: KafkaError | None = None
        if place in self._broken:
            error = OutOfOrderSequenceNumber()
        elif self.broker.away or trouble == "refused":
            error = KafkaConnectionError("refused")
        if error is None:
            records = [
                self.broker.append(topic, key, value, headers, partition)
                for key, value, headers in batch.records
            ]
            if trouble == "unheard":
                error = KafkaConnectionError("no acknowledgement was heard")
            else:
                future.set_result(records)
        if error is not None:
            self._broken.add(place)
            future.set_exception(error)
        return future

    async def send_and_wait(
        self,
        topic: str,
        *,
        key: bytes | None,
        value: bytes | None,
        headers: Iterable[tuple[str, bytes | None]],
    ) -> Record:
        return self.broker.append(topic, key, value, tuple(headers))

    async def stop(self) -> None:
        """Nothing is held."""


class KafkaConsumer:
    """What `chassis.consumers` asks of aiokafka's consumer; `poll` is the model's own."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._assigned: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()
        self._next: dict[TopicPartition, int] = defaultdict(int)

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self._assigned = set(partitions)
        self._paused = set()
        self._next = defaultdict(int, {p: self._broker.committed.get(p, 0) for p in self._assigned})

    def assignment(self) -> set[TopicPartition]:
        return set(self._assigned)

    def pause(self, *partitions: TopicPartition) -> None:
        self._paused |= set(partitions)

    def resume(self, *partitions: TopicPartition) -> None:
        self._paused -= set(partitions)

    def seek(self, partition: TopicPartition, offset: int) -> None:
        self._next[partition] = offset

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        self._broker.check()
        self._broker.committed.update(offsets)

    async def beginning_offsets(
        self, partitions: Iterable[TopicPartition]
    ) -> dict[TopicPartition, int]:
        self._broker.check()
        return dict.fromkeys(partitions, 0)

    async def end_offsets(self, partitions: Iterable[TopicPartition]) -> dict[TopicPartition, int]:
        self._broker.check()
        return {partition: len(self._broker.log[partition]) for partition in partitions}

    async def offsets_for_times(self, times: Mapping[TopicPartition, int]) -> dict[Any, Any]:
        self._broker.check()
        found = {}
        for partition, time in times.items():
            later = (r for r in self._broker.log[partition] if r.timestamp >= time)
            record = next(later, None)
            found[partition] = record and OffsetAndTimestamp(record.offset, record.timestamp)
        return found

    def poll(self, limit: int) -> tuple[Record, ...]:
        """The next records, at most `limit`. Where the log ends before the position, aiokafka
        begins anew (`auto_offset_reset="earliest"`)."""
        if self._broker.away:
            return ()
        batch: list[Record] = []
        for partition in sorted(self._assigned - self._paused):
            log = self._broker.log[partition]
            if self._next[partition] > len(log):
                self._next[partition] = 0
            start = self._next[partition]
            taken = log[start : start + limit - len(batch)]
            self._next[partition] = start + len(taken)
            batch += taken
        return tuple(batch)
