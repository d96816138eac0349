"""The use cases of inventory entries where they stand; `moving` has those between places. Every
change of quantity or place writes a movement."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Unpack
from uuid import UUID

from chassis import appending
from chassis.aggregate import born, lock
from chassis.database import Source, TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import MAX_INTEGER, sent
from chassis.outbox import stage, staged, unstage
from chassis.problems import Conflict, FieldError, Problem, invalid
from chassis.reach import Reach
from services.inventory import places
from services.inventory.items import service as items
from services.inventory.movements.models import Kind
from services.inventory.short_codes import registry
from services.inventory.short_codes.kinds import Thing
from services.inventory.stock import repository
from services.inventory.stock.events import (
    StockAdjusted,
    StockArchived,
    StockCounted,
    StockCreated,
    StockRestored,
    StockUpdated,
)
from services.inventory.stock.ledger import Why, place_of, record_in_place, record_of
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import Archived, InsufficientStock, StillHeld
from services.inventory.stock.schemas import (
    EntryAdjust,
    EntryCreate,
    EntryPatch,
    EntryUse,
)
from services.inventory.stock.states import Condition, Status

_GONE = {Status.MISSING, Status.DISPOSED}
_CLOCKS_APART = timedelta(minutes=5)  # a client's clock may be ahead of ours


def external_id_taken() -> Problem:
    """Why an entry can't have an external_id that another one has."""
    return Conflict(
        "Another inventory entry has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"entry_external_id": external_id_taken}


async def create(
    session: TenantSession,
    committed: Source,
    body: EntryCreate,
    within: Reach,
    *,
    patience: float,
    **why: Unpack[Why],
) -> UUID:
    """Take units in; the new entry's id. `committed` sees what others commit meanwhile, for an
    item whose news is up to `patience` seconds away. `why` is its movement's."""
    entry = await _checked(session, committed, body, within, patience)
    session.add(entry)
    await session.flush()
    _tell_created(session, entry, why)
    return entry.id


class Created(NamedTuple):
    """A new entry: its id, and what it is shown as (version, json)."""

    id: UUID
    rows: Sequence[Any]


async def create_last(
    session: TenantSession, committed: Source, body: EntryCreate, within: Reach, *, patience: float
) -> Created:
    """As `create`, at the end of the transaction, with the entry as whoever asked is shown it."""
    if within is not None:
        id_ = await create(session, committed, body, within, patience=patience)
        return Created(id_, await repository.get(session, session.workspace_id, id_, within))
    if body.container_id is None and body.short_code is None:
        check_price(body.purchase_price, body.currency)
        entry, since = _new(session, body), staged(session)
        _tell_created(session, entry, Why())
        if rows := await repository.insert_if_usable(session, entry):
            return Created(entry.id, rows)
        unstage(session, since)
        appending.forget(session)
    entry = await _checked(session, committed, body, within, patience)
    _tell_created(session, entry, Why())
    return Created(entry.id, await repository.insert(session, entry))


async def _checked(
    session: TenantSession, committed: Source, body: EntryCreate, within: Reach, patience: float
) -> Entry:
    check_price(body.purchase_price, body.currency)
    await items.check_usable(session, committed, body.item_id, patience=patience)
    await places.check(session, body.location_id, body.container_id, within=within)
    entry = _new(session, body)
    entry.short_code = await registry.exchange(
        session, Thing.ENTRY, entry.id, None, body.short_code
    )
    return entry


def _new(session: TenantSession, body: EntryCreate) -> Entry:
    return Entry(
        **born(session.workspace_id),
        **body.model_dump(),
        held_quantity=0,
        last_used_at=None,
        is_archived=False,
    )


def _tell_created(session: TenantSession, entry: Entry, why: Why) -> None:
    told = {"split_from": None, "stocktake_id": why.get("stocktake_id")}
    stage(session, StockCreated.of(entry, **told))
    place = place_of(entry)
    record_of(session, Kind.CREATED, entry, quantity=entry.quantity, destination=place, **why)


async def update(
    session: TenantSession, entry_id: UUID, body: EntryPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    fields = sent(body)
    if "short_code" in fields:
        fields["short_code"] = await registry.exchange(
            session, Thing.ENTRY, entry_id, entry.short_code, fields["short_code"]
        )
    before = entry.status
    for name, value in fields.items():
        setattr(entry, name, value)
    check_status(entry.held_quantity, before, entry.status)
    check_price(entry.purchase_price, entry.currency)
    if changes := changes_of(entry):
        touch(entry)
        stage(session, StockUpdated.of(entry, changes=changes))


async def adjust(
    session: TenantSession, entry_id: UUID, body: EntryAdjust, version: int | None
) -> None:
    """Correct the quantity by `delta`; raises `InsufficientStock` below what is held."""
    check_delta(body.delta)
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    correct(session, entry, body.delta, body.reason)


def correct(
    session: TenantSession, entry: Entry, delta: int, reason: str, *, undoes: UUID | None = None
) -> None:
    """`adjust` a locked entry."""
    check_correction(entry, delta)
    entry.quantity += delta
    changes = changes_of(entry)
    touch(entry)
    stage(session, StockAdjusted.of(entry, delta=delta, reason=reason, changes=changes))
    record_in_place(session, Kind.ADJUSTED, entry, delta, reason=reason, undoes=undoes)


async def count(
    session: TenantSession,
    entry_id: UUID,
    quantity: int,
    reason: str | None,
    version: int | None,
    *,
    stocktake_id: UUID | None = None,
) -> None:
    """There are exactly `quantity` units here, held ones included; told and written down also when
    that was known. Raises `InsufficientStock` below what is held, `Archived` for what is."""
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    check_count(entry, quantity)
    delta = quantity - entry.quantity
    entry.quantity = quantity
    changes = changes_of(entry)
    touch(entry)
    why = Why(reason=reason, stocktake_id=stocktake_id)
    stage(session, StockCounted.of(entry, delta=delta, changes=changes, **why))
    record_in_place(session, Kind.COUNTED, entry, delta, **why)


async def use(session: TenantSession, entry_id: UUID, body: EntryUse, version: int | None) -> None:
    """Note that units of an entry in use were used, now or when the body says."""
    used_at = use_time(body)
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        raise Archived("Restore it first.")
    set_used(session, entry, used_at)


def set_used(
    session: TenantSession, entry: Entry, used_at: datetime | None, **why: Unpack[Why]
) -> None:
    """Note when units of a locked entry were last used."""
    used_before, entry.last_used_at = entry.last_used_at, used_at
    if changes := changes_of(entry):
        touch(entry)
        stage(session, StockUpdated.of(entry, changes=changes))
        times = {"used_at": used_at, "used_before": used_before}
        record_in_place(session, Kind.USED, entry, 0, **times, **why)


async def archive(session: TenantSession, entry_id: UUID, version: int | None) -> None:
    """Put an entry out of use; one that is so already stays as it is. Raises `StillHeld` while
    units of it are held."""
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if not entry.is_archived:
        put_away(session, entry)


def put_away(session: TenantSession, entry: Entry, **why: Unpack[Why]) -> None:
    """`archive` a locked entry that is in use."""
    check_not_held(entry.held_quantity)
    entry.is_archived = True
    touch(entry)
    stage(session, StockArchived.of(entry))
    origin = place_of(entry)
    record_of(session, Kind.ARCHIVED, entry, quantity=entry.quantity, origin=origin, **why)


async def restore(session: TenantSession, entry_id: UUID, version: int | None) -> None:
    """Take an archived entry into use again, where it stood."""
    await check_return(session, entry_id)
    entry = await lock(session, Entry, entry_id, "inventory entry", version=version)
    if entry.is_archived:
        await bring_back(session, entry)


async def check_return(session: TenantSession, entry_id: UUID) -> None:
    """Raise `Conflict` unless an archived entry, not locked yet, may be where it stood."""
    place = await repository.place_of(session, session.workspace_id, entry_id, archived=True)
    if place is not None:
        await places.check_for_return(session, *place)


async def bring_back(session: TenantSession, entry: Entry, **why: Unpack[Why]) -> None:
    """`restore` a locked entry that is archived."""
    if await items.is_deleted(session, session.workspace_id, entry.item_id):
        raise item_deleted()
    entry.is_archived, entry.merged_into = False, None
    changes = changes_of(entry)
    touch(entry)
    stage(session, StockRestored.of(entry, changes=changes))
    place = place_of(entry)
    record_of(session, Kind.RESTORED, entry, quantity=entry.quantity, destination=place, **why)


async def note_condition(session: TenantSession, entry: Entry, condition: Condition) -> None:
    """What all units of a locked entry are like now; nothing happens when it is so already."""
    await session.flush()
    entry.condition = condition.value
    if changes := changes_of(entry):
        touch(entry)
        stage(session, StockUpdated.of(entry, changes=changes))


def check_price(purchase_price: int | None, currency: str | None) -> None:
    """Raise `Invalid` for a price without a currency, or a currency without a price."""
    if (purchase_price is None) != (currency is None):
        missing = "currency" if currency is None else "purchase_price"
        raise invalid(missing, "A price and its currency go together: both or neither.")


def check_status(held: int, before: str, after: str) -> None:
    """Raise `StillHeld` for units that are to be gone while somebody has some of them: the loan
    would go on of what is not there."""
    if held and after != before and Status(after) in _GONE:
        raise StillHeld(
            f"{held} of these units are lent, reserved or in repair: they can't be {after}. End "
            "the loan or repair first (return or cancel it, also of what is lost), or move what "
            "is free to an entry of its own and change that.",
            held_quantity=held,
        )


def check_not_held(held: int) -> None:
    """Raise `StillHeld` for an entry that is to be put out of use while units of it are held."""
    if held:
        raise StillHeld("Wait until they are back, or end what holds them.", held_quantity=held)


def check_delta(delta: int) -> None:
    """Raise `Invalid` for a correction by nothing."""
    if delta == 0:
        raise invalid("delta", "Give how many more or fewer there are; 0 changes nothing.")


def check_correction(entry: Entry, delta: int) -> None:
    """Raise the problem that is in the way of a correction by `delta`."""
    if entry.is_archived:
        raise Archived("Restore it first.")
    if entry.quantity + delta < entry.held_quantity:
        raise InsufficientStock(entry)
    if entry.quantity + delta > MAX_INTEGER:
        raise invalid("delta", f"An entry has {MAX_INTEGER} units at most.", "too-many")


def check_count(entry: Entry, quantity: int) -> None:
    """Raise the problem that is in the way of there being exactly `quantity` units."""
    if entry.is_archived:
        raise Archived("Restore it first.")
    if quantity < entry.held_quantity:
        raise InsufficientStock(entry)
    if quantity > MAX_INTEGER:
        raise invalid("quantity", f"An entry has {MAX_INTEGER} units at most.", "too-many")


def use_time(body: EntryUse) -> datetime:
    """When a use was, which is not in the future."""
    used_at = body.used_at or now()
    if used_at > now() + _CLOCKS_APART:
        raise invalid("used_at", "It lies in the future; leave it out for now.", "in-the-future")
    return used_at


def item_deleted() -> Problem:
    """Why an entry can't be in use again whose item is gone."""
    return Conflict("The item of this entry was deleted.")
