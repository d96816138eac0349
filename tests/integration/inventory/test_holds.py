"""What inventory's side of the loan saga promises."""

from uuid import uuid4

import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually
from uuid_utils.compat import uuid7


async def test_free_units_are_held_for_a_loan(shelf: Shelf) -> None:
    """A request is answered by `hold_placed`, and the entry shows what is still free."""
    entry = await shelf.entry(3)
    loan = await shelf.request(entry["id"], 2)

    held = await shelf.settles(entry["id"], held_quantity=2)

    assert (held["quantity"], held["free_quantity"], held["version"]) == (3, 1, 2)
    [answer] = await shelf.outcomes(1)
    assert (answer.type, answer.key) == ("warehouse.inventory.stock.hold_placed", entry["id"])
    assert answer.payload["hold"] == {"reference": str(loan), "purpose": "loan", "quantity": 2}
    assert (answer.payload["held_quantity"], answer.payload["version"]) == (2, 2)


async def test_more_than_is_free_is_not_held(shelf: Shelf) -> None:
    """The request is answered by `hold_rejected` with what is free, and nothing changes."""
    entry = await shelf.entry(3)
    await shelf.request(entry["id"], 2)
    await shelf.settles(entry["id"], held_quantity=2)
    loan = await shelf.request(entry["id"], 2)

    [_, answer] = await shelf.outcomes(2)

    assert answer.type == "warehouse.inventory.stock.hold_rejected"
    expected = {
        "id": entry["id"],
        "workspace_id": str(shelf.workspace_id),
        "version": 2,
        "reference": str(loan),
        "purpose": "loan",
        "quantity": 2,
        "reason": "insufficient-stock",
        "free_quantity": 1,
    }
    assert answer.payload == expected
    await shelf.settles(entry["id"], held_quantity=2, version=2)


async def test_what_does_not_exist_is_not_held(shelf: Shelf) -> None:
    """An unknown entry, and one of another workspace, are `not-found`."""
    await shelf.request(str(uuid4()))
    [answer] = await shelf.outcomes(1)
    assert (answer.payload["reason"], answer.payload["free_quantity"]) == ("not-found", 0)


@pytest.mark.parametrize("status", ["MISSING", "DISPOSED", "IN_TRANSIT", "archived"])
async def test_what_is_out_of_reach_is_not_held(shelf: Shelf, status: str) -> None:
    """Missing, disposed, on the way or archived is `not-available`."""
    entry = await shelf.entry()
    if status == "archived":
        await shelf.api.post(f"/inventory/{entry['id']}/archive")
    else:
        await shelf.api.patch(f"/inventory/{entry['id']}", json={"status": status})
    await shelf.request(entry["id"])
    [answer] = await shelf.outcomes(1)
    assert (answer.payload["reason"], answer.payload["version"]) == ("not-available", 2)


async def test_asking_twice_holds_once(shelf: Shelf) -> None:
    """The same loan's request again, as another event, has no effect and no answer."""
    entry = await shelf.entry(5)
    loan = await shelf.request(entry["id"], 2)
    await shelf.hears(await shelf.loan("requested", entry["id"], quantity=2, loan_id=loan))
    await shelf.settles(entry["id"], held_quantity=2, version=2)
    await shelf.outcomes(1)


async def test_a_refusal_stands(shelf: Shelf) -> None:
    """A request that was refused is not granted by delivering it again once there is stock."""
    entry = await shelf.entry(1)
    loan = await shelf.request(entry["id"], 2)
    await shelf.outcomes(1)
    await shelf.api.post(f"/inventory/{entry['id']}/adjust", json={"delta": 5, "reason": "more"})
    await shelf.hears(await shelf.loan("requested", entry["id"], quantity=2, loan_id=loan))
    await shelf.settles(entry["id"], held_quantity=0)
    await shelf.outcomes(1)


async def test_what_comes_back_is_free_again(shelf: Shelf) -> None:
    """Returns tell how many are back in all: each unit is released once, however often told."""
    entry = await shelf.entry(3)
    loan = await shelf.request(entry["id"], 3)
    await shelf.settles(entry["id"], held_quantity=3)

    async def back(verb: str, returned: int) -> None:
        fact = {"quantity": 1, "condition": None, "notes": None}
        await shelf.loan(
            verb,
            entry["id"],
            loan_id=loan,
            quantity=3,
            returned_quantity=returned,
            **{"return": fact},
        )

    await back("partially_returned", 1)
    await shelf.settles(entry["id"], held_quantity=2)
    await back("partially_returned", 1)
    await back("returned", 3)
    await back("partially_returned", 2)
    late = await shelf.loan("cancelled", entry["id"], loan_id=loan, quantity=3)
    await shelf.hears(late)
    await shelf.settles(entry["id"], held_quantity=0, version=4)

    async def told() -> list[int]:
        assert len(await shelf.published()) == 4
        return [
            one.payload["hold"]["quantity"]
            for one in await shelf.published()
            if one.type.endswith(".hold_released")
        ]

    assert await eventually(told) == [1, 2]


