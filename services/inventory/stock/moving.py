"""The use cases that change where units stand or which entry has them: move, split, merge.

Holds follow their units. A hold keeps its reference, so that whatever is told later for the entry
that was asked for finds it, and whoever holds hears by `HoldMoved` which entry that is now.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Unpack
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import Changes, changes_of, touch
from chassis.fields import MAX_INTEGER
from chassis.outbox import stage
from chassis.problems import Conflict, Invalid, NotFound, invalid
from chassis.reach import Reach
from chassis.requests import check_version
from services.inventory import places
from services.inventory.holds import repository as holds
from services.inventory.holds.models import Hold
from services.inventory.maintenance import following as maintenance
from services.inventory.movements.models import Kind
from services.inventory.movements.service import Place
from services.inventory.reach import reaches
from services.inventory.repairs import following as repairs
from services.inventory.stock import repository
from services.inventory.stock.events import (
    Held,
    HoldMoved,
    StockCreated,
    StockJoined,
    StockMerged,
    StockMoved,
    StockRestored,
    StockSplit,
)
from services.inventory.stock.ledger import Why, place_of, record_of, record_passing
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import Archived, InsufficientStock, Unlike
from services.inventory.stock.schemas import EntryMerge, EntryMove
from services.inventory.stock.states import Condition, Status

# What entries are alike by, notes included: one has to lose nothing in the other.
_ALIKE = (
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
)
KEPT_BY_PARTS = (*_ALIKE, "last_used_at")


@dataclass(frozen=True, slots=True)
class Moved:
    """The entry that has the units now, and whether it was made for them."""

    entry_id: UUID
    is_new: bool = False


async def move(
    session: TenantSession, entry_id: UUID, body: EntryMove, version: int | None, within: Reach
) -> Moved:
    """Move all units or part of them.

    All units go with their holds. A part becomes a new entry and can only be made of free units;
    raises `InsufficientStock` for more, and `Archived` for any of an archived entry. If the body
    says to merge, they join an entry that stands there already and is alike in everything.
    """
    destination = Place(body.location_id, body.container_id)
    try:
        await places.check(session, body.location_id, body.container_id, within=within)
    except Invalid:
        # Of an entry that is not there, that is what matters.
        if await repository.place_of(session, session.workspace_id, entry_id) is None:
            raise NotFound("There is no such inventory entry in this workspace.") from None
        raise
    entry, target = await _lock_for_move(session, entry_id, destination, version, body.merge)
    if entry.is_archived:
        raise Archived("Restore it first.")
    why = Why(reason=body.reason)
    quantity = entry.quantity if body.quantity is None else body.quantity
    if quantity > entry.quantity:
        raise InsufficientStock(entry)
    if quantity == entry.quantity:
        if target is None:
            move_all(session, entry, destination, **why)
            return Moved(entry.id)
        await merge_all(session, entry, target, **why)
        return Moved(target.id)
    if quantity > entry.free_quantity:
        raise InsufficientStock(entry)
    if target is None:
        return Moved(await _split_off(session, entry, destination, quantity, **why), is_new=True)
    join(session, entry, target, quantity, **why)
    return Moved(target.id)


async def move_units(
    session: TenantSession, entry: Entry, destination: Place, quantity: int, **why: Unpack[Why]
) -> None:
    """Move so many units of a locked entry, all of them with their holds or a part that is free;
    raises as `move` does."""
    await places.check(session, destination.location_id, destination.container_id, within=None)
    if quantity >= entry.quantity:
        move_all(session, entry, destination, **why)
    elif quantity > entry.free_quantity:
        raise InsufficientStock(entry)
    else:
        await _split_off(session, entry, destination, quantity, **why)


async def merge(
    session: TenantSession, entry_id: UUID, body: EntryMerge, version: int | None, within: Reach
) -> None:
    """Let all units of an entry join another one of the same item, holds included; the emptied
    entry is archived. Raises `Unlike` where fields differ that the emptied one would lose, unless
    the body says to merge anyway."""
    check_version(await repository.version_of(session, entry_id), version)
    if body.into == entry_id:
        raise invalid("into", "An entry can't be merged into itself; name another one.", "itself")
    place = await repository.place_of(session, session.workspace_id, body.into)
    if place is None or not await reaches(session, session.workspace_id, within, place[0]):
        raise invalid("into", "There is no such inventory entry here.", "not-found")
    source, target = await lock_both(session, entry_id, body.into, version)
    if source.item_id != target.item_id:
        raise Unlike("They are of different items, which can't be merged.", fields=["item_id"])
    for entry in (source, target):
        if entry.is_archived:
            raise Archived("Restore it first.", inventory_id=str(entry.id))
    unlike = differences(source, target)
    if unlike and not body.even_if_unlike:
        raise Unlike(
            f"They differ in {', '.join(unlike)}; the merged entry keeps what `into` has. Set "
            "even_if_unlike to merge them all the same.",
            fields=unlike,
        )
    await merge_all(session, source, target, reason=body.reason)


async def set_apart(
    session: TenantSession, entry: Entry, quantity: int, *, condition: Condition, reason: str
) -> UUID:
    """Make free units of a locked entry an entry of their own where they stand, since they are not
    in its condition any more; the new entry's id."""
    await session.flush()  # what was told of it already is no change by this
    return await _split_off(
        session, entry, place_of(entry), quantity, condition=condition, reason=reason
    )


