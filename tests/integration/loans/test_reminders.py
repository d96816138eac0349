"""What the clock tells: due soon and overdue, each once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from integration.loans.rig import Desk, in_days
from support.waiting import eventually

from chassis.database import Database
from services.loans.reminders.service import remind


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    """The service's database, for another clock beside its own."""
    database = Database(environment["LOANS_DATABASE_URL"], name="loans")
    await database.start()
    yield database
    await database.stop()


async def reminded(desk: Desk, loan: dict[str, Any], count: int) -> list[tuple[str, int]]:
    """The reminders of a loan, once there are so many: the verb, and its number of days."""

    async def look() -> list[tuple[str, int]]:
        told = [
            (verb, payload["days"] if verb == "due_soon" else payload["days_overdue"])
            for verb, payload in await desk.told(loan["id"])
            if verb in {"due_soon", "overdue"}
        ]
        assert len(told) == count
        return told

    return await eventually(look)


async def look_again(desk: Desk, loan: dict[str, Any], database: Database) -> None:
    """Let every clock take the loan for one that it has not looked at."""
    await desk.database.execute(
        "UPDATE loans SET remind_at = due_at - interval '3 days' WHERE id = $1", UUID(loan["id"])
    )
    await remind(database)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (2.5, ("due_soon", 3)),
        (0.5, ("due_soon", 1)),
        (-0.1, ("overdue", 0)),
        (-16, ("overdue", 16)),
    ],
)
async def test_a_loan_is_reminded_of_once(
    desk: Desk, database: Database, days: float, expected: tuple[str, int]
) -> None:
    """By the reminder it stands at and none that it missed; looking again tells nothing."""
    loan = await desk.lent(loaned_at=in_days(-30), due_at=in_days(days))
    assert await reminded(desk, loan, 1) == [expected]
    for _ in range(2):
        await look_again(desk, loan, database)
    assert await reminded(desk, loan, 1) == [expected]
    (verb, payload) = (await desk.told(loan["id"]))[-1]
    assert (verb, payload["version"]) == (expected[0], 3)
    assert (await desk.see(f"/loans/{loan['id']}"))["version"] == 3


@pytest.mark.parametrize("due", [None, in_days(10)])
async def test_what_is_not_due_soon_is_left_alone(
    desk: Desk, database: Database, due: str | None
) -> None:
    """Neither a loan with days to go nor one without a due time."""
    loan = await desk.lent(due_at=due)
    await remind(database)
    assert await desk.verbs(loan["id"]) == ["requested", "activated"]


async def test_what_is_not_out_is_left_alone(desk: Desk, database: Database) -> None:
    """A request that was never answered and a loan that is back are not overdue."""
    asked = await desk.request(due_at=in_days(-1))
    back = await desk.lent(due_at=in_days(10))
    await desk.api.post(f"/loans/{back['id']}/return")
    await remind(database)
    assert await desk.verbs(asked["id"]) == ["requested"]
    assert await desk.verbs(back["id"]) == ["requested", "activated", "returned"]


async def test_an_extended_loan_is_reminded_of_anew(desk: Desk) -> None:
    """The new due time has reminders of its own."""
    loan = await desk.lent(due_at=in_days(2))
    assert await reminded(desk, loan, 1) == [("due_soon", 3)]
    await desk.api.post(f"/loans/{loan['id']}/extend", json={"due_at": in_days(2.5)})
    assert await reminded(desk, loan, 2) == [("due_soon", 3)] * 2


async def test_reminders_go_on(desk: Desk, database: Database) -> None:
    """As time passes a loan is due soon, then sooner, then overdue, then overdue for weeks."""
    loan = await desk.lent(loaned_at=in_days(-90), due_at=in_days(2.9))
    expected = [("due_soon", 3)]
    await reminded(desk, loan, 1)
    for days, comes in (
        (0.9, ("due_soon", 1)),
        (-0.1, ("overdue", 0)),
        (-6.9, None),
        (-7.1, ("overdue", 7)),
        (-13, None),
        (-30, ("overdue", 30)),
    ):
        await make_due(desk, loan, days)
        await remind(database)
        expected += [comes] if comes else []
        assert await reminded(desk, loan, len(expected)) == expected


async def make_due(desk: Desk, loan: dict[str, Any], days: float) -> None:
    """Let time pass for this loan: all that was, was so much earlier."""
    await desk.database.execute(
        """
        WITH shift AS (SELECT id, $2::timestamptz - due_at AS by FROM loans WHERE id = $1),
        moved AS (UPDATE loan_reminders SET due_at = due_at + by FROM shift WHERE loan_id = id)
        UPDATE loans SET due_at = due_at + by, remind_at = remind_at + by
        FROM shift WHERE loans.id = shift.id
        """,
        UUID(loan["id"]),
        datetime.fromisoformat(in_days(days)),
    )


async def test_many_clocks_tell_once(desk: Desk, database: Database) -> None:
    """Twenty overdue loans and four clocks beside the service's own: twenty reminders."""
    borrower = await desk.borrower()
    loans = [await desk.request(borrower_id=borrower, due_at=in_days(-1)) for _ in range(20)]
    for loan in loans:
        await desk.hold(loan)
    for loan in loans:
        await desk.settles(loan, status="active")
        await asyncio.gather(*(remind(database) for _ in range(4)))
    for loan in loans:
        assert await reminded(desk, loan, 1) == [("overdue", 1)]


async def test_looking_is_cheap(desk: Desk) -> None:
    """The clock's query walks an index of what is still to be reminded of, and sorts nothing."""
    async with desk.database.transaction():
        # So few rows would be scanned and sorted; what counts is that a million need not be.
        await desk.database.execute("SET LOCAL enable_seqscan = off")
        await desk.database.execute("SET LOCAL enable_bitmapscan = off")
        plan = await desk.database.fetch(
            "EXPLAIN SELECT * FROM loans WHERE remind_at <= now() ORDER BY remind_at LIMIT 100"
        )
    lines = "\n".join(line[0] for line in plan)
    assert "Index Scan using loans_to_remind" in lines
    assert "Sort" not in lines
