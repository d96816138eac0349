"""The relay against a bare producer that sends the same records, in turn."""

import asyncio
import contextlib
import gc
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from typing import Any

from load.events import records
from load.events.records import Row
from load.report import Figure, at_least
from load.stack import BENCH_TOPIC, Stack
from support.waiting import eventually

from chassis import metrics, outbox
from chassis.relay import Relay

PART = "relay"
EVENTS, ROUNDS = 20_000, 3
DEADLINE = 60.0  # seconds
SERVICE = "catalog"  # whose outbox it is; the service itself rests
_PENDING = "SELECT EXISTS (SELECT FROM outbox WHERE published_at IS NULL)"


async def measure(stack: Stack) -> list[Figure]:
    rows = records.items(EVENTS, topic=BENCH_TOPIC)
    sent = [records.record(row) for row in rows]
    bare, relayed = [], []
    kafka = records.producer(stack.bootstrap_servers)
    await kafka.start()
    async with relaying(stack) as relay, stack.database(SERVICE) as connection:
        for _ in range(1 + ROUNDS):
            gc.collect()
            began = time.perf_counter()
            await records.send(kafka, sent)
            bare.append(EVENTS / (time.perf_counter() - began))
            relayed.append(EVENTS / await drain(relay, connection, rows))
            await connection.execute("TRUNCATE outbox")
    await kafka.stop()
    # The first round is the one in which everybody warms up.
    ours, theirs = statistics.median(relayed[1:]), statistics.median(bare[1:])
    return [
        Figure(PART, "bare aiokafka producer", theirs, "events/s", note=_each(bare[1:])),
        Figure(PART, "relay", ours, "events/s", note=_each(relayed[1:])),
        Figure(PART, "relay's share of the producer", 100 * ours / theirs, "%", at_least(50)),
    ]


@contextlib.asynccontextmanager
async def relaying(stack: Stack) -> AsyncIterator[Relay]:
    """A relay of this process over the whole outbox; no service may run that has it too."""
    await stack.run()
    relay = Relay(
        stack.environment[f"{SERVICE.upper()}_DATABASE_URL"],
        service=SERVICE,
        bootstrap_servers=stack.bootstrap_servers,
    )
    await relay.start()
    try:
        await eventually(lambda: len(relay.shards) == outbox.SHARDS)
        yield relay
    finally:
        await relay.stop()


async def drain(relay: Relay, connection: Any, rows: Sequence[Row]) -> float:  # noqa: ANN401
    """Seconds from the commit of `rows` until all of them are marked as published."""
    published = metrics.PUBLISHED.labels(SERVICE)._value
    goal = published.get() + len(rows)
    gc.collect()
    async with connection.transaction():
        await records.store(connection, rows)
    began = time.perf_counter()
    relay.wake()
    # Counted in this process, so that looking takes nothing from PostgreSQL; the last mark is left.
    await eventually(lambda: published.get() >= goal, deadline=DEADLINE)
    while await connection.fetchval(_PENDING):  # noqa: ASYNC110 - the relay tells nobody
        await asyncio.sleep(0.001)
    return time.perf_counter() - began


def _each(rates: Sequence[float]) -> str:
    return "rounds: " + ", ".join(f"{rate:,.0f}" for rate in rates)
