"""What stocktakes promise."""

import asyncio
from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock
from uuid import UUID, uuid4

import httpx
import pytest
from integration.inventory.rig import STOCK, Shelf
from support.waiting import eventually

from chassis.database import Database
from services.inventory.stocktakes import reconciling

Json = dict[str, Any]


async def place(shelf: Shelf, name: str, parent: Json | None = None) -> Json:
    return await shelf.add("/locations", name=name, parent_id=parent and parent["id"])


async def entry_at(shelf: Shelf, location: Json, quantity: int = 1, **fields: Any) -> Json:  # noqa: ANN401
    item = fields.pop("item_id", None) or await shelf.item(sku=f"S-{uuid4()}")
    return await shelf.add(
        "/inventory", item_id=item, location_id=location["id"], quantity=quantity, **fields
    )


async def begin(shelf: Shelf, location: Json | None = None) -> Json:
    return await shelf.add("/stocktakes", name="Spring", location_id=location and location["id"])


async def counted(shelf: Shelf, stocktake: Json, **body: Any) -> Json:  # noqa: ANN401
    answer = await shelf.api.post(f"/stocktakes/{stocktake['id']}/counts", json=body)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def refused(shelf: Shelf, stocktake: Json, **body: Any) -> tuple[int, str]:  # noqa: ANN401
    answer = await shelf.api.post(f"/stocktakes/{stocktake['id']}/counts", json=body)
    problem = answer.json()
    field = problem["errors"][0]["field"] if problem.get("errors") else problem["code"]
    return answer.status_code, field


async def reconciled(shelf: Shelf, stocktake: Json, **body: Any) -> Json:  # noqa: ANN401
    path = f"/stocktakes/{stocktake['id']}"
    answer = await shelf.api.post(f"{path}/reconcile", json=body)
    assert answer.status_code == 202, answer.text

    async def done() -> Json:
        seen: Json = await shelf.see(path)
        assert seen["status"] == "reconciled"
        return seen

    return await eventually(done)


async def quantity_of(shelf: Shelf, entry: Json) -> int:
    quantity: int = (await shelf.see(f"/inventory/{entry['id']}"))["quantity"]
    return quantity


async def test_what_was_counted_is_put_right(shelf: Shelf) -> None:
    """Found as expected, more, fewer: after it the books say what was counted, each change a
    movement that names the stocktake; what stands elsewhere is left alone."""
    house, cellar = await place(shelf, "House"), await place(shelf, "Cellar")
    room = await place(shelf, "Room", house)
    right, more, fewer = [await entry_at(shelf, where, 3) for where in (house, room, room)]
    outside = await entry_at(shelf, cellar, 3)
    stocktake = await begin(shelf, house)
    assert stocktake["summary"]["expected_entries"] == 3
    states = [
        (await counted(shelf, stocktake, entry_id=one["id"], quantity=n))["state"]
        for one, n in ((right, 3), (more, 5), (fewer, 1))
    ]
    assert states == ["found", "different", "different"]
    seen = await reconciled(shelf, stocktake)
    assert (seen["summary"]["settled"], seen["summary"]["problems"]) == (3, 0)
    after = [await quantity_of(shelf, one) for one in (right, more, fewer, outside)]
    assert after == [3, 5, 1, 3]
    [movement] = (await shelf.see(f"/movements?inventory_id={fewer['id']}&limit=1"))["items"]
    assert (movement["kind"], movement["reason"]) == ("counted", "Stocktake: Spring")
    told = (await shelf.see(f"/movements?stocktake_id={stocktake['id']}"))["items"]
    assert [one["inventory_id"] for one in told] == [fewer["id"], more["id"], right["id"]]
    assert {one["stocktake_id"] for one in told} == {stocktake["id"]}
    events = [payload for verb, payload in await shelf.told(STOCK) if verb == "counted"]
    assert [one["stocktake_id"] for one in events] == [stocktake["id"]] * 3


async def test_several_count_at_once(shelf: Shelf) -> None:
    """Everybody's scans of the same thing add up, whoever they are; a count can be taken back."""
    house = await place(shelf, "House")
    entry = await entry_at(shelf, house, 12)
    stocktake = await begin(shelf, house)
    await asyncio.gather(*(counted(shelf, stocktake, entry_id=entry["id"]) for _ in range(8)))
    found = await counted(shelf, stocktake, entry_id=entry["id"], add=4)
    assert (found["counted"], found["state"]) == (12, "found")
    path = f"/stocktakes/{stocktake['id']}/findings"
    assert [one["id"] for one in (await shelf.see(path))["items"]] == [found["id"]]
    assert (await shelf.api.delete(f"{path}/{found['id']}")).status_code == 204
    assert (await shelf.api.delete(f"{path}/{found['id']}")).status_code == 404
    uncounted = await shelf.see(f"/stocktakes/{stocktake['id']}/uncounted")
    assert [one["id"] for one in uncounted["items"]] == [entry["id"]]


