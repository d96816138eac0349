"""The checker of the invariants sees what it should: a healthy platform passes, and data that is
broken on purpose, once for each way that an invariant can break, does not."""

import copy
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio
from support import snapshot as snapshots
from support.faults import Stack
from support.invariants import Expected, Violation, healed, violations
from support.snapshot import Record, Row, Snapshot
from support.workload import Verb, Workload, begin

Break = Callable[[Snapshot], None]
OPERATIONS = 80


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def used(stack: Stack, people: list) -> tuple[Workload, Snapshot]:  # type: ignore[type-arg]
    """A platform that was used and has come to rest: what it promised, and what it looks like."""
    clients = await begin(people, seed=7)
    await clients.run(OPERATIONS)
    while not all(clients.count(verb) for verb in (Verb.RETURN, Verb.MOVE, Verb.ADJUST)):
        await clients.run(OPERATIONS)
    return clients, await healed(stack, clients)


async def test_a_platform_at_rest_violates_nothing(used: tuple[Workload, Snapshot]) -> None:
    clients, healthy = used
    assert violations(healthy, Expected(clients.promises)) == []
    assert len(healthy.records) > OPERATIONS


def first(snapshot: Snapshot, table: str, **wanted: object) -> Row:
    rows = snapshot.tables[table]
    return next(row for row in rows if all(row[name] == value for name, value in wanted.items()))


def drop(snapshot: Snapshot, table: str, **wanted: object) -> None:
    snapshot.tables[table].remove(first(snapshot, table, **wanted))


def record(snapshot: Snapshot, type_: str) -> Record:
    return next(one for one in snapshot.records if one.type.endswith(type_))


def never_published(snapshot: Snapshot) -> None:
    lost = snapshot.records.pop().event_id
    for inbox in snapshot.inboxes.values():
        inbox.discard(lost)


def rolled_back_but_published(snapshot: Snapshot) -> None:
    event_id = record(snapshot, "loan.requested").event_id
    drop(snapshot, "loans.outbox", event_id=event_id)


def never_applied(snapshot: Snapshot) -> None:
    snapshot.inboxes["analytics"].discard(record(snapshot, "item.created").event_id)


def stale_projection(snapshot: Snapshot) -> None:
    snapshot.tables["analytics.loans"][0]["status"] = "requested"


def wrong_total(snapshot: Snapshot) -> None:
    snapshot.tables["analytics.workspace_totals"][0]["units"] += 1


def missing_in_the_activity(snapshot: Snapshot) -> None:
    drop(snapshot, "analytics.activity", type="warehouse.loans.loan.requested")


def a_return_nobody_was_told_of(snapshot: Snapshot) -> None:
    drop(snapshot, "notify.notifications", type="LOAN_RETURNED")


def out_of_order(snapshot: Snapshot) -> None:
    key = record(snapshot, "loan.activated").key
    [one, two, *_] = [n for n, r in enumerate(snapshot.records) if r.key == key]
    records = snapshot.records
    records[one], records[two] = records[two], records[one]


def a_gap(snapshot: Snapshot) -> None:
    snapshot.records.remove(record(snapshot, "loan.requested"))


def in_two_partitions(snapshot: Snapshot) -> None:
    one = record(snapshot, "loan.activated")
    snapshot.records.append(replace(one, partition=one.partition + 1))


def still_pending(snapshot: Snapshot) -> None:
    snapshot.pending = 1


def still_lagging(snapshot: Snapshot) -> None:
    snapshot.lag = 1


def held_without_a_loan(snapshot: Snapshot) -> None:
    snapshot.tables["inventory.holds"] = []


def repaired_without_a_hold(snapshot: Snapshot) -> None:
    entry_id = snapshot.tables["inventory.entries"][0]["id"]
    repair = {"entry_id": entry_id, "status": "IN_PROGRESS", "quantity": 1}
    snapshot.tables["inventory.repairs"] = [repair]


def undecided(snapshot: Snapshot) -> None:
    first(snapshot, "loans.loans", status="rejected")["status"] = "requested"


def more_held_than_there_is(snapshot: Snapshot) -> None:
    payload = record(snapshot, "stock.hold_placed").payload
    payload["held_quantity"] = payload["quantity"] + 1


def dead_and_not_expected(snapshot: Snapshot) -> None:
    dead = record(snapshot, "item.created")
    snapshot.dead["analytics"] = [dead]


def held_twice(snapshot: Snapshot) -> None:
    holds = snapshot.tables["inventory.holds"]
    holds.append({**holds[0], "id": str(uuid4())})


def told_twice(snapshot: Snapshot) -> None:
    notices = snapshot.tables["notify.notifications"]
    notices.append({**notices[0], "id": str(uuid4())})


def taken_back_twice(snapshot: Snapshot) -> None:
    returns = snapshot.tables["loans.loan_returns"]
    returns.append({**returns[0], "id": str(uuid4())})


def an_event_of_two_workspaces(snapshot: Snapshot) -> None:
    record(snapshot, "item.created").payload["workspace_id"] = str(uuid4())


