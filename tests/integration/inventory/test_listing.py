"""What lists of entries promise beyond their filters: orders, words, what there is too little
of."""

import random
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually

from chassis.database import Database
from chassis.folding import fold
from services.inventory.items import naming
from services.inventory.stock import listing
from services.inventory.stock.sorting import Sort

_LONG = [chr(at) for at in range(0x3300, 0x33FF) if len(fold(chr(at))) >= 3]
_FILL = """
    INSERT INTO entries (id, workspace_id, version, created_at, updated_at, item_id, location_id,
                         quantity, held_quantity, condition, status, is_archived)
    SELECT uuidv7(), $1, 1, now(), now(), gen_random_uuid(), $2, 1, 0, 'GOOD', 'AVAILABLE', false
    FROM generate_series(1, 4000) n
"""


async def pages(shelf: Shelf, query: str, limit: int = 2) -> list[dict[str, Any]]:
    """All entries of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = await shelf.see(f"/inventory?limit={limit}&{query}{cursor}")
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        cursor = f"&cursor={page['next_cursor']}"


async def named(shelf: Shelf, query: str) -> list[str]:
    return sorted(each["item_name"] for each in await pages(shelf, query))


async def test_every_order_has_every_entry_once_and_turns_around(shelf: Shelf) -> None:
    """Page by page, with ties; by name whatever the case and accents; without a date as the
    latest."""
    room = (await shelf.add("/locations", name="Room"))["id"]
    for name, quantity, date in (
        ("émeri", 5, None),
        ("Drill", 5, "2026-05-01"),
        ("Emery cloth", 1, "2026-04-01"),
        ("zip tie", 5, None),
        ("Álbum", 2, "2026-05-01"),
    ):
        item = await shelf.item(name)
        await shelf.entry(quantity, item_id=item, location_id=room, expiration_date=date)

    async def by(sort: str, field: str) -> list[Any]:
        return [each[field] for each in await pages(shelf, f"sort={sort}")]

    assert await by("name", "item_name") == ["Álbum", "Drill", "émeri", "Emery cloth", "zip tie"]
    assert await by("quantity", "quantity") == [1, 2, 5, 5, 5]
    assert await by("created_at", "item_name") == [
        *("émeri", "Drill", "Emery cloth", "zip tie", "Álbum")
    ]
    dates = await by("expiration_date", "expiration_date")
    assert dates == ["2026-04-01", "2026-05-01", "2026-05-01", None, None]
    for field in ("name", "quantity", "created_at", "expiration_date"):
        ids = await by(field, "id")
        assert len(set(ids)) == 5
        assert await by(f"-{field}", "id") == ids[::-1]
    assert await by("-quantity&q=e", "item_name") == ["émeri", "Emery cloth"]


async def test_the_last_day_there_is_and_no_date_are_told_apart(shelf: Shelf) -> None:
    """Many write it for never. It is told as it came; in both directions each entry comes once."""
    room = (await shelf.add("/locations", name="Room"))["id"]
    item = await shelf.item()
    for date in ("9999-12-31", None, "9999-12-31", None, "9999-12-31"):
        await shelf.entry(item_id=item, location_id=room, expiration_date=date)
    found = await pages(shelf, "sort=expiration_date", limit=1)
    assert [each["expiration_date"] for each in found] == [*["9999-12-31"] * 3, None, None]
    ids = [each["id"] for each in found]
    assert len(ids) == len(set(ids)) == 5
    down = await shelf.see("/inventory?sort=-expiration_date&limit=3")
    assert [each["id"] for each in down["items"]] == ids[:1:-1]
    rest = await shelf.see(f"/inventory?sort=-expiration_date&cursor={down['next_cursor']}")
    assert [each["id"] for each in rest["items"]] == ids[1::-1]


@pytest.mark.parametrize("query", ["sort=colour", "sort=name&cursor=!!", "q=x&cursor=W10"])
async def test_what_is_no_order_or_cursor_is_refused(shelf: Shelf, query: str) -> None:
    """And so is a cursor of another order."""
    assert (await shelf.api.get(f"/inventory?{query}")).status_code == 422
    room = (await shelf.add("/locations", name="Room"))["id"]
    item = await shelf.item()
    for _ in range(2):
        await shelf.entry(item_id=item, location_id=room)
    cursor = (await shelf.see("/inventory?limit=1&sort=name"))["next_cursor"]
    for other in ("sort=-name", "sort=quantity", ""):
        answer: httpx.Response = await shelf.api.get(f"/inventory?{other}&cursor={cursor}")
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_words_are_found_by_their_beginning_whatever_their_accents(shelf: Shelf) -> None:
    """In the item's name and codes and the entry's own numbers and notes together; after the item
    was renamed by its new name alone."""
    item = await shelf.item("Düsenjäger 3000", sku="DJ-3000")
    entry = await shelf.entry(item_id=item, serial_number="SN-47/11", notes="Ölfleck am Griff")
    other = await shelf.entry(item_id=await shelf.item("Other"))
    for q in ("dusen", "DÜSENJÄGER olf", "sn47", "47", "dj3000 griff", "dj-30"):
        assert await named(shelf, f"q={q}") == ["Düsenjäger 3000"], q
    for q in ("jager", "dusen other", "---", "zebra"):
        assert await named(shelf, f"q={q}") == [], q
    changes = {"name": ["Düsenjäger 3000", "Rocket"]}
    await shelf.item("Rocket", "updated", id=item, version=2, sku="DJ-3000", changes=changes)

    async def renamed() -> bool:
        assert await named(shelf, "q=rocket") == ["Rocket"]
        return True

    await eventually(renamed)
    assert await named(shelf, "q=dusen") == []
    assert [each["id"] for each in await pages(shelf, "sort=-name")] == [entry["id"], other["id"]]
    assert (await shelf.see(f"/inventory/{entry['id']}"))["version"] == 1
    await shelf.api.patch(f"/inventory/{entry['id']}", json={"notes": None, "lot": "Q9"})
    assert (await named(shelf, "q=griff"), await named(shelf, "q=q9")) == ([], ["Rocket"])


async def test_items_of_several_workspaces_are_renamed_together(
    shelf: Shelf, environment: dict[str, str]
) -> None:
    """Inventory is handed batches of events, whatever workspaces they are of."""
    item = await shelf.item("Drill")
    await shelf.entry(item_id=item)
    await shelf.database.execute("UPDATE known_items SET name = 'Saw' WHERE id = $1", UUID(item))
    news: Any = [
        SimpleNamespace(id=id_, changes={}, envelope=SimpleNamespace(workspace_id=workspace_id))
        for workspace_id, id_ in ((uuid4(), uuid4()), (shelf.workspace_id, UUID(item)))
    ]
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=1)
    try:
        async with database.system() as session:
            await naming.rename(session, news)
    finally:
        await database.stop()
    assert await named(shelf, "q=saw") == ["Saw"]
    assert await named(shelf, "q=drill") == []


async def test_a_name_may_be_of_letters_that_stand_for_many(shelf: Shelf) -> None:
    """Each of these is folded to up to six; a cursor holds all of them."""
    squared = random.Random(7)
    name = "".join(squared.choice(_LONG) for _ in range(200))
    item = await shelf.item(name)
    room = (await shelf.add("/locations", name="Room"))["id"]
    for _ in range(2):
        await shelf.entry(item_id=item, location_id=room)
    assert [each["item_name"] for each in await pages(shelf, "sort=name", limit=1)] == [name] * 2
    await shelf.item(name[1:], "updated", id=item, version=2, changes={"name": [name, name[1:]]})

    async def renamed() -> bool:
        return await named(shelf, "sort=name") == [name[1:]] * 2

    await eventually(renamed)


async def test_what_there_is_too_little_of_is_told_by_its_minimum(shelf: Shelf) -> None:
    """All units of the item in use together, wherever they are; without a minimum never."""
    room = (await shelf.add("/locations", name="Room"))["id"]
    attic = (await shelf.add("/locations", name="Attic"))["id"]
    low, enough, free = [
        await shelf.item(name, min_stock_level=least)
        for name, least in (("Low", 5), ("Enough", 5), ("Free", 0))
    ]
    one = await shelf.entry(3, item_id=low, location_id=room)
    gone = await shelf.entry(9, item_id=low, location_id=attic)
    await shelf.api.post(f"/inventory/{gone['id']}/archive")
    await shelf.entry(3, item_id=enough, location_id=room)
    await shelf.entry(2, item_id=enough, location_id=attic)
    await shelf.entry(0, item_id=free, location_id=room)
    assert await named(shelf, "low_stock=true") == ["Low"]
    assert await named(shelf, "low_stock=false") == ["Enough", "Enough", "Free"]
    assert await named(shelf, "low_stock=true&sort=name&q=lo") == ["Low"]
    assert await named(shelf, "low_stock=true&archived=true") == ["Low"]
    await shelf.api.post(f"/inventory/{one['id']}/count", json={"quantity": 5})
    assert await named(shelf, "low_stock=true") == []


async def test_what_is_not_among_the_first_is_found_by_the_index(shelf: Shelf) -> None:
    """The words of a rare entry, and an order, without reading through the others."""
    place = await shelf.add("/locations", name="Room")
    where = listing.Where()
    where.add("e.workspace_id = {}", shelf.workspace_id)
    where.values.append("'w1rare':*")
    match = "e.search @@ $2::text::tsquery"
    words = listing._picked(where, [(match, match)], Sort.CREATED_DOWN, 50, None)
    order = listing._picked(where, [], Sort.NAME, 50, None)
    rare = "SELECT id FROM entries WHERE workspace_id = $1 AND status = 'MISSING' ORDER BY id DESC"
    transaction = shelf.database.transaction()
    await transaction.start()
    try:
        await shelf.database.execute(_FILL, shelf.workspace_id, UUID(place["id"]))
        await shelf.database.execute("ANALYZE entries")
        await shelf.database.execute("SET LOCAL enable_seqscan = off")  # as for many more
        await shelf.database.execute("SET LOCAL ROLE inventory_app")
        await shelf.database.execute(
            "SELECT set_config('warehouse.workspace_id', $1, true)", str(shelf.workspace_id)
        )
        plans = []
        for sql, values in (
            (words, where.values),
            *((one, where.values[:1]) for one in (order, rare)),
        ):
            rows = await shelf.database.fetch(f"EXPLAIN {sql}", *values)
            plans.append("\n".join(row[0] for row in rows))
    finally:
        await transaction.rollback()
    assert "Bitmap Index Scan on entries_search" in plans[0], plans[0]
    assert "using entries_by_name" in plans[1]
    assert "Sort" not in plans[1]
    assert "entries_in_rare_status" in plans[2]


async def test_lists_find_by_place_name_and_state(shelf: Shelf) -> None:
    """Location (with all below), container, item, name, condition, status, external_id."""
    house = await shelf.add("/locations", name="House")
    room = await shelf.add("/locations", name="Room", parent_id=house["id"])
    box = await shelf.add("/containers", name="Box", location_id=room["id"])
    drill = await shelf.entry(
        item_id=await shelf.item("Cordless drill"),
        location_id=room["id"],
        container_id=box["id"],
        condition="POOR",
        external_id="x-1",
    )
    saw = await shelf.entry(item_id=await shelf.item("Saw 100%"), status="IN_USE")

    async def found(query: str) -> list[str]:
        return [entry["id"] for entry in (await shelf.see(f"/inventory?{query}"))["items"]]

    assert await found("") == [saw["id"], drill["id"]]
    for query in (
        f"location_id={house['id']}",
        f"container_id={box['id']}",
        f"item_id={drill['item_id']}",
        "q=DRILL cord",
        "condition=POOR",
        "external_id=x-1",
    ):
        assert await found(query) == [drill["id"]], query
    assert await found("status=IN_USE") == await found("q=100%25") == [saw["id"]]
    assert await found("archived=true") == await found("q=rill") == await found("q=_") == []


async def test_pages_hold_every_entry_once(shelf: Shelf) -> None:
    """Following next_cursor gives every entry once, newest first."""
    room = await shelf.add("/locations", name="Room")
    item = await shelf.item()
    made = [(await shelf.entry(item_id=item, location_id=room["id"]))["id"] for _ in range(5)]
    seen, cursor = [], ""
    while True:
        page = await shelf.see(f"/inventory?limit=2&{cursor}")
        seen += [entry["id"] for entry in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"cursor={page['next_cursor']}"
    assert seen == made[::-1]


@pytest.mark.parametrize(
    "query", ["limit=0", "cursor=!!", "q=%00", "condition=x", "status=", "location_id=x"]
)
async def test_bad_queries_are_refused(shelf: Shelf, query: str) -> None:
    """A query parameter that can't be used answers 422."""
    assert (await shelf.api.get(f"/inventory?{query}")).status_code == 422
