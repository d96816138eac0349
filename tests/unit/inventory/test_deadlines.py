"""Which day a deadline has come to, and when it is looked at next."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services.inventory.deadlines.calendar import Kind, next_look, stage_at
from services.inventory.maintenance.states import CountsFrom

TODAY = date(2026, 3, 1)


def on(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("kind", "left", "expected"),
    [
        *((Kind.EXPIRATION, left, day) for left, day in ((31, None), (30, 30), (8, 30), (7, 7))),
        *((Kind.EXPIRATION, left, day) for left, day in ((2, 7), (1, 1), (0, 0), (-400, 0))),
        *((Kind.WARRANTY, left, day) for left, day in ((31, None), (30, 30), (7, 7), (1, 1))),
        *((Kind.WARRANTY, left, day) for left, day in ((0, 1), (-1, 1))),
        *((Kind.MAINTENANCE, left, day) for left, day in ((1, None), (0, 0), (-9, 0))),
        *((Kind.REPAIR, left, day) for left, day in ((1, None), (0, None), (-1, -1), (-9, -1))),
    ],
)
def test_the_latest_day_that_has_come_is_told(kind: Kind, left: int, expected: int | None) -> None:
    assert stage_at(kind, on(left), TODAY, armed_on=on(-500)) == expected


def test_a_warranty_that_had_ended_before_anybody_wrote_it_down_is_not_told() -> None:
    assert stage_at(Kind.WARRANTY, on(-1), TODAY, armed_on=TODAY) is None
    assert stage_at(Kind.EXPIRATION, on(-1), TODAY, armed_on=TODAY) == 0


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Pacific/Kiritimati", datetime(2026, 3, 9, 10, tzinfo=UTC)),
        ("Europe/Tallinn", datetime(2026, 3, 9, 22, tzinfo=UTC)),
        ("Pacific/Pago_Pago", datetime(2026, 3, 10, 11, tzinfo=UTC)),
    ],
)
def test_a_day_begins_where_the_workspace_is(zone: str, expected: datetime) -> None:
    """Far off it is looked at where it begins earliest, since a workspace may move."""

    def look(now: datetime) -> datetime | None:
        return next_look(Kind.MAINTENANCE, date(2026, 3, 10), now, ZoneInfo(zone))

    assert look(datetime(2026, 3, 1, tzinfo=UTC)) == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert look(expected - timedelta(minutes=1)) == expected
    assert look(expected) is None


def test_each_day_leads_to_the_next() -> None:
    looks, time = [], datetime(2026, 3, 1, 12, tzinfo=UTC)
    while (look := next_look(Kind.EXPIRATION, date(2026, 3, 9), time, UTC)) is not None:
        time = look
        looks.append(look.isoformat())
    assert looks == [
        "2026-03-02T00:00:00+00:00",
        *("2026-03-07T10:00:00+00:00", "2026-03-08T00:00:00+00:00"),
        *("2026-03-08T10:00:00+00:00", "2026-03-09T00:00:00+00:00"),
    ]


@pytest.mark.parametrize("day", [date.min, date.max])
@pytest.mark.parametrize("kind", list(Kind))
def test_the_ends_of_the_calendar_are_no_trouble(kind: Kind, day: date) -> None:
    stage_at(kind, day, TODAY, armed_on=TODAY)
    look = next_look(kind, day, datetime(2026, 3, 1, tzinfo=UTC), UTC)
    assert (look is None) == (day == date.min or kind is Kind.REPAIR)


@pytest.mark.parametrize(
    ("counts_from", "done", "expected"),
    [
        (CountsFrom.DONE, on(-3), on(7)),  # early
        (CountsFrom.DONE, on(4), on(14)),  # late
        (CountsFrom.DUE, on(-3), on(10)),
        (CountsFrom.DUE, on(0), on(10)),
        (CountsFrom.DUE, on(4), on(10)),
        (CountsFrom.DUE, on(10), on(20)),  # so late that it was due again: never due in the past
        (CountsFrom.DUE, on(34), on(40)),
    ],
)
def test_what_was_done_is_due_again(counts_from: CountsFrom, done: date, expected: date) -> None:
    """It was due today, every ten days."""
    assert counts_from.next_due(TODAY, done, 10) == expected
