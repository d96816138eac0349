"""What was stored as infinity is read as the day that was sent."""

import asyncio
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from alembic import command
from conftest import PASSWORD, Servers, address

from chassis.migrations import _config
from warehouse import provisioning
from warehouse.provisioning import Database

_ENTRY = """
    INSERT INTO entries (id, workspace_id, version, created_at, updated_at, item_id, location_id,
                         quantity, held_quantity, condition, status, is_archived, expiration_date,
                         date_acquired, last_used_at)
    VALUES ($1, $1, 1, now(), now(), $1, $1, 1, 0, 'GOOD', 'AVAILABLE', false, 'infinity',
            '-infinity', 'infinity')
"""
_ROOM = """
    INSERT INTO locations (id, workspace_id, version, created_at, updated_at, name, is_archived)
    VALUES ($1, $1, 1, now(), now(), 'Room', false)
"""
_USED = """
    INSERT INTO movements (id, workspace_id, entry_id, item_id, kind, quantity, actor, created_at,
                           from_location_id, to_location_id, units_out, units_in, balance, used_at)
    VALUES ($1, $1, $1, $1, 'used', 1, 'system', now(), $1, $1, 0, 0, 1, '-infinity')
"""
_COUNTED = """
    INSERT INTO entries (workspace_id, id, version, item_id, quantity, is_archived, expiration_date)
    VALUES ($1, $1, 1, $1, 1, false, $2::text::date)
"""


async def run(url: str, *statements: tuple[Any, ...]) -> list[str | None]:
    """The first row of what the last of these found."""
    connection: Any = await asyncpg.connect(url)
    try:
        found: list[Any] = []
        for sql, *arguments in statements:
            found = await connection.fetch(sql, *arguments)
        return [*found[0]] if found else []
    finally:
        await connection.close()


@pytest.mark.parametrize(
    ("service", "before", "stored", "seen", "expected"),
    [
        (
            "inventory",
            "0010",
            [(_ROOM,), (_ENTRY,), (_USED,)],
            """
            SELECT e.expiration_date::text, e.date_acquired::text, d.on_date::text,
                   extract(year FROM e.last_used_at)::text, extract(year FROM m.used_at)::text
            FROM entries e JOIN deadlines d ON d.subject_id = e.id JOIN movements m ON m.id = e.id
            WHERE e.id = $1
            """,
            ["9999-12-31", "0001-01-01", "9999-12-31", "9000", "1000"],
        ),
        (
            "analytics",
            "0002",
            [(_COUNTED, "-infinity")],
            "SELECT expiration_date::text FROM entries WHERE id = $1",
            ["0001-01-01"],
        ),
    ],
)
def test_what_was_stored_as_infinity_is_the_day_that_was_sent(
    servers: Servers,
    service: str,
    before: str,
    stored: list[tuple[Any, ...]],
    seen: str,
    expected: list[str],
) -> None:
    """And what watches it follows."""
    database = Database.of(f"never_{service}", owner_password=PASSWORD, app_password=PASSWORD)
    provisioning.provision(servers.admin_url, [database])
    admin_url = servers.admin_url.rsplit("/", 1)[0] + f"/warehouse_never_{service}"
    config = _config(service, database.owner_url(address(servers)))
    command.upgrade(config, "head")
    command.downgrade(config, before)
    id_ = uuid4()
    given = [(sql, id_, *rest) for sql, *rest in stored]
    asyncio.run(run(admin_url, *given))
    command.upgrade(config, "head")
    assert asyncio.run(run(admin_url, (seen, id_))) == expected
