"""The use case of batches."""

from collections.abc import Mapping, Sequence

from chassis import batches
from chassis.batches import Done
from chassis.database import TenantSession
from chassis.problems import Problem
from services.catalog.batches.schemas import (
    ArchiveItem,
    CreateItem,
    DeleteItem,
    Operation,
    RestoreItem,
    UpdateItem,
)
from services.catalog.items import bulk
from services.catalog.items.bulk import Change

_OPERATIONS: Mapping[str, type[Operation]] = {
    "create": CreateItem,
    "update": UpdateItem,
    "archive": ArchiveItem,
    "restore": RestoreItem,
    "delete": DeleteItem,
}


async def run(session: TenantSession, rows: Sequence[object]) -> list[Done | Problem]:
    """Make the operations in `rows`, in their order; what came of each."""
    asked = batches.read(rows, _OPERATIONS, _change)
    changes = [each for each in asked if not isinstance(each, Problem)]
    return batches.outcomes(asked, await bulk.perform(session, changes) if changes else [])


def _change(operation: Operation) -> Change:
    match operation:
        case CreateItem(body=body):
            return bulk.Create(body)
        case UpdateItem(id=id_, body=body, version=version):
            return bulk.Update(id_, body, version)
        case ArchiveItem(id=id_, version=version):
            return bulk.Archive(id_, version)
        case RestoreItem(id=id_, version=version):
            return bulk.Restore(id_, version)
        case DeleteItem(id=id_, version=version):
            return bulk.Delete(id_, version)
