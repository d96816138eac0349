"""What `warehouse check ledger` promises."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.warehouse.conftest import Command
from uuid_utils.compat import uuid7

_PLACES = """
    INSERT INTO locations (id, workspace_id, version, created_at, updated_at, name, is_archived)
    VALUES ($2, $1, 1, now(), now(), 'Room', false)
"""
_ENTRY = """
    INSERT INTO entries (id, workspace_id, version, created_at, updated_at, item_id, location_id,
                         quantity, held_quantity, condition, status, is_archived)
    VALUES ($2, $1, 1, now(), now(), $3, $4, $5, 0, 'GOOD', 'AVAILABLE', false)
"""
_MOVEMENT = """
    INSERT INTO movements (id, workspace_id, entry_id, item_id, kind, quantity, units_out, units_in,
                           balance, to_location_id, actor, created_at)
    VALUES (uuidv7(), $1, $2, $3, 'created', $5, 0, $5, $5, $4, 'system', now())
"""


@pytest.fixture
async def database(connect: Callable[[str], Any]) -> AsyncIterator[Any]:
    """Whatever a test broke is mended after it: others look at the same books."""
    connection = await connect("inventory")
    yield connection
    await connection.execute("SET session_replication_role = replica")
    for table in ("movements", "entries", "locations"):
        await connection.execute(f"DELETE FROM {table} WHERE workspace_id = ANY ($1)", list(broken))


broken: set[UUID] = set()


async def test_books_that_balance_are_told_so(warehouse: Command, database: Any) -> None:  # noqa: ANN401
    workspace_id, room, entry, item = uuid4(), uuid7(), uuid7(), uuid7()
    broken.add(workspace_id)
    await database.execute(_PLACES, workspace_id, room)
    await database.execute(_ENTRY, workspace_id, entry, item, room, 3)
    await database.execute(_MOVEMENT, workspace_id, entry, item, room, 3)
    done = await warehouse("check", "ledger", "--workspace", str(workspace_id), "--json")
    assert (done.code, done.json["balance"], done.json["entries"]) == (0, True, 1)
    told = await warehouse("check", "ledger", "--workspace", str(workspace_id))
    assert "1 entries and 1 movements: the books balance." in told.out


async def test_a_workspace_that_nobody_knows_has_no_books(warehouse: Command) -> None:
    unknown = str(uuid4())
    done = await warehouse("check", "ledger", "--workspace", unknown)
    assert done.code != 0
    assert unknown in done.err
    assert "balance" not in done.out


async def test_each_thing_that_differs_is_named(warehouse: Command, database: Any) -> None:  # noqa: ANN401
    """Units that no movement brought, holds that nobody holds, a tree that goes in a circle."""
    workspace_id, room, entry, item = uuid4(), uuid7(), uuid7(), uuid7()
    broken.add(workspace_id)
    await database.execute(_PLACES, workspace_id, room)
    await database.execute(_ENTRY, workspace_id, entry, item, room, 3)
    await database.execute(_MOVEMENT, workspace_id, entry, item, room, 2)
    await database.execute("UPDATE entries SET held_quantity = 1 WHERE id = $1", entry)
    one, other = uuid7(), uuid7()
    for circle in (one, other):
        await database.execute(_PLACES.replace("Room", str(circle)), workspace_id, circle)
    await database.execute(
        "UPDATE locations SET parent_id = CASE WHEN id = $1 THEN $2 ELSE $1 END "
        "WHERE id IN ($1, $2)",
        one,
        other,
    )
    done = await warehouse("check", "ledger", "--workspace", str(workspace_id), "--json")
    found = {(each["check"], each["id"]) for each in json.loads(done.out)["differences"]}
    assert done.code == 1
    circles = {("locations", str(one)), ("locations", str(other))}
    assert found == {("ledger", str(entry)), ("holds", str(entry))} | circles
    told = await warehouse("check", "ledger", "--workspace", str(workspace_id))
    assert (told.code, "4 things differ." in told.out) == (1, True)
    assert f"the ledger has 2 units at location {room}, container -; there are 3" in told.out
