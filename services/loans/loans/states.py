"""The states of a loan, and of a thing that comes back."""

from enum import StrEnum


class Status(StrEnum):
    """requested -> active -> partially_returned -> returned, or requested -> rejected or
    cancelled. Overdue is no state: it follows from `due_at` and the time."""

    REQUESTED = "requested"
    ACTIVE = "active"
    PARTIALLY_RETURNED = "partially_returned"
    RETURNED = "returned"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def is_out(self) -> bool:
        """Whether the borrower has units of it."""
        return self in {Status.ACTIVE, Status.PARTIALLY_RETURNED}


class Condition(StrEnum):
    """What a thing is like when it comes back, in inventory's words."""

    NEW = "NEW"
    EXCELLENT = "EXCELLENT"
    GOOD = "GOOD"
    FAIR = "FAIR"
    POOR = "POOR"
    DAMAGED = "DAMAGED"
    FOR_REPAIR = "FOR_REPAIR"


class Refusal(StrEnum):
    """Why inventory refused; a reason that is none of these counts as not available."""

    INSUFFICIENT_STOCK = "insufficient-stock"
    NOT_FOUND = "not-found"
    NOT_AVAILABLE = "not-available"

    @classmethod
    def _missing_(cls, _value: object) -> "Refusal":
        return cls.NOT_AVAILABLE
