"""What can become of a pending change.

pending ─▶ approved ─▶ applied | failed
        └▶ rejected | cancelled
"""

from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"  # decided, and on its way to the service that it is for
    APPLIED = "applied"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