async def relocate(
    session: TenantSession, container_ids: Sequence[UUID], location_id: UUID, *, reason: str
) -> None:
    """Let the entries in these containers stand where the containers stand now."""
    for entry in await repository.lock_in(session, container_ids):
        move_all(session, entry, Place(location_id, entry.container_id), reason=reason)


async def lock_both(
    session: TenantSession, one_id: UUID, other_id: UUID, version: int | None = None
) -> tuple[Entry, Entry]:
    """Both entries, locked in the order of their ids; `version` is that of the first."""
    entries = {}
    for id_ in sorted((one_id, other_id)):
        expected = version if id_ == one_id else None
        entries[id_] = await lock(session, Entry, id_, "inventory entry", version=expected)
    return entries[one_id], entries[other_id]


def move_all(session: TenantSession, entry: Entry, destination: Place, **why: Unpack[Why]) -> None:
    """Let the whole entry stand elsewhere; nothing happens when it stands there already."""
    origin = place_of(entry)
    if destination == origin:
        return
    entry.location_id = destination.location_id
    entry.container_id = destination.container_id
    changes = changes_of(entry)
    touch(entry)
    stage(
        session,
        StockMoved.of(entry, changes=changes, stocktake_id=why.get("stocktake_id")),
    )
    record_of(
        session,
        Kind.MOVED,
        entry,
        quantity=entry.quantity,
        origin=origin,
        destination=destination,
        in_stock=not entry.is_archived,
        **why,
    )


def join(
    session: TenantSession, source: Entry, target: Entry, quantity: int, **why: Unpack[Why]
) -> None:
    """Let free units of `source`, but not all it has, be `target`'s; both are locked."""
    _check_room(target, quantity)
    source.quantity -= quantity
    changes = changes_of(source)
    touch(source)
    _tell_split(session, source, target, quantity, changes, why)
    _take_in(session, source, target, quantity)
    record_passing(session, Kind.SPLIT, source, target, quantity, **why)


async def merge_all(
    session: TenantSession, source: Entry, target: Entry, **why: Unpack[Why]
) -> None:
    """Let all units of `source` be `target`'s, and archive what is emptied; both are locked."""
    quantity, held = source.quantity, source.held_quantity
    _check_room(target, quantity)
    if held and not Status(target.status).can_be_held:
        raise Unlike(
            f"Units of this entry are held, and the other one is {target.status}.",
            fields=["status"],
        )
    following = await holds.lock_in_force(session, source.id) if held else []
    source.quantity = source.held_quantity = 0
    source.is_archived, source.merged_into = True, target.id
    changes = changes_of(source)
    touch(source)
    _take_in(session, source, target, quantity, held=held)
    stage(session, StockMerged.of(source, changes=changes, moved_quantity=quantity))
    await session.flush()
    follow(session, following, source, target)
    await repairs.follow(session, following, source, target)
    await maintenance.follow(session, source, target)
    record_passing(session, Kind.MERGED, source, target, quantity, **why)


