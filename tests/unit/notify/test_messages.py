"""What notifications say."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from services.notify.inbox import messages
from services.notify.inbox.messages import Loan

WORKSPACE = UUID("01980000-0000-7000-8000-000000000001")
LOAN = UUID("01980000-0000-7000-8000-000000000002")


def loan(*, quantity: int = 1) -> Loan:
    late_evening = datetime(2026, 5, 3, 22, 30, tzinfo=UTC)
    return Loan(WORKSPACE, LOAN, "Cordless drill", "Ann Ray", quantity, late_evening)


def test_overdue_names_the_thing_the_person_and_the_day() -> None:
    """The staff read what is late, by how much, and what to do."""
    notice = messages.overdue(loan(), 2, "UTC")
    assert notice.message == (
        "Cordless drill, lent to Ann Ray, was due on 3 May 2026, 2 days ago. "
        "Ask Ann Ray to bring it back, or extend the loan."
    )
    assert notice.link == f"/v1/workspaces/{WORKSPACE}/loans/{LOAN}"


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("Europe/Tallinn", "4 May 2026"), ("UTC", "3 May 2026"), ("Nowhere/At all", "3 May 2026")],
)
def test_days_are_those_of_the_workspace(timezone: str, day: str) -> None:
    """Dates are in the workspace's zone; UTC where there is no such zone."""
    assert f"is due on {day}." in messages.due_soon(loan(), 1, timezone).message


def test_the_day_it_falls_due_is_not_days_ago() -> None:
    """On day 0 nothing is said of days."""
    assert "ago" not in messages.overdue(loan(), 0, "UTC").message


def test_a_part_that_came_back_tells_what_is_still_out() -> None:
    """After a partial return both sides read how many are left."""
    staff = messages.returned(loan(quantity=1), 2, "GOOD").message
    assert staff == (
        "Ann Ray returned 2 × Cordless drill, in condition GOOD. Still out: 1. "  # noqa: RUF001
        "Check it and put it back in its place."
    )
    borrower = messages.returned_to_borrower(loan(quantity=1), 2, "Makerspace").message
    assert borrower.endswith("You still have 1 to bring back.")


def test_due_soon_counts_in_words() -> None:
    """One day is a day, three are days."""
    assert messages.due_soon(loan(), 1, "UTC").title == "Due in 1 day: Cordless drill"
    assert messages.due_soon(loan(), 3, "UTC").title == "Due in 3 days: Cordless drill"
