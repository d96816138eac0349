"""The real relay and the real consumer over the model's database and broker, one step at a time.

A step is what runs undisturbed between two places where a process can die or be overtaken. Steps
that look and act (`fetch` and `publish`, `poll` and `handle`) are apart, so that others may act in
between.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Coroutine, Iterable
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid5

from aiokafka import TopicPartition

from chassis.consumers import Consumer
from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.relay import Relay
from support.model.broker import Broker, KafkaConsumer, Producer, Record
from support.model.database import EPOCH, ModelDatabase, row_of
from support.model.loop import JumpingLoop
from support.model.postgres import RealDatabase

TYPE = "warehouse.model.thing.happened"
TOPIC, RETRY, DEAD = (f"warehouse.model.{name}.v1" for name in ("thing", "retry", "dlq"))
PARTITIONS = 2
BATCH = 3  # rows that a relay sends at once: few, so that batches follow each other
AnyDatabase = ModelDatabase | RealDatabase
World = Callable[[], tuple[asyncio.AbstractEventLoop, AnyDatabase]]
_NAMES = UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")


class Crash(BaseException):
    """The process dies here: no code of its own runs any more."""


class Thing(Received):
    """What the model's consumer hears."""

    key: str
    version: int
    fails: bool


class RelayRig:
    """One relay process: its connection, its producer and the rows it holds between two steps."""

    def __init__(self, database: AnyDatabase, broker: Broker) -> None:
        self._database, self._broker = database, broker
        self.relay = Relay("", service="model", bootstrap_servers="", batch=BATCH)
        self.connect()

    def connect(self) -> None:
        """Begin anew, as after an interruption: `Relay._run` makes both and forgets its shards."""
        self.relay.shards.clear()
        self.rows: list[Any] = []
        self.connection: Any = self._database.relay_connection()
        self.producer = Producer(self._broker)

    def end(self) -> None:
        if self.connection.open:
            self.connection.end()

    async def fetch(self) -> None:
        await self.relay._share(self.connection)
        self.rows = list(await self.relay._pending(self.connection))

    async def publish(self) -> None:
        """Send the rows at hand; those that were read meanwhile are the next."""
        rows, self.rows = self.rows, []
        if rows:
            self.rows = list(await self.relay._publish(self.connection, self.producer, rows))


class ConsumerRig:
    """One consumer process and the batch it holds between two steps."""

    def __init__(self, database: AnyDatabase, broker: Broker, listener: Listener) -> None:
        self.consumer = Consumer(
            service="model",
            bootstrap_servers="",
            database=database,  # type: ignore[arg-type] # a model of it
            listeners=[listener],
        )
        self.kafka = KafkaConsumer(broker)
        self.consumer._subscriber = SimpleNamespace(consumer=self.kafka)
        self.consumer._broker = SimpleNamespace()  # type: ignore[assignment] # asked whether it is
        self.consumer._dead_letters._producer = Producer(broker)
        self.batch: tuple[Record, ...] = ()

    def assign(self, partitions: Iterable[TopicPartition]) -> None:
        self.kafka.assign(partitions)
        self.consumer.assigned(self.kafka.assignment())

    async def handle(self) -> None:
        batch, self.batch = self.batch, ()
        await self.consumer._handle_batch(batch)


def in_memory() -> tuple[asyncio.AbstractEventLoop, AnyDatabase]:
    """A loop that never waits, and the model's database."""
    return JumpingLoop(), ModelDatabase()


