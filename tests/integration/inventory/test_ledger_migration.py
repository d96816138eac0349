"""Movements from before the ledger knew what each did to the units are filled in."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from alembic import command
from conftest import PASSWORD, Servers, address
from support import books
from uuid_utils.compat import uuid7

from chassis.migrations import _config
from warehouse import provisioning
from warehouse.provisioning import Database

WORKSPACE = uuid4()
NOW = datetime.now(UTC)
HERE, THERE, WHOLE, PART = uuid7(), uuid7(), uuid7(), uuid7()
# An entry that was archived moves no units with its container.
MOVEMENTS: list[tuple[str, UUID, UUID | None, int, UUID | None, UUID | None]] = [
    ("created", WHOLE, None, 5, None, HERE),
    ("adjusted", WHOLE, None, 3, HERE, HERE),
    ("adjusted", WHOLE, None, -1, HERE, HERE),
    ("archived", WHOLE, None, 7, HERE, None),
    ("moved", WHOLE, None, 7, HERE, THERE),
    ("restored", WHOLE, None, 7, None, THERE),
    ("moved", WHOLE, None, 7, THERE, HERE),
    ("split", WHOLE, PART, 2, HERE, THERE),
    ("archived", PART, None, 2, THERE, None),
]


@pytest.fixture
def urls(servers: Servers) -> tuple[str, str]:
    """A database of this test's own: as its owner, and as the superuser."""
    database = Database.of("past", owner_password=PASSWORD, app_password=PASSWORD)
    provisioning.provision(servers.admin_url, [database])
    admin_url = servers.admin_url.rsplit("/", 1)[0] + "/warehouse_past"
    return database.owner_url(address(servers)), admin_url


async def furnish(url: str) -> None:
    connection: Any = await asyncpg.connect(url)
    try:
        for id_, name in ((HERE, "here"), (THERE, "there")):
            await connection.execute(
                """
                INSERT INTO locations (id, workspace_id, version, created_at, updated_at, name,
                                       is_archived)
                VALUES ($1, $2, 1, $3, $3, $4, false)
                """,
                *(id_, WORKSPACE, NOW, name),
            )
        for id_, where, quantity, archived in (
            (WHOLE, HERE, 5, False),
            (PART, THERE, 2, True),
        ):
            await connection.execute(
                """
                INSERT INTO entries (id, workspace_id, version, created_at, updated_at, item_id,
                                     location_id, quantity, held_quantity, condition, status,
                                     is_archived)
                VALUES ($1, $2, 1, $3, $3, $2, $4, $5, 0, 'GOOD', 'AVAILABLE', $6)
                """,
                *(id_, WORKSPACE, NOW, where, quantity, archived),
            )
        for kind, entry, to_entry, quantity, origin, destination in MOVEMENTS:
            await connection.execute(
                """
                INSERT INTO movements (id, workspace_id, entry_id, to_entry_id, item_id, kind,
                                       quantity, from_location_id, to_location_id, actor,
                                       created_at)
                VALUES ($1, $2, $3, $4, $2, $5, $6, $7, $8, 'system', $9)
                """,
                *(uuid7(), WORKSPACE, entry, to_entry, kind, quantity, origin, destination, NOW),
            )
    finally:
        await connection.close()


async def look(url: str) -> dict[str, list[dict[str, Any]]]:
    connection: Any = await asyncpg.connect(url)
    try:
        return {
            table: [dict(row) for row in await connection.fetch(f"SELECT * FROM {table}")]
            for table in books.TABLES
        }
    finally:
        await connection.close()


def test_what_was_written_before_sums_to_the_present(urls: tuple[str, str]) -> None:
    """With its balances; and there is a way back."""
    owner_url, admin_url = urls
    config = _config("inventory", owner_url)
    command.upgrade(config, "0002")
    asyncio.run(furnish(admin_url))
    command.upgrade(config, "0003")
    tables = asyncio.run(look(admin_url))
    assert list(books.wrong_in(tables)) == []
    balances = [
        (row["balance"], row["to_balance"])
        for row in sorted(tables["movements"], key=lambda row: str(row["id"]))
    ]
    assert balances == [
        *((5, None), (8, None), (7, None), (0, None), (0, None)),
        *((7, None), (7, None), (5, 2), (0, None)),
    ]
    command.downgrade(config, "0002")
    assert "balance" not in asyncio.run(look(admin_url))["movements"][0]
