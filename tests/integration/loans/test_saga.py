"""The caller's side of the saga: outcomes that come twice, late, or for somebody else."""

from typing import Any
from uuid import uuid4

import pytest
from integration.loans.rig import Desk
from support.waiting import eventually


async def test_an_outcome_that_comes_again_changes_nothing(desk: Desk) -> None:
    """Active once: a second hold, and a refusal after it, leave the loan as it is."""
    loan = await desk.lent()
    await desk.hears(await desk.hold(loan))
    await desk.hears(await desk.refuse(loan))
    assert await desk.see(f"/loans/{loan['id']}") == loan
    assert await desk.verbs(loan["id"]) == ["requested", "activated"]


async def test_a_refusal_is_final(desk: Desk) -> None:
    """Rejected once: a hold after it leaves the loan rejected."""
    loan = await desk.request()
    await desk.refuse(loan, free=1)
    rejected = await desk.settles(loan, status="rejected")
    await desk.hears(await desk.hold(loan))
    assert await desk.see(f"/loans/{loan['id']}") == rejected


@pytest.mark.parametrize("end", ["rejected", "cancelled"])
async def test_a_request_that_was_faster_than_its_entry_learns_what_it_was_for(
    desk: Desk, end: str
) -> None:
    """Asked for before loans had heard of the entry: once it ends, the loan and its event say what
    thing it was."""
    loan = await desk.request(entry := str(uuid4()))
    assert (loan["item_id"], loan["item_name"]) == (None, None)
    await desk.shelved("Tent", "Attic", "T-9", entry_id=entry)
    if end == "rejected":
        await desk.refuse(loan)
    else:
        assert (await desk.api.post(f"/loans/{loan['id']}/cancel")).status_code == 200
    named = await desk.settles(loan, status=end, item_name="Tent", location_name="Attic")
    [_, (verb, event)] = await desk.told(loan["id"])
    assert (verb, event["item_name"]) == (end, "Tent")
    assert event["item_id"] == named["item_id"]


async def test_a_hold_for_a_withdrawn_request_changes_nothing(desk: Desk) -> None:
    """Cancelled while inventory was away: its hold comes too late; it hears of the cancelling."""
    loan = await desk.request()
    assert (await desk.api.post(f"/loans/{loan['id']}/cancel")).status_code == 200
    await desk.hears(await desk.hold(loan))
    await desk.settles(loan, status="cancelled", version=2)
    assert await desk.verbs(loan["id"]) == ["requested", "cancelled"]


async def test_holds_of_others_are_not_ours(desk: Desk) -> None:
    """A hold for another purpose, though it has the loan's id, and one for no loan of ours."""
    loan = await desk.request()
    hold = {"reference": loan["id"], "purpose": "reservation", "quantity": 1}
    await desk.hears(await desk.hold(loan, hold=hold))
    await desk.hears(
        await desk.hold(loan, hold={"reference": str(uuid4()), "purpose": "loan", "quantity": 1})
    )
    assert (await desk.see(f"/loans/{loan['id']}"))["status"] == "requested"


async def test_a_hold_reaches_no_other_workspace(desk: Desk) -> None:
    """An event of another workspace that names our loan changes nothing."""
    loan = await desk.request()
    event = await desk.say(
        "inventory.stock.hold_placed",
        id=loan["inventory_id"],
        workspace_id=str(uuid4()),
        item_id=str(uuid4()),
        location_id=str(uuid4()),
        hold={"reference": loan["id"], "purpose": "loan", "quantity": 1},
    )
    await desk.hears(event)
    assert (await desk.see(f"/loans/{loan['id']}"))["status"] == "requested"


async def test_who_waits_for_a_loan_that_is_cancelled_is_told(desk: Desk) -> None:
    """The waiting client gets 409 `loan-cancelled` at once."""
    asking = desk.asking(inventory_id=str(uuid4()), borrower_id=await desk.borrower())
    [requested] = await desk.asked()
    await desk.api.post(f"/loans/{requested['id']}/cancel")
    answer = await asking
    assert (answer.status_code, answer.json()["code"]) == (409, "loan-cancelled")


async def test_the_topic_carries_what_happened(desk: Desk) -> None:
    """The loan's events lie in its topic under its id, in order, in their workspace."""
    loan = await desk.lent()

    async def published() -> list[Any]:
        records = await desk.kafka.read("warehouse.loans.loan.v1", workspace_id=desk.workspace_id)
        assert len(records) == 2
        return records

    records = await eventually(published)
    assert [record.type.rpartition(".")[2] for record in records] == ["requested", "activated"]
    assert {record.key for record in records} == {loan["id"]}
    assert [record.headers["ce_source"] for record in records] == ["/loans"] * 2
