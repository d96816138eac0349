"""What repairs promise: their units are held, and come back as they are then."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.inventory.rig import STOCK, Shelf
from uuid_utils.compat import uuid7

REPAIR = "warehouse.inventory.repair.v1"


async def opened(shelf: Shelf, entry: dict[str, Any], quantity: int = 1, **fields: Any) -> Any:  # noqa: ANN401
    body = {"inventory_id": entry["id"], "quantity": quantity, "description": "It is loose"}
    return await shelf.add("/repairs", **body, **fields)


async def done(shelf: Shelf, repair: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
    """POST a verb that must be answered by 200; the repair since then."""
    answer = await shelf.api.post(f"/repairs/{repair['id']}/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def agrees(shelf: Shelf) -> None:
    """The invariant of holds: what is held is what is in repair (nothing is lent here)."""
    rows = await shelf.database.fetch(
        """
        SELECT e.held_quantity,
               coalesce((SELECT sum(h.quantity - h.released_quantity) FROM holds h
                         WHERE h.entry_id = e.id AND h.state = 'held'), 0) AS holds,
               coalesce((SELECT sum(r.quantity) FROM repairs r
                         WHERE r.entry_id = e.id AND r.status IN ('PENDING', 'IN_PROGRESS')), 0)
                   AS in_repair
        FROM entries e WHERE e.workspace_id = $1
        """,
        shelf.workspace_id,
    )
    for held, holds, in_repair in rows:
        assert held == holds == in_repair


async def test_a_repair_holds_its_units_until_it_is_done(shelf: Shelf) -> None:
    """From open to done, each step told with all fields and what changed; the entry tells of the
    hold as of a loan's."""
    entry = await shelf.entry(3)
    repair = await opened(
        shelf, entry, 2, provider="Toolshop", is_warranty_claim=True, warranty_reference="RMA-1"
    )
    assert (repair["status"], repair["version"]) == ("PENDING", 1)
    assert (repair["item_name"], repair["inventory_id"]) == ("Tent", entry["id"])
    await shelf.settles(entry["id"], held_quantity=2, free_quantity=1)

    assert (await done(shelf, repair, "start"))["started_at"] is not None
    again = await done(shelf, repair, "start")
    assert (again["status"], again["version"]) == ("IN_PROGRESS", 2)
    finished = await done(shelf, repair, "complete", cost=2500, currency="EUR", notes="greased")

    assert (finished["status"], finished["cost"], finished["currency"]) == (
        *("COMPLETED", 2500),
        "EUR",
    )
    await shelf.settles(entry["id"], held_quantity=0, condition="GOOD")
    assert await shelf.staged() == ["created", "hold_placed", "hold_released"]
    held = dict(await shelf.told(STOCK))["hold_placed"]["hold"]
    assert held == {"reference": repair["id"], "purpose": "repair", "quantity": 2}
    (first, opening), (_, starting), (last, completing) = await shelf.told(REPAIR)
    assert (first, opening["quantity"], opening["provider"]) == ("opened", 2, "Toolshop")
    assert starting["changes"]["status"] == ["PENDING", "IN_PROGRESS"]
    assert last == "completed"
    assert completing["changes"] | {"completed_at": None} == {
        "status": ["IN_PROGRESS", "COMPLETED"],
        "cost": [None, 2500],
        "currency": [None, "EUR"],
        "notes": [None, "greased"],
        "completed_at": None,
    }
    await agrees(shelf)