class Rig:
    """Two relays, two consumers of one group, and what was committed and lost."""

    def __init__(self, *, guarded: bool = True, world: World = in_memory) -> None:
        self.loop, self.database = world()
        self.broker = Broker({TOPIC: PARTITIONS, RETRY: 1, DEAD: 1})
        self.guarded = guarded
        self.relays = [RelayRig(self.database, self.broker) for _ in range(2)]
        self.consumers: list[ConsumerRig] = [self._consumer() for _ in range(2)]
        self.partitions = sorted(p for p in self.broker.log if p.topic != DEAD)
        self.open: dict[str, Any] = {}  # the row of the transaction that holds a key
        self.committed: dict[UUID, tuple[str, int]] = {}
        self.versions: dict[str, int] = {}
        self.mended: set[UUID] = set()
        self.resolved: set[int] = set()  # dead letters that were replayed
        self.disordered: set[str] = set()  # keys that lost a record that was not applied
        self.lost = False  # whether the log lost anything since the outbox was last replayed
        self.faultless = True
        self._crash_at = ""
        self.run(self._assign(self.partitions, []))

    # Faults.

    def hit(self, name: str) -> None:
        """A failpoint was reached."""
        if name == self._crash_at:
            self._crash_at = ""
            raise Crash(name)

    def run(self, step: Coroutine[Any, Any, Any], *, crash_at: str = "") -> bool:
        """Take one step; False when it died at the failpoint `crash_at`."""
        self._crash_at = crash_at
        died = False
        try:
            self.loop.run_until_complete(step)
        except Crash:
            died = True
            self.faultless = False
        self._crash_at = ""
        return not died

    def settle(self) -> None:
        """Let consumers find their positions, if the database is there to ask."""
        placing = [task for one in self.consumers for task in one.consumer._placing]
        if placing and not self.database.away:
            self.loop.run_until_complete(asyncio.wait(placing))

    def close(self) -> None:
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self.loop.run_until_complete(asyncio.wait(tasks))
        self.database.close()
        self.loop.close()

    # Producers of events.

    def write(self, key: str, *, fails: bool) -> None:
        """Change `key` in a transaction that stays open; its lock keeps others out."""
        version = self.versions.get(key, 0) + 1
        id_ = self.database.new_id()
        event_id = uuid5(_NAMES, str(id_))
        headers = {
            "ce_id": str(event_id),
            "ce_type": TYPE,
            "ce_subject": key,
            "ce_time": EPOCH.isoformat(),
            "ce_aggregateversion": str(version),
        }
        payload = {"key": key, "version": version, "fails": fails}
        self.open[key] = row_of(
            id_, event_id, TOPIC, key, json.dumps(headers), json.dumps(payload)
        ) | {"version": version}
        self.database.begin(self.open[key])

    def commit(self, key: str) -> None:
        row = self.open.pop(key)
        self.versions[key] = row["version"]
        self.committed[row["event_id"]] = (key, row["version"])
        self.database.commit(row)

    def roll_back(self, key: str) -> None:
        self.database.roll_back(self.open.pop(key))

    # Consumers.

    def _consumer(self) -> ConsumerRig:
        listener = Listener()

        @listener.on(Thing, TYPE)
        async def apply(session: TenantSession, event: Thing) -> None:
            event_id = event.envelope.id
            done: Any = self.database.apply
            await done(session, event_id, event.key, event.version, guarded=self.guarded)
            if event.fails and event_id not in self.mended:
                raise ValueError(f"can't handle {event.key} {event.version}")

        return ConsumerRig(self.database, self.broker, listener)

    def replace_consumer(self, index: int) -> None:
        """After a crash: a new process in its place, with what the dead one had been given."""
        had = self.consumers[index].kafka.assignment()
        self.consumers[index].consumer._forget()
        self.consumers[index] = self._consumer()
        self.run(self._give(index, had))
        self.settle()

    async def _give(self, index: int, partitions: Iterable[TopicPartition]) -> None:
        self.consumers[index].assign(partitions)

    def rebalance(self, first: list[TopicPartition], *, expelled: int | None = None) -> None:
        """Give `first` to the first consumer and the rest to the second. One that is `expelled`
        is not told yet: it still believes that it has what it had."""
        told = [one for number, one in enumerate(self.consumers) if number != expelled]
        for one in told:
            self.run(one.consumer.revoked())
        rest = [p for p in self.partitions if p not in first]
        self.run(self._assign(first, rest, expelled))
        self.settle()

    async def _assign(
        self,
        first: list[TopicPartition],
        rest: list[TopicPartition],
        expelled: int | None = None,
    ) -> None:
        for number, partitions in enumerate((first, rest)):
            if number != expelled:
                # What it was given but has not handled yet is dropped with its assignment.
                self.consumers[number].batch = ()
                self.consumers[number].assign(partitions)

    # The log and its operator.

    def lose_tail(self, partition: TopicPartition, count: int) -> None:
        """The broker dies and comes back without its last records; consumers saw it away."""
        self.faultless = False
        applied = {event_id for event_id, _, _ in self.database.state.effects}
        for record in self.broker.log[partition][-count:]:
            event_id = id_of(record)
            if event_id in self.committed and event_id not in applied:
                self.disordered.add(self.committed[event_id][0])
        self.lost = True
        self.broker.away = True
        for one in self.consumers:
            one.batch = ()
            self.run(one.consumer._look())
        self.broker.lose_tail(partition, count)
        self.broker.away = False
        for one in self.consumers:
            self.run(one.consumer._look())
        self.settle()

    def replay(self) -> None:
        """Have the outbox sent again, as an operator does after a loss."""
        self.faultless = False
        self.lost = False
        self.database.replay()

    def dead(self) -> dict[int, Record]:
        """The open dead letters by their ids."""
        log = self.broker.log[TopicPartition(DEAD, 0)]
        return {r.offset: r for r in log if r.offset not in self.resolved}

    def mend_and_replay(self) -> None:
        """Mend what failed, and give every open dead letter to the service again."""
        for number, letter in self.dead().items():
            event_id = id_of(letter)
            if event_id is not None:
                self.mended.add(event_id)
                headers = tuple(h for h in letter.headers if not h[0].startswith("dlq_"))
                self.broker.append(RETRY, letter.key, letter.value, headers)
                self.resolved.add(number)

    def drain(self) -> None:
        """Heal everything and let it run until nothing moves any more."""
        self.broker.away = self.database.away = False
        for key in list(self.open):
            self.commit(key)
        for relay in self.relays:
            relay.end()
            relay.connect()
        if self.lost:
            self.replay()
        self.settle()
        self.rebalance(self.partitions)
        for _ in range(400):
            for relay in self.relays:
                if not relay.rows:
                    self.run(relay.fetch())
                self.run(relay.publish())
            one = self.consumers[0]
            one.batch = one.kafka.poll(500)
            moved = bool(one.batch)
            self.run(one.handle())
            self.settle()
            if not moved and not self.database.pending:
                return
        raise AssertionError("it never came to rest")


def id_of(record: Record) -> UUID | None:
    """The event's id, if the record has one."""
    for name, value in record.headers:
        if name == "ce_id":
            with contextlib.suppress(ValueError):
                return UUID((value or b"").decode())
    return None
