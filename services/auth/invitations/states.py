"""What can become of an invitation."""

from enum import StrEnum


class Status(StrEnum):
    """What was decided about it; `expired` is a pending one whose time is over."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    REVOKED = "revoked"
    EXPIRED = "expired"
