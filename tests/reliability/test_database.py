"""The database fails: connections end, it restarts, takes no more, has no room."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg
import pytest
from support.faults import Stack
from support.invariants import healed
from support.workload import Workload

from warehouse.registry import SERVICES

pytestmark = pytest.mark.long

BETWEEN = 8  # operations acknowledged between two blows
LASTS = 6.0  # seconds that a shortage lasts

_NO_ROOM = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF random() < 0.7 THEN
            RAISE EXCEPTION 'could not extend file: No space left on device'
                USING ERRCODE = 'disk_full';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER no_room BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION no_room();
    CREATE TRIGGER no_room BEFORE INSERT ON outbox FOR EACH ROW EXECUTE FUNCTION no_room();
"""
# Both in the order in which a consumer's transaction locks these tables.
_ROOM = """
    DROP TRIGGER IF EXISTS no_room ON inbox;
    DROP TRIGGER IF EXISTS no_room ON outbox;
    DROP FUNCTION IF EXISTS no_room;
"""


@contextlib.asynccontextmanager
async def administrator(stack: Stack) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(stack.postgres.admin_url)
    try:
        yield connection
    finally:
        await connection.close()


async def terminate(connection: asyncpg.Connection, application: str = "%") -> int:
    """End every connection of the services, or those of one application; how many."""
    ended = await connection.fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE usename LIKE '%\\_app' AND application_name LIKE $1",
        application,
    )
    return len(ended)


async def some_work(clients: Workload) -> None:
    await clients.reach(len(clients.kept) + BETWEEN)


async def test_connections_that_are_terminated_lose_nothing(
    stack: Stack, clients: Workload
) -> None:
    async with administrator(stack) as admin, clients.running():
        for _ in range(10):
            await some_work(clients)
            assert await terminate(admin) > len(SERVICES)
        await some_work(clients)
    await healed(stack, clients)


@pytest.mark.parametrize("end", ["stop", "kill"])
async def test_a_restart_of_the_database_loses_nothing(
    stack: Stack, clients: Workload, end: str
) -> None:
    async with clients.running():
        for _ in range(2):
            await some_work(clients)
            await asyncio.to_thread(getattr(stack.database, end))
            await asyncio.sleep(1)
            await asyncio.to_thread(stack.database.start)
        await some_work(clients)
    await healed(stack, clients)


async def test_a_database_that_is_out_of_connections_loses_nothing(
    stack: Stack, clients: Workload
) -> None:
    """Every service has two connections left for a while, less than its pools and its relay."""
    async with administrator(stack) as admin:
        try:
            async with clients.running():
                await some_work(clients)
                for service in SERVICES:
                    await admin.execute(f"ALTER ROLE {service}_app CONNECTION LIMIT 2")
                await terminate(admin)
                await asyncio.sleep(LASTS)
                for service in SERVICES:
                    await admin.execute(f"ALTER ROLE {service}_app CONNECTION LIMIT -1")
                await some_work(clients)
        finally:
            for service in SERVICES:
                await admin.execute(f"ALTER ROLE {service}_app CONNECTION LIMIT -1")
    await healed(stack, clients)


async def test_a_full_disk_loses_nothing_and_buries_nothing(
    stack: Stack, clients: Workload
) -> None:
    """Most inserts into outbox and inbox fail for a while: requests answer so, consumers wait, and
    no event becomes a dead letter for it."""
    async with contextlib.AsyncExitStack() as exits:
        connections = []
        for service in SERVICES:
            connections.append(await asyncpg.connect(stack.database_url(service)))
            exits.push_async_callback(connections[-1].close)
        try:
            async with clients.running():
                await some_work(clients)
                for connection in connections:
                    await connection.execute(_NO_ROOM)
                await asyncio.sleep(LASTS)
                for connection in connections:
                    await connection.execute(_ROOM)
                await some_work(clients)
        finally:
            for connection in connections:
                await connection.execute(_ROOM)
    assert clients.answers["500"] + clients.answers["503"] > 0
    await healed(stack, clients)


async def test_a_relay_that_lost_its_lock_in_the_middle_of_sending_disorders_nothing(
    stack: Stack, clients: Workload
) -> None:
    """Its connection, and so its locks, end again and again while it sends; it takes them anew and
    sends the same rows once more."""
    async with administrator(stack) as admin, clients.running():
        for _ in range(25):
            await terminate(admin, "%-relay")
            await asyncio.sleep(0.3)
        await some_work(clients)
    await healed(stack, clients)
