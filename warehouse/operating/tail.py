"""Events as they come by: one after the other, as `tail -f` shows lines."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import TopicPartition

from warehouse.errors import OperatorError
from warehouse.operating.broker import Bounds, Broker
from warehouse.operating.dead_letters import texts
from warehouse.operating.lag import event_time
from warehouse.operating.replay import publisher

DEEPER = 4  # times as many records, when those that were looked at were not enough
_NEVER = 2**63  # later than any timestamp


@dataclass(frozen=True)
class Wanted:
    """Which events: of topics, of one workspace, of types, all where nothing is said. A type may
    be its end alone: `loan.returned`, `returned`."""

    topics: Sequence[str] = ()
    workspace: str | None = None
    types: Sequence[str] = ()

    def accepts(self, seen: "Seen") -> bool:
        if self.workspace is not None and seen.workspace != self.workspace:
            return False
        return not self.types or any(_is_of_type(seen.type or "", each) for each in self.types)


@dataclass(frozen=True)
class Seen:
    """One record. `time` is when the event happened; `data` is its JSON, or text where it is none;
    `headers` are all there are."""

    topic: str
    partition: int
    offset: int
    key: str | None
    id: str | None
    type: str | None
    time: datetime
    workspace: str | None
    actor: str | None
    version: str | None
    headers: dict[str, str]
    data: Any


async def tail(
    broker: Broker, wanted: Wanted, *, from_beginning: bool = False, follow: bool = True
) -> AsyncGenerator[Seen, None]:
    """The wanted events that come from now on, or all from the beginning of the topics; without
    `follow`, up to what was there at the start. Of one key in order, of several nearly so."""
    bounds = await _bounds(broker, wanted.topics)
    starts = {tp: each.start if from_beginning else each.end for tp, each in bounds.items()}
    async for batch in broker.follow(starts, None if follow else _ends(bounds)):
        for record in sorted(batch, key=lambda record: record.timestamp):
            seen = read(record)
            if wanted.accepts(seen):
                yield seen


async def last(broker: Broker, wanted: Wanted, count: int) -> list[Seen]:
    """The last `count` wanted events that are there, the oldest of them first: looks back further
    and further from the topics' ends, until nothing that is older can be among them."""
    bounds = await _bounds(broker, wanted.topics)
    depth = count
    while True:
        starts = {tp: max(each.start, each.end - depth) for tp, each in bounds.items()}
        oldest: dict[TopicPartition, int] = {}  # timestamp of the first record that was read
        found: list[Any] = []
        async for batch in broker.follow(starts, _ends(bounds)):
            for record in batch:
                oldest.setdefault(TopicPartition(record.topic, record.partition), record.timestamp)
                if wanted.accepts(read(record)):
                    found.append(record)
        further = [tp for tp, each in bounds.items() if starts[tp] > each.start]
        # A partition that gave nothing, because offsets have gaps, may hide anything.
        horizon = max((oldest.get(tp, _NEVER) for tp in further), default=0)
        if not further or sum(record.timestamp >= horizon for record in found) >= count:
            newest = sorted(found, key=lambda record: record.timestamp)[-count:]
            return [read(record) for record in newest]
        depth *= DEEPER


def check_types(types: Sequence[str], declared: Sequence[str]) -> None:
    """Raises `OperatorError` for a type that no declared one is, or ends in."""
    for each in types:
        if not any(_is_of_type(name, each) for name in declared):
            raise OperatorError(
                f"There is no event type {each!r}, nor one that ends in it; there are: "
                f"{', '.join(sorted(declared))}."
            )


def workspace_id(text: str) -> str:
    """`text` as events have it; raises `OperatorError` for what is no id."""
    try:
        return str(UUID(text))
    except ValueError:
        raise OperatorError(
            f"{text!r} is no workspace's id: that is a UUID, as GET /v1/workspaces lists them."
        ) from None


def read(record: Any) -> Seen:  # noqa: ANN401 - aiokafka has no types
    """A record of any kind: what is no event of ours shows what it has."""
    headers = texts(record)
    return Seen(
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=record.key.decode(errors="replace") if record.key is not None else None,
        id=headers.get("ce_id"),
        type=headers.get("ce_type"),
        time=datetime.fromtimestamp(event_time(record), UTC),
        workspace=headers.get("ce_workspaceid"),
        actor=headers.get("ce_actor"),
        version=headers.get("ce_aggregateversion"),
        headers=headers,
        data=data_of(record.value),
    )


def data_of(value: bytes | None) -> Any:  # noqa: ANN401
    """A value as JSON where it is JSON, else as text."""
    if value is None:
        return None
    try:
        return json.loads(value)
    except ValueError:
        return value.decode(errors="backslashreplace")


def _is_of_type(type_: str, wanted: str) -> bool:
    return type_ == wanted or type_.endswith(f".{wanted}")


async def _bounds(broker: Broker, topics: Sequence[str]) -> dict[TopicPartition, Bounds]:
    """The bounds of every partition of `topics`, of all events' topics where none is named."""
    existing = await broker.topics()
    names = topics or [name for name in existing if _is_event_topic(name)]
    if missing := [name for name in names if name not in existing]:
        raise OperatorError(
            f"There is no topic {', '.join(missing)}; there are: {', '.join(sorted(existing))}."
        )
    partitions = [TopicPartition(name, n) for name in names for n in range(existing[name])]
    return await broker.bounds(partitions)


def _is_event_topic(name: str) -> bool:
    return name.startswith("warehouse.") and publisher(name) is not None


def _ends(bounds: dict[TopicPartition, Bounds]) -> dict[TopicPartition, int]:
    return {tp: each.end for tp, each in bounds.items()}
