"""What `POST …/loans` promises: the outcome, or word that it is not known yet."""

import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.loans.rig import NOW_OR_LATER, Desk, in_days

from chassis.identity import MemberRole


async def test_a_loan_of_free_units_is_active(desk: Desk) -> None:
    """201 once inventory holds the units, with where the loan is, its ETag and all names."""
    entry, borrower = await desk.shelved("Tent", "Attic", "T-1"), await desk.borrower("Bob")
    due = in_days(14)
    asking = desk.asking(
        inventory_id=entry, borrower_id=borrower, quantity=2, due_at=due, notes="with pegs"
    )
    [requested] = await desk.asked()
    await desk.hold(requested)
    answer = await asking

    assert answer.status_code == 201, answer.text
    loan = answer.json()
    assert answer.headers["location"] == f"/v1/workspaces/{desk.workspace_id}/loans/{loan['id']}"
    assert answer.headers["etag"] == '"2"'
    expected = {
        "inventory_id": entry,
        "item_name": "Tent",
        "item_sku": "T-1",
        "location_name": "Attic",
        "borrower_id": borrower,
        "borrower_name": "Bob",
        "quantity": 2,
        "returned_quantity": 0,
        "notes": "with pegs",
        "status": "active",
        "is_overdue": False,
        "rejection": None,
        "returns": [],
        "version": 2,
    }
    assert {name: loan[name] for name in expected} == expected
    assert loan == await desk.see(f"/loans/{loan['id']}")


async def test_the_request_and_its_outcome_are_told(desk: Desk) -> None:
    """`requested` and then `activated`, each with the loan's full state, names among it."""
    entry = await desk.shelved("Tent")
    loan = await desk.lent(entry, quantity=3, borrower_id=await desk.borrower("Ann"))
    [(first, requested), (second, activated)] = await desk.told(loan["id"])
    assert (first, second) == ("requested", "activated")
    shared = {
        "id": loan["id"],
        "workspace_id": str(desk.workspace_id),
        "inventory_id": entry,
        "borrower_id": loan["borrower_id"],
        "borrower_name": "Ann",
        "item_id": loan["item_id"],
        "item_name": "Tent",
        "quantity": 3,
        "returned_quantity": 0,
        "due_at": None,
        "returned_at": None,
        "rejection": None,
    }
    for payload, version, status in ((requested, 1, "requested"), (activated, 2, "active")):
        expected = shared | {"version": version, "status": status}
        assert {name: payload[name] for name in expected} == expected


async def test_more_than_is_free_is_refused(desk: Desk) -> None:
    """409 `insufficient-stock` with what is free; the loan stays on record as rejected."""
    asking = desk.asking(inventory_id=str(uuid4()), borrower_id=await desk.borrower(), quantity=5)
    [requested] = await desk.asked()
    await desk.refuse(requested, free=3)
    answer = await asking

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["free_quantity"]) == ("insufficient-stock", 3)
    loan = await desk.see(f"/loans/{problem['loan_id']}")
    assert loan["status"] == "rejected"
    assert loan["rejection"] == {"reason": "insufficient-stock", "free_quantity": 3}
    [_, (verb, payload)] = await desk.told(loan["id"])
    assert (verb, payload["rejection"]) == ("rejected", loan["rejection"])


@pytest.mark.parametrize(
    ("reason", "status", "code"),
    [
        ("not-found", 404, "not-found"),
        ("not-available", 409, "not-available"),
        ("a-reason-of-tomorrow", 409, "not-available"),
    ],
)
async def test_other_refusals_say_why(desk: Desk, reason: str, status: int, code: str) -> None:
    """An unknown entry is a 404; whatever else inventory refuses for is a 409."""
    asking = desk.asking(inventory_id=str(uuid4()), borrower_id=await desk.borrower())
    [requested] = await desk.asked()
    await desk.refuse(requested, reason)
    answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_does_not_want_to_wait_does_not(desk: Desk) -> None:
    """`Prefer: respond-async` is answered 202 at once, says that it was honoured, and the loan is
    where Location says."""
    body = {"inventory_id": str(uuid4()), "borrower_id": await desk.borrower()}
    answer = await desk.api.post("/loans", json=body, headers=NOW_OR_LATER)
    assert answer.status_code == 202, answer.text
    assert answer.headers["preference-applied"] == "respond-async"
    assert answer.json()["status"] == "requested"
    seen = await desk.api.get(answer.headers["location"].split(str(desk.workspace_id))[1])
    assert seen.json() == answer.json()


async def test_patience_ends(desk: Desk) -> None:
    """With inventory away, `Prefer: wait=1` is answered 202 after a second."""
    body = {"inventory_id": str(uuid4()), "borrower_id": await desk.borrower()}
    started = time.monotonic()
    answer = await desk.api.post("/loans", json=body, headers={"Prefer": "wait=1"})
    waited = time.monotonic() - started
    assert (answer.status_code, answer.json()["status"]) == (202, "requested")
    assert answer.headers["preference-applied"] == "wait=1"
    assert 1.0 <= waited < 4.0


