"""What can be asked of many inventory entries at once."""

from typing import Literal
from uuid import UUID

from chassis.batches import Version
from chassis.fields import RequestBody
from services.inventory.stock.schemas import (
    EntryAdjust,
    EntryCount,
    EntryCreate,
    EntryMove,
    EntryPatch,
    EntryUse,
)


class CreateEntry(RequestBody):
    op: Literal["create"]
    body: EntryCreate


class _OfEntry(RequestBody):
    id: UUID
    version: Version = None


class UpdateEntry(_OfEntry):
    op: Literal["update"]
    body: EntryPatch


class MoveEntry(_OfEntry):
    op: Literal["move"]
    body: EntryMove


class AdjustEntry(_OfEntry):
    op: Literal["adjust"]
    body: EntryAdjust


class CountEntry(_OfEntry):
    op: Literal["count"]
    body: EntryCount


class UseEntry(_OfEntry):
    op: Literal["use"]
    body: EntryUse = EntryUse()


class ArchiveEntry(_OfEntry):
    op: Literal["archive"]


class RestoreEntry(_OfEntry):
    op: Literal["restore"]


ChangeOfOne = (
    UpdateEntry | MoveEntry | AdjustEntry | CountEntry | UseEntry | ArchiveEntry | RestoreEntry
)
Change = CreateEntry | ChangeOfOne