async def test_what_moves_meanwhile_stays_moved(shelf: Shelf) -> None:
    """A count says how far the books were off; what came after it is not undone."""
    house = await place(shelf, "House")
    entry = await entry_at(shelf, house, 10)
    stocktake = await begin(shelf, house)
    await counted(shelf, stocktake, entry_id=entry["id"], quantity=9)
    await shelf.api.post(
        f"/inventory/{entry['id']}/adjust", json={"delta": 5, "reason": "Delivered"}
    )
    await reconciled(shelf, stocktake)
    assert await quantity_of(shelf, entry) == 14


@pytest.mark.parametrize(
    ("missing", "quantity", "status"),
    [("leave", 2, "AVAILABLE"), ("mark", 2, "MISSING"), ("remove", 0, "AVAILABLE")],
)
async def test_what_nobody_found(shelf: Shelf, missing: str, quantity: int, status: str) -> None:
    """It is listed as uncounted, then as missing, and treated as was asked; what came after the
    beginning is not missing."""
    house = await place(shelf, "House")
    entry = await entry_at(shelf, house, 2)
    stocktake = await begin(shelf, house)
    later = await entry_at(shelf, house, 2)
    seen = await reconciled(shelf, stocktake, missing=missing)
    assert seen["summary"]["missing"] == 1
    after = await shelf.see(f"/inventory/{entry['id']}")
    assert (after["quantity"], after["status"]) == (quantity, status)
    assert await quantity_of(shelf, later) == 2


async def test_what_stands_elsewhere_is_moved(shelf: Shelf) -> None:
    """One of a kind goes to where it was found, with its holds; of many, those found elsewhere
    become an entry there, and the rest stays."""
    house = await place(shelf, "House")
    attic, room = await place(shelf, "Attic", house), await place(shelf, "Room", house)
    tent, screws = await entry_at(shelf, attic), await entry_at(shelf, attic, 100)
    await shelf.request(tent["id"])
    await shelf.settles(tent["id"], held_quantity=1)
    stocktake = await begin(shelf, house)
    found = await counted(shelf, stocktake, item_id=tent["item_id"], location_id=room["id"])
    assert (found["state"], found["entry_id"], found["expected"]) == ("misplaced", tent["id"], 0)
    where = {"entry_id": screws["id"], "location_id": room["id"]}
    await counted(shelf, stocktake, **where, quantity=30)
    await counted(shelf, stocktake, entry_id=screws["id"], quantity=69)
    await reconciled(shelf, stocktake)
    moved = await shelf.see(f"/inventory/{tent['id']}")
    assert (moved["location_id"], moved["held_quantity"]) == (room["id"], 1)
    here = await shelf.see(f"/inventory?item_id={screws['item_id']}")
    stands = {one["location_id"]: one["quantity"] for one in here["items"]}
    assert stands == {attic["id"]: 69, room["id"]: 30}


async def test_what_nobody_expected_becomes_an_entry(shelf: Shelf) -> None:
    """An item of which nothing stands anywhere is an entry afterwards, unless it is to be left."""
    house = await place(shelf, "House")
    made, left = [await shelf.item(sku=f"S-{uuid4()}") for _ in range(2)]
    stocktake = await begin(shelf, house)
    found = await counted(shelf, stocktake, item_id=made, location_id=house["id"], quantity=4)
    assert (found["state"], found["entry_id"]) == ("unexpected", None)
    await reconciled(shelf, stocktake)
    [entry] = (await shelf.see(f"/inventory?item_id={made}"))["items"]
    assert (entry["quantity"], entry["location_id"]) == (4, house["id"])
    again = await begin(shelf, house)
    await counted(shelf, again, item_id=left, location_id=house["id"])
    await reconciled(shelf, again, unexpected="leave")
    assert (await shelf.see(f"/inventory?item_id={left}"))["items"] == []


