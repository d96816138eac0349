"""What inventory entries promise."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually
from uuid_utils.compat import uuid7

from chassis.identity import MemberRole


async def test_a_new_entry_is_read_back_as_it_was_answered(shelf: Shelf) -> None:
    """POST answers 201 with names, path and free units, and GET there gives the same document."""
    house = await shelf.add("/locations", name="House")
    room = await shelf.add("/locations", name="Room", parent_id=house["id"])
    box = await shelf.add("/containers", name="Box", location_id=room["id"])
    item = await shelf.item("Cordless drill", sku="D-1")

    answer = await shelf.api.post(
        "/inventory",
        json={
            "item_id": item,
            "location_id": room["id"],
            "container_id": box["id"],
            "quantity": 3,
            "purchase_price": 12_900,
            "currency": "EUR",
            "date_acquired": "2024-02-29",
        },
    )

    assert answer.status_code == 201, answer.text
    entry = answer.json()
    assert answer.headers["etag"] == '"1"'
    assert await shelf.see(f"/inventory/{entry['id']}") == entry
    assert (entry["quantity"], entry["held_quantity"], entry["free_quantity"]) == (3, 0, 3)
    assert (entry["item_name"], entry["item_sku"]) == ("Cordless drill", "D-1")
    assert (entry["location_name"], entry["container_name"]) == ("Room", "Box")
    assert [crumb["name"] for crumb in entry["location_path"]] == ["House", "Room"]
    assert (entry["condition"], entry["status"]) == ("GOOD", "AVAILABLE")


async def test_every_change_is_published_with_the_state_after_it(shelf: Shelf) -> None:
    """Created, updated, adjusted, moved, archived, restored: versions 1 to 6 under one key."""
    entry = await shelf.entry(2)
    there = await shelf.add("/locations", name="There")
    path = f"/inventory/{entry['id']}"
    await shelf.api.patch(path, json={"condition": "FAIR"})
    await shelf.api.post(f"{path}/adjust", json={"delta": -1, "reason": "counted"})
    await shelf.api.post(f"{path}/move", json={"location_id": there["id"]})
    await shelf.api.post(f"{path}/archive")
    await shelf.api.post(f"{path}/restore")

    async def published() -> list[tuple[str, int]]:
        seen = await shelf.published()
        assert len(seen) == 6
        assert {one.key for one in seen} == {entry["id"]}
        assert seen[1].payload["changes"] == {"condition": ["GOOD", "FAIR"]}
        assert seen[2].payload["changes"] == {"quantity": [2, 1]}
        assert (seen[2].payload["delta"], seen[2].payload["reason"]) == (-1, "counted")
        assert seen[3].payload["changes"] == {"location_id": [entry["location_id"], there["id"]]}
        return [(one.type.rpartition(".")[2], one.payload["version"]) for one in seen]

    verbs = ["created", "updated", "adjusted", "moved", "archived", "restored"]
    assert await eventually(published) == list(zip(verbs, range(1, 7), strict=True))


async def test_an_item_on_its_way_is_waited_for(shelf: Shelf) -> None:
    """An entry of an item whose event arrives a moment later is taken in."""
    room = await shelf.add("/locations", name="Room")
    item = uuid7()
    request = asyncio.create_task(
        shelf.api.post("/inventory", json={"item_id": str(item), "location_id": room["id"]})
    )
    await shelf.item("Late", id=str(item))
    answer = await request
    assert (answer.status_code, answer.json()["item_name"]) == (201, "Late")


async def test_an_item_that_never_was_is_refused(shelf: Shelf) -> None:
    """After the wait, 422 names `item_id`."""
    room = await shelf.add("/locations", name="Room")
    answer = await shelf.api.post(
        "/inventory", json={"item_id": str(uuid4()), "location_id": room["id"]}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "item_id"
    assert answer.json()["errors"][0]["code"] == "not-found"


@pytest.mark.parametrize(("verb", "code"), [("archived", "archived"), ("deleted", "not-found")])
async def test_an_item_out_of_use_gets_no_stock(shelf: Shelf, verb: str, code: str) -> None:
    """Stock of an archived or deleted item is refused with 422, whatever is told late."""
    room = await shelf.add("/locations", name="Room")
    item = await shelf.item(verb=verb, version=2, is_archived=verb == "archived")
    await shelf.item(id=item, version=1)
    answer = await shelf.api.post("/inventory", json={"item_id": item, "location_id": room["id"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code)


async def test_a_renamed_item_is_shown_by_its_new_name(shelf: Shelf) -> None:
    """Catalog's update reaches every entry of the item."""
    entry = await shelf.entry()
    await shelf.item("Big tent", "updated", id=entry["item_id"], version=2)
    await shelf.settles(entry["id"], item_name="Big tent")