def another_workspaces_activity(snapshot: Snapshot) -> None:
    snapshot.tables["analytics.activity"][0]["workspace_id"] = str(uuid4())


def another_workspaces_item(snapshot: Snapshot) -> None:
    snapshot.tables["loans.known_items"][0]["workspace_id"] = str(uuid4())


def told_to_a_stranger(snapshot: Snapshot) -> None:
    snapshot.tables["notify.notifications"][0]["user_id"] = str(uuid4())


def done_twice(snapshot: Snapshot) -> None:
    adjusted = first(snapshot, "inventory.movements", kind="adjusted")
    snapshot.tables["inventory.movements"].append({**adjusted, "id": str(uuid4())})


def an_item_is_lost(snapshot: Snapshot) -> None:
    marked = next(r for r in snapshot.tables["catalog.items"] if r["name"].startswith("mark-"))
    snapshot.tables["catalog.items"].remove(marked)


def a_return_is_lost(snapshot: Snapshot) -> None:
    snapshot.tables["loans.loan_returns"].pop()


def a_loan_goes_back(snapshot: Snapshot) -> None:
    first(snapshot, "loans.loans", status="returned")["status"] = "active"


def a_movement_is_lost(snapshot: Snapshot) -> None:
    drop(snapshot, "inventory.movements", kind="adjusted")


def units_from_nowhere(snapshot: Snapshot) -> None:
    snapshot.tables["inventory.entries"][0]["quantity"] += 1


def moved_without_a_movement(snapshot: Snapshot) -> None:
    snapshot.tables["inventory.entries"][0]["location_id"] = str(uuid4())


def a_cycle(snapshot: Snapshot) -> None:
    location = snapshot.tables["inventory.locations"][0]
    location["parent_id"] = location["id"]


BROKEN: list[tuple[int, Break]] = [
    (1, never_published),
    (1, rolled_back_but_published),
    (1, never_applied),
    (1, stale_projection),
    (1, wrong_total),
    (1, missing_in_the_activity),
    (1, a_return_nobody_was_told_of),
    (2, out_of_order),
    (2, a_gap),
    (2, in_two_partitions),
    (3, still_pending),
    (3, still_lagging),
    (3, held_without_a_loan),
    (3, repaired_without_a_hold),
    (3, undecided),
    (4, more_held_than_there_is),
    (5, dead_and_not_expected),
    (6, held_twice),
    (6, told_twice),
    (6, taken_back_twice),
    (7, an_event_of_two_workspaces),
    (7, another_workspaces_activity),
    (7, another_workspaces_item),
    (7, told_to_a_stranger),
    (8, done_twice),
    (9, an_item_is_lost),
    (9, a_return_is_lost),
    (9, a_loan_goes_back),
    (10, a_movement_is_lost),
    (10, units_from_nowhere),
    (10, moved_without_a_movement),
    (10, a_cycle),
]


@pytest.mark.parametrize(("invariant", "broken"), BROKEN, ids=[b.__name__ for _, b in BROKEN])
async def test_broken_data_is_seen(
    used: tuple[Workload, Snapshot], invariant: int, broken: Break
) -> None:
    clients, healthy = used
    snapshot = copy.deepcopy(healthy)
    broken(snapshot)
    found = violations(snapshot, Expected(clients.promises))
    assert invariant in {violation.invariant for violation in found}


async def test_an_event_that_is_dead_and_applied_is_seen(
    used: tuple[Workload, Snapshot],
) -> None:
    clients, healthy = used
    snapshot = copy.deepcopy(healthy)
    dead_and_not_expected(snapshot)
    letter = ("analytics", snapshot.dead["analytics"][0].event_id)
    found = violations(snapshot, Expected(clients.promises, {letter}))
    assert found == [Violation(5, f"dead and applied: {letter}")]


async def test_an_expected_dead_letter_that_is_not_there_is_seen(
    used: tuple[Workload, Snapshot],
) -> None:
    clients, healthy = used
    missing = ("loans", str(uuid4()))
    found = violations(healthy, Expected(clients.promises, {missing}))
    assert found == [Violation(5, f"expected among the dead letters: {missing}")]


async def test_what_is_broken_in_the_database_is_read(
    stack: Stack, used: tuple[Workload, Snapshot]
) -> None:
    """The snapshot is of the real tables: a row that goes missing there is missed."""
    clients, _ = used
    connection = await asyncpg.connect(stack.database_url("analytics"))
    mine = clients.workspaces[0].id
    try:
        async with connection.transaction():
            [gone] = await connection.fetch(
                "DELETE FROM activity WHERE id = "
                "(SELECT id FROM activity WHERE workspace_id = $1 LIMIT 1) RETURNING *",
                mine,
            )
        snapshot = await snapshots.take(stack, clients.workspace_ids)
        found = violations(snapshot, Expected(clients.promises))
        assert [one.what.startswith("not in the activity") for one in found] == [True]
    finally:
        names = ", ".join(gone.keys())
        places = ", ".join(f"${n}" for n in range(1, len(gone) + 1))
        await connection.execute(f"INSERT INTO activity ({names}) VALUES ({places})", *gone)
        await connection.close()
    await healed(stack, clients)