async def test_what_can_not_be_put_right_says_why(shelf: Shelf) -> None:
    """Fewer than are held can't be: that entry stays as it is with its problem, the rest is put
    right, and the invariants hold."""
    house = await place(shelf, "House")
    lent, other = await entry_at(shelf, house, 3), await entry_at(shelf, house, 3)
    await shelf.request(lent["id"], 2)
    await shelf.settles(lent["id"], held_quantity=2)
    stocktake = await begin(shelf, house)
    for entry in (lent, other):
        await counted(shelf, stocktake, entry_id=entry["id"], quantity=1)
    seen = await reconciled(shelf, stocktake)
    assert (seen["summary"]["settled"], seen["summary"]["problems"]) == (1, 1)
    assert [await quantity_of(shelf, one) for one in (lent, other)] == [3, 1]
    findings = (await shelf.see(f"/stocktakes/{stocktake['id']}/findings"))["items"]
    [problem] = [one["problem"] for one in findings if one["problem"]]
    assert "2 held" in problem


async def test_more_units_than_there_can_be_are_told_and_stop_nothing(shelf: Shelf) -> None:
    """Each count fits, and their sum does not: a problem of that entry, and the rest is done."""
    shop, shed = await place(shelf, "Shop"), await place(shelf, "Shed")
    many, few = await entry_at(shelf, shop, 3), await entry_at(shelf, shop, 3)
    stocktake = await begin(shelf)
    for where in (shop, shed):
        await counted(
            shelf, stocktake, entry_id=many["id"], location_id=where["id"], quantity=2_000_000_000
        )
    await counted(shelf, stocktake, entry_id=few["id"], quantity=2)
    seen = await reconciled(shelf, stocktake)
    assert (seen["summary"]["settled"], seen["summary"]["problems"]) == (1, 2)
    assert [await quantity_of(shelf, one) for one in (many, few)] == [3, 2]


async def test_one_that_can_not_be_put_right_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stocktakes of all workspaces are reconciled in turn."""
    first, second = (uuid4(), uuid4()), (uuid4(), uuid4())
    done: list[UUID] = []

    async def waiting(_: object) -> list[tuple[UUID, UUID]]:
        return [first, second]

    async def go_on(_: object, workspace_id: UUID, stocktake_id: UUID) -> bool:
        if (workspace_id, stocktake_id) == first:
            raise ValueError("out of range")
        done.append(stocktake_id)
        return False

    monkeypatch.setattr(reconciling.repository, "to_reconcile", waiting)
    monkeypatch.setattr(reconciling, "_go_on", go_on)
    database = MagicMock(spec=Database)
    await reconciling.reconcile(database)
    assert done == [second[1]]


async def test_what_is_lent_is_not_marked_as_missing(shelf: Shelf) -> None:
    """It is rightly not here; the finding says why it was left as it is."""
    house = await place(shelf, "House")
    entry = await entry_at(shelf, house, 1)
    await shelf.request(entry["id"])
    await shelf.settles(entry["id"], held_quantity=1)
    stocktake = await begin(shelf, house)
    seen = await reconciled(shelf, stocktake, missing="mark")
    assert (seen["summary"]["missing"], seen["summary"]["problems"]) == (1, 1)
    await shelf.settles(entry["id"], status="AVAILABLE")


async def test_a_scanned_code_is_enough(shelf: Shelf) -> None:
    """A barcode, sku or external_id finds its item and, where just one stands here, its entry."""
    house = await place(shelf, "House")
    item = await shelf.item(sku="DRILL", barcode="4006381333931", external_id="X-1")
    entry = await entry_at(shelf, house, 3, item_id=item)
    stocktake = await begin(shelf, house)
    for code in ("DRILL", "drill", "4006381333931", "04006381333931", "X-1", "x-1"):
        found = await counted(shelf, stocktake, code=code)
        assert found["entry_id"] == entry["id"]
    assert (found["counted"], found["state"]) == (6, "different")
    [label] = (await shelf.add("/short-codes", kind="entry", id=entry["id"]))["items"]
    [of_item] = (await shelf.add("/short-codes", kind="item", id=item))["items"]
    for code in (label["code"].lower().replace("0", "o").replace("1", "l"), of_item["code"]):
        assert (await counted(shelf, stocktake, code=code))["entry_id"] == entry["id"]
    await entry_at(shelf, house, 1, item_id=item, lot="B")
    assert await refused(shelf, stocktake, code="DRILL") == (409, "ambiguous")


async def test_a_scanned_code_is_read_as_codes_are_kept(shelf: Shelf) -> None:
    """Accents in one spelling, without what can't be seen."""
    item = await shelf.item(sku="ST-3\u00c9")
    house = await place(shelf, "House")
    stocktake = await begin(shelf, house)
    for code in ("st-3e\u0301", "\u202eST-3\u00c9"):
        found = await counted(shelf, stocktake, code=code, location_id=house["id"])
        assert found["item_id"] == item


