"""What the list of most lent items promises."""

from uuid import UUID

from integration.analytics.rig import Neighbours
from uuid_utils.compat import uuid7


async def lend(neighbours: Neighbours, item: UUID, name: str, *, back: bool = True) -> UUID:
    loan = uuid7()
    await neighbours.loan("requested", loan)
    await neighbours.loan("activated", loan, "active", item_id=item, item_name=name)
    if back:
        await neighbours.loan("returned", loan, item_id=item, item_name=name)
    return loan


async def most_lent(neighbours: Neighbours, **params: int) -> list[tuple[str, int]]:
    seen = await neighbours.see("/analytics/most-lent-items", **params)
    return [(item["name"], item["loans"]) for item in seen["items"]]


async def test_items_are_ordered_by_loans_then_by_name(neighbours: Neighbours) -> None:
    """Most lent first; of two lent as often, the name decides."""
    drill, saw, axe = uuid7(), uuid7(), uuid7()
    for item, name in ((drill, "Drill"), (saw, "Saw"), (axe, "Axe"), (saw, "Saw")):
        await lend(neighbours, item, name)
    assert await most_lent(neighbours) == [("Saw", 2), ("Axe", 1), ("Drill", 1)]
    assert await most_lent(neighbours, limit=1) == [("Saw", 2)]


async def test_a_loan_counts_once_from_when_it_is_active(neighbours: Neighbours) -> None:
    """Requested, rejected and cancelled loans do not count; reminders and parts add nothing."""
    item, rejected, cancelled = uuid7(), uuid7(), uuid7()
    for loan, verb in ((rejected, "rejected"), (cancelled, "cancelled")):
        await neighbours.loan("requested", loan)
        await neighbours.loan(verb, loan)
    loan = await lend(neighbours, item, "Drill", back=False)
    for verb in ("due_soon", "overdue", "extended"):
        await neighbours.loan(verb, loan, "active", item_id=item, item_name="Drill")
    await neighbours.loan("partially_returned", loan, item_id=item, item_name="Drill")
    await neighbours.loan("returned", loan, item_id=item, item_name="Drill")
    assert await most_lent(neighbours) == [("Drill", 1)]


async def test_a_renamed_item_goes_by_its_new_name(neighbours: Neighbours) -> None:
    """The item's own word on its name is the last one, whichever comes first."""
    item = uuid7()
    await lend(neighbours, item, "Drill")
    await neighbours.item("created", item, "Cordless drill")
    await lend(neighbours, item, "Drill")
    assert await most_lent(neighbours) == [("Cordless drill", 2)]


async def test_loans_count_for_the_item_that_goes_on_after_a_merge(
    neighbours: Neighbours,
) -> None:
    """Each of them once, whenever the items and the loans are heard of; told again, nothing."""
    kept, gone = uuid7(), uuid7()
    await neighbours.item("created", kept, "Drill")
    await neighbours.item("created", gone, "Drill, again")
    await lend(neighbours, kept, "Drill")
    loans = [await lend(neighbours, gone, "Drill, again", back=back) for back in (True, False)]
    await neighbours.item("merged", gone, "Drill, again", into_id=kept)
    for loan, status in zip(loans, ("returned", "active"), strict=True):
        state = {"item_id": kept, "item_name": "Drill"}
        await neighbours.loan("updated", loan, status, **state)
    assert await most_lent(neighbours) == [("Drill", 3)]
    dashboard = await neighbours.see("/dashboard")
    assert (dashboard["items"], dashboard["active_loans"]) == (1, 1)
    await neighbours.loan("returned", loans[1], item_id=kept, item_name="Drill")
    await neighbours.redeliver()
    assert await most_lent(neighbours) == [("Drill", 3)]


async def test_limits_are_kept(neighbours: Neighbours) -> None:
    """A limit beyond 1 to 200 is a problem."""
    path = f"/v1/workspaces/{neighbours.workspace_id}/analytics/most-lent-items"
    for limit in ("0", "201", "many"):
        answer = await neighbours.api.get(path, params={"limit": limit})
        assert answer.status_code == 422