async def part(
    session: TenantSession, merged: Entry, source: Entry, quantity: int, **why: Unpack[Why]
) -> None:
    """Give units back to `source`, which was merged, with the holds that were asked of it; both are
    locked."""
    following = await holds.lock_asked_of(session, merged.id, source.id)
    held = sum(hold.outstanding for hold in following)
    if held > quantity or quantity - held > merged.free_quantity:
        raise InsufficientStock(merged)
    merged.quantity -= quantity
    merged.held_quantity -= held
    changes = changes_of(merged)
    touch(merged)
    _tell_split(session, merged, source, quantity, changes, why)
    source.is_archived, source.merged_into = False, None
    changes = changes_of(source)
    touch(source)
    stage(session, StockRestored.of(source, changes=changes))
    await session.flush()
    _take_in(session, merged, source, quantity, held=held)
    follow(session, following, merged, source)
    await repairs.follow(session, following, merged, source)
    await maintenance.go_back(session, merged, source)
    record_passing(session, Kind.SPLIT, merged, source, quantity, **why)


def differences(one: Entry, other: Entry) -> list[str]:
    """The fields that keep entries from being alike."""
    return [name for name in _ALIKE if getattr(one, name) != getattr(other, name)]


def follow(session: TenantSession, following: Sequence[Hold], source: Entry, target: Entry) -> None:
    """Let holds be on `target`, whose `held_quantity` counts them already."""
    for hold in following:
        hold.entry_id = target.id
        touch(target)
        held = Held(reference=hold.reference, purpose=hold.purpose, quantity=hold.outstanding)
        stage(session, HoldMoved.of(target, hold=held, moved_from=source.id))


async def _lock_for_move(
    session: TenantSession,
    entry_id: UUID,
    destination: Place,
    version: int | None,
    merge: bool,
) -> tuple[Entry, Entry | None]:
    """The entry and, to merge with, one like it that stands at the destination, both locked."""
    found = None
    if merge:
        found = await repository.like_at(
            session, entry_id, destination.location_id, destination.container_id, _ALIKE
        )
    if found is None:
        return await lock(session, Entry, entry_id, "inventory entry", version=version), None
    entry, target = await lock_both(session, entry_id, found, version)
    # It may have changed before it was locked.
    stands_there = not target.is_archived and place_of(target) == destination
    return entry, target if stands_there and not differences(entry, target) else None


def _check_room(target: Entry, quantity: int) -> None:
    if target.quantity + quantity > MAX_INTEGER:
        raise Conflict(f"An entry has {MAX_INTEGER} units at most; these would be more.")


def _take_in(
    session: TenantSession, source: Entry, target: Entry, quantity: int, *, held: int = 0
) -> None:
    target.quantity += quantity
    target.held_quantity += held
    changes = changes_of(target)
    touch(target)
    joined = StockJoined.of(
        target, changes=changes, joined_from=source.id, joined_quantity=quantity
    )
    stage(session, joined)


def _tell_split(
    session: TenantSession, source: Entry, target: Entry, quantity: int, changes: Changes, why: Why
) -> None:
    told = {"moved_to": target.id, "moved_quantity": quantity}
    stocktake_id = why.get("stocktake_id")
    stage(session, StockSplit.of(source, changes=changes, stocktake_id=stocktake_id, **told))


async def _split_off(
    session: TenantSession,
    entry: Entry,
    destination: Place,
    quantity: int,
    *,
    condition: Condition | None = None,
    **why: Unpack[Why],
) -> UUID:
    kept = {name: getattr(entry, name) for name in KEPT_BY_PARTS}
    if condition is not None:
        kept["condition"] = condition.value
    part = Entry(
        **born(session.workspace_id),
        **kept,
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
    _tell_split(session, entry, part, quantity, changes, why)
    stocktake_id = why.get("stocktake_id")
    stage(session, StockCreated.of(part, split_from=entry.id, stocktake_id=stocktake_id))
    record_passing(session, Kind.SPLIT, entry, part, quantity, **why)
    return part.id
