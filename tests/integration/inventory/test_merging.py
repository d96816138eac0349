"""What merging promises: no unit and no hold is lost, and nobody loses track of either."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from integration.inventory.rig import Shelf


async def two_alike(shelf: Shelf, **fields: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """Entries of one item in two rooms: five units and two."""
    source = await shelf.entry(5, lot="L7", **fields)
    room = await shelf.add("/locations", name=f"There {uuid4()}")
    target = await shelf.entry(
        2, lot="L7", item_id=source["item_id"], location_id=room["id"], **fields
    )
    return source, target


def place(entry: dict[str, Any]) -> dict[str, Any]:
    return {"location_id": entry["location_id"], "container_id": entry["container_id"]}


async def test_moved_units_join_what_is_alike_if_asked(shelf: Shelf) -> None:
    """A part adds to the entry there; without `merge` it becomes an entry of its own."""
    source, target = await two_alike(shelf)
    path = f"/inventory/{source['id']}/move"
    body = {**place(target), "quantity": 2}

    answer = await shelf.api.post(path, json=body | {"merge": True})
    assert (answer.status_code, answer.json()["id"]) == (200, target["id"])
    assert answer.json()["quantity"] == 4
    assert (await shelf.see(f"/inventory/{source['id']}"))["quantity"] == 3
    [movement, *_] = (await shelf.see(f"/movements?inventory_id={target['id']}"))["items"]
    assert (movement["kind"], movement["to_inventory_id"]) == ("split", target["id"])
    assert (movement["balance"], movement["to_balance"]) == (3, 4)
    assert await shelf.staged() == ["created", "created", "split", "joined"]

    assert (await shelf.api.post(path, json=body)).status_code == 201


async def test_all_units_join_and_the_emptied_entry_says_where(shelf: Shelf) -> None:
    """It is archived, and names the entry that has its units."""
    source, target = await two_alike(shelf)
    answer = await shelf.api.post(
        f"/inventory/{source['id']}/move", json={**place(target), "merge": True}
    )
    assert (answer.json()["id"], answer.json()["quantity"]) == (target["id"], 7)
    emptied = await shelf.see(f"/inventory/{source['id']}")
    assert (emptied["quantity"], emptied["is_archived"]) == (0, True)
    assert emptied["merged_into"] == target["id"]


async def test_what_differs_is_not_joined_by_a_move(shelf: Shelf) -> None:
    """Moved with `merge` to where only other lots stand, an entry stays one of its own."""
    source, target = await two_alike(shelf)
    await shelf.api.patch(f"/inventory/{target['id']}", json={"lot": "L8"})
    answer = await shelf.api.post(
        f"/inventory/{source['id']}/move", json={**place(target), "merge": True}
    )
    assert (answer.json()["id"], answer.json()["quantity"]) == (source["id"], 5)
    assert answer.json()["location_id"] == target["location_id"]


async def test_holds_follow_to_the_merged_entry(shelf: Shelf) -> None:
    """What is lent of both stays lent: returns told for the emptied entry find their hold."""
    source, target = await two_alike(shelf)
    first = await shelf.request(source["id"], 3)
    second = await shelf.request(target["id"], 1)
    await shelf.settles(source["id"], held_quantity=3)
    await shelf.settles(target["id"], held_quantity=1)

    answer = await shelf.api.post(f"/inventory/{source['id']}/merge", json={"into": target["id"]})
    merged = answer.json()
    assert (answer.status_code, merged["id"]) == (200, target["id"])
    assert (merged["quantity"], merged["held_quantity"], merged["free_quantity"]) == (7, 4, 3)
    assert (await shelf.staged())[-3:] == ["joined", "merged", "hold_moved"]
    moved = await shelf.database.fetchval(
        """
        SELECT payload::jsonb FROM outbox WHERE key = $1 AND type LIKE '%hold_moved'
        """,
        target["id"],
    )
    assert str(first) in moved
    assert source["id"] in moved

    facts = {"quantity": 3, "returned_quantity": 3}
    await shelf.loan("returned", source["id"], loan_id=first, **facts)
    await shelf.settles(target["id"], held_quantity=1)
    await shelf.loan("returned", target["id"], loan_id=second, returned_quantity=1)
    await shelf.settles(target["id"], held_quantity=0, quantity=7)


async def test_a_request_for_a_merged_entry_is_held_where_its_units_are(shelf: Shelf) -> None:
    """Somebody asked while it was merged: they get units of the other entry."""
    source, target = await two_alike(shelf)
    await shelf.api.post(f"/inventory/{source['id']}/merge", json={"into": target["id"]})
    loan = await shelf.request(source["id"], 6)
    await shelf.settles(target["id"], held_quantity=6)
    assert (await shelf.staged())[-2:] == ["hold_placed", "hold_moved"]
    await shelf.loan("cancelled", source["id"], loan_id=loan, quantity=6)
    await shelf.settles(target["id"], held_quantity=0)


async def test_a_merge_that_would_lose_something_is_refused(shelf: Shelf) -> None:
    """Fields that differ are named; who wants it all the same says so, and `into` keeps its own."""
    source, target = await two_alike(shelf)
    await shelf.api.patch(f"/inventory/{source['id']}", json={"lot": "L8", "notes": "Top shelf"})
    path = f"/inventory/{source['id']}/merge"
    answer = await shelf.api.post(path, json={"into": target["id"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "unlike")
    assert answer.json()["fields"] == ["lot", "notes"]
    answer = await shelf.api.post(path, json={"into": target["id"], "even_if_unlike": True})
    assert (answer.status_code, answer.json()["lot"]) == (200, "L7")


@pytest.mark.parametrize("case", ["itself", "nothing", "another item", "archived", "no status"])
async def test_a_merge_that_can_not_be_changes_nothing(shelf: Shelf, case: str) -> None:
    """The problem says why."""
    source, target = await two_alike(shelf)
    body: dict[str, Any] = {"into": target["id"]}
    expected: tuple[int, str]
    match case:
        case "itself":
            body, expected = {"into": source["id"]}, (422, "validation-failed")
        case "nothing":
            body, expected = {"into": str(uuid4())}, (422, "validation-failed")
        case "another item":
            body, expected = {"into": (await shelf.entry())["id"]}, (409, "unlike")
        case "archived":
            await shelf.api.post(f"/inventory/{target['id']}/archive")
            expected = (409, "archived")
        case _:
            await shelf.request(source["id"])
            await shelf.settles(source["id"], held_quantity=1)
            await shelf.api.patch(f"/inventory/{target['id']}", json={"status": "MISSING"})
            body["even_if_unlike"], expected = True, (409, "unlike")
    before = await shelf.see(f"/inventory/{source['id']}")
    answer = await shelf.api.post(f"/inventory/{source['id']}/merge", json=body)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert await shelf.see(f"/inventory/{source['id']}") == before


async def test_entries_merged_into_each_other_at_once_keep_their_units(shelf: Shelf) -> None:
    """Of two that are merged crosswise one is left, with the units of both."""
    one, other = await two_alike(shelf)
    answers = await asyncio.gather(
        shelf.api.post(f"/inventory/{one['id']}/merge", json={"into": other["id"]}),
        shelf.api.post(f"/inventory/{other['id']}/merge", json={"into": one["id"]}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    left = (await shelf.see(f"/inventory?item_id={one['item_id']}"))["items"]
    assert [entry["quantity"] for entry in left] == [7]
