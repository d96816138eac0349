"""Outbox rows to Kafka: in order per key, in batches of their partitions.

A future for each record, which `AIOKafkaProducer.send` makes, costs more than the record. A batch
is answered as one, as Kafka takes it or leaves it as one.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka.partitioner import DefaultPartitioner

from chassis import outbox

PARTITIONER = DefaultPartitioner()  # Kafka's own: murmur2 of the key
LOOK = 0.5  # seconds after which a topic that is not found is asked for among all that there are


class AbsentTopicError(Exception):
    """Kafka answers, and has no topic of this name."""


async def _partitions(producer: Any, topic: str) -> list[int]:  # noqa: ANN401
    """Of a topic. The producer by itself waits for one that is missing until its requests time
    out, and all that is to be sent would wait with it."""
    try:
        async with asyncio.timeout(LOOK):
            return sorted(await producer.partitions_for(topic))
    except TimeoutError:
        if topic not in (await producer.client.fetch_all_metadata()).topics():
            raise AbsentTopicError(topic) from None
    return sorted(await producer.partitions_for(topic))


async def send(producer: Any, rows: Sequence[Any]) -> "asyncio.Future[list[Any]]":  # noqa: ANN401
    """Send `rows` pipelined; what Kafka says of each, once it has said so of all. They go out in
    batches of their partitions, each answered as one. Those of a topic that Kafka has not got are
    not sent: an `AbsentTopicError` is their answer."""
    partitions: dict[str, list[int]] = {}
    absent: dict[str, AbsentTopicError] = {}
    for topic in dict.fromkeys(row["topic"] for row in rows):
        try:
            partitions[topic] = await _partitions(producer, topic)
        except AbsentTopicError as error:
            absent[topic] = error
    filling: dict[tuple[str, int], tuple[Any, list[int]]] = {}  # by partition: a batch, its rows
    sent: list[tuple[asyncio.Future[Any], list[int]]] = []
    for row in rows:
        if row["topic"] in absent:
            continue
        key, available = row["key"].encode(), partitions[row["topic"]]
        place = row["topic"], PARTITIONER(key, available, available)
        record = {
            "timestamp": None,
            "key": key,
            "value": row["payload"].encode(),
            "headers": outbox.headers_to_bytes(row["headers"]),
        }
        if place not in filling or filling[place][0].append(**record) is None:
            if place in filling:  # it is full
                sent.append(await _send_batch(producer, place, *filling[place]))
            filling[place] = producer.create_batch(), []
            filling[place][0].append(**record)  # the first is taken whatever its size
        filling[place][1].append(row["id"])
    for place, batch in filling.items():
        sent.append(await _send_batch(producer, place, *batch))
    return asyncio.ensure_future(_answers(rows, sent, absent))


async def _send_batch(
    producer: Any,  # noqa: ANN401
    place: tuple[str, int],
    batch: Any,  # noqa: ANN401
    ids: list[int],
) -> tuple["asyncio.Future[Any]", list[int]]:
    topic, partition = place
    return await producer.send_batch(batch, topic, partition=partition), ids


async def _answers(
    rows: Iterable[Any],
    sent: Sequence[tuple["asyncio.Future[Any]", list[int]]],
    absent: Mapping[str, AbsentTopicError],
) -> list[Any]:
    results = await asyncio.gather(*(future for future, _ in sent), return_exceptions=True)
    answers = {id_: result for (_, ids), result in zip(sent, results, strict=True) for id_ in ids}
    return [absent.get(row["topic"]) or answers[row["id"]] for row in rows]


def acknowledged_of(rows: Iterable[Any], answers: Iterable[Any]) -> list[int]:
    """The ids of those of `rows` that Kafka acknowledged, up to each key's first failure. Raises
    when nothing was acknowledged, so that the producer is made anew."""
    acknowledged: list[int] = []
    broken: set[str] = set()
    failure: BaseException | None = None
    for row, answer in zip(rows, answers, strict=True):
        if isinstance(answer, BaseException):
            failure = answer
            broken.add(row["key"])
        elif row["key"] not in broken:
            acknowledged.append(row["id"])
    if failure is not None and not acknowledged:
        raise failure
    return acknowledged
