"""What is wrong with a row: its fields, each with a reason."""

from collections.abc import Sequence
from typing import NamedTuple


class Fault(NamedTuple):
    field: str
    reason: str


class RowError(Exception):
    """A row that can't go in; the others can."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{field}: {reason}" for field, reason in faults))
        self.faults = tuple(faults)

    @classmethod
    def of(cls, field: str, reason: str) -> "RowError":
        return cls([Fault(field, reason)])
