"""What stock levels promise: LOW_STOCK is told when an item falls below its minimum."""

from uuid import UUID

import pytest
from integration.notify.rig import Neighbours
from support.envelopes import envelope
from uuid_utils.compat import uuid7

from chassis.database import Database
from chassis.listeners import Handlers
from services.notify.stock import consumers


@pytest.fixture
async def owner(neighbours: Neighbours) -> UUID:
    return await neighbours.member("owner")


async def low(neighbours: Neighbours, owner: UUID) -> int:
    """How often the owner was told of low stock."""
    return [one["type"] for one in await neighbours.told(owner)].count("LOW_STOCK")


async def test_stock_that_falls_below_the_minimum_is_told_once(
    neighbours: Neighbours, owner: UUID
) -> None:
    """The crossing is told, further falls are not, and after a recovery it is told again."""
    item, entry = uuid7(), uuid7()
    await neighbours.item("created", item, minimum=5)
    assert await low(neighbours, owner) == 0
    told = []
    for quantity in (6, 5, 4, 1, 5, 2):
        await neighbours.stock("adjusted", entry, item, quantity)
        told.append(await low(neighbours, owner))
    assert told == [0, 0, 1, 1, 1, 2]
    newest = (await neighbours.told(owner))[0]
    assert newest["message"].startswith("Batteries: 2 left, and you want to keep at least 5.")
    assert newest["link"] == f"/v1/workspaces/{neighbours.workspace_id}/items/{item}"


async def test_stock_heard_of_before_its_item_counts(neighbours: Neighbours, owner: UUID) -> None:
    """The topics are not ordered among each other: either may be first."""
    item = uuid7()
    await neighbours.stock("created", uuid7(), item, 2)
    assert await low(neighbours, owner) == 0
    await neighbours.item("created", item, minimum=3)
    assert await low(neighbours, owner) == 1


async def test_archived_stock_is_not_there(neighbours: Neighbours, owner: UUID) -> None:
    """Archiving one of two entries can make the item low; restoring it recovers."""
    item, one, other = uuid7(), uuid7(), uuid7()
    await neighbours.item("created", item, minimum=3)
    await neighbours.stock("created", one, item, 3)
    await neighbours.stock("created", other, item, 2)
    await neighbours.stock("archived", one, item, 3, archived=True)
    assert await low(neighbours, owner) == 1
    await neighbours.stock("restored", one, item, 3)
    await neighbours.stock("archived", one, item, 3, archived=True)
    assert await low(neighbours, owner) == 2


@pytest.mark.parametrize("ways", [("split", "created"), ("merged", "joined")])
@pytest.mark.parametrize("first", [0, 1])
async def test_what_passes_to_another_entry_was_never_away(
    neighbours: Neighbours, owner: UUID, ways: tuple[str, str], first: int
) -> None:
    """Two events tell of it, in any order: neither makes an item low, nor one that is low recover
    and fall again; the next event that is none of them does."""
    enough, short = uuid7(), uuid7()
    parts = {enough: uuid7(), short: uuid7()}
    for item, minimum, told in ((enough, 5, 0), (short, 6, 1)):
        whole, part = uuid7(), parts[item]
        await neighbours.stock("created", whole, item, 5 if ways[0] == "split" else 2)
        if ways[0] == "merged":
            await neighbours.stock("created", part, item, 3)
        await neighbours.item("created", item, minimum=minimum)
        for verb in (ways[first], ways[1 - first]):
            match verb:
                case "split":
                    await neighbours.stock("split", whole, item, 3, moved_to=part)
                case "created":
                    await neighbours.stock("created", part, item, 2, split_from=whole)
                case "merged":
                    await neighbours.stock("merged", whole, item, 0, archived=True)
                case "joined":
                    await neighbours.stock("joined", part, item, 5, joined_from=whole)
            assert await low(neighbours, owner) == told
    for item, told in ((short, 1), (enough, 2)):
        await neighbours.stock("adjusted", parts[item], item, 1)
        assert await low(neighbours, owner) == told


async def test_a_raised_minimum_is_told(neighbours: Neighbours, owner: UUID) -> None:
    """Nothing left the shelf, and still there is too little now."""
    item = uuid7()
    await neighbours.item("created", item, minimum=1)
    await neighbours.stock("created", uuid7(), item, 2)
    await neighbours.item("updated", item, minimum=10)
    assert await low(neighbours, owner) == 1


async def test_an_archived_item_is_never_low(neighbours: Neighbours, owner: UUID) -> None:
    """What is out of use is not missed."""
    item, entry = uuid7(), uuid7()
    await neighbours.item("created", item, minimum=2)
    await neighbours.stock("created", entry, item, 2)
    await neighbours.item("archived", item, minimum=2, archived=True)
    await neighbours.stock("adjusted", entry, item, 0)
    assert await low(neighbours, owner) == 0


