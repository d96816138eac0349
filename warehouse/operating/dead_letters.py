"""Dead letters: what each service could not handle, and what became of it.

A dead letter's id is its offset in `warehouse.<service>.dlq.v1`. Nothing is removed from there: a
mark, a record of its own without a value, says that a letter was replayed or discarded, and a
letter without one is open.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

from aiokafka import TopicPartition

from warehouse.errors import OperatorError
from warehouse.operating.broker import Bounds, Broker

Resolution = Literal["replayed", "discarded"]
AT_ONCE = 200  # letters sent before their marks are
_OURS = "dlq_"


@dataclass(frozen=True)
class Letter:
    """One dead letter. `topic`, `partition` and `offset` are where the record was, `group` who read
    it, `error`, `message` and `attempts` how it failed at `failed_at`; `bytes` is the size of its
    value, None for a tombstone. `resolution` is None while it is open."""

    service: str
    id: int
    key: str | None
    type: str | None
    topic: str | None
    partition: int | None
    offset: int | None
    group: str | None
    error: str | None
    message: str | None
    attempts: int | None
    failed_at: datetime
    bytes: int | None
    resolution: Resolution | None = None
    resolved_at: datetime | None = None


def dlq_topic(service: str) -> str:
    return f"warehouse.{service}.dlq.v1"


def retry_topic(service: str) -> str:
    return f"warehouse.{service}.retry.v1"


async def letters(broker: Broker, service: str) -> list[Letter]:
    """Every dead letter of `service`, oldest first; none where nothing ever failed."""
    found: dict[int, Letter] = {}
    bounds = await _bounds(broker, service)
    async for record in broker.records(dlq_topic(service), bounds.start, bounds.end):
        headers = texts(record)
        if not _is_mark(record, headers):
            found[record.offset] = _letter(service, record, headers)
        elif (resolved := found.get(int(headers["dlq_resolves"]))) is not None:
            resolution: Any = headers.get("dlq_resolution")
            found[resolved.id] = replace(
                resolved, resolution=resolution, resolved_at=_time(record.timestamp)
            )
    return list(found.values())


async def record_of(broker: Broker, letter: Letter) -> Any:  # noqa: ANN401 - aiokafka untyped
    """The record of a letter as it lies in the topic."""
    async for record in broker.records(dlq_topic(letter.service), letter.id, letter.id + 1):
        return record
    raise OperatorError(f"Dead letter {letter.id} of {letter.service} is gone from its topic.")


def choose(found: Sequence[Letter], ids: Sequence[int], error: str | None) -> list[Letter]:
    """Of the letters those with `ids`, whatever became of them; without ids the open ones, only of
    the class `error` if that is given. Raises `OperatorError` for an id that is none."""
    if not ids:
        return [one for one in found if not one.resolution and error in (None, one.error)]
    known = {letter.id: letter for letter in found}
    if missing := [str(each) for each in ids if each not in known]:
        raise OperatorError(
            f"There is no dead letter {', '.join(missing)}. `warehouse dlq list` names them."
        )
    return [known[each] for each in sorted(set(ids)) if error in (None, known[each].error)]


async def replay(broker: Broker, service: str, chosen: Iterable[Letter]) -> None:
    """Give each record to `service` alone to handle again, then mark its letter as replayed. A
    crash in between leaves letters open whose records were sent: sending those again does no harm,
    because the service knows the event's id."""
    wanted = sorted(letter.id for letter in chosen)
    async with broker.producer() as producer:
        for some in _portions(wanted):
            records = [each async for each in _records(broker, service, some)]
            await _deliver(
                [
                    await producer.send(
                        retry_topic(service),
                        key=record.key if record.value is not None else _key(record),
                        value=record.value,
                        headers=[(n, v) for n, v in record.headers if not n.startswith(_OURS)],
                        partition=0,
                    )
                    for record in records
                ]
            )
            await _mark(producer, service, records, "replayed")


async def discard(broker: Broker, service: str, chosen: Iterable[Letter]) -> None:
    """Mark the letters as discarded: nobody handles them, and they stay readable."""
    wanted = sorted(letter.id for letter in chosen)
    async with broker.producer() as producer:
        for some in _portions(wanted):
            records = [each async for each in _records(broker, service, some)]
            await _mark(producer, service, records, "discarded")


def texts(record: Any) -> dict[str, str]:  # noqa: ANN401
    """A record's headers as text; what is no UTF-8 shows as replacement characters."""
    return {name: (value or b"").decode(errors="replace") for name, value in record.headers}


async def _bounds(broker: Broker, service: str) -> Bounds:
    topic = dlq_topic(service)
    partitions = (await broker.topics()).get(topic)
    if partitions is None:
        raise OperatorError(f"There is no topic {topic}: run `warehouse topics apply`.")
    if partitions != 1:
        raise OperatorError(f"{topic} has {partitions} partitions; an id needs it to have one.")
    partition = TopicPartition(topic, 0)
    return (await broker.bounds([partition]))[partition]


async def _records(broker: Broker, service: str, ids: Sequence[int]) -> AsyncIterator[Any]:
    wanted = set(ids)
    async for record in broker.records(dlq_topic(service), min(ids), max(ids) + 1):
        if record.offset in wanted:
            yield record


async def _mark(
    producer: Any,  # noqa: ANN401
    service: str,
    records: Iterable[Any],
    resolution: Resolution,
) -> None:
    await _deliver(
        [
            await producer.send(
                dlq_topic(service),
                key=_key(record),
                value=None,
                headers=[
                    ("dlq_resolves", str(record.offset).encode()),
                    ("dlq_resolution", resolution.encode()),
                ],
                partition=0,
            )
            for record in records
        ]
    )


def _key(record: Any) -> bytes:  # noqa: ANN401
    """For a record without a value, which has to have a key: strangers' records may have none."""
    return record.key if record.key is not None else b""


async def _deliver(sent: Iterable[Any]) -> None:
    """Wait until Kafka has every one; raises its error when it refuses one."""
    await asyncio.gather(*sent)


def _is_mark(record: Any, headers: Mapping[str, str]) -> bool:  # noqa: ANN401
    """Whether this is a mark of ours: a dead letter always says where it was, whatever headers it
    came with."""
    resolves = headers.get("dlq_resolves", "")
    return record.value is None and "dlq_topic" not in headers and resolves.isdecimal()


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]


def _letter(service: str, record: Any, headers: dict[str, str]) -> Letter:  # noqa: ANN401
    return Letter(
        service=service,
        id=record.offset,
        key=record.key.decode(errors="replace") if record.key is not None else None,
        type=headers.get("ce_type"),
        topic=headers.get("dlq_topic"),
        partition=_number(headers.get("dlq_partition")),
        offset=_number(headers.get("dlq_offset")),
        group=headers.get("dlq_group"),
        error=headers.get("dlq_error"),
        message=headers.get("dlq_message"),
        attempts=_number(headers.get("dlq_attempts")),
        failed_at=_time(record.timestamp),
        bytes=len(record.value) if record.value is not None else None,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() else None


def _time(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(max(milliseconds, 0) / 1000, UTC)
