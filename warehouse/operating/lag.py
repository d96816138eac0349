"""How far each service is behind its topics: by records, and by the age of the oldest of them.

A service reads what its running consumers subscribe to; while none run, what its code would.
A service's position in a partition is in its own database, where it moves together with what its
handlers wrote. Where that can't be read, what the group has committed to Kafka stands in: it
follows within a second.
"""

import asyncio
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from aiokafka import TopicPartition

from warehouse.contracts.declared import heard_topics
from warehouse.errors import OperatorError
from warehouse.operating.addresses import Addresses
from warehouse.operating.broker import Bounds, Broker, Group
from warehouse.operating.database import connected

Source = Literal["database", "group", "none"]
_POSITIONS = "SELECT topic, partition, next_offset FROM consumer_positions"


@dataclass(frozen=True)
class Lag:
    """One group in one partition. `position` is the next offset that it will read, None when it
    has read nothing; `end` the one after the last record, None when the topic is gone.
    `oldest_seconds` is the age of the first record that waits, by its `ce_time`.

    `state`: `caught_up`; `behind`; `lost`, when the log ends before the position, so that the
    consumer will read it again; `cut_off`, when records it has not read are gone from the log's
    beginning; `gone`, when there is no such topic.
    """

    service: str
    group: str
    topic: str
    partition: int
    position: int | None
    source: Source
    start: int | None
    end: int | None
    lag: int
    oldest_seconds: float | None
    state: Literal["caught_up", "behind", "lost", "cut_off", "gone"]


@dataclass
class Lags:
    """What `measure` found. `members` counts each group's live consumers; `unread` says, by
    service, why its database could not be asked."""

    partitions: list[Lag] = field(default_factory=list)
    members: dict[str, int] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(each.lag for each in self.partitions)

    def of(self, service: str) -> list[Lag]:
        return [each for each in self.partitions if each.service == service]

    @property
    def oldest_seconds(self) -> float | None:
        ages = [each.oldest_seconds for each in self.partitions if each.oldest_seconds is not None]
        return max(ages, default=None)


async def measure(addresses: Addresses, services: Iterable[str]) -> Lags:
    """The lag of `services` now, each partition that one of them reads; with no database at hand,
    by what the groups committed. Raises `OperatorError` when Kafka does not answer."""
    names = list(services)
    found = Lags()
    async with Broker(addresses.bootstrap_servers) as broker:
        groups = dict(zip(names, await _all(broker.group(group_of(n)) for n in names), strict=True))
        own = dict(zip(names, await _all(_own(addresses, n, found) for n in names), strict=True))
        topics = await broker.topics()
        positions = {
            n: _positions(groups[n], own[n], topics, groups[n].topics or heard_topics(n))
            for n in names
        }
        read = {tp for each in positions.values() for tp in each}
        bounds = await broker.bounds(tp for tp in read if _exists(tp, topics))
        for name in names:
            found.members[name] = groups[name].members
            found.partitions += [
                _lag(name, tp, position, bounds.get(tp))
                for tp, position in sorted(positions[name].items())
            ]
        await _date(broker, found)
    return found


def group_of(service: str) -> str:
    return f"warehouse.{service}"


async def _all(questions: Iterable[Any]) -> list[Any]:
    return await asyncio.gather(*questions)


async def _own(addresses: Addresses, service: str, found: Lags) -> dict[TopicPartition, int]:
    """The positions in the service's database; none, and why, when it can't be asked."""
    try:
        async with connected(service, addresses.database(service)) as connection:
            rows = await connection.fetch(_POSITIONS)
    except OperatorError as error:
        found.unread[service] = str(error)
        return {}
    return {TopicPartition(topic, partition): offset for topic, partition, offset in rows}


def _positions(
    group: Group,
    own: Mapping[TopicPartition, int],
    topics: Mapping[str, int],
    read: Collection[str],
) -> dict[TopicPartition, tuple[int | None, Source]]:
    """Every partition of the topics `read`, with how far and who says so."""
    every = {TopicPartition(topic, n) for topic in read for n in range(topics.get(topic, 0))}
    every |= {tp for tp in (*group.committed, *own) if tp.topic in read}
    positions: dict[TopicPartition, tuple[int | None, Source]] = {}
    for tp in every:
        if tp in own:
            positions[tp] = own[tp], "database"
        elif tp in group.committed:
            positions[tp] = group.committed[tp], "group"
        else:
            positions[tp] = None, "none"
    return positions


def _exists(tp: TopicPartition, topics: Mapping[str, int]) -> bool:
    return bool(tp.partition < topics.get(tp.topic, 0))


def _lag(
    service: str, tp: TopicPartition, position: tuple[int | None, Source], bounds: Bounds | None
) -> Lag:
    offset, source = position
    common = (service, group_of(service), tp.topic, tp.partition, offset, source)
    if bounds is None:
        return Lag(*common, None, None, 0, None, "gone")
    at = max(offset if offset is not None else bounds.start, bounds.start)
    lag = max(0, bounds.end - at)
    if offset is not None and offset > bounds.end:
        return Lag(*common, bounds.start, bounds.end, bounds.end - bounds.start, None, "lost")
    cut_off = offset is not None and offset < bounds.start
    state: Any = "cut_off" if cut_off else "behind" if lag else "caught_up"
    return Lag(*common, bounds.start, bounds.end, lag, None, state)


async def _date(broker: Broker, found: Lags) -> None:
    """Fill in how old the first record is that waits in each partition."""
    waiting: dict[TopicPartition, dict[int, list[int]]] = {}
    for index, each in enumerate(found.partitions):
        if each.lag and each.state != "lost" and each.start is not None:
            at = max(each.position or 0, each.start)
            tp = TopicPartition(each.topic, each.partition)
            waiting.setdefault(tp, {}).setdefault(at, []).append(index)
    # Groups stand at different places of one partition, and a reader at one: a round for each.
    while waiting:
        heads = {tp: min(places) for tp, places in waiting.items()}
        records = await broker.records_at(heads)
        for tp, at in heads.items():
            for index in waiting[tp].pop(at):
                if tp in records:
                    found.partitions[index] = _aged(found.partitions[index], records[tp])
        waiting = {tp: places for tp, places in waiting.items() if places}


def _aged(lag: Lag, record: Any) -> Lag:  # noqa: ANN401 - aiokafka has no types
    return replace(lag, oldest_seconds=max(0.0, round(time.time() - event_time(record), 3)))


def event_time(record: Any) -> float:  # noqa: ANN401
    """When the event happened by its `ce_time`, else when it was sent; seconds since 1970."""
    for name, value in record.headers:
        if name == "ce_time" and value:
            try:
                return datetime.fromisoformat(value.decode()).timestamp()
            except ValueError:
                break
    return float(record.timestamp) / 1000
