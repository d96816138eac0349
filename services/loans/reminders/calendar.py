"""Which reminder a loan stands at, and when to look at it next. Times only; no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_SOON = (3, 1)  # days before


@dataclass(frozen=True, slots=True)
class DueSoon:
    """Due in at most `days` days."""

    days: int

    @property
    def kind(self) -> str:
        return f"due_soon_{self.days}"


@dataclass(frozen=True, slots=True)
class Overdue:
    """Past its due time by `days` whole days."""

    days: int

    @property
    def kind(self) -> str:
        """One for the day it was due, then one a week."""
        return f"overdue_week_{self.days // 7}"


def first_look(due_at: datetime | None) -> datetime | None:
    """When to look first at a loan that goes out; never without a due time."""
    return due_at - max(_SOON) * _DAY if due_at else None


def reminder(due_at: datetime, now: datetime) -> DueSoon | Overdue | None:
    """What to remind of at `now`: the latest that has come, so that a loan which is first seen
    late gets one reminder and not all that it missed."""
    if now >= due_at:
        return Overdue((now - due_at) // _DAY)
    passed = [days for days in _SOON if now >= due_at - days * _DAY]
    return DueSoon(min(passed)) if passed else None


def next_look(due_at: datetime, now: datetime) -> datetime:
    """When the next reminder after `now` comes."""
    if now >= due_at:
        return due_at + ((now - due_at) // _WEEK + 1) * _WEEK
    return min(time for time in (due_at - days * _DAY for days in (*_SOON, 0)) if time > now)
