"""What holds however many ask at once: handlers run side by side on real PostgreSQL."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually
from uuid_utils.compat import uuid7

from chassis.database import Database, TenantSession
from services.inventory.holds import service as holds
from services.inventory.holds.service import Claim, loan_claim

Step = Callable[[TenantSession], Awaitable[None]]


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=16)
    await database.start()
    yield database
    await database.stop()


def asks(claim: Claim) -> Step:
    async def step(session: TenantSession) -> None:
        await holds.place(session, claim, starts_at=datetime.now(UTC), ends_at=None)

    return step


def returns(claim: Claim, returned: int) -> Step:
    async def step(session: TenantSession) -> None:
        await holds.release(session, claim, returned=returned, condition=None)

    return step


def cancels(claim: Claim) -> Step:
    async def step(session: TenantSession) -> None:
        await holds.cancel(session, claim)

    return step


async def side_by_side(database: Database, workspace_id: UUID, steps: list[Step]) -> None:
    async def take(step: Step) -> None:
        async with database.tenant(workspace_id) as session:
            await step(session)

    await asyncio.gather(*map(take, steps))


async def test_the_last_unit_is_held_once(shelf: Shelf, database: Database) -> None:
    """Forty loans ask for the last unit at once: one gets it, the rest are told that 0 are free."""
    entry = await shelf.entry(1)
    claims = [loan_claim(uuid7(), UUID(entry["id"]), 1) for _ in range(40)]

    await side_by_side(database, shelf.workspace_id, [asks(claim) for claim in claims])

    after = await shelf.see(f"/inventory/{entry['id']}")
    assert (after["held_quantity"], after["free_quantity"], after["version"]) == (1, 0, 2)
    assert Counter(await shelf.staged()) == {"created": 1, "hold_placed": 1, "hold_rejected": 39}
    answers = {one.payload["reference"] for one in await shelf.outcomes(40) if free(one.payload)}
    assert len(answers) == 39


async def test_one_loan_asking_many_times_at_once_holds_once(
    shelf: Shelf, database: Database
) -> None:
    """Twenty deliveries of one request side by side have one effect."""
    entry = await shelf.entry(20)
    claim = loan_claim(uuid7(), UUID(entry["id"]), 2)
    await side_by_side(database, shelf.workspace_id, [asks(claim)] * 20)
    assert (await shelf.see(f"/inventory/{entry['id']}"))["held_quantity"] == 2
    assert Counter(await shelf.staged()) == {"created": 1, "hold_placed": 1}


async def test_a_storm_leaves_the_books_right(shelf: Shelf, database: Database) -> None:
    """Requests, returns and cancellations of many loans, each delivered twice and in any order,
    with adjustments and moves in between: what is held is what is out, never more than there is,
    and the versions have no gap."""
    entry = await shelf.entry(6)
    there = await shelf.add("/locations", name="There")
    path = f"/inventory/{entry['id']}"
    steps: list[Step] = []
    for number in range(30):
        claim = loan_claim(uuid7(), UUID(entry["id"]), 1 + number % 3)
        steps += [asks(claim), asks(claim), returns(claim, 1), returns(claim, claim.quantity)]
        if number % 4 == 0:
            steps += [cancels(claim), cancels(claim)]
    random.Random(7).shuffle(steps)

    async def meddle() -> None:
        for turn in range(12):
            delta = 1 if turn % 2 else -1
            await shelf.api.post(f"{path}/adjust", json={"delta": delta, "reason": "counted"})
            body = {"location_id": there["id"], "quantity": 1}
            await shelf.api.post(f"{path}/move", json=body)

    await asyncio.gather(side_by_side(database, shelf.workspace_id, steps), meddle())

    out = await shelf.database.fetchval(
        """
        SELECT coalesce(sum(quantity - released_quantity), 0) FROM holds
        WHERE workspace_id = $1 AND state = 'held'
        """,
        shelf.workspace_id,
    )
    after = await shelf.see(path)
    assert after["held_quantity"] == out == 0
    versions = await shelf.database.fetch(
        """
        SELECT aggregate_version FROM outbox
        WHERE key = $1 AND type NOT LIKE '%hold_rejected' ORDER BY id
        """,
        entry["id"],
    )
    assert [row[0] for row in versions] == list(range(1, after["version"] + 1))


async def test_taking_in_and_putting_out_of_use_exclude_each_other(shelf: Shelf) -> None:
    """Entries made while their container goes elsewhere end up where the container is, or are
    refused; none is left behind."""
    here = await shelf.add("/locations", name="Here")
    there = await shelf.add("/locations", name="There")
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    item = (await shelf.entry())["item_id"]
    body = {"item_id": item, "location_id": here["id"], "container_id": case["id"]}

    answers = await asyncio.gather(
        *(shelf.api.post("/inventory", json=body) for _ in range(10)),
        shelf.api.patch(f"/containers/{case['id']}", json={"location_id": there["id"]}),
        *(shelf.api.post("/inventory", json=body) for _ in range(10)),
    )

    assert answers[10].status_code == 200, answers[10].text
    assert {answer.status_code for answer in answers} <= {200, 201, 422}
    inside = (await shelf.see(f"/inventory?container_id={case['id']}"))["items"]
    assert len(inside) == sum(answer.status_code == 201 for answer in answers)
    assert {entry["location_id"] for entry in inside} <= {there["id"]}


def free(payload: dict[str, object]) -> bool:
    """Whether this is a refusal that says nothing is free."""
    return payload.get("reason") == "insufficient-stock" and payload.get("free_quantity") == 0


async def test_what_is_told_of_a_merged_entry_waits_for_a_merge_in_its_order(
    shelf: Shelf, database: Database
) -> None:
    """A merge locks the entry that is older first; so does a return of units that were merged into
    that, and neither waits for the other for good."""
    item = await shelf.item()
    into = await shelf.entry(1, item_id=item)
    entry = await shelf.entry(2, item_id=item, location_id=into["location_id"])
    claim = loan_claim(uuid7(), UUID(entry["id"]), 2)
    await side_by_side(database, shelf.workspace_id, [asks(claim)])
    merged = await shelf.api.post(f"/inventory/{entry['id']}/merge", json={"into": into["id"]})
    assert merged.status_code == 200, merged.text
    locks = "SELECT id FROM entries WHERE id = $1 FOR UPDATE"
    merge = shelf.database.transaction()
    await merge.start()
    try:
        await shelf.database.fetch(locks, UUID(into["id"]))
        back = asyncio.create_task(side_by_side(database, shelf.workspace_id, [returns(claim, 2)]))

        async def waits() -> bool:
            return bool(
                await shelf.database.fetchval(
                    "SELECT count(*) FROM pg_locks WHERE NOT granted AND "
                    "pg_backend_pid() = ANY (pg_blocking_pids(pid))"
                )
            )

        await eventually(waits)
        await shelf.database.execute("SET LOCAL lock_timeout = '5s'")
        await shelf.database.fetch(locks, UUID(entry["id"]))
    finally:
        await merge.rollback()
    await back
    await shelf.settles(into["id"], quantity=3, held_quantity=0)
    await shelf.balances()
