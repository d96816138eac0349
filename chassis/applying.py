"""Records into the database: a batch in one transaction, or each alone where one of them fails."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from opentelemetry.trace import SpanKind

from chassis import failpoints, metrics, positions, tracing
from chassis.database import Database, is_away
from chassis.dead_letters import DeadLetters
from chassis.envelope import Envelope, Poison
from chassis.listeners import Handlers
from chassis.logging import get_logger
from chassis.positions import Move, Moved, Position

log = get_logger(__name__)

ATTEMPTS = 3  # of a handler that fails by itself, before its record is a dead letter
OUTAGE = 120.0  # seconds to retry in place while the database is away


class Applier:
    """Applies records of a service's topics. `at` says where each partition stands; `hurried`, once
    set, that outages are no longer waited out."""

    def __init__(
        self, service: str, database: Database, handlers: Handlers, dead_letters: DeadLetters
    ) -> None:
        self._service = service
        self._database = database
        self._handlers = handlers
        self._dead_letters = dead_letters
        self.at: dict[TopicPartition, Position] = {}
        self.hurried = False

    async def apply(self, records: Sequence[Any]) -> None:
        """Apply `records`, which continue the partitions where `at` says that they stand. Raises
        `Moved`, or what keeps them from being applied now; then the positions in the database are
        what counts."""
        envelopes: list[Envelope] = []
        for record in records:
            try:
                envelope = Envelope.read(record)
            except Poison as poison:
                await self._bury(record, poison, attempts=1)
                continue
            if envelope is not None and envelope.type in self._handlers.types:
                envelopes.append(envelope)
            else:
                metrics.RECORDS.labels(self._service, record.topic, "ignored").inc()
        if envelopes:
            try:
                await self._transact(envelopes, records)
            except Moved:
                raise
            except Exception as error:  # noqa: BLE001 - whatever failed, each gets its own turn
                if len(envelopes) > 1:
                    log.info("consumer.batch_split", service=self._service, error=repr(error))
                for envelope in envelopes:
                    await self._apply_alone(envelope)
        self._done(records)

    async def _apply_alone(self, envelope: Envelope) -> None:
        """One record in its own transaction: outages are waited out, its own failures counted."""
        failures, pause = 0, 0.05
        deadline = asyncio.get_running_loop().time() + OUTAGE
        while True:
            try:
                await self._transact([envelope], [envelope.record])
            except Moved:
                raise
            except Exception as error:
                if is_away(error, rolled_back=True):
                    if self.hurried or asyncio.get_running_loop().time() > deadline:
                        raise
                else:
                    failures += 1
                    if failures >= ATTEMPTS or isinstance(error, Poison):
                        await self._bury(envelope.record, error, attempts=failures)
                        return
                await asyncio.sleep(pause * (0.5 + random.random()))  # noqa: S311 - jitter
                pause = min(pause * 2, 5.0)
            else:
                return

    async def _transact(self, envelopes: Sequence[Envelope], records: Sequence[Any]) -> None:
        """Handle `envelopes` and move past `records`, which they are among, or nothing of it."""
        moves = {
            partition: Move(
                self.at[partition].stored, record.offset + 1, *positions.last_of(record)
            )
            for partition, record in _newest(records).items()
        }
        traces = (envelope.traceparent for envelope in envelopes)
        with tracing.batch("process", SpanKind.CONSUMER, self._service, traces):
            fresh = await self._commit(envelopes, moves)
        for partition, moved in moves.items():
            self.at[partition].stored = moved.next
        self._done(records)
        for outcome, number in (("applied", len(fresh)), ("seen", len(envelopes) - len(fresh))):
            if number:
                topic = envelopes[0].record.topic
                metrics.RECORDS.labels(self._service, topic, outcome).inc(number)

    async def _commit(
        self, envelopes: Sequence[Envelope], moves: dict[TopicPartition, Move]
    ) -> list[Envelope]:
        """Apply those of `envelopes` that were not applied before, with the positions' `moves`."""
        fresh = []
        scope = self._handlers.scope_of(envelopes)
        async with self._database.session(scope, named="consumer") as session:
            claimed = await positions.move_and_claim(session, moves, [e.id for e in envelopes])
            for envelope in envelopes:
                if envelope.id in claimed:
                    claimed.discard(envelope.id)
                    fresh.append(envelope)
            await self._handlers.apply(session, fresh)
        return fresh

    async def _bury(self, record: Any, error: BaseException, *, attempts: int) -> None:  # noqa: ANN401
        await self._dead_letters.send(record, error, attempts=attempts)
        metrics.RECORDS.labels(self._service, record.topic, "dead").inc()
        metrics.DEAD_LETTERS.labels(self._service, record.topic).inc()
        if failpoints.ACTIVE:
            failpoints.hit("consumer.after_dead_letter")

    def _done(self, records: Sequence[Any]) -> None:
        for partition, record in _newest(records).items():
            position = self.at.get(partition)
            if position is not None and record.offset >= position.done:
                position.done = record.offset + 1
                position.event_id, position.time = positions.last_of(record)


def _newest(records: Sequence[Any]) -> dict[TopicPartition, Any]:
    """The last record of each partition among `records`, which are in order."""
    return {TopicPartition(record.topic, record.partition): record for record in records}
