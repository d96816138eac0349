"""Consumer groups as an operator sees them: what is committed, and how far behind that is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient

from warehouse.registry import SERVICES

LISTENING = tuple(service for service in SERVICES if service != "auth")


@asynccontextmanager
async def group(bootstrap_servers: str, service: str) -> AsyncIterator[tuple[Any, dict[Any, int]]]:
    """A consumer that stands for a service's group, and the offsets the group has committed."""
    client: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    await client.start()
    committed = await client.list_consumer_group_offsets(f"warehouse.{service}")
    await client.close()
    consumer: Any = AIOKafkaConsumer(
        *{partition.topic for partition in committed},
        bootstrap_servers=bootstrap_servers,
        group_id=None,
        enable_auto_commit=False,
    )
    await consumer.start()
    # Where there is nothing to ask for, nothing below waits, and a consumer that is stopped before
    # its own task began raises what cancelled that.
    await asyncio.sleep(0)
    try:
        yield consumer, {tp: meta.offset for tp, meta in committed.items() if meta.offset >= 0}
    finally:
        await consumer.stop()


async def lag(bootstrap_servers: str) -> int:
    """Records that the services' groups have not committed yet, over all topics they read."""
    behind = 0
    for service in LISTENING:
        async with group(bootstrap_servers, service) as (consumer, committed):
            every = list(consumer.assignment())
            ends = await consumer.end_offsets(every)
            starts = await consumer.beginning_offsets(every)
            behind += sum(ends[tp] - committed.get(tp, starts[tp]) for tp in every)
    return behind
