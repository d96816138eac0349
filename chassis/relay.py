"""The relay: sends committed outbox rows to Kafka, in order per key, at least once.

The outbox is cut into 16 shards by a stable hash of the key. A relay holds a shard by a session
advisory lock on its own connection, so that replicas share the shards and a dead one's are taken
over. It reads the pending rows of its shards in id order, sends them pipelined with an idempotent
producer (`acks=all`) and marks, per key, the prefix that was acknowledged. While a full batch is on
its way, the next is read; it is sent once all of the one before was acknowledged. No transaction is
held across Kafka I/O. Events of a topic that Kafka has not got wait for it, and for nothing else.
"""

import asyncio
import contextlib
import json
import math
import time
from collections.abc import Sequence
from typing import Any

import asyncpg
from aiokafka import AIOKafkaProducer
from opentelemetry.trace import SpanKind

from chassis import failpoints, metrics, outbox, tracing
from chassis.logging import get_logger
from chassis.sending import AbsentTopicError, acknowledged_of, send

log = get_logger(__name__)

BATCH = 500
BUSY, IDLE = 0.02, 0.5  # seconds between looks without a wake-up
BUSY_FOR = 2.0  # seconds after a row of which no wake-up told, during which more are expected
ABSENT_FOR = 10.0  # seconds for which a topic that Kafka has not got is left alone
SHARE_EVERY = 1.0  # seconds between looks at how many relays share the shards
_LOCKS = 0x0B0C  # the first key of our advisory locks; the shard is the second

