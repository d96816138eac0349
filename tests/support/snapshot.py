"""All that is known about some workspaces at one moment: every table, every topic, every inbox."""

import json
import pkgutil
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from chassis.listeners import Listener
from support.faults import Platform
from warehouse.registry import SERVICES

Row = dict[str, Any]

_PENDING = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_UNREAD = "SELECT count(*) FROM search_queue"  # items whose words search does not know yet
_TABLES = """
    SELECT c.relname FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
"""


@dataclass(frozen=True)
class Record:
    """One record as it lies in a topic."""

    topic: str
    partition: int
    offset: int
    key: str | None
    headers: dict[str, str]
    payload: Row

    @property
    def event_id(self) -> str:
        return self.headers.get("ce_id", "")

    @property
    def type(self) -> str:
        return self.headers.get("ce_type", "")

    @property
    def origin(self) -> tuple[str | None, ...]:
        """Where a dead letter was when it failed."""
        return tuple(self.headers.get(f"dlq_{name}") for name in ("topic", "partition", "offset"))

    @property
    def workspace_id(self) -> str | None:
        return self.headers.get("ce_workspaceid")


@dataclass
class Snapshot:
    """`tables` are by `service.table`; `records` are those of the event topics, in order per
    partition; `inboxes` are the ids of `records` that each service has applied; `dead` are the open
    dead letters by service, `closed` says where the others came from. `pending` and `lag` count
    what is on its way."""

    tables: dict[str, list[Row]] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    dead: dict[str, list[Record]] = field(default_factory=dict)
    closed: set[tuple[str, tuple[str | None, ...]]] = field(default_factory=set)
    inboxes: dict[str, set[str]] = field(default_factory=dict)
    pending: int = 0
    lag: int = 0

    def first_occurrences(self) -> list[Record]:
        """The records without those that were delivered before."""
        seen: dict[str, Record] = {}
        for record in self.records:
            seen.setdefault(record.event_id, record)
        return list(seen.values())


@cache
def heard_types(service: str) -> frozenset[str]:
    """The event types that a service's listeners ask for."""
    package = import_module(f"services.{service}")
    types: set[str] = set()
    for module in pkgutil.walk_packages(package.__path__, f"services.{service}."):
        if module.name.endswith(".consumers"):
            listener: Listener = import_module(module.name).listener
            types |= listener.types
    return frozenset(types)


async def take(stack: Platform, workspace_ids: Collection[str]) -> Snapshot:
    """Read everything of `workspace_ids`; `pending`, `lag` and the dead letters are everybody's."""
    snapshot = Snapshot()
    # Before the topics are read, and after: what goes out meanwhile may be in none of the records.
    for service in SERVICES:
        snapshot.pending += await _pending(stack.database_url(service))
    ends = await _read_topics(stack, snapshot, set(workspace_ids))
    ids = [UUID(record.event_id) for record in snapshot.records]
    for service in SERVICES:
        connection: Any = await asyncpg.connect(stack.database_url(service))
        try:
            await _read_database(connection, snapshot, service, list(workspace_ids), ids)
            snapshot.lag += await _lag(connection, service, ends)
        finally:
            await connection.close()
    return snapshot


async def _pending(url: str) -> int:
    connection: Any = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(_PENDING))
    finally:
        await connection.close()


async def _read_database(
    connection: Any,  # noqa: ANN401 - asyncpg has no types
    snapshot: Snapshot,
    service: str,
    workspace_ids: list[str],
    ids: list[UUID],
) -> None:
    for (table,) in await connection.fetch(_TABLES):
        rows = await connection.fetch(
            f"SELECT to_jsonb(t)::text AS row FROM {table} t WHERE workspace_id = ANY($1::uuid[])",
            workspace_ids,
        )
        snapshot.tables[f"{service}.{table}"] = [json.loads(row["row"]) for row in rows]
    snapshot.pending += await connection.fetchval(_PENDING)
    if service == "catalog":
        snapshot.pending += await connection.fetchval(_UNREAD)
    applied = await connection.fetch("SELECT event_id FROM inbox WHERE event_id = ANY($1)", ids)
    snapshot.inboxes[service] = {str(row["event_id"]) for row in applied}


async def _lag(connection: Any, service: str, ends: dict[TopicPartition, int]) -> int:  # noqa: ANN401
    """Records of the topics that a service hears beyond its position, which moves with what it
    applied."""
    positions = {
        TopicPartition(row["topic"], row["partition"]): row["next_offset"]
        for row in await connection.fetch("SELECT * FROM consumer_positions")
    }
    topics = {f"{type_.rpartition('.')[0]}.v1" for type_ in heard_types(service)}
    return sum(
        max(0, end - positions.get(partition, 0))
        for partition, end in ends.items()
        if partition.topic in topics
    )


async def _read_topics(
    stack: Platform, snapshot: Snapshot, workspace_ids: set[str]
) -> dict[TopicPartition, int]:
    """Read every topic as of now; where each partition ends."""
    partitions = await _partitions(stack.bootstrap_servers)
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=stack.bootstrap_servers, enable_auto_commit=False, group_id=None
    )
    await consumer.start()
    try:
        consumer.assign(partitions)
        starts = await consumer.beginning_offsets(partitions)
        ends = await consumer.end_offsets(partitions)
        for partition, start in starts.items():
            consumer.seek(partition, start)
        unread = {partition for partition, end in ends.items() if end > starts[partition]}
        while unread:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    _note(snapshot, _record(record), workspace_ids)
            unread = {tp for tp in unread if await consumer.position(tp) < ends[tp]}
    finally:
        await consumer.stop()
    return dict(ends)


async def _partitions(bootstrap_servers: str) -> list[TopicPartition]:
    client: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await client.start()
    try:
        described = await client.describe_topics()
    finally:
        await client.close()
    return [
        TopicPartition(topic["topic"], partition["partition"])
        for topic in described
        if topic["topic"].startswith("warehouse.")
        for partition in topic["partitions"]
    ]


def _note(snapshot: Snapshot, record: Record, workspace_ids: set[str]) -> None:
    _, service, kind, *_ = record.topic.split(".")
    if kind == "dlq":
        _note_dead(snapshot, service, record)
    elif kind != "retry" and record.workspace_id in workspace_ids and _is_event(record):
        snapshot.records.append(record)


def _note_dead(snapshot: Snapshot, service: str, record: Record) -> None:
    """A letter is open until a mark says otherwise. The same record buried again, because the
    consumer died before it could move on or because its topic was read once more, is no other."""
    letters = snapshot.dead.setdefault(service, [])
    known = {*snapshot.closed, *((service, one.origin) for one in letters)}
    resolved = record.headers.get("dlq_resolves")
    if resolved is not None:
        closing = [one for one in letters if str(one.offset) == resolved]
        snapshot.closed |= {(service, one.origin) for one in closing}
        letters[:] = [one for one in letters if one not in closing]
    elif (service, record.origin) not in known:
        letters.append(record)


def _is_event(record: Record) -> bool:
    """Whether it is an event at all: crafted poison is what it is."""
    try:
        UUID(record.event_id)
    except ValueError:
        return False
    return "id" in record.payload


def _record(record: Any) -> Record:  # noqa: ANN401 - aiokafka has no types
    try:
        payload = json.loads(record.value or b"")
    except ValueError:
        payload = {}
    return Record(
        record.topic,
        record.partition,
        record.offset,
        None if record.key is None else record.key.decode(errors="replace"),
        {name: (value or b"").decode(errors="replace") for name, value in record.headers},
        payload if isinstance(payload, dict) else {},
    )