async def test_more_than_can_be_counted_is_refused(shelf: Shelf) -> None:
    """What was counted before stays."""
    entry = await entry_at(shelf, await place(shelf, "House"), 8)
    stocktake = await begin(shelf)
    await counted(shelf, stocktake, entry_id=entry["id"], quantity=8)
    most = 2_147_483_647
    assert await refused(shelf, stocktake, entry_id=entry["id"], add=most) == (422, "add")
    assert (await counted(shelf, stocktake, entry_id=entry["id"], add=most - 8))["counted"] == most
    assert await refused(shelf, stocktake, entry_id=entry["id"]) == (422, "add")


async def test_a_count_that_says_too_little_or_wrong_is_refused(shelf: Shelf) -> None:
    """With the field that is at fault; nothing is written down."""
    house, cellar = await place(shelf, "House"), await place(shelf, "Cellar")
    entry, outside = await entry_at(shelf, house), await entry_at(shelf, cellar)
    new = await shelf.item(sku="New")
    stocktake = await begin(shelf, house)
    wrong: list[tuple[Json, tuple[int, str]]] = [
        ({}, (422, "code")),
        ({"entry_id": entry["id"], "code": "x"}, (422, "code")),
        ({"entry_id": entry["id"], "quantity": 1, "add": 1}, (422, "add")),
        ({"entry_id": entry["id"], "quantity": -1}, (422, "quantity")),
        ({"entry_id": str(uuid4())}, (422, "entry_id")),
        ({"code": "nothing"}, (422, "code")),
        ({"entry_id": outside["id"]}, (422, "location_id")),
        ({"item_id": new}, (422, "location_id")),
        ({"item_id": new, "location_id": cellar["id"]}, (422, "location_id")),
        ({"item_id": new, "container_id": str(uuid4())}, (422, "location_id")),
    ]
    for body, expected in wrong:
        assert await refused(shelf, stocktake, **body) == expected, body
    assert (await shelf.see(f"/stocktakes/{stocktake['id']}/findings"))["items"] == []


async def test_one_place_is_counted_once_at_a_time(shelf: Shelf) -> None:
    """A second stocktake of it, of what is above or below, waits for the first to be closed; a
    closed one takes no count."""
    house = await place(shelf, "House")
    room, cellar = await place(shelf, "Room", house), await place(shelf, "Cellar")
    first = await begin(shelf, room)
    for location in (room["id"], house["id"], None):
        answer = await shelf.api.post("/stocktakes", json={"name": "x", "location_id": location})
        assert (answer.status_code, answer.json()["code"]) == (409, "under-way")
    await begin(shelf, cellar)
    assert (await shelf.api.post(f"/stocktakes/{first['id']}/cancel")).json()[
        "status"
    ] == "cancelled"
    entry = await entry_at(shelf, room)
    assert await refused(shelf, first, entry_id=entry["id"]) == (409, "not-open")
    again = await shelf.api.post(f"/stocktakes/{first['id']}/reconcile", json={})
    told = {"status": 409, "code": "not-open", "state": "cancelled"}
    assert again.json() == again.json() | told
    await begin(shelf, house)


async def test_who_is_restricted_counts_within_reach(
    shelf: Shelf, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """Stocktakes of places out of reach, and entries there, do not exist for them."""
    house, cellar = await place(shelf, "House"), await place(shelf, "Cellar")
    restricted = caller(
        "inventory",
        workspace_id=shelf.workspace_id,
        locations=frozenset({UUID(cellar["id"])}),
    )
    restricted.base_url = shelf.api.base_url
    away, mine = await entry_at(shelf, house), await entry_at(shelf, cellar)
    theirs = await begin(shelf, house)
    assert (await restricted.get(f"/stocktakes/{theirs['id']}")).status_code == 404
    whole = await restricted.post("/stocktakes", json={"name": "x"})
    assert whole.json()["errors"][0]["field"] == "location_id"
    made = await restricted.post("/stocktakes", json={"name": "x", "location_id": cellar["id"]})
    assert made.status_code == 201
    path = f"/stocktakes/{made.json()['id']}"
    assert (await restricted.get("/stocktakes")).json()["items"][0]["id"] == made.json()["id"]
    ok = await restricted.post(f"{path}/counts", json={"entry_id": mine["id"]})
    no = await restricted.post(
        f"{path}/counts", json={"entry_id": away["id"], "location_id": cellar["id"]}
    )
    assert (ok.status_code, no.status_code) == (200, 422)
