"""Rebuilding a service's projections while it runs: from the first record of their topics into
shadow tables, which then take the place of the live ones.

The rebuilt tables say what the live ones should: the effect of every record up to the positions
that the service itself has applied (`chassis.positions`), no more and no less. For the swap those
are held still; the shadow tables catch up to exactly there, and are put in place in the same
transaction. So the positions, the inbox and whatever else a service makes of the same events stay
as they are, the live consumer goes on where it stood, and nobody sees half a table. A rebuild that
does not come to its end changes nothing, and the next one starts clean.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.database import Database
from chassis.listeners import Handlers
from chassis.logging import get_logger
from chassis.projections import Projections
from chassis.refill import Progress, RebuildError, Refill, Skipped, Target
from chassis.shadow import CannotShadow, Shadow

log = get_logger(__name__)

NEAR = 1000  # records that a round may have had for the swap to come next
SWAPS = 20  # attempts at the swap while others hold what it needs
HOLD = "3s"  # how long one attempt waits for a lock
_ONE_AT_A_TIME = "SELECT pg_try_advisory_lock(hashtextextended('rebuild', 0))"
# Each consumer moves its positions first of all: who is past that finishes, and everybody else
# waits there, before they have touched a table.
_HOLD_POSITIONS = f"""
    SET LOCAL lock_timeout = '{HOLD}'; LOCK TABLE consumer_positions IN SHARE ROW EXCLUSIVE MODE
"""
_POSITIONS = "SELECT topic, partition, next_offset, event_id FROM consumer_positions"
_BUSY = (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError)


class IncompleteLogError(RebuildError):
    """Topics whose beginning is gone: `gone` maps partitions to where they begin now."""

    def __init__(self, gone: Mapping[str, int]) -> None:
        self.gone = dict(gone)
        said = ", ".join(f"{name} (begins at {start})" for name, start in gone.items())
        super().__init__(f"the beginning is gone of {said}; what it told would be missing")


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did: how many `records` it read in how many seconds, which it had to skip, and
    which partitions began late (with their first offset)."""

    service: str
    tables: tuple[str, ...]
    records: int
    seconds: float
    skipped: tuple[Skipped, ...]
    gone: Mapping[str, int]


async def rebuild(
    service: str,
    projections: Projections,
    *,
    owner_url: str,
    bootstrap_servers: str,
    accept_incomplete: bool = False,
    progress: Progress = lambda _done, _of: None,
) -> Rebuilt:
    """Rebuild the `projections` of `service` as the role that owns its tables. `progress` is told
    how many records of how many were read. Raises `RebuildError`, of these `IncompleteLogError` for
    a topic without its beginning unless that is accepted, and what PostgreSQL or Kafka raise."""
    began = time.monotonic()
    handlers = Handlers(projections.listeners)
    async with contextlib.AsyncExitStack() as stack:
        connection: Any = await asyncpg.connect(
            owner_url, server_settings={"application_name": f"{service}-rebuild"}
        )
        stack.push_async_callback(connection.close, timeout=5)
        if not await connection.fetchval(_ONE_AT_A_TIME):
            raise RebuildError("it is being rebuilt already")
        database = Database(owner_url, name=f"{service}-rebuild", pool_size=1)
        stack.push_async_callback(database.stop)
        kafka = await stack.enter_async_context(_reading(handlers.topics, bootstrap_servers))
        starts = await kafka.beginning_offsets(list(kafka.assignment()))
        gone = {f"{p.topic}/{p.partition}": start for p, start in sorted(starts.items()) if start}
        if gone and not accept_incomplete:
            raise IncompleteLogError(gone)
        shadow = Shadow(connection, projections.tables, projections.scratch)
        refill = Refill(handlers, database, kafka, starts, progress)
        try:
            await shadow.make()
            await _fill(connection, shadow, refill)
            await _swap(connection, shadow, refill)
        except CannotShadow as error:
            raise RebuildError(str(error)) from error
        except BaseException:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await shadow.drop()
            raise
    seconds = time.monotonic() - began
    skipped = tuple(refill.skipped)
    return Rebuilt(service, projections.tables, refill.records, seconds, skipped, gone)


async def _fill(connection: Any, shadow: Shadow, refill: Refill) -> None:  # noqa: ANN401
    """Come close to where the service stands, which moves on meanwhile."""
    while await refill.catch_up(await _positions(connection)) > NEAR:
        pass
    await shadow.index()


async def _swap(connection: Any, shadow: Shadow, refill: Refill) -> None:  # noqa: ANN401
    """Stop the service where it stands, catch up to exactly there, and swap the tables."""
    for attempt in range(1, SWAPS + 1):
        await refill.catch_up(await _positions(connection))
        try:
            async with connection.transaction():
                await connection.execute(_HOLD_POSITIONS)
                await refill.catch_up(await _positions(connection))
                await shadow.swap()
        except _BUSY as error:
            if attempt == SWAPS:
                raise RebuildError("others hold on to the tables; try again later") from error
            log.info("rebuild.waits", attempt=attempt, error=repr(error))
            await asyncio.sleep(0.05 * attempt)
        else:
            return


async def _positions(connection: Any) -> dict[TopicPartition, Target]:  # noqa: ANN401
    return {
        TopicPartition(topic, partition): Target(offset, event_id)
        for topic, partition, offset, event_id in await connection.fetch(_POSITIONS)
    }


@contextlib.asynccontextmanager
async def _reading(topics: Iterable[str], bootstrap_servers: str) -> AsyncIterator[Any]:
    """A consumer of every partition of `topics` that belongs to no group."""
    kafka: Any = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=bootstrap_servers.split(","),
        client_id="warehouse-rebuild",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        isolation_level="read_uncommitted",
    )
    try:
        await kafka.start()
        read = {partition.topic for partition in kafka.assignment()}
        if missing := sorted(set(topics) - read):
            raise RebuildError(f"Kafka has no {', '.join(missing)}; `warehouse topics apply`")
        yield kafka
    finally:
        await kafka.stop()
