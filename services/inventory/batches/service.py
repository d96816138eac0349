"""The use case of batches."""

from collections.abc import Mapping, Sequence

from chassis import batches
from chassis.batches import Done
from chassis.database import Source, TenantSession
from chassis.problems import Problem
from chassis.reach import Reach
from services.inventory.stock import bulk
from services.inventory.stock.changes import (
    AdjustEntry,
    ArchiveEntry,
    Change,
    CountEntry,
    CreateEntry,
    MoveEntry,
    RestoreEntry,
    UpdateEntry,
    UseEntry,
)

_OPERATIONS: Mapping[str, type[Change]] = {
    "create": CreateEntry,
    "update": UpdateEntry,
    "move": MoveEntry,
    "adjust": AdjustEntry,
    "count": CountEntry,
    "use": UseEntry,
    "archive": ArchiveEntry,
    "restore": RestoreEntry,
}


async def run(
    session: TenantSession,
    committed: Source,
    rows: Sequence[object],
    within: Reach,
    *,
    patience: float,
) -> list[Done | Problem]:
    """Make the operations in `rows`, in their order; what came of each."""
    asked = batches.read(rows, _OPERATIONS, _as_it_is)
    changes = [each for each in asked if not isinstance(each, Problem)]
    made: list[Done | Problem] = []
    if changes:
        made = await bulk.perform(session, committed, changes, within, patience=patience)
    return batches.outcomes(asked, made)


def _as_it_is(change: Change) -> Change:
    return change
