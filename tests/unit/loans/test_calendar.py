"""Which reminder a loan stands at, and when to look next."""

from datetime import UTC, datetime, timedelta

import pytest

from services.loans.reminders.calendar import DueSoon, Overdue, first_look, next_look, reminder

DUE = datetime(2026, 3, 31, 10, tzinfo=UTC)


def at(days: float) -> datetime:
    """So many days after it was due."""
    return DUE + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (-3.01, None),
        (-3, DueSoon(3)),
        (-1.01, DueSoon(3)),
        (-1, DueSoon(1)),
        (-0.01, DueSoon(1)),
        (0, Overdue(0)),
        (0.99, Overdue(0)),
        (6.99, Overdue(6)),
        (7, Overdue(7)),
        (400, Overdue(400)),
    ],
)
def test_reminder(days: float, expected: DueSoon | Overdue | None) -> None:
    """The latest that has come."""
    assert reminder(DUE, at(days)) == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [(-9, -3), (-3, -1), (-2, -1), (-1, 0), (-0.5, 0), (0, 7), (6.99, 7), (7, 14), (400, 406)],
)
def test_next_look(days: float, expected: float) -> None:
    """When the next one comes: later than now, and none is skipped."""
    assert next_look(DUE, at(days)) == at(expected)


def test_first_look() -> None:
    """Three days before; never without a due time."""
    assert (first_look(DUE), first_look(None)) == (at(-3), None)


def test_kinds_are_one_a_week() -> None:
    """All days of a week are one reminder, the first week's being the day it was due."""
    assert [Overdue(days).kind for days in (0, 6, 7, 13, 14)] == [
        "overdue_week_0",
        "overdue_week_0",
        "overdue_week_1",
        "overdue_week_1",
        "overdue_week_2",
    ]
    assert [DueSoon(3).kind, DueSoon(1).kind] == ["due_soon_3", "due_soon_1"]
