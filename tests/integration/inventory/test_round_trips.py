"""What a change of stock takes in round trips, which are work for both sides."""

import asyncio
from uuid import UUID

import pytest
from integration.inventory.rig import Shelf
from support import counting
from support.waiting import eventually

from chassis.database import Database
from services.inventory.stock import moving, repository, service
from services.inventory.stock.schemas import EntryAdjust, EntryCreate, EntryMove


async def test_the_movement_goes_in_with_the_event_and_the_answer(
    shelf: Shelf, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One round trip for all three, and of a new entry for itself, too."""
    known = await shelf.entry(3)
    room = await shelf.add("/locations", name="Room of its own")
    place = EntryMove(location_id=UUID(room["id"]))
    one = EntryCreate(item_id=UUID(known["item_id"]), location_id=place.location_id, quantity=2)
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=1)
    try:
        async with database.tenant(shelf.workspace_id) as session:
            await session.rows("SELECT 1")  # on a connection that is set up
        sent = counting.statements(monkeypatch)
        async with database.tenant(shelf.workspace_id) as session:
            made = await service.create_last(session, session, one, None, patience=0)
        created = len(sent)
        async with database.tenant(shelf.workspace_id) as session:
            await service.adjust(session, made.id, EntryAdjust(delta=1, reason="Found"), None)
            [(version, _)] = await repository.get(session.last, shelf.workspace_id, made.id, None)
        adjusted = len(sent) - created
        async with database.tenant(shelf.workspace_id) as session:
            await moving.move(session, UUID(known["id"]), place, None, None)
            await repository.get(session.last, shelf.workspace_id, UUID(known["id"]), None)
        moved = len(sent) - created - adjusted
    finally:
        await database.stop()
    # BEGIN, what is locked, what is written, with a COMMIT besides; a new entry is a transaction
    # by itself.
    assert (created, adjusted, moved) == (1, 4, 5)
    assert version == 2
    for entry_id, kinds in (
        (made.id, ["adjusted", "created"]),
        (known["id"], ["moved", "created"]),
    ):
        told = await shelf.see(f"/movements?inventory_id={entry_id}")
        assert [one["kind"] for one in told["items"]] == kinds
    entry = await shelf.see(f"/inventory/{made.id}")
    assert (entry["quantity"], entry["item_name"]) == (3, known["item_name"])


async def test_movements_that_are_several_or_asked_for_are_there_as_ever(
    shelf: Shelf, environment: dict[str, str]
) -> None:
    """Two of one transaction go in together; one that a query comes after is found by it."""
    entry_id = UUID((await shelf.entry(3))["id"])
    counted = "SELECT count(*) FROM movements WHERE entry_id = $1"
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=1)
    try:
        async with database.tenant(shelf.workspace_id) as session:
            more = EntryAdjust(delta=1, reason="Found")
            await service.adjust(session, entry_id, more, None)
            await service.adjust(session, entry_id, more, None)
            await session.last.rows("SELECT 1")
            await service.adjust(session, entry_id, more, None)
            assert await session.rows(counted, entry_id) == [(4,)]
    finally:
        await database.stop()
    assert await shelf.database.fetchval(counted, entry_id) == 4


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("UPDATE locations SET is_archived = true WHERE id = $1", "location_id"),
        ("UPDATE known_items SET is_archived = true WHERE id = $1", "item_id"),
        ("UPDATE known_items SET into_id = id WHERE id = $1", "item_id"),
    ],
)
async def test_a_new_entry_waits_for_what_becomes_of_its_item_and_place(
    shelf: Shelf, change: str, field: str
) -> None:
    """Whatever is under way when it is asked for counts once that is committed."""
    known = await shelf.entry()
    body = {"item_id": known["item_id"], "location_id": known["location_id"]}
    async with shelf.database.transaction():
        await shelf.database.execute(change, UUID(body[field]))
        asked = asyncio.create_task(shelf.api.post("/inventory", json=body))
        waiting = """
            SELECT count(*) FROM pg_stat_activity
            WHERE wait_event_type = 'Lock' AND query LIKE '%INSERT INTO entries%'
        """

        async def waits() -> bool:
            await shelf.database.execute("SELECT pg_stat_clear_snapshot()")
            return bool(await shelf.database.fetchval(waiting))

        assert await eventually(waits)
    answer = await asked
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert len((await shelf.see("/inventory"))["items"]) == 1
