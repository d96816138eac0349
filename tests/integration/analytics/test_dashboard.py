"""What the dashboard promises."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from integration.analytics.rig import Neighbours
from uuid_utils.compat import uuid7

NOTHING = {
    "items": 0,
    "inventory_entries": 0,
    "units": 0,
    "locations": 0,
    "containers": 0,
    "borrowers": 0,
    "active_loans": 0,
    "overdue_loans": 0,
    "low_stock_items": 0,
    "expiring_entries": 0,
    "total_value": [],
}


async def numbers(neighbours: Neighbours) -> dict[str, Any]:
    """What of the dashboard is not zero."""
    dashboard = await neighbours.see("/dashboard")
    assert list(dashboard) == list(NOTHING)
    return {name: value for name, value in dashboard.items() if value}


async def test_an_empty_workspace_is_all_zeroes(neighbours: Neighbours) -> None:
    """Of a workspace that nothing was heard of, every number is there and is zero."""
    assert await neighbours.see("/dashboard") == NOTHING


async def test_items_count_while_they_are_in_use(neighbours: Neighbours) -> None:
    """Archived items do not count, restored ones do again, deleted ones never."""
    item, other = uuid7(), uuid7()
    counts = []
    await neighbours.item("created", other)
    for verb in ("created", "updated", "archived", "restored", "deleted"):
        await neighbours.item(verb, item, is_archived=verb == "archived")
        counts.append((await numbers(neighbours))["items"])
    assert counts == [2, 2, 1, 2, 1]


async def test_what_expires_counts_while_there_is_some(neighbours: Neighbours) -> None:
    """Within 30 days, or already; not what is archived or used up."""
    item, soon = uuid7(), uuid7()
    today = datetime.now(UTC).date()
    for days in (-3, 29, 40):
        on = today + timedelta(days=days)
        await neighbours.stock("created", uuid7(), item, 1, expiration_date=on)
    await neighbours.stock("created", soon, item, 2, expiration_date=today)
    counts = [(await numbers(neighbours))["expiring_entries"]]
    for quantity, archived in ((0, False), (2, False), (2, True)):
        verb = "archived" if archived else "adjusted"
        await neighbours.stock(
            verb, soon, item, quantity, expiration_date=today, is_archived=archived
        )
        counts.append((await numbers(neighbours))["expiring_entries"])
    assert counts == [3, 2, 3, 2]


@pytest.mark.parametrize("kind", ["inventory.location", "inventory.container", "loans.borrower"])
async def test_places_and_borrowers_count_while_in_use(neighbours: Neighbours, kind: str) -> None:
    """Locations, containers and borrowers: not those archived, not those deleted."""
    total = kind.partition(".")[2] + "s"
    for verbs in (["created"], ["created", "archived"], ["created", "updated", "deleted"]):
        id_ = uuid7()
        for verb in verbs:
            await neighbours.say(f"{kind}.{verb}", id_, name="One", is_archived=verb == "archived")
    assert await numbers(neighbours) == {total: 1}


async def test_units_and_value_are_those_of_entries_in_use(neighbours: Neighbours) -> None:
    """Quantity times price per currency; archived entries and those without a price add none."""
    item, priced, euros, gone = (uuid7() for _ in range(4))
    await neighbours.stock("created", priced, item, 3, purchase_price=1050, currency="USD")
    await neighbours.stock("created", euros, item, 2, purchase_price=500, currency="EUR")
    await neighbours.stock("created", gone, item, 7, purchase_price=100, currency="GBP")
    await neighbours.stock("created", uuid7(), item, 4)
    await neighbours.stock("adjusted", priced, item, 2, purchase_price=1050, currency="USD")
    await neighbours.stock(
        "archived", gone, item, 7, purchase_price=100, currency="GBP", is_archived=True
    )
    assert await numbers(neighbours) == {
        "inventory_entries": 3,
        "units": 8,
        "total_value": [
            {"amount": 1000, "currency": "EUR"},
            {"amount": 2100, "currency": "USD"},
        ],
    }


async def test_a_price_in_another_currency_moves_the_value(neighbours: Neighbours) -> None:
    """Nothing is left behind in the currency of before, however large the sums."""
    item, entry = uuid7(), uuid7()
    largest = 9_007_199_254_740_991
    many = 2_147_483_647
    await neighbours.stock("created", entry, item, many, purchase_price=largest, currency="USD")
    await neighbours.stock("updated", entry, item, many, purchase_price=largest, currency="EUR")
    value = (await numbers(neighbours))["total_value"]
    assert value == [{"amount": largest * many, "currency": "EUR"}]


async def test_an_item_is_low_whichever_event_makes_it_so(neighbours: Neighbours) -> None:
    """Stock before its item, stock that goes, a minimum that is raised, an item archived."""
    item, entry = uuid7(), uuid7()
    seen = []
    await neighbours.stock("created", entry, item, 5)
    for verb, minimum in (("created", 6), ("updated", 5)):
        await neighbours.item(verb, item, min_stock_level=minimum)
        seen.append((await numbers(neighbours)).get("low_stock_items", 0))
    for quantity in (4, 5, 0):
        await neighbours.stock("adjusted", entry, item, quantity)
        seen.append((await numbers(neighbours)).get("low_stock_items", 0))
    await neighbours.item("archived", item, min_stock_level=5, is_archived=True)
    seen.append((await numbers(neighbours)).get("low_stock_items", 0))
    assert seen == [1, 0, 1, 0, 1, 0]


async def test_loans_count_while_they_are_open(neighbours: Neighbours) -> None:
    """Open from active on, in part returned as well; overdue by the clock, not by an event."""
    past, future = (datetime.now(UTC) + timedelta(days=days) for days in (-1, 1))
    late, good, asked = uuid7(), uuid7(), uuid7()
    await neighbours.loan("requested", asked, due_at=past)
    await neighbours.loan("activated", late, "active", due_at=past)
    await neighbours.loan("activated", good, "active", due_at=future)
    await neighbours.loan("partially_returned", late, due_at=past)
    assert await numbers(neighbours) == {"active_loans": 2, "overdue_loans": 1}
    await neighbours.loan("extended", late, "partially_returned", due_at=future)
    assert await numbers(neighbours) == {"active_loans": 2}
    await neighbours.loan("returned", late, due_at=future)
    await neighbours.loan("cancelled", asked, due_at=past)
    assert await numbers(neighbours) == {"active_loans": 1}


async def test_holds_change_no_number(neighbours: Neighbours) -> None:
    """A hold is no state of what is counted, and a refused one is no state at all."""
    item, entry = uuid7(), uuid7()
    await neighbours.stock("created", entry, item, 5)
    for verb in ("hold_placed", "hold_released"):
        hold = {"reference": item, "purpose": "loan", "quantity": 1}
        await neighbours.stock(verb, entry, item, 5, held_quantity=1, hold=hold)
    await neighbours.say("inventory.stock.hold_rejected", entry, wait=False, quantity=9)
    await neighbours.stock("adjusted", entry, item, 6)
    assert await numbers(neighbours) == {"inventory_entries": 1, "units": 6}


async def test_delivering_everything_again_changes_no_row(neighbours: Neighbours) -> None:
    """Every topic from the start, to projections that are there and to empty ones: the same rows.

    The topics come one after the other and in another order than they happened in."""
    await _some_history(neighbours)
    before = await neighbours.rows()
    seen = await numbers(neighbours)

    await neighbours.redeliver()
    assert await neighbours.rows() == before

    await neighbours.clear()
    assert await neighbours.see("/dashboard") == NOTHING
    await neighbours.redeliver()
    assert await numbers(neighbours) == seen
    assert await neighbours.rows() == before


async def test_what_is_counted_agrees_with_what_is_there(neighbours: Neighbours) -> None:
    """After many changes at once, each total is what a recount of the rows says."""
    chance = random.Random(7)
    items, entries = [uuid7() for _ in range(5)], [uuid7() for _ in range(12)]
    owner = {entry: chance.choice(items) for entry in entries}

    async def live(entry: UUID) -> UUID:
        last = entry
        for verb in ("created", *chance.choices(["adjusted", "archived", "restored"], k=8)):
            last = await neighbours.stock(
                verb,
                entry,
                owner[entry],
                chance.randrange(9),
                purchase_price=chance.choice([None, 100, 250]),
                currency=chance.choice(["EUR", "USD"]),
                is_archived=verb == "archived",
                wait=False,
            )
        return last

    lasts = await asyncio.gather(
        *(live(entry) for entry in entries),
        *(neighbours.item("created", item, min_stock_level=10, wait=False) for item in items),
    )
    for last in lasts:
        await neighbours.applied(last)

    recount = await neighbours.database.fetchrow(
        """
        SELECT count(*) FILTER (WHERE NOT is_archived) AS inventory_entries,
               coalesce(sum(quantity) FILTER (WHERE NOT is_archived), 0) AS units,
               (SELECT count(*) FROM items i WHERE workspace_id = $1 AND 10 > (
                   SELECT coalesce(sum(quantity), 0) FROM entries e
                   WHERE e.item_id = i.id AND NOT e.is_archived)) AS low_stock_items
        FROM entries WHERE workspace_id = $1
        """,
        neighbours.workspace_id,
    )
    values = await neighbours.database.fetch(
        """
        SELECT sum(quantity::numeric * purchase_price)::int AS amount, currency FROM entries
        WHERE workspace_id = $1 AND NOT is_archived GROUP BY currency
        HAVING sum(quantity * purchase_price) > 0 ORDER BY currency
        """,
        neighbours.workspace_id,
    )
    seen = await neighbours.see("/dashboard")
    assert {name: seen[name] for name in recount.keys()} == dict(recount)  # noqa: SIM118
    assert seen["total_value"] == [dict(value) for value in values]


async def _some_history(neighbours: Neighbours) -> None:
    item, entry, other, loan = (uuid7() for _ in range(4))
    await neighbours.item("created", item, min_stock_level=4)
    await neighbours.item("created", uuid7())
    await neighbours.say("inventory.location.created", uuid7(), name="Shelf")
    await neighbours.say("loans.borrower.created", neighbours.workspace_id, name="Ann")
    await neighbours.stock("created", entry, item, 5, purchase_price=100, currency="EUR")
    await neighbours.stock("created", other, item, 1, purchase_price=100, currency="EUR")
    await neighbours.loan("requested", loan)
    await neighbours.loan("activated", loan, "active", item_id=item, item_name="Saw")
    await neighbours.stock("adjusted", entry, item, 2, purchase_price=100, currency="EUR")
    await neighbours.loan("returned", loan, item_id=item, item_name="Saw")
    await neighbours.stock("archived", other, item, 1, is_archived=True)