async def test_part_of_an_entry_moves_into_one_of_its_own(shelf: Shelf) -> None:
    """Moving fewer than all answers 201 with a new entry; both tell what happened."""
    entry = await shelf.entry(5, lot="L7", external_id="row-1")
    there = await shelf.add("/locations", name="There")

    answer = await shelf.api.post(
        f"/inventory/{entry['id']}/move",
        json={"location_id": there["id"], "quantity": 2, "reason": "for the fair"},
    )

    part = answer.json()
    assert (answer.status_code, part["quantity"], part["lot"]) == (201, 2, "L7")
    assert answer.headers["location"].endswith(part["id"])
    assert (part["location_name"], part["external_id"]) == ("There", None)
    assert (await shelf.see(f"/inventory/{entry['id']}"))["quantity"] == 3
    [movement, created] = (await shelf.see(f"/movements?inventory_id={entry['id']}"))["items"]
    assert (movement["kind"], created["kind"]) == ("split", "created")
    assert (movement["quantity"], movement["to_inventory_id"]) == (2, part["id"])
    assert (movement["to_location_name"], movement["reason"]) == ("There", "for the fair")
    assert (await shelf.see(f"/movements?inventory_id={part['id']}"))["items"] == [movement]

    async def told() -> bool:
        published = {
            (one.type.rpartition(".")[2], one.key): one.payload for one in await shelf.published()
        }
        assert published.keys() >= {("split", entry["id"]), ("created", part["id"])}
        split, made = published["split", entry["id"]], published["created", part["id"]]
        assert split["changes"] == {"quantity": [5, 3]}
        assert (split["moved_to"], split["moved_quantity"]) == (part["id"], 2)
        assert made["split_from"] == entry["id"]
        return True

    assert await eventually(told)


async def test_moving_all_to_where_it_is_changes_nothing(shelf: Shelf) -> None:
    """The version stays, and no movement is written."""
    entry = await shelf.entry(2)
    answer = await shelf.api.post(
        f"/inventory/{entry['id']}/move", json={"location_id": entry["location_id"], "quantity": 2}
    )
    assert (answer.status_code, answer.json()) == (200, entry)


