"""The journey this platform exists for: lend one thing, get it back, and see it everywhere.

Runs against any gateway: separate processes, one process, or containers.
"""

from contextlib import aclosing
from typing import Any

from support import callers
from support.callers import Person
from support.waiting import eventually

ALERT_DEADLINE = 40.0  # seconds; the clock that finds overdue loans ticks every 15 by default


async def lend_one_thing(url: str) -> None:
    """Register, shelve, lend, return; then the inbox, the dashboard and the activity log tell."""
    owner = await callers.register(url, "Olga Owner")
    member = await callers.register(url, "Max Member")
    async with aclosing(owner.http), aclosing(member.http):
        await _share_and_lend(owner, member)


async def _share_and_lend(owner: Person, member: Person) -> None:
    workspace = (
        await owner.http.post("/v1/workspaces", json={"name": "Hill Street Tool Library"})
    ).json()
    owner.workspace_id = workspace["id"]
    joined = await owner.http.post(
        owner.at("/members"), json={"email": member.email, "role": "member"}
    )
    assert joined.status_code == 201, joined.text

    item, entry, borrower = await _shelve(owner)
    loan = await _lend_and_return(owner, entry, borrower)
    overdue = await owner.add(
        "/loans",
        {
            "inventory_id": entry["id"],
            "borrower_id": borrower["id"],
            "quantity": 2,
            "loaned_at": "2026-01-01T10:00:00Z",
            "due_at": "2026-01-08T10:00:00Z",
        },
    )
    assert overdue["status"] == "active"
    await _see_it_everywhere(owner, item, borrower, loan, overdue)


async def _shelve(owner: Person) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    category = await owner.add("/categories", {"name": "Power tools"})
    item = await owner.add(
        "/items",
        {"name": "Cordless drill", "category_id": category["id"], "min_stock_level": 1},
    )
    house = await owner.add("/locations", {"name": "House"})
    shelf = await owner.add("/locations", {"name": "Shelf 2", "parent_id": house["id"]})
    box = await owner.add("/containers", {"name": "Blue box", "location_id": shelf["id"]})
    entry = await owner.add(
        "/inventory",
        {
            "item_id": item["id"],
            "location_id": shelf["id"],
            "container_id": box["id"],
            "quantity": 3,
            "purchase_price": 12_900,
            "currency": "EUR",
        },
    )
    assert (entry["quantity"], entry["held_quantity"], entry["free_quantity"]) == (3, 0, 3)
    borrower = await owner.add("/borrowers", {"name": "Bob Borrower", "email": "bob@example.org"})
    return item, entry, borrower


async def _lend_and_return(
    owner: Person, entry: dict[str, Any], borrower: dict[str, Any]
) -> dict[str, Any]:
    body = {"inventory_id": entry["id"], "borrower_id": borrower["id"], "quantity": 2}
    loan = await owner.add("/loans", body)
    assert loan["status"] == "active"
    held = await owner.see(f"/inventory/{entry['id']}")
    assert (held["held_quantity"], held["free_quantity"]) == (2, 1)

    refused = await owner.http.post(owner.at("/loans"), json=body)
    assert refused.status_code == 409, refused.text
    assert refused.json()["code"] == "insufficient-stock"
    assert refused.json()["free_quantity"] == 1

    part = await owner.http.post(owner.at(f"/loans/{loan['id']}/return"), json={"quantity": 1})
    assert (part.status_code, part.json()["status"]) == (200, "partially_returned"), part.text
    rest = await owner.http.post(
        owner.at(f"/loans/{loan['id']}/return"), json={"condition": "GOOD", "notes": "clean"}
    )
    assert (rest.status_code, rest.json()["status"]) == (200, "returned"), rest.text

    async def free_again() -> bool:
        return (await owner.see(f"/inventory/{entry['id']}"))["free_quantity"] == 3

    await eventually(free_again)
    return loan


async def _see_it_everywhere(
    owner: Person,
    item: dict[str, Any],
    borrower: dict[str, Any],
    loan: dict[str, Any],
    overdue: dict[str, Any],
) -> None:
    async def named() -> bool:
        loans = (await owner.see("/loans?overdue=true"))["items"]
        return [
            (one["id"], one["item_name"], one["location_name"], one["borrower_name"])
            for one in loans
        ] == [(overdue["id"], "Cordless drill", "Shelf 2", "Bob Borrower")]

    await eventually(named)

    async def inbox() -> bool:
        answer = await owner.http.get("/v1/notifications?limit=200")
        types = {one["type"] for one in answer.json()["items"]}
        missing = {"LOAN_OVERDUE", "LOAN_RETURNED", "MEMBER_JOINED"} - types
        assert not missing, missing
        return True

    await eventually(inbox, deadline=ALERT_DEADLINE)

    async def counted() -> bool:
        dashboard = await owner.see("/dashboard")
        expected = {
            "items": 1,
            "inventory_entries": 1,
            "units": 3,
            "locations": 2,
            "containers": 1,
            "borrowers": 1,
            "active_loans": 1,
            "overdue_loans": 1,
            "low_stock_items": 0,
            "expiring_entries": 0,
            "total_value": [{"amount": 38_700, "currency": "EUR"}],
        }
        assert expected.items() <= dashboard.items(), dashboard
        most = await owner.see("/analytics/most-lent-items?limit=5")
        assert most["items"] == [{"item_id": item["id"], "name": "Cordless drill", "loans": 2}]
        return True

    await eventually(counted)

    async def told() -> bool:
        activity = (await owner.see("/activity?limit=200"))["items"]
        seen = {(one["type"], one["entity_id"]) for one in activity}
        for verb in ("requested", "activated", "partially_returned", "returned"):
            assert (f"warehouse.loans.loan.{verb}", loan["id"]) in seen, verb
        assert ("warehouse.catalog.item.created", item["id"]) in seen
        assert ("warehouse.loans.borrower.created", borrower["id"]) in seen
        [created] = [one for one in activity if one["type"] == "warehouse.catalog.item.created"]
        assert created["actor_name"] == "Olga Owner"
        return True

    await eventually(told)
