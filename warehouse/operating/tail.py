"""Events as they come by: one after the other, as `tail -f` shows lines."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiokafka import TopicPartition

from warehouse.errors import OperatorError
from warehouse.operating.broker import Bounds, Broker
from warehouse.operating.dead_letters import texts
from warehouse.operating.lag import event_time
from warehouse.operating.replay import publisher


@dataclass(frozen=True)
class Wanted:
    """Which events: of topics, of one workspace, of types, all where nothing is said. A type may
    be its end alone: `loan.returned`, `returned`."""

    topics: Sequence[str] = ()
    workspace: str | None = None
    types: Sequence[str] = ()

    def accepts(self, seen: "Seen") -> bool:
        if self.workspace is not None and seen.workspace != self.workspace.lower():
            return False
        return not self.types or any(
            seen.type == each or (seen.type or "").endswith(f".{each}") for each in self.types
        )


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
    existing = await broker.topics()
    names = wanted.topics or [name for name in existing if _is_event_topic(name)]
    if missing := [name for name in names if name not in existing]:
        raise OperatorError(
            f"There is no topic {', '.join(missing)}; there are: {', '.join(sorted(existing))}."
        )
    partitions = [TopicPartition(name, n) for name in names for n in range(existing[name])]
    bounds = await broker.bounds(partitions)
    starts = {tp: each.start if from_beginning else each.end for tp, each in bounds.items()}
    async for batch in broker.follow(starts, None if follow else _ends(bounds)):
        for record in sorted(batch, key=lambda record: record.timestamp):
            seen = read(record)
            if wanted.accepts(seen):
                yield seen


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


def _is_event_topic(name: str) -> bool:
    return name.startswith("warehouse.") and publisher(name) is not None


def _ends(bounds: dict[TopicPartition, Bounds]) -> dict[TopicPartition, int]:
    return {tp: each.end for tp, each in bounds.items()}
