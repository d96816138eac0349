"""The use cases of inventory entries. Every change of quantity or place writes a movement."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import Source, TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import MAX_INTEGER, sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, NotFound, Problem, invalid
from chassis.reach import Reach
from services.inventory import places
from services.inventory.items import service as items
from services.inventory.movements.models import Kind
from services.inventory.movements.service import Place, record
from services.inventory.stock import repository
from services.inventory.stock.events import (
    StockAdjusted,
    StockArchived,
    StockCounted,
    StockCreated,
    StockMoved,
    StockRestored,
    StockSplit,
    StockUpdated,
)
from services.inventory.stock.models import Entry
from services.inventory.stock.schemas import (
    EntryAdjust,
    EntryCreate,
    EntryMove,
    EntryPatch,
    EntryUse,
)

# What a part that is split off keeps of the whole it came from.
_KEPT_BY_PARTS = (
    "item_id",
    "condition",
    "status",
    "serial_number",
    "lot",
    "date_acquired",
    "purchase_price",
    "currency",
    "warranty_expires",
    "expiration_date",
    "notes",
    "last_used_at",
)


_CLOCKS_APART = timedelta(minutes=5)  # a client's clock may be ahead of ours


class InsufficientStock(Conflict):
    code, title = "insufficient-stock", "There are not that many free units"

    def __init__(self, entry: Entry) -> None:
        free = entry.free_quantity
        super().__init__(
            f"This entry has {entry.quantity} units: {entry.held_quantity} held, {free} free.",
            free_quantity=free,
        )


class StillHeld(Conflict):
    code, title = "held", "Units of this entry are lent or held otherwise"


class Archived(Conflict):
    code, title = "archived", "This entry is archived"


def _external_id_taken() -> Problem:
    return Conflict(
        "Another inventory entry has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"entry_external_id": _external_id_taken}


async def create(
    session: TenantSession,
    committed: Source,
    body: EntryCreate,
    within: Reach,
    *,
    patience: float,
) -> UUID:
    """Take units in; the new entry's id. `committed` sees what others commit meanwhile, for an
    item whose news is up to `patience` seconds away."""
    _check_price(body.purchase_price, body.currency)
    await items.check_usable(committed, session.workspace_id, body.item_id, patience=patience)
    await places.check(session, body.location_id, body.container_id, within=within)
    entry = Entry(
        **born(session.workspace_id),
        **body.model_dump(),
        held_quantity=0,
        last_used_at=None,
        is_archived=False,
    )
    session.add(entry)
    await session.flush()
    stage(session, StockCreated.of(entry, split_from=None))
    _record(session, Kind.CREATED, entry, quantity=entry.quantity, destination=_place(entry))
    return entry.id


async def update(
    session: TenantSession, entry_id: UUID, body: EntryPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    for name, value in sent(body).items():
        setattr(entry, name, value)
    _check_price(entry.purchase_price, entry.currency)
    if changes := changes_of(entry):
        touch(entry)
        stage(session, StockUpdated.of(entry, changes=changes))


async def move(
    session: TenantSession, entry_id: UUID, body: EntryMove, version: int | None, within: Reach
) -> UUID:
    """Move all units or part of them; the id of the entry that has them now.

    All units go with their holds. A part becomes a new entry and can only be made of free units;
    raises `InsufficientStock` for more, and `Archived` for any of an archived entry.
    """
    if await repository.place_of(session, session.workspace_id, entry_id) is None:
        raise NotFound("There is no such inventory entry in this workspace.")
    await places.check(session, body.location_id, body.container_id, within=within)
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        raise Archived("Restore it first.")
    destination = Place(body.location_id, body.container_id)
    quantity = entry.quantity if body.quantity is None else body.quantity
    if quantity == entry.quantity:
        _move_all(session, entry, destination, body.reason)
        return entry.id
    if quantity > entry.free_quantity:
        raise InsufficientStock(entry)
    return await _move_part(session, entry, destination, quantity, body.reason)


async def adjust(
    session: TenantSession, entry_id: UUID, body: EntryAdjust, version: int | None
) -> None:
    """Correct the quantity by `delta`; raises `InsufficientStock` below what is held."""
    if body.delta == 0:
        raise invalid("delta", "Give how many more or fewer there are; 0 changes nothing.")
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        raise Archived("Restore it first.")
    if entry.quantity + body.delta < entry.held_quantity:
        raise InsufficientStock(entry)
    if entry.quantity + body.delta > MAX_INTEGER:
        raise invalid("delta", f"An entry has {MAX_INTEGER} units at most.", "too-many")
    entry.quantity += body.delta
    changes = changes_of(entry)
    touch(entry)
    stage(session, StockAdjusted.of(entry, delta=body.delta, reason=body.reason, changes=changes))
    _record_in_place(session, Kind.ADJUSTED, entry, body.delta, reason=body.reason)


async def count(
    session: TenantSession,
    entry_id: UUID,
    quantity: int,
    reason: str | None,
    version: int | None,
) -> None:
    """There are exactly `quantity` units here, held ones included; told and written down also when
    that was known. Raises `InsufficientStock` below what is held, `Archived` for what is."""
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        raise Archived("Restore it first.")
    if quantity < entry.held_quantity:
        raise InsufficientStock(entry)
    delta = quantity - entry.quantity
    entry.quantity = quantity
    changes = changes_of(entry)
    touch(entry)
    stage(session, StockCounted.of(entry, delta=delta, reason=reason, changes=changes))
    _record_in_place(session, Kind.COUNTED, entry, delta, reason=reason)


async def use(session: TenantSession, entry_id: UUID, body: EntryUse, version: int | None) -> None:
    """Note that units of an entry in use were used, now or when the body says."""
    used_at = body.used_at or now()
    if used_at > now() + _CLOCKS_APART:
        raise invalid("used_at", "It lies in the future; leave it out for now.", "in-the-future")
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        raise Archived("Restore it first.")
    used_before, entry.last_used_at = entry.last_used_at, used_at
    if changes := changes_of(entry):
        touch(entry)
        stage(session, StockUpdated.of(entry, changes=changes))
        _record_in_place(session, Kind.USED, entry, 0, used_at=used_at, used_before=used_before)


async def archive(session: TenantSession, entry_id: UUID, version: int | None) -> None:
    """Put an entry out of use; one that is so already stays as it is. Raises `StillHeld` while
    units of it are held."""
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        return
    if entry.held_quantity:
        raise StillHeld(
            "Wait until they are back, or end what holds them.", held_quantity=entry.held_quantity
        )
    entry.is_archived = True
    touch(entry)
    stage(session, StockArchived.of(entry))
    _record(session, Kind.ARCHIVED, entry, quantity=entry.quantity, origin=_place(entry))


async def restore(session: TenantSession, entry_id: UUID, version: int | None) -> None:
    """Take an archived entry into use again, where it stood."""
    place = await repository.place_of(session, session.workspace_id, entry_id, archived=True)
    if place is not None:
        await places.check_for_return(session, *place)
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if not entry.is_archived:
        return
    if await items.is_deleted(session, session.workspace_id, entry.item_id):
        raise Conflict("The item of this entry was deleted.")
    entry.is_archived = False
    touch(entry)
    stage(session, StockRestored.of(entry))
    _record(session, Kind.RESTORED, entry, quantity=entry.quantity, destination=_place(entry))


async def relocate(
    session: TenantSession, container_ids: Sequence[UUID], location_id: UUID, *, reason: str
) -> None:
    """Let the entries in these containers stand where the containers stand now."""
    for entry in await repository.lock_in(session, container_ids):
        _move_all(session, entry, Place(location_id, entry.container_id), reason)


def _move_all(session: TenantSession, entry: Entry, destination: Place, reason: str | None) -> None:
    origin = _place(entry)
    if destination == origin:
        return
    entry.location_id = destination.location_id
    entry.container_id = destination.container_id
    changes = changes_of(entry)
    touch(entry)
    stage(session, StockMoved.of(entry, changes=changes))
    _record(
        session,
        Kind.MOVED,
        entry,
        quantity=entry.quantity,
        origin=origin,
        destination=destination,
        in_stock=not entry.is_archived,
        reason=reason,
    )


async def _move_part(
    session: TenantSession, entry: Entry, destination: Place, quantity: int, reason: str | None
) -> UUID:
    part = Entry(
        **born(session.workspace_id),
        **{name: getattr(entry, name) for name in _KEPT_BY_PARTS},
        location_id=destination.location_id,
        container_id=destination.container_id,
        quantity=quantity,
        held_quantity=0,
        external_id=None,
        is_archived=False,
    )
    entry.quantity -= quantity
    changes = changes_of(entry)
    touch(entry)
    session.add(part)
    await session.flush()
    stage(
        session,
        StockSplit.of(entry, changes=changes, moved_to=part.id, moved_quantity=quantity),
    )
    stage(session, StockCreated.of(part, split_from=entry.id))
    _record(
        session,
        Kind.SPLIT,
        entry,
        quantity=quantity,
        origin=_place(entry),
        destination=destination,
        to_entry_id=part.id,
        to_balance=part.stock,
        reason=reason,
    )
    return part.id


def _record(session: TenantSession, kind: Kind, entry: Entry, **facts: Any) -> None:  # noqa: ANN401 - typed by `record`
    record(session, kind, entry_id=entry.id, item_id=entry.item_id, balance=entry.stock, **facts)


def _record_in_place(
    session: TenantSession,
    kind: Kind,
    entry: Entry,
    delta: int,
    **facts: Any,  # noqa: ANN401 - typed by `record`
) -> None:
    place = _place(entry)
    _record(session, kind, entry, quantity=delta, origin=place, destination=place, **facts)


def _place(entry: Entry) -> Place:
    return Place(entry.location_id, entry.container_id)


def _check_price(purchase_price: int | None, currency: str | None) -> None:
    if (purchase_price is None) != (currency is None):
        missing = "currency" if currency is None else "purchase_price"
        raise invalid(missing, "A price and its currency go together: both or neither.")
