"""Filling shadow tables from the topics: every record from the first one up to where a service
stands, through the handlers that the live tables are written by."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from chassis import positions
from chassis.database import Database
from chassis.envelope import Envelope, Poison
from chassis.listeners import Handlers
from chassis.shadow import SCHEMA

MAX_BATCH = 2000
STALLED = 30.0  # seconds without a record that should be there
# The shadow tables are all that handlers find: one that would write elsewhere fails. Nothing hangs
# on a transaction's being durable before the swap's is.
_SETTINGS = text(f"""
    SELECT set_config('search_path', '{SCHEMA}', true),
        set_config('synchronous_commit', 'off', true), set_config('lock_timeout', '30s', true)
""")

Progress = Callable[[int, int], None]


class RebuildError(Exception):
    """Why a rebuild did not come to its end; the live tables are as they were."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a service stands in a partition: the offset that comes next, and the id of the record
    before it, if it has one."""

    offset: int = 0
    event_id: UUID | None = None


@dataclass(frozen=True)
class Skipped:
    """A record that no handler can take: for the live consumer it is a dead letter."""

    topic: str
    partition: int
    offset: int
    error: str


class Refill:
    """One way through the topics of `handlers`. `kafka` reads their partitions, `database` belongs
    to the role that owns the shadow tables."""

    def __init__(
        self,
        handlers: Handlers,
        database: Database,
        kafka: Any,  # noqa: ANN401 - aiokafka has no types
        starts: Mapping[TopicPartition, int],
        progress: Progress,
    ) -> None:
        self._handlers = handlers
        self._database = database
        self._kafka = kafka
        self._starts = dict(starts)
        self._at = dict(starts)
        self._last: dict[TopicPartition, UUID | None] = {}
        self._progress = progress
        self.records = 0
        self.skipped: list[Skipped] = []
        for partition, start in starts.items():
            kafka.seek(partition, start)

    async def catch_up(self, targets: Mapping[TopicPartition, Target]) -> int:
        """Apply what is before `targets` and was not yet; how many records that were. Raises
        `RebuildError` when the log is not the one that the service has applied."""
        wanted = {p: targets.get(p, Target()).offset for p in self._at}
        await self._check_log(wanted)
        applied, moved_at = 0, time.monotonic()
        everything = self.records + sum(max(wanted[p] - at, 0) for p, at in self._at.items())
        while behind := [p for p, at in self._at.items() if at < wanted[p]]:
            got = await self._kafka.getmany(*behind, timeout_ms=500, max_records=MAX_BATCH)
            records = [r for p, there in got.items() for r in there if r.offset < wanted[p]]
            await self._apply(records)
            for partition, there in got.items():
                await self._move(partition, there, wanted[partition])
                moved_at = time.monotonic()
            applied += len(records)
            self.records += len(records)
            self._progress(self.records, everything)
            if time.monotonic() - moved_at > STALLED:
                raise RebuildError(f"Kafka stopped giving {behind[0].topic}")
        self._check_anchors(targets)
        return applied

    async def _check_log(self, wanted: Mapping[TopicPartition, int]) -> None:
        ends = await self._kafka.end_offsets(list(wanted))
        for partition, offset in wanted.items():
            if ends[partition] < offset:
                raise RebuildError(
                    f"{_name(partition)} ends at {ends[partition]}, and {offset} records of it "
                    "were applied: it was lost. Its publisher's outbox has the last days of it "
                    "(`warehouse replay`)."
                )
            if max(offset, self._starts[partition]) < self._at[partition]:
                raise RebuildError(f"{_name(partition)} is being read anew; wait for that to end")

    def _check_anchors(self, targets: Mapping[TopicPartition, Target]) -> None:
        for partition, target in targets.items():
            read = self._last.get(partition)
            if read and target.event_id and read != target.event_id:
                raise RebuildError(
                    f"{_name(partition)} has another record at {target.offset - 1} than the one "
                    "that was applied: it was lost and made anew"
                )

    async def _move(self, partition: TopicPartition, there: Sequence[Any], target: int) -> None:
        before = [record for record in there if record.offset < target]
        if before:
            self._last[partition] = positions.last_of(before[-1])[0]
        # Offsets may have gaps: what counts is where the reader stands.
        at = await self._kafka.position(partition)
        self._at[partition] = min(at, target)
        if at > target:
            self._kafka.seek(partition, target)

    async def _apply(self, records: Sequence[Any]) -> None:
        """Apply records in one transaction, each alone when one of them fails."""
        envelopes = []
        for record in records:
            try:
                envelope = Envelope.read(record)
            except Poison as poison:
                self._skip(record, poison)
                continue
            if envelope is not None and envelope.type in self._handlers.types:
                envelopes.append(envelope)
        try:
            await self._transact(envelopes)
        except Exception as error:
            if not _is_the_records(error):
                raise
            for envelope in envelopes:
                await self._apply_alone(envelope)

    async def _apply_alone(self, envelope: Envelope) -> None:
        try:
            await self._transact([envelope])
        except Exception as error:
            if not _is_the_records(error):
                raise
            self._skip(envelope.record, error)

    async def _transact(self, envelopes: Sequence[Envelope]) -> None:
        if envelopes:
            async with self._database.session(self._handlers.scope_of(envelopes)) as session:
                await session.execute(_SETTINGS)
                await self._handlers.apply(session, envelopes)

    def _skip(self, record: Any, error: BaseException) -> None:  # noqa: ANN401
        why = f"{type(error).__name__}: {error}"[:300]
        self.skipped.append(Skipped(record.topic, record.partition, record.offset, why))


def _name(partition: TopicPartition) -> str:
    return f"{partition.topic}/{partition.partition}"


def _is_the_records(error: BaseException) -> bool:
    """Whether a record is at fault, rather than a server, a lock or a declaration."""
    if isinstance(error, DBAPIError):
        # Class 22: data; 23: constraints. Without one, the client refused a value.
        state = str(getattr(error.orig, "sqlstate", None) or "")
        return state[:2] in {"22", "23"} or isinstance(
            getattr(error.orig, "__cause__", None), asyncpg.DataError
        )
    return not isinstance(error, SQLAlchemyError | OSError | asyncpg.PostgresError)