async def test_a_late_outcome_still_counts(desk: Desk) -> None:
    """What was answered 202 becomes active when inventory is back."""
    loan = await desk.request()
    await desk.hold(loan)
    assert (await desk.settles(loan, status="active"))["version"] == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantity": 0},
        {"quantity": 2**31},
        {"quantity": "1"},
        {"quantity": 1.5},
        {"inventory_id": "shelf"},
        {"due_at": "2026-01-01T10:00:00"},
        {"due_at": "tomorrow"},
        {"due_at": "0001-01-01T00:00:00+14:00"},
        {"due_at": "9999-12-31T23:59:59-10:00"},
        {"loaned_at": "2026-01-08T10:00:00Z", "due_at": "2026-01-01T10:00:00Z"},
        {"loaned_at": "2900-01-01T00:00:00Z"},
        {"notes": "nul\u0000"},
        {"colour": "red"},
    ],
)
async def test_a_request_that_makes_no_sense(desk: Desk, wrong: dict[str, Any]) -> None:
    """422 that names the field that is wrong, and no loan."""
    body = {"inventory_id": str(uuid4()), "borrower_id": str(uuid4())}
    answer = await desk.api.post("/loans", json=body | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")
    assert [error["field"] for error in answer.json()["errors"]] == [list(wrong)[-1]]
    assert (await desk.see("/loans"))["items"] == []


@pytest.mark.parametrize("case", ["unknown", "archived", "foreign"])
async def test_a_borrower_who_can_not_borrow(
    desk: Desk,
    case: str,
    caller: Any,  # noqa: ANN401 - a fixture's factory
) -> None:
    """Unknown, archived or another workspace's: 422 on `borrower_id`, and no loan."""
    borrower = str(uuid4())
    if case == "archived":
        borrower = await desk.borrower()
        await desk.api.post(f"/borrowers/{borrower}/archive")
    if case == "foreign":
        elsewhere = uuid4()
        other = caller("loans", workspace_id=elsewhere)
        made = await other.post(f"/v1/workspaces/{elsewhere}/borrowers", json={"name": "Eve"})
        borrower = made.json()["id"]
    answer = await desk.api.post(
        "/loans", json={"inventory_id": str(uuid4()), "borrower_id": borrower}
    )
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["borrower_id"]
    assert (await desk.see("/loans"))["items"] == []


async def test_an_old_loan_is_recorded_late(desk: Desk) -> None:
    """Both times may lie in the past."""
    loan = await desk.lent(loaned_at="1926-05-01T10:00:00+02:00", due_at="1926-06-01T10:00:00Z")
    assert (loan["loaned_at"], loan["is_overdue"]) == ("1926-05-01T08:00:00+00:00", True)


async def test_what_was_due_was_lent_before(desk: Desk) -> None:
    """With a due time in the past alone, the loan began no later than that."""
    loan = await desk.request(due_at="2020-01-01T00:00:00Z")
    assert loan["loaned_at"] == loan["due_at"]


async def test_viewers_do_not_lend(desk: Desk, caller: Any) -> None:  # noqa: ANN401
    """403, and no loan."""
    viewer = caller("loans", workspace_id=desk.workspace_id, role=MemberRole.VIEWER)
    answer = await viewer.post(
        f"/v1/workspaces/{desk.workspace_id}/loans",
        json={"inventory_id": str(uuid4()), "borrower_id": await desk.borrower()},
    )
    assert answer.status_code == 403
    assert (await desk.see("/loans"))["items"] == []


async def test_an_entry_that_was_not_heard_of_is_lent_too(desk: Desk) -> None:
    """The hold says which item and place it is; its names come when they are heard of."""
    loan = await desk.request()
    assert (loan["item_id"], loan["item_name"]) == (None, None)
    item_id, location_id = str(uuid4()), str(uuid4())
    await desk.hold(loan, item_id=item_id, location_id=location_id)
    active = await desk.settles(loan, status="active", item_id=item_id, location_id=location_id)
    assert active["item_name"] is None
    await desk.say("catalog.item.created", id=item_id, name="Drill", sku="D-1")
    await desk.say("inventory.location.created", id=location_id, name="Shed")
    await desk.settles(loan, item_name="Drill", item_sku="D-1", location_name="Shed")


async def test_names_are_as_of_the_newest_version(desk: Desk) -> None:
    """An older version of an item that arrives late changes no name."""
    loan = await desk.lent(await desk.shelved("Tent"))
    item_id = loan["item_id"]
    await desk.say("catalog.item.updated", id=item_id, name="Big tent", sku="T-1", version=3)
    await desk.settles(loan, item_name="Big tent")
    late = await desk.say(
        "catalog.item.updated", id=item_id, name="Small tent", sku="T-1", version=2
    )
    await desk.hears(late)
    await desk.settles(loan, item_name="Big tent")
    assert UUID(item_id)


async def test_a_loan_follows_its_units_to_another_entry(desk: Desk) -> None:
    """Its entry was merged: the loan is of the other one from then on, and tells so once."""
    loan = await desk.lent(await desk.shelved())
    other = str(uuid4())
    facts = {"id": other, "hold": {"reference": loan["id"], "purpose": "loan", "quantity": 1}}
    for version in (5, 6):
        heard = await desk.say("inventory.stock.hold_moved", **facts, version=version)
        await desk.hears(heard)
    await desk.settles(loan, inventory_id=other, status="active")
    [*_, (verb, payload)] = await desk.told(loan["id"])
    assert (verb, payload["changes"]) == (
        "updated",
        {"inventory_id": [loan["inventory_id"], other]},
    )
    assert await desk.verbs(loan["id"]) == ["requested", "activated", "updated"]