async def test_more_than_there_is_does_not_move(shelf: Shelf) -> None:
    """Answers 409 `insufficient-stock` with what is free."""
    entry = await shelf.entry(2)
    answer = await shelf.api.post(
        f"/inventory/{entry['id']}/move", json={"location_id": entry["location_id"], "quantity": 3}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient-stock")
    assert answer.json()["free_quantity"] == 2


async def test_units_do_not_go_below_nothing(shelf: Shelf) -> None:
    """Adjusting below what is held answers 409 with how many there are, are held and are free."""
    entry = await shelf.entry(3)
    lost = {"delta": -4, "reason": "lost"}
    answer = await shelf.api.post(f"/inventory/{entry['id']}/adjust", json=lost)
    assert (answer.status_code, answer.json()["free_quantity"]) == (409, 3)
    assert answer.json()["detail"] == "This entry has 3 units: 0 held, 3 free."
    await shelf.request(entry["id"], 2)
    await shelf.settles(entry["id"], held_quantity=2)
    answer = await shelf.api.post(f"/inventory/{entry['id']}/adjust", json=lost)
    assert answer.json()["detail"] == "This entry has 3 units: 2 held, 1 free."


@pytest.mark.parametrize("quantity", [1, 2, None])
async def test_an_archived_entry_stays_as_it_is(shelf: Shelf, quantity: int | None) -> None:
    """Neither adjusting nor moving all or part of it is possible until it is restored."""
    entry = await shelf.entry(2)
    there = await shelf.add("/locations", name="There")
    path = f"/inventory/{entry['id']}"
    await shelf.api.post(f"{path}/archive")
    move = {"location_id": there["id"], "quantity": quantity}
    for verb, body in (("move", move), ("adjust", {"delta": 1, "reason": "found"})):
        answer = await shelf.api.post(f"{path}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "archived")
    assert (await shelf.see(path))["location_id"] == entry["location_id"]


async def test_movements_tell_who_did_what(shelf: Shelf, caller: Callable[..., Any]) -> None:
    """Each verb leaves one movement with its actor; the list of an item has those of all its
    entries."""
    user = uuid4()
    entry = await shelf.entry(2)
    one = caller("inventory", workspace_id=shelf.workspace_id, user_id=user)
    path = f"/v1/workspaces/{shelf.workspace_id}/inventory/{entry['id']}"
    await one.post(f"{path}/adjust", json={"delta": 3, "reason": "found"})
    await one.post(f"{path}/archive")
    await one.post(f"{path}/restore")
    movements = (await shelf.see(f"/movements?item_id={entry['item_id']}"))["items"]
    assert [(movement["kind"], movement["quantity"]) for movement in movements] == [
        ("restored", 5),
        ("archived", 5),
        ("adjusted", 3),
        ("created", 2),
    ]
    assert {movement["actor"] for movement in movements[:3]} == {str(user)}


async def test_movements_are_kept_as_they_were(shelf: Shelf) -> None:
    """The database refuses to change or delete one, whoever asks."""
    await shelf.entry()
    for statement in ("UPDATE movements SET quantity = 9", "DELETE FROM movements"):
        with pytest.raises(Exception, match="append-only"):
            await shelf.database.execute(f"{statement} WHERE workspace_id = $1", shelf.workspace_id)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("quantity", -1),
        ("quantity", 2**31),
        ("quantity", 10**30),
        ("condition", "SHINY"),
        ("status", "LENT"),
        ("notes", "a\x00b"),
        ("date_acquired", "2024-02-30"),
        ("purchase_price", 10),
        ("currency", "EUR"),
        ("currency", "euro"),
        ("held_quantity", 1),
        ("location_id", str(uuid4())),
        ("container_id", str(uuid4())),
        ("external_id", ""),
        ("serial_number", "x" * 101),
    ],
)
async def test_bad_fields_are_named(shelf: Shelf, field: str, value: object) -> None:
    """A field that can't be kept answers 422, and nothing is made."""
    room = await shelf.add("/locations", name="Room")
    body = {"item_id": await shelf.item(), "location_id": room["id"], field: value}
    answer = await shelf.api.post("/inventory", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"]
    assert (await shelf.see("/inventory"))["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"quantity": 3},
        {"location_id": str(uuid4())},
        {"currency": "EUR"},
        {"condition": None},
        {"last_used_at": "yesterday"},
        {"last_used_at": "0001-01-01T00:00:00+14:00"},
        {"last_used_at": "9999-12-31T23:59:59-14:00"},
        {"last_used_at": "9999-12-31T23:59:59.9999999Z"},
        {"last_used_at": "0001-01-01T00:00:00Z"},
    ],
)
async def test_what_a_patch_may_not_say(shelf: Shelf, body: dict[str, object]) -> None:
    """Quantity and place have their own verbs; a price needs its currency."""
    entry = await shelf.entry()
    answer = await shelf.api.patch(f"/inventory/{entry['id']}", json=body)
    assert answer.status_code == 422, answer.text
    assert (await shelf.see(f"/inventory/{entry['id']}"))["version"] == 1


