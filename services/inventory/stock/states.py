"""The states that an entry's units can be in."""

from enum import StrEnum


class Condition(StrEnum):
    NEW = "NEW"
    EXCELLENT = "EXCELLENT"
    GOOD = "GOOD"
    FAIR = "FAIR"
    POOR = "POOR"
    DAMAGED = "DAMAGED"
    FOR_REPAIR = "FOR_REPAIR"


class Status(StrEnum):
    """Being lent or reserved is no status: that is a hold."""

    AVAILABLE = "AVAILABLE"
    IN_USE = "IN_USE"
    IN_TRANSIT = "IN_TRANSIT"
    MISSING = "MISSING"
    DISPOSED = "DISPOSED"

    @property
    def can_be_held(self) -> bool:
        return self in {Status.AVAILABLE, Status.IN_USE}