@pytest.mark.parametrize("first", ["merge", "stock"])
async def test_an_item_that_was_merged_has_not_run_low(
    neighbours: Neighbours, owner: UUID, first: str
) -> None:
    """Its stock is another item's, whichever is heard first; what that has is its sum."""
    gone, kept, entry = uuid7(), uuid7(), uuid7()
    await neighbours.item("created", gone, minimum=2)
    await neighbours.item("created", kept, minimum=5)
    await neighbours.stock("created", entry, gone, 3)
    await neighbours.stock("created", uuid7(), kept, 6)
    if first == "merge":
        await neighbours.item("merged", gone, minimum=2)
    await neighbours.stock("updated", entry, kept, 3)
    if first == "stock":
        await neighbours.item("merged", gone, minimum=2)
    assert await low(neighbours, owner) == 0
    assert await neighbours.database.fetchval("SELECT units FROM items WHERE id = $1", kept) == 9


async def test_older_stock_that_comes_late_changes_nothing(
    neighbours: Neighbours, owner: UUID
) -> None:
    """An event of an older version, delivered again, is no news."""
    item, entry = uuid7(), uuid7()
    await neighbours.item("created", item, minimum=5)
    first = await neighbours.stock("created", entry, item, 9)
    await neighbours.stock("adjusted", entry, item, 4)
    await neighbours.redeliver(first)
    assert await low(neighbours, owner) == 1
    assert await neighbours.database.fetchval("SELECT units FROM items WHERE id = $1", item) == 4


async def test_a_refused_hold_is_no_state(neighbours: Neighbours, owner: UUID) -> None:
    """hold_rejected has no quantity of the entry and is not listened to."""
    item, entry = uuid7(), uuid7()
    await neighbours.item("created", item, minimum=5)
    await neighbours.stock("created", entry, item, 9)
    await neighbours.kafka.publish(
        "warehouse.inventory.stock.hold_rejected",
        {"id": entry, "workspace_id": neighbours.workspace_id, "version": 7, "quantity": 1},
    )
    await neighbours.stock("adjusted", entry, item, 8)
    assert await low(neighbours, owner) == 0


async def test_a_fall_is_told_though_the_next_event_of_its_batch_takes_it_back(
    neighbours: Neighbours, owner: UUID, environment: dict[str, str]
) -> None:
    """However many events of an item are applied at once, each crossing is told, once."""
    item, mine = uuid7(), neighbours.workspace_id
    await neighbours.item("created", item, minimum=1)
    await neighbours.stock("created", uuid7(), item, 2)
    facts = {"id": item, "name": "Batteries", "is_archived": False}
    events = [
        envelope("warehouse.catalog.item.updated", mine, version, min_stock_level=minimum, **facts)
        for version, minimum in ((2, 9), (3, 0), (4, 7))
    ]
    database = Database(environment["NOTIFY_DATABASE_URL"], name="test", pool_size=1)
    handlers = Handlers([consumers.listener])
    for _ in range(2):
        async with database.session(handlers.scope_of(events)) as session:
            await handlers.apply(session, events)
    await database.stop()
    assert await low(neighbours, owner) == 2


async def test_stock_events_applied_at_once_count_as_one_after_the_other(
    neighbours: Neighbours, owner: UUID, environment: dict[str, str]
) -> None:
    """Of one entry several times, of another item in between, and of an entry whose item changes:
    each crossing is told once, and hearing all of it again changes nothing."""
    item, other, mine = uuid7(), uuid7(), neighbours.workspace_id
    for id_ in (item, other):
        await neighbours.item("created", id_, minimum=5)
    one, two = uuid7(), uuid7()
    happened = [
        ("created", one, 1, item, 6),
        ("adjusted", one, 2, item, 4),
        ("created", two, 1, other, 9),
        ("adjusted", one, 3, item, 7),
        ("updated", two, 2, item, 9),
        ("adjusted", one, 4, item, 1),
        ("adjusted", two, 3, item, 1),
    ]
    events = [
        envelope(
            f"warehouse.inventory.stock.{verb}",
            mine,
            version,
            id=entry,
            item_id=item_id,
            quantity=quantity,
            is_archived=False,
        )
        for verb, entry, version, item_id, quantity in happened
    ]
    database = Database(environment["NOTIFY_DATABASE_URL"], name="test", pool_size=1)
    handlers = Handlers([consumers.listener])
    for _ in range(2):
        async with database.session(handlers.scope_of(events)) as session:
            await handlers.apply(session, events)
    await database.stop()
    assert await low(neighbours, owner) == 2