async def test_the_unknown_is_not_found(shelf: Shelf) -> None:
    """Every verb on an entry of no workspace of ours answers 404."""
    path = f"/inventory/{uuid4()}"
    bodies = {
        "move": {"location_id": str(uuid4())},
        "adjust": {"delta": 1, "reason": "x"},
        "archive": {},
        "restore": {},
    }
    assert (await shelf.api.get(path)).status_code == 404
    assert (await shelf.api.patch(path, json={"notes": "x"})).status_code == 404
    for verb, body in bodies.items():
        assert (await shelf.api.post(f"{path}/{verb}", json=body)).status_code == 404


async def test_another_workspace_sees_nothing(shelf: Shelf, caller: Callable[..., Any]) -> None:
    """A member of another workspace gets 404 for its entries under either workspace's path."""
    entry = await shelf.entry()
    other_id = uuid4()
    other: httpx.AsyncClient = caller("inventory", workspace_id=other_id)
    for workspace_id in (shelf.workspace_id, other_id):
        path = f"/v1/workspaces/{workspace_id}/inventory/{entry['id']}"
        assert (await other.get(path)).status_code == 404
        assert (await other.post(f"{path}/archive")).status_code == 404


async def test_a_viewer_reads_and_does_not_write(
    shelf: Shelf, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """A viewer's GET answers 200, and every change of theirs 403."""
    viewer = caller("inventory", workspace_id=shelf.workspace_id, role=MemberRole.VIEWER)
    base = f"/v1/workspaces/{shelf.workspace_id}"
    place = {"location_id": str(uuid4())}
    for path in ("/locations", "/containers", "/inventory", "/movements"):
        assert (await viewer.get(base + path)).status_code == 200
    for path, body in (
        ("/locations", {"name": "x"}),
        ("/containers", {"name": "x", **place}),
        ("/inventory", {"item_id": str(uuid4()), **place}),
        (f"/inventory/{uuid4()}/move", place),
        (f"/inventory/{uuid4()}/adjust", {"delta": 1, "reason": "x"}),
    ):
        assert (await viewer.post(base + path, json=body)).status_code == 403


async def test_the_database_keeps_workspaces_apart_by_itself(
    shelf: Shelf,
) -> None:
    """With no filter in the query, row-level security shows the app role only its workspace."""
    await shelf.entry()
    async with shelf.database.transaction():
        await shelf.database.execute("SET LOCAL ROLE inventory_app")
        for table in ("locations", "entries", "movements", "known_items"):
            await shelf.database.execute("SET LOCAL warehouse.workspace_id = ''")
            assert await shelf.database.fetchval(f"SELECT count(*) FROM {table}") == 0
            await shelf.database.execute(
                f"SET LOCAL warehouse.workspace_id = '{shelf.workspace_id}'"
            )
            assert await shelf.database.fetchval(f"SELECT count(*) FROM {table}") == 1


async def test_no_table_of_a_workspace_is_unguarded(shelf: Shelf) -> None:
    """Every table with a workspace_id has row-level security, forced on its owner too."""
    unguarded = await shelf.database.fetch("""
        SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind = 'r' AND a.attname = 'workspace_id'
          AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
    """)
    assert unguarded == []


async def test_what_is_lent_is_neither_missing_nor_disposed_of(shelf: Shelf) -> None:
    """The loan would go on of what is not there; once it is over, the entry may be either."""
    entry = await shelf.entry(3)
    loan_id = await shelf.request(entry["id"])
    await shelf.settles(entry["id"], held_quantity=1)
    path = f"/inventory/{entry['id']}"
    for status in ("MISSING", "DISPOSED"):
        refused = await shelf.api.patch(path, json={"status": status})
        assert (refused.status_code, refused.json()["code"]) == (409, "held")
    assert (await shelf.api.patch(path, json={"status": "IN_USE"})).status_code == 200
    await shelf.loan("returned", entry["id"], loan_id=loan_id, returned_quantity=1)
    await shelf.settles(entry["id"], held_quantity=0)
    assert (await shelf.api.patch(path, json={"status": "MISSING"})).status_code == 200
