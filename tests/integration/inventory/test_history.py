"""What stock at a past moment promises."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from integration.inventory.rig import Shelf
from integration.inventory.test_restrictions import House, Restricted, house, restricted

__all__ = ["house", "restricted"]


async def moment() -> str:
    """A time after all that happened and before all that will, as a query takes it."""
    await asyncio.sleep(0.002)
    time = datetime.now(UTC)
    await asyncio.sleep(0.002)
    return quote(time.isoformat())


async def stock(shelf: Shelf, at: str, **query: str) -> list[tuple[Any, ...]]:
    filters = "".join(f"&{name}={value}" for name, value in query.items())
    rows = (await shelf.see(f"/stock?at={at}{filters}"))["items"]
    return [(row["id"], row["location_name"], row["quantity"]) for row in rows]


async def test_an_entry_as_it_was(shelf: Shelf) -> None:
    """After each change: how many there were and where; 0 before it was there, and archived."""
    house = await shelf.add("/locations", name="House")
    shed = await shelf.add("/locations", name="Shed")
    box = await shelf.add("/containers", name="Box", location_id=shed["id"])
    times = [await moment()]
    entry = await shelf.entry(5, location_id=house["id"])
    path = f"/inventory/{entry['id']}"
    times.append(await moment())
    for verb, body in (
        ("count", {"quantity": 7}),
        ("move", {"location_id": shed["id"], "container_id": box["id"]}),
        ("archive", {}),
        ("restore", {}),
    ):
        await shelf.api.post(f"{path}/{verb}", json=body)
        times.append(await moment())
    found = [await shelf.see(f"{path}/at?time={time}") for time in times]
    assert [(one["quantity"], one["location_name"], one["container_name"]) for one in found] == [
        (0, None, None),
        (5, "House", None),
        (7, "House", None),
        (7, "Shed", "Box"),
        (0, None, None),
        (7, "Shed", "Box"),
    ]


async def test_stock_as_it_was_by_entry_item_and_place(shelf: Shelf) -> None:
    """Splits and merges move units between entries; items and places sum them."""
    house = await shelf.add("/locations", name="House")
    room = await shelf.add("/locations", name="Room", parent_id=house["id"])
    shed = await shelf.add("/locations", name="Shed")
    entry = await shelf.entry(5, location_id=room["id"])
    path, item = f"/inventory/{entry['id']}", entry["item_id"]
    first = await moment()
    answer = await shelf.api.post(f"{path}/move", json={"location_id": shed["id"], "quantity": 2})
    part = answer.json()["id"]
    second = await moment()
    await shelf.api.post(f"{path}/merge", json={"into": part})
    third = await moment()

    assert await stock(shelf, first) == [(entry["id"], "Room", 5)]
    assert await stock(shelf, second) == [(part, "Shed", 2), (entry["id"], "Room", 3)]
    assert await stock(shelf, third) == [(part, "Shed", 5)]
    for at in (first, second, third):
        assert await stock(shelf, at, by="item") == [(item, None, 5)]
    assert await stock(shelf, second, by="location") == [
        (shed["id"], "Shed", 2),
        (room["id"], "Room", 3),
    ]
    assert await stock(shelf, second, location_id=house["id"]) == [(entry["id"], "Room", 3)]
    assert await stock(shelf, third, location_id=house["id"]) == []
    assert await stock(shelf, second, location_id=house["id"], by="item") == [(item, None, 3)]
    assert await stock(shelf, second, item_id=part) == []
    assert len(await stock(shelf, second, item_id=item, by="location")) == 2
    page = await shelf.see(f"/stock?at={second}&limit=1")
    rest = await shelf.see(f"/stock?at={second}&limit=1&cursor={page['next_cursor']}")
    assert [row["id"] for row in page["items"] + rest["items"]] == [part, entry["id"]]


@pytest.mark.parametrize("by", ["entry", "item", "location"])
async def test_past_stock_out_of_reach_is_not_told(
    house: House, restricted: Restricted, shelf: Shelf, by: str
) -> None:
    """Who is restricted is told of what stood within and stands there now; of an entry that stood
    elsewhere, that there was nothing."""
    before = await moment()
    await shelf.api.post(
        f"/inventory/{house.entries['garage']}/move", json={"location_id": house.rack}
    )
    await shelf.api.post(
        f"/inventory/{house.entries['cellar']}/move", json={"location_id": house.garage}
    )
    mine = restricted(house.cellar)
    found = await stock(mine, before, by=by)
    assert sum(quantity for _, _, quantity in found) == 3
    assert house.garage not in str(found)
    then = await mine.see(f"/inventory/{house.entries['garage']}/at?time={before}")
    assert (then["quantity"], then["location_id"]) == (0, None)
    answer = await mine.api.get(f"/inventory/{house.entries['cellar']}/at?time={before}")
    assert answer.status_code == 404
    assert await stock(mine, before, by=by, location_id=house.garage) == []


async def test_a_moment_needs_its_zone(shelf: Shelf) -> None:
    """Without one, 422 names the field; a moment to come is as now."""
    answer = await shelf.api.get("/stock?at=2026-01-01T00:00:00")
    assert answer.status_code == 422
    entry = await shelf.entry(4)
    later = quote((datetime.now(UTC) + timedelta(days=400)).isoformat())
    assert [row[2] for row in await stock(shelf, later)] == [4]
    assert (await shelf.see(f"/inventory/{entry['id']}/at?time={later}"))["quantity"] == 4