async def test_a_return_that_overtakes_its_request_is_remembered(shelf: Shelf) -> None:
    """Then asking holds only what is still out."""
    entry = await shelf.entry(3)
    loan = uuid7()
    await shelf.loan(
        "partially_returned", entry["id"], loan_id=loan, quantity=3, returned_quantity=2
    )
    await shelf.loan("requested", entry["id"], loan_id=loan, quantity=3)
    [answer] = await shelf.outcomes(1)
    assert answer.payload["hold"]["quantity"] == 1
    await shelf.settles(entry["id"], held_quantity=1)
    await shelf.loan("returned", entry["id"], loan_id=loan, quantity=3, returned_quantity=3)
    await shelf.settles(entry["id"], held_quantity=0)


@pytest.mark.parametrize("verb", ["returned", "cancelled", "rejected"])
async def test_what_ended_before_its_request_holds_nothing(shelf: Shelf, verb: str) -> None:
    """A request for a loan that is over already neither holds nor answers."""
    entry = await shelf.entry(3)
    loan = uuid7()
    await shelf.loan(verb, entry["id"], loan_id=loan, quantity=2, returned_quantity=2)
    late = await shelf.loan("requested", entry["id"], loan_id=loan, quantity=2)
    await shelf.hears(late)
    assert await shelf.staged() == ["created"]
    await shelf.settles(entry["id"], held_quantity=0, version=1)


@pytest.mark.parametrize("verb", ["cancelled", "rejected"])
async def test_a_loan_called_off_frees_its_units(shelf: Shelf, verb: str) -> None:
    """All that is still held is released."""
    entry = await shelf.entry(3)
    loan = await shelf.request(entry["id"], 2)
    await shelf.settles(entry["id"], held_quantity=2)
    await shelf.loan(verb, entry["id"], loan_id=loan, quantity=2)
    await shelf.settles(entry["id"], held_quantity=0, version=3)


@pytest.mark.parametrize(("lent", "condition"), [(2, "POOR"), (1, "GOOD")])
async def test_a_whole_entry_takes_the_condition_it_came_back_in(
    shelf: Shelf, lent: int, condition: str
) -> None:
    """Of one that was lent in part, nobody knows which units are worse: it stays."""
    entry = await shelf.entry(2)
    loan = await shelf.request(entry["id"], lent)
    await shelf.settles(entry["id"], held_quantity=lent)
    await shelf.loan(
        "returned",
        entry["id"],
        loan_id=loan,
        quantity=lent,
        returned_quantity=lent,
        **{"return": {"quantity": lent, "condition": "POOR", "notes": "torn"}},
    )
    await shelf.settles(entry["id"], held_quantity=0, condition=condition)


async def test_held_units_stay_where_they_are(shelf: Shelf) -> None:
    """A part is made of free units only, all units move with their hold, and while units are held
    the entry can't shrink below them or be archived."""
    entry = await shelf.entry(3)
    there = await shelf.add("/locations", name="There")
    await shelf.request(entry["id"], 2)
    await shelf.settles(entry["id"], held_quantity=2)
    path = f"/inventory/{entry['id']}"

    part = await shelf.api.post(f"{path}/move", json={"location_id": there["id"], "quantity": 2})
    assert (part.status_code, part.json()["free_quantity"]) == (409, 1)
    fewer = await shelf.api.post(f"{path}/adjust", json={"delta": -2, "reason": "lost"})
    assert (fewer.status_code, fewer.json()["code"]) == (409, "insufficient-stock")
    archived = await shelf.api.post(f"{path}/archive")
    assert (archived.status_code, archived.json()["code"]) == (409, "held")
    whole = await shelf.api.post(f"{path}/move", json={"location_id": there["id"]})
    assert (whole.status_code, whole.json()["held_quantity"]) == (200, 2)


async def test_who_asked_is_who_holds(shelf: Shelf) -> None:
    """The outcome carries the actor of the request, for the audit trail."""
    entry = await shelf.entry()
    user = str(uuid4())
    payload = {
        "id": str(uuid7()),
        "workspace_id": str(shelf.workspace_id),
        "version": 1,
        "inventory_id": entry["id"],
        "quantity": 1,
    }
    await shelf.kafka.tell("warehouse.loans.loan.requested", payload, actor=user)
    [answer] = await shelf.outcomes(1)
    assert answer.headers["ce_actor"] == user


async def test_a_request_for_nothing_is_a_dead_letter(shelf: Shelf) -> None:
    """A malformed request harms no other: the next one is answered."""
    entry = await shelf.entry()
    await shelf.request(entry["id"], 0)
    await shelf.request(entry["id"], 1)
    await shelf.settles(entry["id"], held_quantity=1)
