"""Delivering a whole topic again changes nothing (invariant 6)."""

import hashlib
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer
from support.groups import LISTENING, group, lag
from support.journey import lend_one_thing
from support.processes import Processes
from support.waiting import eventually

from warehouse.embedded import stack
from warehouse.registry import SERVICES


async def digests(servers: stack.Servers) -> dict[str, str]:
    """A digest of every table of every service."""
    found: dict[str, str] = {}
    for service in SERVICES:
        url = servers.admin_url.rsplit("/", 1)[0] + f"/warehouse_{service}"
        connection = await asyncpg.connect(url)
        tables = await connection.fetch(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        for (table,) in tables:
            rows = await connection.fetch(f"SELECT to_json(t)::text AS row FROM {table} t")
            lines = "\n".join(sorted(row["row"] for row in rows))
            found[f"{service}.{table}"] = hashlib.sha256(lines.encode()).hexdigest()
        await connection.close()
    return found


async def rewind(servers: stack.Servers) -> int:
    """Set every service back to the start of every partition, in its database and in its group;
    how many records that delivers again."""
    delivered, bootstrap_servers = 0, servers.bootstrap_servers
    for service in LISTENING:
        url = servers.admin_url.rsplit("/", 1)[0] + f"/warehouse_{service}"
        connection = await asyncpg.connect(url)
        await connection.execute("UPDATE consumer_positions SET next_offset = 0, event_id = NULL")
        await connection.close()
        async with group(bootstrap_servers, service) as (reader, committed):
            starts = await reader.beginning_offsets(list(committed))
            delivered += sum(committed[tp] - starts[tp] for tp in committed)
        writer: Any = AIOKafkaConsumer(
            bootstrap_servers=bootstrap_servers,
            group_id=f"warehouse.{service}",
            enable_auto_commit=False,
        )
        await writer.start()
        writer.assign(list(committed))
        await writer.commit(starts)
        await writer.stop()
    return delivered


async def test_every_topic_again_changes_no_row(
    platform: str, processes: Processes, servers: stack.Servers
) -> None:
    """With every position set back to offset 0 and everything consumed again, each table of each
    service is what it was, to the byte."""
    await lend_one_thing(platform)
    bootstrap = servers.bootstrap_servers

    async def caught_up() -> bool:
        return await lag(bootstrap) == 0

    await eventually(caught_up, deadline=30)
    processes.only()
    before = await digests(servers)
    assert await rewind(servers) > 50
    processes.only(*([service] for service in SERVICES))
    await eventually(caught_up, deadline=60)
    processes.only()
    after = await digests(servers)
    assert {name for name in before if before[name] != after[name]} == set()
