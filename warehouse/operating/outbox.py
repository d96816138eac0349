"""The outboxes: what Kafka has not got yet, who is sending it, and how much is kept."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from warehouse.errors import OperatorError
from warehouse.operating.addresses import Addresses
from warehouse.operating.database import connected

SHARDS = 16
COUNTING = 3.0  # seconds that counting what was just published may take, in a long outbox
_LOCKS = 0x0B0C  # the first key of the relays' advisory locks; the shard is the second

_PENDING = """
    SELECT count(*) AS pending, min(created_at) AS oldest,
        extract(epoch FROM greatest(now(), min(created_at)) - min(created_at))::float8
            AS oldest_seconds
    FROM outbox WHERE published_at IS NULL
"""
_PUBLISHED = "SELECT count(*) FROM outbox WHERE published_at > now() - interval '1 minute'"
_HOLDERS = """
    SELECT l.pid, a.application_name, host(a.client_addr) AS client,
        array_agg(l.objid::int ORDER BY l.objid) AS shards
    FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.classid = $1 AND l.objsubid = 2 AND l.granted
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    GROUP BY l.pid, a.application_name, a.client_addr ORDER BY min(l.objid)
"""
_PARTITIONS = """
    SELECT c.relname AS name, pg_total_relation_size(c.oid) AS bytes,
        greatest(c.reltuples, pg_stat_get_live_tuples(c.oid))::bigint AS rows
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'outbox'::regclass ORDER BY c.relname
"""


@dataclass(frozen=True)
class Holder:
    """A relay's connection and the shards that it holds; `client` is None on a local socket."""

    pid: int
    application_name: str | None
    client: str | None
    shards: list[int]


@dataclass(frozen=True)
class Partition:
    """A day of the outbox; `rows` is PostgreSQL's estimate, `bytes` with indexes."""

    name: str
    bytes: int
    rows: int


@dataclass(frozen=True)
class Outbox:
    """One service's outbox. `published_last_minute` is None where counting took too long;
    `shards_free` lists the shards that no relay holds: nothing of theirs is being sent."""

    service: str
    pending: int
    oldest: datetime | None
    oldest_seconds: float | None
    published_last_minute: int | None
    holders: list[Holder]
    shards_free: list[int]
    partitions: list[Partition]


@dataclass
class Outboxes:
    """What `look` found; `unread` says, by service, why its database could not be asked."""

    services: list[Outbox] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        return sum(each.pending for each in self.services)


async def look(addresses: Addresses, services: Iterable[str]) -> Outboxes:
    """The outboxes of `services` now."""
    found = Outboxes()

    async def one(service: str) -> Outbox | None:
        try:
            async with connected(service, addresses.database(service)) as connection:
                return await _read(service, connection)
        except OperatorError as error:
            found.unread[service] = str(error)
            return None

    read = await asyncio.gather(*(one(service) for service in services))
    found.services += [each for each in read if each is not None]
    return found


async def _read(service: str, connection: Any) -> Outbox:  # noqa: ANN401 - asyncpg has no types
    pending = await connection.fetchrow(_PENDING)
    holders = [Holder(**row) for row in await connection.fetch(_HOLDERS, _LOCKS)]
    held = {shard for holder in holders for shard in holder.shards}
    return Outbox(
        service=service,
        pending=pending["pending"],
        oldest=pending["oldest"],
        oldest_seconds=pending["oldest_seconds"],
        published_last_minute=await _published(connection),
        holders=holders,
        shards_free=[shard for shard in range(SHARDS) if shard not in held],
        partitions=[Partition(**row) for row in await connection.fetch(_PARTITIONS)],
    )


async def _published(connection: Any) -> int | None:  # noqa: ANN401
    await connection.execute(f"SET statement_timeout = '{COUNTING:.0f}s'")
    try:
        count: int = await connection.fetchval(_PUBLISHED)
    except asyncpg.QueryCanceledError:
        return None
    finally:
        await connection.execute("RESET statement_timeout")
    return count
