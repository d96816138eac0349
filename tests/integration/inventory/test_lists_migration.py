"""Entries from before lists went by words and orders are found by them; and there is a way back."""

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from conftest import PASSWORD, Servers, address
from uuid_utils.compat import uuid7

from chassis.migrations import _config
from warehouse import provisioning
from warehouse.provisioning import Database

WORKSPACE, ITEM, ROOM, ENTRY, OTHER = uuid4(), uuid7(), uuid7(), uuid7(), uuid7()
NOW = datetime.now(UTC)


@pytest.fixture
def urls(servers: Servers) -> tuple[str, str]:
    """A database of this test's own: as its owner, and as the superuser."""
    database = Database.of("lists", owner_password=PASSWORD, app_password=PASSWORD)
    provisioning.provision(servers.admin_url, [database])
    admin_url = servers.admin_url.rsplit("/", 1)[0] + "/warehouse_lists"
    return database.owner_url(address(servers)), admin_url


async def run(url: str, *statements: tuple[Any, ...]) -> list[Any]:
    """What the last of these found."""
    connection: Any = await asyncpg.connect(url)
    try:
        found: list[Any] = []
        for sql, *arguments in statements:
            found = await connection.fetch(sql, *arguments)
        return [tuple(row) for row in found]
    finally:
        await connection.close()


_ITEM = """
    INSERT INTO known_items (id, workspace_id, version, name, sku, is_archived, is_deleted)
    VALUES ($1, $2, 7, 'Düsenjäger', 'DJ-3', false, false)
"""
_ROOM = """
    INSERT INTO locations (id, workspace_id, version, created_at, updated_at, name, is_archived)
    VALUES ($1, $2, 1, $3, $3, 'Room', false)
"""
_ENTRY = """
    INSERT INTO entries (id, workspace_id, version, created_at, updated_at, item_id, location_id,
                         quantity, held_quantity, condition, status, is_archived, notes)
    VALUES ($1, $2, 3, $3, $3, $4, $5, 1, 0, 'GOOD', 'AVAILABLE', false, 'Ölfleck')
"""
_CODE = """
    INSERT INTO short_codes (code, id, workspace_id, version, is_made, state, kind, target_id,
                             created_at, updated_at{more})
    VALUES ($1, $2, $3, 1, false, 'claimed', 'item', $4, $5, $5{value})
"""


def test_what_was_there_before_is_found_and_there_is_a_way_back(urls: tuple[str, str]) -> None:
    owner_url, admin_url = urls
    config = _config("inventory", owner_url)
    command.upgrade(config, "0009")
    furnished = [
        (_ITEM, ITEM, WORKSPACE),
        (_ROOM, ROOM, WORKSPACE, NOW),
        (_ENTRY, ENTRY, WORKSPACE, NOW, ITEM, ROOM),
        (_ENTRY, OTHER, WORKSPACE, NOW, uuid7(), ROOM),  # of an item that nobody has heard of
        (_CODE.format(more="", value=""), "OWN1", uuid7(), WORKSPACE, ITEM, NOW),
    ]
    asyncio.run(run(admin_url, *furnished))
    command.upgrade(config, "0010")
    space = f"w{str(WORKSPACE)[-10:]}"
    words = "SELECT id, sort_name FROM entries WHERE search @@ $1::text::tsquery ORDER BY id"
    query = f"'{space}dusen':* & '{space}olfleck' & '{space}dj3'"
    assert asyncio.run(run(admin_url, (words, query))) == [(ENTRY, "dusenjager")]
    assert asyncio.run(run(admin_url, (words, f"'{space}olfleck'"))) == [
        (ENTRY, "dusenjager"),
        (OTHER, ""),
    ]
    versions = "SELECT e.version, k.version FROM entries e JOIN known_items k ON k.id = e.item_id"
    assert asyncio.run(run(admin_url, (versions,))) == [(3, 0)]  # the item is heard of anew
    additional = _CODE.format(more=", is_additional", value=", true")
    asyncio.run(run(admin_url, (additional, "MORE", uuid7(), WORKSPACE, ITEM, NOW)))

    command.downgrade(config, "0009")
    codes = "SELECT code, state, target_id FROM short_codes ORDER BY code"
    assert asyncio.run(run(admin_url, (codes,))) == [
        ("MORE", "unused", None),
        ("OWN1", "claimed", ITEM),
    ]
    command.upgrade(config, "head")
    assert asyncio.run(run(admin_url, (words, query))) == [(ENTRY, "dusenjager")]
