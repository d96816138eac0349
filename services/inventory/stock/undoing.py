"""Undo: a movement's opposite, as a movement of its own.

What was moved, split, merged, counted or put away since stays so: an opposite is done where it
leaves nothing else changed, and refused with the reason where it can't be. Undoing that opposite
does it again.
"""

from uuid import UUID

from chassis.aggregate import lock
from chassis.database import TenantSession
from chassis.problems import Conflict, NotFound, Problem
from chassis.reach import Reach
from services.inventory import places
from services.inventory.movements import repository as movements
from services.inventory.movements.models import Kind, Movement
from services.inventory.movements.service import Place
from services.inventory.stock import moving, service
from services.inventory.stock.ledger import Why, place_of
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import Archived, InsufficientStock, Unlike

WHAT = "inventory entry"


class AlreadyUndone(Conflict):
    code, title = "already-undone", "This movement is undone already"


class CannotUndo(Conflict):
    code, title = "cannot-undo", "This movement can't be undone any more"


def _undone_meanwhile() -> Problem:
    return AlreadyUndone("Somebody undid it just now.")


CONSTRAINTS = {"movement_undone_once": _undone_meanwhile}


async def undo(
    session: TenantSession, movement_id: UUID, reason: str | None, within: Reach
) -> None:
    """Do the opposite of a movement within reach. Raises `AlreadyUndone`, or the problem that is
    in its way: `CannotUndo`, `InsufficientStock`, `StillHeld`, `Archived`, `Unlike`."""
    found = await movements.load(session, movement_id, within)
    if found is None:
        raise NotFound("There is no such movement in this workspace.")
    movement, undone_by = found
    if undone_by is not None:
        raise AlreadyUndone("Undo the movement that undid it.", undone_by=str(undone_by))
    why = Why(
        reason=reason or f"undo: {movement.reason or movement.kind}"[:500], undoes=movement_id
    )
    match Kind(movement.kind):
        case Kind.CREATED | Kind.RESTORED:
            await _put_away(session, movement, why)
        case Kind.ARCHIVED:
            await _bring_back(session, movement, why)
        case Kind.MOVED:
            await _move_back(session, movement, why)
        case Kind.ADJUSTED | Kind.COUNTED:
            await _correct(session, movement, why)
        case Kind.USED:
            await _unuse(session, movement, why)
        case Kind.SPLIT:
            await _unsplit(session, movement, why)
        case Kind.MERGED:
            await _unmerge(session, movement, why)


async def _put_away(session: TenantSession, movement: Movement, why: Why) -> None:
    entry = await _in_use(session, movement.entry_id)
    if entry.quantity != movement.quantity:
        raise CannotUndo(
            f"The entry has {entry.quantity} units by now, not {movement.quantity}; undo what came "
            "after, or archive it as it is."
        )
    service.put_away(session, entry, **why)


async def _bring_back(session: TenantSession, movement: Movement, why: Why) -> None:
    await service.check_return(session, movement.entry_id)
    entry = await lock(session, Entry, movement.entry_id, WHAT)
    if not entry.is_archived or entry.merged_into is not None:
        raise CannotUndo("The entry was restored since.")
    await service.bring_back(session, entry, **why)


async def _move_back(session: TenantSession, movement: Movement, why: Why) -> None:
    origin = _origin(movement)
    await places.check_for_return(session, origin.location_id, origin.container_id)
    entry = await _in_use(session, movement.entry_id)
    _check_stands(entry, _destination(movement))
    moving.move_all(session, entry, origin, **why)


async def _correct(session: TenantSession, movement: Movement, why: Why) -> None:
    if movement.quantity == 0:
        raise CannotUndo("It changed nothing.")
    entry = await lock(session, Entry, movement.entry_id, WHAT)
    reason = why["reason"] or ""
    service.correct(session, entry, -movement.quantity, reason, undoes=why["undoes"])


async def _unuse(session: TenantSession, movement: Movement, why: Why) -> None:
    entry = await _in_use(session, movement.entry_id)
    if entry.last_used_at != movement.used_at:
        raise CannotUndo("It was used since, or its last use was set otherwise.")
    service.set_used(session, entry, movement.used_before, **why)


async def _unsplit(session: TenantSession, movement: Movement, why: Why) -> None:
    """Units go back to the entry that they left; one that is emptied by it is merged."""
    whole, part = await _both(session, movement)
    for entry in (whole, part):
        _check_in_use(entry)
    _check_stands(whole, _origin(movement))
    _check_stands(part, _destination(movement))
    if unlike := moving.differences(part, whole):
        raise Unlike(
            f"They have come to differ in {', '.join(unlike)}; merge them if you want it all the "
            "same.",
            fields=unlike,
        )
    if part.quantity == movement.quantity:
        await moving.merge_all(session, part, whole, **why)
    elif movement.quantity > part.free_quantity:
        raise InsufficientStock(part)
    else:
        moving.join(session, part, whole, movement.quantity, **why)


async def _unmerge(session: TenantSession, movement: Movement, why: Why) -> None:
    """Units, and what was held of them, go back to the entry that they emptied."""
    await service.check_return(session, movement.entry_id)
    source, merged = await _both(session, movement)
    if source.merged_into != merged.id:
        raise CannotUndo("The emptied entry was restored since.")
    _check_in_use(merged)
    _check_stands(merged, _destination(movement))
    _check_stands(source, _origin(movement))
    await moving.part(session, merged, source, movement.quantity, **why)


async def _in_use(session: TenantSession, entry_id: UUID) -> Entry:
    entry = await lock(session, Entry, entry_id, WHAT)
    _check_in_use(entry)
    return entry


async def _both(session: TenantSession, movement: Movement) -> tuple[Entry, Entry]:
    if movement.to_entry_id is None:
        raise CannotUndo("It names no other entry.")
    return await moving.lock_both(session, movement.entry_id, movement.to_entry_id)


def _check_in_use(entry: Entry) -> None:
    if entry.merged_into is not None:
        raise CannotUndo(
            "The units were merged into another entry since; undo that first.",
            merged_into=str(entry.merged_into),
        )
    if entry.is_archived:
        raise Archived("Restore it first.", inventory_id=str(entry.id))


def _check_stands(entry: Entry, place: Place) -> None:
    if place_of(entry) != place:
        raise CannotUndo(
            "The units have been moved on since; undo that first.", inventory_id=str(entry.id)
        )


def _origin(movement: Movement) -> Place:
    return _place(movement.from_location_id, movement.from_container_id)


def _destination(movement: Movement) -> Place:
    return _place(movement.to_location_id, movement.to_container_id)


def _place(location_id: UUID | None, container_id: UUID | None) -> Place:
    if location_id is None:
        raise CannotUndo("It names no place.")
    return Place(location_id, container_id)
