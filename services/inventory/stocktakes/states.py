"""The states of stocktakes and of what was found, and what may be done about it."""

from enum import StrEnum


class Status(StrEnum):
    """`reconciling`: nothing more is counted, and the books are being put right."""

    OPEN = "open"
    RECONCILING = "reconciling"
    RECONCILED = "reconciled"
    CANCELLED = "cancelled"


class Found(StrEnum):
    """What a count says of an entry. `unexpected`: no entry of the item stands where it was found;
    `missing`: nobody found anything of the entry."""

    FOUND = "found"
    DIFFERENT = "different"
    MISPLACED = "misplaced"
    UNEXPECTED = "unexpected"
    MISSING = "missing"


class Missing(StrEnum):
    """`mark`: its status becomes MISSING; `remove`: it has no units any more."""

    LEAVE = "leave"
    MARK = "mark"
    REMOVE = "remove"


class Misplaced(StrEnum):
    LEAVE = "leave"
    MOVE = "move"


class Unexpected(StrEnum):
    LEAVE = "leave"
    CREATE = "create"
