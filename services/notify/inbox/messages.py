"""What notifications say: plain English, with names, and what to do next."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


class NotificationType(StrEnum):
    """What a notification is about."""

    LOAN_DUE_SOON = "LOAN_DUE_SOON"
    LOAN_OVERDUE = "LOAN_OVERDUE"
    LOAN_RETURNED = "LOAN_RETURNED"
    LOW_STOCK = "LOW_STOCK"
    EXPIRY_ALERT = "EXPIRY_ALERT"
    WARRANTY_ALERT = "WARRANTY_ALERT"
    MAINTENANCE_DUE = "MAINTENANCE_DUE"
    REPAIR_REMINDER = "REPAIR_REMINDER"
    MEMBER_JOINED = "MEMBER_JOINED"
    WORKSPACE_INVITE = "WORKSPACE_INVITE"
    APPROVAL = "APPROVAL"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification before it has a reader. `link` is a path in the API."""

    type: NotificationType
    title: str
    message: str
    link: str


@dataclass(frozen=True, slots=True)
class Loan:
    """A loan as messages name it; `quantity` is what is still out."""

    workspace_id: UUID
    id: UUID
    item: str
    borrower: str
    quantity: int
    due_at: datetime | None

    @property
    def link(self) -> str:
        return f"/v1/workspaces/{self.workspace_id}/loans/{self.id}"

    @property
    def thing(self) -> str:
        return _times(self.item, self.quantity)


def overdue(loan: Loan, days: int, timezone: str) -> Notice:
    """To the staff: somebody is late."""
    return Notice(
        NotificationType.LOAN_OVERDUE,
        f"Overdue: {loan.item}",
        f"{loan.thing}, lent to {loan.borrower}, was due on {_day(loan.due_at, timezone)}"
        f"{_late(days)}. Ask {loan.borrower} to bring it back, or extend the loan.",
        loan.link,
    )


def overdue_to_borrower(loan: Loan, days: int, timezone: str, workspace: str) -> Notice:
    """To the borrower: you are late."""
    return Notice(
        NotificationType.LOAN_OVERDUE,
        f"Overdue: {loan.item}",
        f"You borrowed {loan.thing} from {workspace}; it was due on "
        f"{_day(loan.due_at, timezone)}{_late(days)}. Bring it back, or ask for more time.",
        loan.link,
    )


def due_soon(loan: Loan, days: int, timezone: str) -> Notice:
    """To the staff: a loan will be due."""
    return Notice(
        NotificationType.LOAN_DUE_SOON,
        f"Due in {_days(days)}: {loan.item}",
        f"{loan.thing}, lent to {loan.borrower}, is due on {_day(loan.due_at, timezone)}. "
        f"Remind {loan.borrower}, or extend the loan.",
        loan.link,
    )


def due_soon_to_borrower(loan: Loan, days: int, timezone: str, workspace: str) -> Notice:
    """To the borrower: your loan will be due."""
    return Notice(
        NotificationType.LOAN_DUE_SOON,
        f"Due in {_days(days)}: {loan.item}",
        f"You borrowed {loan.thing} from {workspace}; it is due on "
        f"{_day(loan.due_at, timezone)}. Bring it back by then, or ask for more time.",
        loan.link,
    )


def returned(loan: Loan, quantity: int, condition: str | None) -> Notice:
    """To the staff: `quantity` came back, and what of the loan is still out."""
    what = _times(loan.item, quantity)
    state = f", in condition {condition}" if condition else ""
    left = f" Still out: {loan.quantity}." if loan.quantity else ""
    return Notice(
        NotificationType.LOAN_RETURNED,
        f"Returned: {loan.item}",
        f"{loan.borrower} returned {what}{state}.{left} Check it and put it back in its place.",
        loan.link,
    )


def returned_to_borrower(loan: Loan, quantity: int, workspace: str) -> Notice:
    """To the borrower: your return was noted."""
    what = _times(loan.item, quantity)
    left = (
        f"You still have {loan.quantity} to bring back."
        if loan.quantity
        else "There is nothing left to do."
    )
    return Notice(
        NotificationType.LOAN_RETURNED,
        f"Returned: {loan.item}",
        f"{workspace} noted that you returned {what}. {left}",
        loan.link,
    )


def low_stock(workspace_id: UUID, item_id: UUID, name: str, units: int, minimum: int) -> Notice:
    """To the staff: an item fell below its minimum."""
    return Notice(
        NotificationType.LOW_STOCK,
        f"Low stock: {name}",
        f"{name}: {units} left, and you want to keep at least {minimum}. "
        "Get more, or lower the item's minimum stock level.",
        f"/v1/workspaces/{workspace_id}/items/{item_id}",
    )


def member_joined(workspace_id: UUID, workspace: str, who: str, role: str) -> Notice:
    """To the staff: somebody new."""
    return Notice(
        NotificationType.MEMBER_JOINED,
        f"{who} joined {workspace}",
        f"{who} is now in {workspace} with the role {role}. "
        "Welcome them; if that role is not right, change it among the members.",
        f"/v1/workspaces/{workspace_id}/members",
    )


def invited(
    workspace_id: UUID, workspace: str, who: str, role: str, email: str, until: datetime
) -> Notice:
    """To who is invited and has an account."""
    return Notice(
        NotificationType.WORKSPACE_INVITE,
        f"{who} invites you to {workspace}",
        f"{who} invites you to {workspace} with the role {role}. To accept, open the link in the "
        f"mail to {email} by {_day(until, 'UTC')}; if you don't want to, do nothing.",
        f"/v1/workspaces/{workspace_id}",
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A member's change that waits, or waited, for an approval."""

    workspace_id: UUID
    id: UUID
    what: str
    who: str

    @property
    def link(self) -> str:
        return f"/v1/workspaces/{self.workspace_id}/approvals/{self.id}"


def approval_wanted(change: Change, workspace: str) -> Notice:
    """To the staff: a change waits for one of them."""
    return Notice(
        NotificationType.APPROVAL,
        f"{change.who} asks for your approval",
        f"{change.who} wants to change {workspace}: {change.what}. Look at it, and approve or "
        "reject it.",
        change.link,
    )


def change_applied(change: Change) -> Notice:
    """To the member: it was approved and made."""
    return Notice(
        NotificationType.APPROVAL,
        f"Approved: {change.what}",
        f"Your change was approved and made: {change.what}. There is nothing left to do.",
        change.link,
    )


def change_failed(change: Change) -> Notice:
    """To the member: it was approved, and could not be made."""
    return Notice(
        NotificationType.APPROVAL,
        f"Not made: {change.what}",
        f"Your change was approved, but could not be made: {change.what}. Look at what kept it, "
        "and ask for it again if you still want it.",
        change.link,
    )


def change_rejected(change: Change, reason: str) -> Notice:
    """To the member: it was not approved."""
    return Notice(
        NotificationType.APPROVAL,
        f"Rejected: {change.what}",
        f"Your change was rejected: {change.what}. The reason: {reason}",
        change.link,
    )


def _day(moment: datetime | None, timezone: str) -> str:
    """The date of `moment` where the workspace is: 3 May 2026."""
    if moment is None:
        return "an unknown day"
    local = moment.astimezone(_zone(timezone))
    return f"{local.day} {local:%B %Y}"


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def _times(item: str, quantity: int) -> str:
    return item if quantity == 1 else f"{quantity} × {item}"  # noqa: RUF001 - times, no letter


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _late(days: int) -> str:
    return f", {_days(days)} ago" if days > 0 else ""