@pytest.mark.parametrize(
    ("quantity", "new", "whole", "parts"),
    [
        (2, "EXCELLENT", ("EXCELLENT", 2), []),  # all of it takes the condition on
        (2, None, ("POOR", 2), []),
        (1, "POOR", ("POOR", 2), []),  # as the rest is
        (1, "EXCELLENT", ("POOR", 1), [("EXCELLENT", 1)]),  # an entry has one condition
    ],
)
async def test_units_come_back_in_their_new_condition(
    shelf: Shelf,
    quantity: int,
    new: str | None,
    whole: tuple[str, int],
    parts: list[tuple[str, int]],
) -> None:
    """The whole entry takes it on; a part that is not like the rest becomes an entry of its own,
    where it stood, and the ledger tells of it."""
    entry = await shelf.entry(2, condition="POOR")
    repair = await opened(shelf, entry, quantity)
    finished = await done(shelf, repair, "complete", new_condition=new)
    mine = await shelf.see(f"/inventory/{entry['id']}")
    assert (mine["condition"], mine["quantity"], mine["held_quantity"]) == (*whole, 0)
    listed = (await shelf.see(f"/inventory?item_id={entry['item_id']}"))["items"]
    others = [one for one in listed if one["id"] != entry["id"]]
    assert [(one["condition"], one["quantity"]) for one in others] == parts
    assert [finished["repaired_inventory_id"]] == ([one["id"] for one in others] or [None])
    assert all(one["location_id"] == entry["location_id"] for one in others)
    moves = (await shelf.see(f"/movements?inventory_id={entry['id']}"))["items"]
    assert [one["kind"] for one in moves] == [*("split" for _ in parts), "created"]
    changes = [one for verb, one in await shelf.told(STOCK) if verb == "split"]
    assert [one["changes"] for one in changes] == [{"quantity": [2, 1]} for _ in parts]
    await agrees(shelf)


async def test_what_is_not_free_is_not_taken_in(shelf: Shelf) -> None:
    """Told with what is free; nothing changes."""
    entry = await shelf.entry(3)
    await opened(shelf, entry, 2)
    body = {"inventory_id": entry["id"], "quantity": 2, "description": "x"}
    answer = await shelf.api.post("/repairs", json=body)
    assert (answer.status_code, answer.json()["code"], answer.json()["free_quantity"]) == (
        *(409, "insufficient-stock"),
        1,
    )
    assert [verb for verb, _ in await shelf.told(REPAIR)] == ["opened"]
    lent = await shelf.request(entry["id"], 2)
    [answer_to_loan] = [one for one in await shelf.outcomes(2) if one.type.endswith("rejected")]
    assert answer_to_loan.payload["reference"] == str(lent)
    await agrees(shelf)


@pytest.mark.parametrize("status", ["MISSING", "DISPOSED", "IN_TRANSIT", "archived"])
async def test_what_is_out_of_reach_is_not_repaired(shelf: Shelf, status: str) -> None:
    entry = await shelf.entry()
    if status == "archived":
        await shelf.api.post(f"/inventory/{entry['id']}/archive")
    else:
        await shelf.api.patch(f"/inventory/{entry['id']}", json={"status": status})
    body = {"inventory_id": entry["id"], "description": "x"}
    answer = await shelf.api.post("/repairs", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-available")
    assert await shelf.told(REPAIR) == []


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("inventory_id", {"inventory_id": str(uuid7())}),
        ("description", {"description": "  "}),
        ("quantity", {"quantity": 0}),
        ("currency", {"cost": 100}),
        ("cost", {"currency": "EUR"}),
        ("expected_back", {"expected_back": "soon"}),
        ("colour", {"colour": "red"}),
    ],
)
async def test_a_bad_body_says_what_is_wrong(
    shelf: Shelf, field: str, body: dict[str, Any]
) -> None:
    entry = await shelf.entry()
    whole = {"inventory_id": entry["id"], "description": "x", **body}
    answer = await shelf.api.post("/repairs", json=whole)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    await shelf.settles(entry["id"], held_quantity=0, version=1)