_PENDING = """
    SELECT id, created_at, topic, key, headers::text AS headers, payload FROM outbox
    WHERE published_at IS NULL AND shard = ANY($1::smallint[]) AND id > $2
      AND topic <> ALL($4::text[])
    ORDER BY id LIMIT $3
"""
# The time spares a look into the partitions of earlier days.
_MARK = """
    UPDATE outbox SET published_at = now() WHERE id = ANY($1::bigint[]) AND created_at >= $2
"""
_REPLAY = """
    UPDATE outbox SET published_at = NULL
    WHERE published_at IS NOT NULL AND created_at > now() - make_interval(secs => $1)
"""
_RELAYS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = current_setting('application_name')
"""


class Relay:
    """One relay of one service. `wake` makes it look at once; otherwise it polls."""

    def __init__(
        self,
        url: str,
        *,
        service: str,
        bootstrap_servers: str,
        replay_seconds: float = 0,
        batch: int = BATCH,
    ) -> None:
        self._url = url
        self._name = f"{service}-relay"
        self._service = service
        self._bootstrap = bootstrap_servers
        self._replay_seconds = replay_seconds
        self._batch = batch
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._absent: dict[str, float] = {}  # until when each topic is left alone
        self.shards: set[int] = set()

    def wake(self) -> None:
        self._wake.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run_forever(), name=self._name)

    async def stop(self) -> None:
        """Stop between batches; what is not marked yet is sent again by whoever comes next."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run_forever(self) -> None:
        pause = 0.1
        while True:
            started = time.monotonic()
            try:
                await self._run()
            except Exception as error:  # noqa: BLE001 - whatever it was, what is pending has to go out
                metrics.RELAY_ERRORS.labels(self._service).inc()
                log.warning("relay.interrupted", relay=self._name, error=repr(error))
            pause = 0.1 if time.monotonic() - started > 10 else min(pause * 2, 5.0)
            await asyncio.sleep(pause)

    async def _run(self) -> None:
        """Connect to both sides and relay until something breaks; the locks go with the
        connection, the producer's state with the producer."""
        async with contextlib.AsyncExitStack() as stack:
            connection = await asyncpg.connect(
                self._url, server_settings={"application_name": self._name, "jit": "off"}
            )
            stack.push_async_callback(connection.close, timeout=2)
            stack.callback(self.shards.clear)
            # A mark that the server forgets in a crash is a row that is sent again: it may be.
            await connection.execute(
                "SET warehouse.scope = 'system'; SET synchronous_commit = 'off'"
            )
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                client_id=self._name,
                acks="all",
                enable_idempotence=True,
                max_batch_size=128 * 1024,
            )
            stack.push_async_callback(producer.stop)
            await producer.start()
            if self._replay_seconds:
                replayed = await connection.execute(_REPLAY, self._replay_seconds)
                log.info("relay.replaying", relay=self._name, rows=int(replayed.split()[-1]))
                self._replay_seconds = 0
            await self._relay(connection, producer)

    async def _relay(self, connection: Any, producer: Any) -> None:  # noqa: ANN401
        shared_at = busy_at = -math.inf
        woken = False
        rows: Sequence[Any] = ()
        while True:
            if time.monotonic() - shared_at > SHARE_EVERY:
                await self._share(connection)
                shared_at = time.monotonic()
                rows = ()  # their shard may be another's now
            if not rows:
                self._wake.clear()
                rows = await self._pending(connection)
                if rows and not woken:  # somebody else's process commits here, and can't wake us
                    busy_at = time.monotonic()
            if rows:
                is_full = len(rows) == self._batch
                rows = await self._publish(connection, producer, rows)
                if is_full:
                    continue
            busy = time.monotonic() - busy_at < BUSY_FOR
            woken = await self._woken_within(BUSY if busy else IDLE)

    async def _pending(self, connection: Any, *, after: int = 0) -> Sequence[Any]:  # noqa: ANN401
        """The next pending rows of this relay's shards; those with ids beyond `after`."""
        if self._absent:
            now = time.monotonic()
            self._absent = {topic: end for topic, end in self._absent.items() if end > now}
        rows: Sequence[Any] = await connection.fetch(
            _PENDING, sorted(self.shards), after, self._batch, sorted(self._absent)
        )
        return rows

    async def _woken_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        return self._wake.is_set()

    async def _publish(
        self,
        connection: Any,  # noqa: ANN401
        producer: Any,  # noqa: ANN401
        rows: Sequence[Any],
    ) -> Sequence[Any]:
        """Send `rows` and mark what Kafka has of them; the rows that follow them. None follow when
        Kafka has not got all: then those that failed come first."""
        if failpoints.ACTIVE:
            failpoints.hit("relay.before_send")
        traces = (json.loads(row["headers"]).get("traceparent") for row in rows)
        with tracing.batch("send", SpanKind.PRODUCER, self._service, traces):
            answers = await send(producer, rows)
            # A batch that is not full has nothing behind it that a wake-up will not tell of.
            is_full = len(rows) == self._batch
            following = await self._pending(connection, after=rows[-1]["id"]) if is_full else ()
            acknowledged = acknowledged_of(*self._without_absent(rows, await answers))
        if failpoints.ACTIVE:
            failpoints.hit("relay.after_send")
        metrics.PUBLISHED.labels(self._service).inc(len(acknowledged))
        if failpoints.ACTIVE:
            failpoints.hit("relay.before_mark")
        if acknowledged:
            await connection.execute(_MARK, acknowledged, min(row["created_at"] for row in rows))
        if failpoints.ACTIVE:
            failpoints.hit("relay.after_mark")
        if len(acknowledged) < len(rows):
            self.wake()
            return ()
        return following

    def _without_absent(
        self, rows: Sequence[Any], answers: Sequence[Any]
    ) -> tuple[Sequence[Any], Sequence[Any]]:
        """What Kafka has a topic for. The rest stays pending, and does not hold up the others."""
        absent = {
            row["topic"]
            for row, answer in zip(rows, answers, strict=True)
            if isinstance(answer, AbsentTopicError)
        }
        if not absent:
            return rows, answers
        for topic in sorted(absent):
            self._absent[topic] = time.monotonic() + ABSENT_FOR
            log.error(
                "relay.topic_absent",
                relay=self._name,
                topic=topic,
                hint="its events wait; `warehouse topics apply` makes what is missing",
            )
        sent = [pair for pair in zip(rows, answers, strict=True) if pair[0]["topic"] not in absent]
        return [row for row, _ in sent], [answer for _, answer in sent]

    async def _share(self, connection: Any) -> None:  # noqa: ANN401
        """Hold this relay's share of the shards: give up what is too much, take what is free."""
        relays = await connection.fetchval(_RELAYS)
        share = math.ceil(outbox.SHARDS / max(relays, 1))
        while len(self.shards) > share:
            shard = self.shards.pop()
            await connection.execute("SELECT pg_advisory_unlock($1::int, $2::int)", _LOCKS, shard)
        for shard in range(outbox.SHARDS):
            if len(self.shards) >= share:
                break
            if shard not in self.shards and await connection.fetchval(
                "SELECT pg_try_advisory_lock($1::int, $2::int)", _LOCKS, shard
            ):
                self.shards.add(shard)
        metrics.RELAY_SHARDS.labels(self._service).set(len(self.shards))
