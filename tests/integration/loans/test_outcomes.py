"""Who waits is woken, whichever process hears of the outcome."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.loans.rig import Desk
from support.waiting import eventually

from services.loans.loans.outcomes import Outcomes


@pytest.fixture
async def outcomes(environment: dict[str, str]) -> AsyncIterator[Outcomes]:
    """The waiters of a replica that is not the one which consumes."""
    outcomes = Outcomes(environment["LOANS_DATABASE_URL"])
    await outcomes.start()
    yield outcomes
    await outcomes.stop()


async def listening(database: Any, count: int) -> bool:  # noqa: ANN401 - asyncpg has no types
    found = await database.fetchval(
        """
        SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'loans-outcomes' AND query LIKE 'LISTEN%'
        """
    )
    return bool(found == count)


async def test_other_processes_are_told(desk: Desk, outcomes: Outcomes) -> None:
    """A loan that the service's own process activates wakes a waiter of another process, and
    nobody who waits for another loan."""
    await eventually(lambda: listening(desk.database, 2))
    loan = await desk.request()
    with outcomes.waiter() as waiter, outcomes.waiter() as other:
        waiter.watch(UUID(loan["id"]))
        other.watch(uuid4())
        await desk.hold(loan)
        await eventually(waiter.woken.is_set)
        assert not other.woken.is_set()


async def test_a_lost_connection_loses_no_outcome(desk: Desk, outcomes: Outcomes) -> None:
    """Cut off, it connects anew, and wakes whoever waited meanwhile."""
    await eventually(lambda: listening(desk.database, 2))
    with outcomes.waiter() as waiter:
        waiter.watch(uuid4())
        await desk.database.execute(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'loans-outcomes'
            """
        )
        await eventually(waiter.woken.is_set)
    await eventually(lambda: listening(desk.database, 2))


async def test_who_leaves_is_forgotten(outcomes: Outcomes) -> None:
    """Nothing is kept of waiters who are gone."""
    with outcomes.waiter() as waiter:
        waiter.watch(uuid4())
    assert outcomes._waiting == {}
