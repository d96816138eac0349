"""What alerts say: plain English, with names, and what to do next."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.notify.inbox.messages import Notice, NotificationType


@dataclass(frozen=True, slots=True)
class Thing:
    """Units of an inventory entry as messages name them."""

    workspace_id: UUID
    inventory_id: UUID
    item: str
    quantity: int
    place: str | None = None

    @property
    def link(self) -> str:
        return f"/v1/workspaces/{self.workspace_id}/inventory/{self.inventory_id}"

    @property
    def what(self) -> str:
        """`3 × Milk in Kitchen`."""  # noqa: RUF002 - times, no letter
        what = self.item if self.quantity == 1 else f"{self.quantity} × {self.item}"  # noqa: RUF001
        return f"{what} in {self.place}" if self.place else what


def expiring(thing: Thing, on: date, left: int) -> Notice:
    """To the staff: units expire soon, today, or have."""
    if left < 0:
        title, advice = f"Expired: {thing.item}", "Take it out of use, or correct the date."
    elif left == 0:
        title, advice = f"Expires today: {thing.item}", "Use it up, or take it out of use."
    else:
        title, advice = f"Expires in {_days(left)}: {thing.item}", "Use it first, or replace it."
    verb = "expired" if left < 0 else "expires"
    return Notice(
        NotificationType.EXPIRY_ALERT,
        title,
        f"{thing.what} {verb} on {_day(on)}. {advice}",
        thing.link,
    )


def warranty_ending(thing: Thing, on: date, left: int) -> Notice:
    """To the staff: a last chance to claim."""
    when = f"ends in {_days(left)}" if left > 0 else "ended" if left < 0 else "ends today"
    verb = "ended" if left < 0 else "ends"
    return Notice(
        NotificationType.WARRANTY_ALERT,
        f"Warranty {when}: {thing.item}",
        f"The warranty of {thing.what} {verb} on {_day(on)}. Look it over now, and claim what is "
        "wrong with it.",
        thing.link,
    )


def maintenance_due(thing: Thing, id_: UUID, name: str, on: date, late: int) -> Notice:
    """To the staff: something has to be done."""
    verb = "was" if late > 0 else "is"
    return Notice(
        NotificationType.MAINTENANCE_DUE,
        f"Maintenance due: {name}, {thing.item}",
        f"{name} {verb} due on {_day(on)}: {thing.what}. Do it, and complete it in the schedule to "
        "be told of it next time.",
        f"/v1/workspaces/{thing.workspace_id}/maintenance/{id_}",
    )


def repair_overdue(
    thing: Thing, id_: UUID, description: str, provider: str | None, on: date | None
) -> Notice:
    """To the staff: a repair takes longer than was agreed."""
    who = f" at {provider}" if provider else ""
    when = f" on {_day(on)}" if on else ""
    ask = f"Ask {provider} for it" if provider else "Look after it"
    return Notice(
        NotificationType.REPAIR_REMINDER,
        f"Repair overdue: {thing.item}",
        f"{thing.what}, in repair{who}, was expected back{when}: {_short(description)}. "
        f"{ask}, or note when it will be done.",
        f"/v1/workspaces/{thing.workspace_id}/repairs/{id_}",
    )


def _day(day: date) -> str:
    """3 May 2026."""
    return f"{day.day} {day:%B} {day.year}"


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else f"{line[:199]}…"
