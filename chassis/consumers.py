"""Kafka in: one consumer group per service, and every handler exactly once in effect.

`Consumer` gives a service's `Handlers` one FastStream subscriber over all their topics, with manual
acknowledgement. A batch is handled in one transaction together with its inbox rows and the
positions it moves (`chassis.positions`); should anything in it fail, the transaction rolls back and
each record is taken alone, so that a poison record goes to the dead letters and the rest goes in.
Where to read on is the database's word; Kafka's committed offsets follow within a second, for
everybody who looks at lag.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from aiokafka import ConsumerRebalanceListener, TopicPartition
from faststream.kafka import KafkaBroker

from chassis import failpoints, metrics, positions, subscribing
from chassis.applying import OUTAGE, Applier
from chassis.database import Database
from chassis.dead_letters import DeadLetters
from chassis.listeners import Handlers, Listener
from chassis.logging import get_logger
from chassis.positions import Move, Moved, Position
from chassis.scope import SYSTEM
from chassis.subscribing import subscribe

log = get_logger(__name__)

MAX_BATCH = 500
TEND_EVERY = 1.0  # seconds between commits of offsets
LOOK_EVERY = 10.0  # seconds between looks at the ends of the partitions
STUCK = 60.0  # seconds without progress, with records to read, after which it starts anew
ANSWER = 20.0  # seconds that a commit may take: aiokafka's own waits for a coordinator without end
GRACE = 6.0  # seconds that a batch in flight has to finish in when the consumer stops
RE_READ = timedelta(days=7)  # of a log that is not the one applied: the inbox remembers longer


class Consumer:
    """A service's consumer: its group, its topics and its handlers, as a part of the process.

    A batch has up to `max_batch` records, and the next begins `linger` seconds after it at the
    earliest: a projection that may be so late is spared a transaction for each event."""

    def __init__(
        self,
        *,
        service: str,
        bootstrap_servers: str,
        database: Database,
        listeners: Iterable[Listener],
        max_batch: int = MAX_BATCH,
        linger: float = 0.0,
    ) -> None:
        self._service = service
        self._max_batch = max_batch
        self._linger = linger
        self._bootstrap = bootstrap_servers
        self._database = database
        self._handlers = Handlers(listeners)
        self.topics = [*self._handlers.topics, f"warehouse.{service}.retry.v1"]
        self._dead_letters = DeadLetters(service, bootstrap_servers)
        self._applier = Applier(service, database, self._handlers, self._dead_letters)
        self._at = self._applier.at
        self._broker: KafkaBroker | None = None
        self._subscriber: Any = None
        self._busy = asyncio.Lock()  # held while a batch is handled
        self._tasks: list[asyncio.Task[None]] = []
        self._placing: set[asyncio.Task[None]] = set()
        self._batch: asyncio.Task[Any] | None = None
        self._progress_at = time.monotonic()

    async def start(self) -> None:
        """Begin consuming in the background: a service serves while Kafka is away."""
        self._tasks = [asyncio.create_task(self._run(), name=f"{self._service}-consumer")]

    async def ready(self) -> bool:
        """Whether it has partitions, and reads each from where it should."""
        assigned = self._assignment()
        return bool(assigned) and assigned <= set(self._at)

    async def stop(self) -> None:
        """No new batch; the one in flight commits, then its offsets, then the connection goes."""
        self._applier.hurried = True
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        await self._disconnect()
        await self._dead_letters.stop()

    async def _run(self) -> None:
        """Connect, tend to it, and connect anew when it stands still."""
        while True:
            await self._connect_until_it_works()
            await self._tend()
            metrics.RESTARTS.labels(self._service).inc()
            await self._disconnect()

    async def _connect_until_it_works(self) -> None:
        pause = 0.2
        while True:
            broker, self._subscriber = subscribe(
                self._service,
                self._bootstrap,
                self.topics,
                self._handle_batch,
                max_batch=self._max_batch,
                rebalances=_Rebalances(self),
            )
            self._broker = broker
            try:
                await broker.start()
            except Exception as error:  # noqa: BLE001 - whatever it was, it is tried again
                log.warning("consumer.kafka_away", service=self._service, error=repr(error))
                with contextlib.suppress(Exception):
                    await broker.stop()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            else:
                # While a batch is handled, aiokafka would begin a long wait for the partitions that
                # have no records here yet, which those with records then could not end.
                self._kafka._fetcher._prefetch_backoff = subscribing.FETCH_MS / 1000  # noqa: SLF001 - no setting
                return

    async def _disconnect(self) -> None:
        """Let the batch in flight finish, note how far it got, and leave the group."""
        broker, self._broker = self._broker, None
        if broker is None:
            return
        try:
            async with asyncio.timeout(GRACE), self._busy:
                await self._note()
        except TimeoutError:
            if self._batch is not None:
                self._batch.cancel()  # its transaction rolls back; whoever is next reads it again
        self._forget()
        try:
            async with asyncio.timeout(GRACE):
                await broker.stop()
        except TimeoutError:  # what it waits for does not come: it is left as it is
            log.warning("consumer.not_stopped", service=self._service)

    # Partitions come and go.

    async def revoked(self) -> None:
        """Before a rebalance: the batch in flight finishes, and what was done is noted."""
        async with self._busy:
            await self._note()
            self._forget()

    def assigned(self, partitions: set[TopicPartition]) -> None:
        """After a rebalance: nothing is read until the database has said from where."""
        self._forget()
        self._place(partitions)

    def _place(self, partitions: Iterable[TopicPartition]) -> None:
        """Read `partitions` on from where the database says that they were applied to."""
        wanted = set(partitions)
        if not wanted:
            return
        for partition in wanted:
            self._at.pop(partition, None)
        self._kafka.pause(*wanted)
        task = asyncio.create_task(self._find(wanted), name=f"{self._service}-placing")
        self._placing.add(task)
        task.add_done_callback(self._placing.discard)

    async def _find(self, wanted: set[TopicPartition]) -> None:
        pause = 0.1
        found: dict[TopicPartition, Position] = {}
        while not found:
            try:
                async with self._database.session(SYSTEM) as session:
                    found = await positions.take(session, wanted)
            except Exception as error:  # noqa: BLE001 - without it nothing can be read: try again
                log.warning("consumer.database_away", service=self._service, error=repr(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
        mine = wanted & self._assignment()
        for partition in mine:
            self._seek(partition, found[partition])
        if mine:  # none is left, and no connection, when it was stopped meanwhile
            self._kafka.resume(*mine)

    def _seek(self, partition: TopicPartition, position: Position) -> None:
        """Read on at `position`, or one before, where its anchor should be met."""
        self._at[partition] = position
        position.unmet = position.has_anchor
        self._kafka.seek(partition, position.done - position.unmet)

    def _forget(self) -> None:
        for task in self._placing:
            task.cancel()
        self._at.clear()

    # Batches.

    async def _handle_batch(self, records: tuple[Any, ...]) -> None:
        """Handle every record; when that can't be done now, read them again."""
        began = time.monotonic()
        async with self._busy:
            if self._applier.hurried or self._broker is None:
                return
            self._batch = asyncio.current_task()
            partitions = {TopicPartition(r.topic, r.partition) for r in records}
            try:
                await self._applier.apply(await self._unapplied(records))
            except Moved:
                log.warning("consumer.positions_moved", service=self._service)
                self._place(partitions & self._assignment())
            except Exception as error:
                log.exception("consumer.interrupted", service=self._service, error=repr(error))
                self._place(partitions & self._assignment())
                await asyncio.sleep(1)
            else:
                self._progress_at = time.monotonic()
                metrics.BATCH_SECONDS.labels(self._service).observe(self._progress_at - began)
            finally:
                self._batch = None
        await asyncio.sleep(began + self._linger - time.monotonic())

    async def _unapplied(self, records: Iterable[Any]) -> list[Any]:
        """Those of `records` that stand where they should and were not applied before."""
        fresh = []
        lost: set[TopicPartition] = set()
        for record in records:
            partition = TopicPartition(record.topic, record.partition)
            position = self._at.get(partition)
            if position is None or partition in lost:
                continue  # no longer ours, or about to be read anew
            if not await self._belongs(partition, position, record):
                lost.add(partition)
            elif record.offset >= position.done:
                fresh.append(record)
            else:
                metrics.RECORDS.labels(self._service, record.topic, "seen").inc()
        for partition in lost:
            fresh = [r for r in fresh if (r.topic, r.partition) != partition]
            await self._re_read(partition)
        return fresh

    async def _belongs(self, partition: TopicPartition, position: Position, record: Any) -> bool:  # noqa: ANN401
        """Whether `record` continues the log that was applied: its anchor is there, and nothing
        turned up before it again."""
        if not position.unmet:
            return bool(record.offset >= position.done)
        if record.offset == position.done - 1:
            if not position.is_after(record):
                return False
        elif record.offset < position.done - 1:
            return False
        else:  # fine if the anchor has gone with its topic's retention
            starts = await self._kafka.beginning_offsets([partition])
            if starts[partition] < position.done:
                return False
        position.unmet = False
        return True

    async def _re_read(self, partition: TopicPartition) -> None:
        """The log of `partition` lost its tail or is another one: read again what it may hold anew.
        What was applied of that is in the inbox, and skipped."""
        position = self._at[partition]
        since = position.time - RE_READ if position.time else None
        found = None
        if since is not None:
            at = await self._kafka.offsets_for_times({partition: int(since.timestamp() * 1000)})
            found = at[partition]
        ends = await self._kafka.end_offsets([partition])
        starts = await self._kafka.beginning_offsets([partition])
        start = found.offset if found else starts[partition] if since is None else ends[partition]
        log.error(
            "consumer.log_lost",
            service=self._service,
            topic=partition.topic,
            partition=partition.partition,
            applied_to=position.done,
            reading_from=start,
        )
        metrics.LOST_LOGS.labels(self._service).inc()
        async with self._database.session(SYSTEM) as session:
            await positions.move(session, {partition: Move(position.stored, start, None, None)})
        self._seek(partition, Position(start, start))

    # Between batches.

    async def _tend(self) -> None:
        """Note progress and look at the logs, until the consumer stands still."""
        looked_at = noted_at = time.monotonic()
        noted: dict[TopicPartition, int] = {}
        while True:
            await asyncio.sleep(TEND_EVERY)
            now = {partition: position.done for partition, position in self._at.items()}
            if now != noted and not self._busy.locked():
                async with self._busy:
                    noted = now if await self._note() else {}
            if now == noted or self._busy.locked():
                noted_at = time.monotonic()
            elif time.monotonic() - noted_at > STUCK:  # the group has forgotten it, or it the group
                log.error("consumer.stuck", service=self._service, seconds=STUCK)
                return
            if time.monotonic() - looked_at >= LOOK_EVERY:
                looked_at = time.monotonic()
                patience = 2 * OUTAGE if self._busy.locked() else STUCK
                if not await self._look():
                    self._progress_at = looked_at  # nothing to read is no standing still
                elif looked_at - self._progress_at > patience:
                    log.error("consumer.stuck", service=self._service, seconds=patience)
                    self._progress_at = looked_at
                    return

    async def _note(self) -> bool:
        """Bring the database up to what was done, then Kafka's offsets; whether both took it."""
        moves = {
            partition: Move(position.stored, position.done, position.event_id, position.time)
            for partition, position in self._at.items()
            if position.done > position.stored
        }
        try:
            if moves:
                async with self._database.session(SYSTEM) as session:
                    await positions.move(session, moves)
            for partition, moved in moves.items():
                self._at[partition].stored = moved.next
            if failpoints.ACTIVE:
                failpoints.hit("consumer.before_offsets")
            done = {partition: position.done for partition, position in self._at.items()}
            if done:
                async with asyncio.timeout(ANSWER):
                    await self._kafka.commit(done)
        except Moved:
            self._place(moves)
        except Exception as error:  # noqa: BLE001 - told again in a second; nothing hangs on it
            log.warning("consumer.offsets_not_noted", service=self._service, error=repr(error))
        else:
            return True
        return False

    async def _look(self) -> bool:
        """Measure the lag; whether there is any. A partition that ends before what was applied is
        read again."""
        if self._busy.locked():
            return bool(self._at)
        async with self._busy:
            try:
                ends = await self._kafka.end_offsets(list(self._at))
                for partition, end in ends.items():
                    if end < self._at[partition].done:
                        await self._re_read(partition)
            except Exception as error:  # noqa: BLE001 - Kafka or the database is away: look again
                log.warning("consumer.not_looked", service=self._service, error=repr(error))
                self._look_twice()
                return False
        behind = False
        for partition, end in ends.items():
            lag = max(end - self._at[partition].done, 0) if partition in self._at else 0
            behind = behind or lag > 0
            metrics.LAG.labels(self._service, *map(str, partition)).set(lag)
        return behind

    def _look_twice(self) -> None:
        """Kafka was away: when it is back, each log has to show its anchor again."""
        for partition, position in self._at.items():
            if position.has_anchor and not position.unmet:
                with contextlib.suppress(Exception):
                    self._seek(partition, position)

    @property
    def _kafka(self) -> Any:  # noqa: ANN401 - aiokafka has no types
        return self._subscriber.consumer

    def _assignment(self) -> set[TopicPartition]:
        kafka = getattr(self._subscriber, "consumer", None)
        return set(kafka.assignment()) if kafka is not None else set()


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Passes a group's rebalances on to its consumer."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._consumer.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._consumer.assigned(assigned)
