"""What maintenance schedules promise: done, they are due again, and what was done is on record."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from integration.inventory.rig import Shelf
from uuid_utils.compat import uuid7

MAINTENANCE, REPAIR = "warehouse.inventory.maintenance.v1", "warehouse.inventory.repair.v1"


def day(days: int) -> str:
    """So many days from today; the workspaces here are at UTC."""
    return str(datetime.now(UTC).date() + timedelta(days=days))


async def planned(shelf: Shelf, entry: dict[str, Any], **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    body = {"inventory_id": entry["id"], "name": "Oil", "every_days": 10, **fields}
    return await shelf.add("/maintenance", **body)


async def test_what_was_done_is_written_down_and_due_again(shelf: Shelf) -> None:
    """As a completed repair with what it cost, of all units, which were not held for it; a stale
    ETag is refused, and every change is told with what changed."""
    entry = await shelf.entry(4)
    schedule = await planned(shelf, entry, next_due=day(-2), notes="SAE 30")
    assert (schedule["item_name"], schedule["counts_from"]) == ("Tent", "done")
    path = f"/maintenance/{schedule['id']}"
    body = {"cost": 900, "currency": "EUR", "provider": "Toolshop", "new_condition": "EXCELLENT"}
    stale = await shelf.api.post(f"{path}/complete", json=body, headers={"If-Match": '"7"'})
    assert stale.status_code == 412

    answer = await shelf.api.post(f"{path}/complete", json={**body, "done_on": day(-1)})

    assert answer.status_code == 200, answer.text
    assert (answer.json()["last_done"], answer.json()["next_due"]) == (day(-1), day(9))
    [repair] = (await shelf.see(f"/repairs?maintenance_id={schedule['id']}"))["items"]
    assert {name: repair[name] for name in ("status", "quantity", "description", "cost")} == {
        "status": "COMPLETED",
        "quantity": 4,
        "description": "Oil",
        "cost": 900,
    }
    assert repair["completed_at"].startswith(day(-1))
    await shelf.settles(entry["id"], held_quantity=0, condition="EXCELLENT", version=2)
    [*_, (verb, told)] = await shelf.told(MAINTENANCE)
    assert (verb, told["repair_id"], told["changes"]) == (
        "completed",
        repair["id"],
        {"last_done": [None, day(-1)], "next_due": [day(-2), day(9)]},
    )
    assert [verb for verb, _ in await shelf.told(REPAIR)] == ["completed"]


async def test_what_was_done_long_ago_moves_nothing(shelf: Shelf) -> None:
    """Written down after a later time, it is in the history, and the schedule stays as it is."""
    schedule = await planned(shelf, await shelf.entry())
    path = f"/maintenance/{schedule['id']}"
    done = (await shelf.api.post(f"{path}/complete", json={})).json()
    late = await shelf.api.post(f"{path}/complete", json={"done_on": day(-100)})
    assert late.status_code == 200
    for field in ("last_done", "next_due"):
        assert late.json()[field] == done[field]
    repairs = await shelf.see(f"/repairs?maintenance_id={schedule['id']}")
    assert len(repairs["items"]) == 2


async def test_one_in_step_with_the_calendar_stays_in_step(shelf: Shelf) -> None:
    """Done late, it counts from when it was due."""
    schedule = await planned(shelf, await shelf.entry(), counts_from="due", next_due=day(-3))
    answer = await shelf.api.post(f"/maintenance/{schedule['id']}/complete")
    assert (answer.json()["last_done"], answer.json()["next_due"]) == (day(0), day(7))


async def test_a_schedule_is_changed_put_away_and_taken_up_again(shelf: Shelf) -> None:
    """The first day is counted from when it was done last; what is put away is not done."""
    schedule = await planned(shelf, await shelf.entry(), last_done=day(-4))
    assert schedule["next_due"] == day(6)
    path = f"/maintenance/{schedule['id']}"
    changed = await shelf.api.patch(path, json={"every_days": 20, "name": "Oil it"})
    assert (changed.json()["every_days"], changed.json()["version"]) == (20, 2)
    assert (await shelf.api.patch(path, json={"every_days": 20})).json()["version"] == 2
    for _ in range(2):
        assert (await shelf.api.post(f"{path}/archive")).json()["is_archived"] is True
    refused = await shelf.api.post(f"{path}/complete")
    assert (refused.status_code, refused.json()["code"]) == (409, "archived")
    assert (await shelf.see("/maintenance"))["items"] == []
    assert len((await shelf.see("/maintenance?archived=true"))["items"]) == 1
    assert (await shelf.api.post(f"{path}/restore")).json()["version"] == 4
    assert [verb for verb, _ in await shelf.told(MAINTENANCE)] == [
        *("created", "updated"),
        *("archived", "restored"),
    ]


async def test_lists_find_what_is_due(shelf: Shelf) -> None:
    one, other = await shelf.entry(), await shelf.entry()
    due, today = (
        await planned(shelf, one, next_due=day(-1)),
        await planned(shelf, one, next_due=day(0)),
    )
    later = await planned(shelf, other)
    for query, expected in (
        ("", [later, today, due]),
        ("due=true", [today, due]),
        (f"inventory_id={other['id']}", [later]),
        (f"item_id={one['item_id']}", [today, due]),
    ):
        found = (await shelf.see(f"/maintenance?{query}"))["items"]
        assert [row["id"] for row in found] == [row["id"] for row in expected], query


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("inventory_id", {"inventory_id": str(uuid7())}),
        ("every_days", {"every_days": 0}),
        ("every_days", {"every_days": 3651}),
        ("last_done", {"last_done": day(2)}),
        ("name", {"name": " "}),
        ("counts_from", {"counts_from": "whenever"}),
    ],
)
async def test_a_bad_schedule_says_what_is_wrong(
    shelf: Shelf, field: str, body: dict[str, Any]
) -> None:
    entry = await shelf.entry()
    whole = {"inventory_id": entry["id"], "name": "Oil", "every_days": 9, **body}
    answer = await shelf.api.post("/maintenance", json=whole)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_what_can_not_have_been_done_is_refused(shelf: Shelf) -> None:
    """To more units than there are, to come, in part of the entry in a new condition, beyond the
    calendar, or to what is out of use; and nothing changes."""
    entry = await shelf.entry(2)
    schedule = await planned(shelf, entry)
    path = f"/maintenance/{schedule['id']}"
    ancient = await planned(shelf, entry, next_due=str(date.max), counts_from="due")
    for target, body, status in (
        (path, {"quantity": 3}, 409),
        (path, {"done_on": day(2)}, 422),
        (path, {"quantity": 1, "new_condition": "NEW"}, 422),
        (path, {"cost": 5}, 422),
        (f"/maintenance/{ancient['id']}", {}, 422),
    ):
        answer = await shelf.api.post(f"{target}/complete", json=body)
        assert answer.status_code == status, (body, answer.text)
    await shelf.api.post(f"/inventory/{entry['id']}/archive")
    assert (await shelf.api.post(f"{path}/complete")).json()["code"] == "archived"
    assert (await shelf.see(path))["version"] == 1
    assert (await shelf.see("/repairs"))["items"] == []