async def test_what_is_over_stays_over(shelf: Shelf) -> None:
    """Cancelled units are free as they were; nothing starts or ends twice; the bill may come
    late."""
    entry = await shelf.entry(2)
    called_off, finished = await opened(shelf, entry), await opened(shelf, entry)
    assert (await done(shelf, called_off, "cancel"))["status"] == "CANCELLED"
    assert (await done(shelf, called_off, "cancel"))["version"] == 2
    await done(shelf, finished, "complete")
    await shelf.settles(entry["id"], held_quantity=0, condition="GOOD")
    for repair, verb in (
        *((called_off, verb) for verb in ("start", "complete")),
        *((finished, verb) for verb in ("start", "complete", "cancel")),
    ):
        answer = await shelf.api.post(f"/repairs/{repair['id']}/{verb}", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "closed")
    path = f"/repairs/{finished['id']}"
    bill = {"cost": 1200, "currency": "EUR"}
    stale = await shelf.api.patch(path, json=bill, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    paid = (await shelf.api.patch(path, json=bill)).json()
    assert (paid["cost"], paid["version"]) == (1200, 3)
    assert (await shelf.api.patch(path, json=bill)).json()["version"] == 3
    (verb, last) = (await shelf.told(REPAIR))[-1]
    assert (verb, last["changes"]) == (
        "updated",
        {"cost": [None, 1200], "currency": [None, "EUR"]},
    )
    await agrees(shelf)


async def test_lists_find_what_is_asked_for_and_sum_up_what_it_cost(shelf: Shelf) -> None:
    """By status, entry, item, and what is late; the summary has the cost by currency."""
    one, other = await shelf.entry(5), await shelf.entry(5)
    late = await opened(shelf, one, expected_back="2020-01-01", cost=100, currency="EUR")
    later = await opened(shelf, one, 2, expected_back="2999-01-01", cost=50, currency="USD")
    begun = await opened(shelf, other)
    await done(shelf, begun, "start")
    over = await opened(shelf, other, expected_back="2020-01-01")
    await done(shelf, over, "complete", cost=200, currency="EUR")
    for query, expected in (
        ("", [over, begun, later, late]),
        ("status=PENDING", [later, late]),
        ("status=IN_PROGRESS&status=COMPLETED", [over, begun]),
        (f"inventory_id={one['id']}", [later, late]),
        (f"item_id={other['item_id']}", [over, begun]),
        ("overdue=true", [late]),
    ):
        found = (await shelf.see(f"/repairs?{query}"))["items"]
        assert [row["id"] for row in found] == [row["id"] for row in expected], query
    page = await shelf.see("/repairs?limit=3")
    assert len((await shelf.see(f"/repairs?limit=3&cursor={page['next_cursor']}"))["items"]) == 1
    costs = [{"amount": 300, "currency": "EUR"}, {"amount": 50, "currency": "USD"}]
    assert await shelf.see("/repair-summary") == {
        "repairs": 4,
        "open": 3,
        "units_in_repair": 4,
        "costs": costs,
    }
    assert (await shelf.see(f"/repair-summary?inventory_id={other['id']}"))["costs"] == [
        {"amount": 200, "currency": "EUR"}
    ]


async def test_many_at_once_take_in_no_more_than_there_is(shelf: Shelf) -> None:
    entry = await shelf.entry(3)
    body = {"inventory_id": entry["id"], "description": "x"}
    answers = await asyncio.gather(*(shelf.api.post("/repairs", json=body) for _ in range(6)))
    assert sorted(one.status_code for one in answers) == [201] * 3 + [409] * 3
    mine = [one.json()["id"] for one in answers if one.status_code == 201]
    over = await asyncio.gather(
        *(
            shelf.api.post(f"/repairs/{id_}/{verb}", json={})
            for id_ in mine
            for verb in ("complete", "cancel")
        )
    )
    assert sorted(one.status_code for one in over) == [200] * 3 + [409] * 3
    await shelf.settles(entry["id"], held_quantity=0)
    await agrees(shelf)


async def comes_back(
    shelf: Shelf,
    entry: dict[str, Any],
    loan: UUID,
    verb: str,
    returned: int,
    **back: Any,  # noqa: ANN401
) -> None:
    fact = {"quantity": 1, "condition": None, "notes": None, **back}
    event = await shelf.loan(
        verb,
        entry["id"],
        loan_id=loan,
        quantity=3,
        returned_quantity=returned,
        **{"return": fact},
    )
    await shelf.hears(event)


@pytest.mark.parametrize(
    ("was", "condition", "opens"),
    [
        ("GOOD", "DAMAGED", True),
        ("DAMAGED", "FOR_REPAIR", True),
        ("DAMAGED", "DAMAGED", False),
        ("FOR_REPAIR", "DAMAGED", False),
        ("GOOD", "POOR", False),
        ("GOOD", None, False),
    ],
)
async def test_what_comes_back_broken_is_taken_in_for_repair(
    shelf: Shelf, was: str, condition: str | None, opens: bool
) -> None:
    """When it is worse than it was; its units are not free again, and the loan is over."""
    entry = await shelf.entry(5, condition=was)
    loan = await shelf.request(entry["id"], 3)
    await shelf.settles(entry["id"], held_quantity=3)
    await comes_back(shelf, entry, loan, "returned", 3, quantity=3, condition=condition)
    repairs = (await shelf.see("/repairs"))["items"]
    assert [(one["quantity"], one["loan_id"], one["status"]) for one in repairs] == (
        [(3, str(loan), "PENDING")] if opens else []
    )
    await shelf.settles(entry["id"], held_quantity=3 if opens else 0, condition=was)
    await agrees(shelf)


async def test_a_return_opens_one_repair_however_often_it_is_told(shelf: Shelf) -> None:
    """The same return as another event, and late ones of before: each return has one repair, for
    the units that came back in it."""
    entry = await shelf.entry(3)
    loan = await shelf.request(entry["id"], 3)
    await shelf.settles(entry["id"], held_quantity=3)
    first = ("partially_returned", 1, {"quantity": 1, "condition": "DAMAGED"})
    last = ("returned", 3, {"quantity": 2, "condition": "FOR_REPAIR"})
    for verb, returned, back in (first, first, last, last, first):
        await comes_back(shelf, entry, loan, verb, returned, **back)
    repairs = (await shelf.see("/repairs"))["items"]
    assert [one["quantity"] for one in repairs] == [2, 1]
    await shelf.settles(entry["id"], held_quantity=3)
    await agrees(shelf)


async def test_a_whole_entry_that_came_back_broken_is_as_good_as_it_is_made(shelf: Shelf) -> None:
    """It takes on the condition it came back in, and then the one it was repaired to."""
    entry = await shelf.entry(3)
    loan = await shelf.request(entry["id"], 3)
    await shelf.settles(entry["id"], held_quantity=3)
    await comes_back(shelf, entry, loan, "returned", 3, quantity=3, condition="DAMAGED")
    await shelf.settles(entry["id"], held_quantity=3, condition="DAMAGED")
    [repair] = (await shelf.see("/repairs"))["items"]
    await done(shelf, repair, "complete", new_condition="FAIR")
    await shelf.settles(entry["id"], held_quantity=0, condition="FAIR")
    await shelf.api.post(f"/inventory/{entry['id']}/archive")
    assert (await shelf.api.get(f"/repairs/{uuid4()}")).status_code == 404


async def test_what_is_in_repair_follows_its_units(shelf: Shelf) -> None:
    """Into the entry that theirs is merged into, and back when that is undone; with maintenance.
    What is over stays with the entry that it was of."""
    one = await shelf.entry(3)
    other = await shelf.entry(2, item_id=one["item_id"])
    over, mine = await opened(shelf, one), await opened(shelf, one, 2)
    theirs = await opened(shelf, other)
    await done(shelf, over, "cancel")
    plan = {"name": "Oil", "every_days": 9}
    oiling = await shelf.add("/maintenance", inventory_id=one["id"], **plan)
    kept = await shelf.add("/maintenance", inventory_id=other["id"], **plan)

    merged = await shelf.api.post(f"/inventory/{one['id']}/merge", json={"into": other["id"]})
    assert merged.status_code == 200, merged.text

    async def are_of(**expected: dict[str, Any]) -> None:
        for path, things in (("repairs", (over, mine, theirs)), ("maintenance", (oiling, kept))):
            for thing in things:
                now = await shelf.see(f"/{path}/{thing['id']}")
                name = next(k for k, v in names.items() if v == thing["id"])
                assert now["inventory_id"] == expected[name]["id"], name

    names = {"over": over["id"], "mine": mine["id"], "theirs": theirs["id"]}
    names |= {"oiling": oiling["id"], "kept": kept["id"]}
    await are_of(over=one, mine=other, theirs=other, oiling=other, kept=other)
    await shelf.settles(other["id"], quantity=5, held_quantity=3)
    (verb, told) = (await shelf.told(REPAIR))[-1]
    assert (verb, told["changes"]) == ("updated", {"inventory_id": [one["id"], other["id"]]})
    await agrees(shelf)

    [joined] = (await shelf.see(f"/movements?inventory_id={one['id']}&limit=1"))["items"]
    undone = await shelf.api.post(f"/movements/{joined['id']}/undo")
    assert undone.status_code in {200, 201}, undone.text
    await are_of(over=one, mine=one, theirs=other, oiling=one, kept=other)
    await agrees(shelf)

    await shelf.api.post(f"/inventory/{one['id']}/merge", json={"into": other["id"]})
    mended = await done(shelf, mine, "complete", new_condition="NEW")
    apart = await shelf.see(f"/inventory/{mended['repaired_inventory_id']}")
    assert (apart["quantity"], apart["condition"]) == (2, "NEW")
    await shelf.settles(other["id"], quantity=3, held_quantity=1)
    await agrees(shelf)
    await shelf.balances()
