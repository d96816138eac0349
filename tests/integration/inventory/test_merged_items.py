"""What becomes of the stock of an item that was merged into another."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually
from uuid_utils.compat import uuid7


async def merged(shelf: Shelf, item_id: str, into_id: str) -> None:
    await shelf.item(verb="merged", id=item_id, version=2, into_id=into_id)


async def test_its_entries_are_of_the_other_item(shelf: Shelf) -> None:
    """Archived ones too, each by an event with from and to; movements stay as they were, and no
    entry of the old item is made any more: whoever tries hears of the new one."""
    kept, gone = await shelf.item("Tent"), await shelf.item("Tent, again")
    entry = await shelf.entry(3, item_id=gone)
    archived = await shelf.entry(1, item_id=gone, location_id=entry["location_id"])
    await shelf.api.post(f"/inventory/{archived['id']}/archive")
    await merged(shelf, gone, kept)
    now = await shelf.settles(entry["id"], item_id=kept, item_name="Tent", version=2)
    assert (now["quantity"], now["location_id"]) == (3, entry["location_id"])
    await shelf.settles(archived["id"], item_id=kept)
    [movement] = (await shelf.see(f"/movements?inventory_id={entry['id']}"))["items"]
    assert movement["item_id"] == gone
    [told] = await shelf.database.fetch(
        "SELECT payload::json FROM outbox WHERE key = $1 AND type LIKE '%.updated'", entry["id"]
    )
    assert f'"changes":{{"item_id":["{gone}","{kept}"]}}' in told["payload"]
    refused = await shelf.api.post(
        "/inventory", json={"item_id": gone, "location_id": entry["location_id"]}
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "merged"
    assert kept in refused.json()["detail"]


@pytest.mark.parametrize("first", ["a into b", "b into c"])
async def test_a_chain_of_merges_ends_at_its_end(shelf: Shelf, first: str) -> None:
    """Whichever merge is heard first."""
    a, b, c = [await shelf.item(name) for name in "abc"]
    entries = [await shelf.entry(1, item_id=item) for item in (a, b)]
    steps = [(a, b), (b, c)]
    for item, into in steps if first == "a into b" else reversed(steps):
        await merged(shelf, item, into)
        await shelf.settles(entries[1 if item == b else 0]["id"], version=2)
    for entry in entries:
        await shelf.settles(entry["id"], item_id=c)


async def test_stock_that_is_taken_in_meanwhile_follows(shelf: Shelf) -> None:
    """However creations, splits and the merge fall together, no entry is left with the old item."""
    kept, gone = await shelf.item("Tent"), await shelf.item("Tent, again")
    entry = await shelf.entry(20, item_id=gone)
    body: dict[str, Any] = {"item_id": gone, "location_id": entry["location_id"]}
    away = await shelf.add("/locations", name="Away")

    async def take_in() -> None:
        for _ in range(12):
            await shelf.api.post("/inventory", json=body)

    async def split() -> None:
        for _ in range(12):
            part = {"location_id": away["id"], "quantity": 1}
            moved = await shelf.api.post(f"/inventory/{entry['id']}/move", json=part)
            assert moved.is_success, moved.text

    async def merge() -> None:
        await asyncio.sleep(0)
        await merged(shelf, gone, kept)

    await asyncio.gather(take_in(), take_in(), split(), merge())
    await shelf.settles(entry["id"], item_id=kept)

    async def left() -> bool:
        counted = await shelf.database.fetchval(
            "SELECT count(*) FROM entries WHERE item_id = $1", UUID(gone)
        )
        return bool(counted == 0)

    assert await eventually(left)


async def test_an_item_unheard_of_may_go_on_for_one_that_is(shelf: Shelf) -> None:
    """Its name comes later, by itself."""
    gone, kept = await shelf.item("Tent, again"), str(uuid7())
    entry = await shelf.entry(1, item_id=gone)
    await merged(shelf, gone, kept)
    await shelf.settles(entry["id"], item_id=kept, item_name=None)
    await shelf.item("Tent", id=kept)
    await shelf.settles(entry["id"], item_name="Tent")


async def test_what_is_printed_leads_to_the_item_that_goes_on(shelf: Shelf) -> None:
    """Its codes pass on, as additional ones where that has one of its own; along a chain, too; and
    they are released with it."""
    a, b, c = [await shelf.item(name) for name in "abc"]
    codes = {}
    for name, item in (("a", a), ("b", b)):
        made = await shelf.add("/short-codes", kind="item", id=item, code=f"{name}{a[-6:]}")
        codes[name] = made["items"][0]["code"]
    more = {"kind": "item", "id": a, "code": f"m{a[-6:]}", "additional": True}
    codes["more"] = (await shelf.add("/short-codes", **more))["items"][0]["code"]

    async def on() -> list[tuple[str | None, bool]]:
        seen = [await shelf.see(f"/short-codes/{code}") for code in codes.values()]
        return [(one["target_id"], one["is_additional"]) for one in seen]

    async def settle(*expected: tuple[str | None, bool]) -> None:
        async def there() -> bool:
            assert await on() == list(expected)
            return True

        await eventually(there)

    assert await on() == [(a, False), (b, False), (a, True)]
    await merged(shelf, a, b)
    await settle((b, True), (b, False), (b, True))
    await merged(shelf, b, c)
    own = (c, False)
    await settle((c, True), own, (c, True))
    [first, *_] = [verb for verb, _ in await shelf.told("warehouse.inventory.short_code.v1")][3:]
    assert first == "moved"
    refused = await shelf.api.post("/short-codes", json={**more, "kind": "entry"})
    assert refused.json()["errors"][0]["field"] == "additional"
    await shelf.item(verb="deleted", id=c, version=3)
    await settle((None, False), (None, False), (None, False))
