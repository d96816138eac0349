"""What there is to tell of a deadline on which day, and when to look at it next. Dates only; no
database."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

# Where a day begins earliest on Earth (UTC+14).
_EARLIEST = timedelta(hours=14)


class Kind(StrEnum):
    """What it is a deadline of."""

    EXPIRATION = "expiration"
    WARRANTY = "warranty"
    MAINTENANCE = "maintenance"
    REPAIR = "repair"

    @property
    def days(self) -> tuple[int, ...]:
        """How many days ahead it is told, from the first to the last; -1 is the day after."""
        return _DAYS[self]


_DAYS: dict[Kind, tuple[int, ...]] = {
    Kind.EXPIRATION: (30, 7, 1, 0),
    Kind.WARRANTY: (30, 7, 1),
    Kind.MAINTENANCE: (0,),
    Kind.REPAIR: (-1,),
}


def stage_at(kind: Kind, on: date, today: date, armed_on: date) -> int | None:
    """Which of its days a deadline has come to: the latest, so that one that is first seen late is
    told once and not for all that it missed; None before the first. A warranty that had ended
    already when its date was set (`armed_on`) is not told at all: nothing can be done any more."""
    if kind is Kind.WARRANTY and on < armed_on:
        return None
    left = (on - today).days
    come = [days for days in kind.days if left <= days]
    return min(come) if come else None


def next_look(kind: Kind, on: date, now: datetime, zone: tzinfo) -> datetime | None:
    """When the next of its days begins, none if all have come. Days that are far off are looked at
    where they begin earliest: the workspace may be elsewhere by then."""
    today = now.astimezone(zone).date()
    left = (on - today).days
    ahead = [days for days in kind.days if days < left]
    if not ahead or max(ahead) < -(date.max - on).days:
        return None
    day = on - timedelta(days=max(ahead))
    earliest = datetime.combine(day, time(), UTC) - _EARLIEST
    return earliest if earliest > now else datetime.combine(day, time(), zone).astimezone(UTC)
