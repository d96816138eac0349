"""The use cases of stocktakes: begin, count, close. `reconciling` puts the books right then.

A count compares with the books as they are when it is made, and what it says differs from them is
what is put right in the end: what moves between count and reconciliation stays moved.
"""

from dataclasses import dataclass
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis import context
from chassis.aggregate import born, lock
from chassis.database import Source, TenantSession, lock_key
from chassis.events import changes_of, now, touch
from chassis.fields import MAX_INTEGER, sent
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound, invalid
from chassis.reach import Reach
from services.inventory import places
from services.inventory.reach import RESTRICTED, reaches
from services.inventory.stocktakes import repository, scanned
from services.inventory.stocktakes.events import (
    StocktakeCancelled,
    StocktakeClosed,
    StocktakeStarted,
    StocktakeUpdated,
)
from services.inventory.stocktakes.models import Finding, Stocktake
from services.inventory.stocktakes.scanned import Standing
from services.inventory.stocktakes.schemas import (
    CountCreate,
    StocktakeClose,
    StocktakeCreate,
    StocktakePatch,
)
from services.inventory.stocktakes.states import Found, Misplaced, Missing, Status, Unexpected

WHAT = "stocktake"


class UnderWay(Conflict):
    code, title = "under-way", "A stocktake of this place is under way"


class NotOpen(Conflict):
    code, title = "not-open", "This stocktake is closed"


class Ambiguous(Conflict):
    code, title = "ambiguous", "This may be one of several"


async def start(session: TenantSession, body: StocktakeCreate, within: Reach) -> UUID:
    """Begin to count; the stocktake's id. Raises `UnderWay` while another one counts any of it."""
    if body.location_id is not None:
        await places.check(session, body.location_id, within=within)
    elif within is not None:
        raise invalid(
            "location_id",
            "You are restricted to certain locations; count one of them, or one below.",
            RESTRICTED,
        )
    await lock_key(session, "stocktakes")
    other = await repository.overlapping(session, session.workspace_id, body.location_id)
    if other is not None:
        raise UnderWay("Close it or cancel it first.", stocktake_id=str(other))
    stocktake = Stocktake(
        **born(session.workspace_id),
        **body.model_dump(),
        status=Status.OPEN,
        started_by=context.current().actor,
    )
    session.add(stocktake)
    stage(session, StocktakeStarted.of(stocktake))
    return stocktake.id


async def update(
    session: TenantSession, stocktake_id: UUID, body: StocktakePatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    stocktake = await lock(session, Stocktake, stocktake_id, WHAT, version=version)
    for name, value in sent(body).items():
        setattr(stocktake, name, value)
    if changes := changes_of(stocktake):
        touch(stocktake)
        stage(session, StocktakeUpdated.of(stocktake, changes=changes))


async def count(
    session: TenantSession, stocktake_id: UUID, body: CountCreate, within: Reach
) -> UUID:
    """Write down what somebody found; the finding's id. Several people may count at once, also the
    same thing."""
    root = await _open_at(session, stocktake_id)
    seen = await _seen(session, body, within)
    if body.location_id is not None:
        await places.check(session, body.location_id, body.container_id, within=within)
        await _check_counted_here(session, root, body.location_id)
    what = await _what(session, seen, body, root)
    finding = Finding(
        id=uuid7(),
        stocktake_id=stocktake_id,
        entry_id=what.entry_id,
        item_id=what.item_id,
        location_id=what.location_id,
        container_id=what.container_id,
        state=what.state,
        counted=1 if body.quantity is body.add is None else (body.quantity or body.add or 0),
        expected=what.expected,
        counted_by=context.current().actor,
        counted_at=now(),
    )
    if finding.state == Found.DIFFERENT and finding.counted == finding.expected:
        finding.state = Found.FOUND
    noted = await repository.note(session, finding, add=body.quantity is None)
    if noted is None:
        why = f"With what was counted before, these are more than {MAX_INTEGER:,}; give `quantity`."
        raise invalid("add", why, "too-many")
    return noted


async def take_back(session: TenantSession, stocktake_id: UUID, finding_id: UUID) -> None:
    """Forget a count."""
    await _open_at(session, stocktake_id)
    if not await repository.forget(session, stocktake_id, finding_id):
        raise NotFound("There is no such finding in this stocktake.")


async def close(
    session: TenantSession, stocktake_id: UUID, body: StocktakeClose, version: int | None
) -> None:
    """End the counting, and have the books put right as the body says."""
    stocktake = await lock(session, Stocktake, stocktake_id, WHAT, version=version)
    _check_open(stocktake.status)
    stocktake.status = Status.RECONCILING
    stocktake.closed_by, stocktake.closed_at = context.current().actor, now()
    stocktake.missing, stocktake.misplaced = body.missing, body.misplaced
    stocktake.unexpected = body.unexpected
    changes = changes_of(stocktake)
    touch(stocktake)
    stage(session, StocktakeClosed.of(stocktake, changes=changes))
    await session.flush()
    await repository.note_missing(session, stocktake, stocktake.closed_at)
    left = {
        Found.MISSING: body.missing is Missing.LEAVE,
        Found.MISPLACED: body.misplaced is Misplaced.LEAVE,
        Found.UNEXPECTED: body.unexpected is Unexpected.LEAVE,
    }
    states = [state for state, as_it_is in left.items() if as_it_is]
    await repository.settle_all(session, stocktake_id, stocktake.closed_at, states=states)


async def check_exists(source: Source, workspace_id: UUID, stocktake_id: UUID) -> None:
    """Raise `NotFound` unless the workspace has such a stocktake."""
    if not await repository.exists(source, workspace_id, stocktake_id):
        raise NotFound(f"There is no such {WHAT} in this workspace.")


async def cancel(session: TenantSession, stocktake_id: UUID, version: int | None) -> None:
    """Let it come to nothing; one that is cancelled already stays as it is."""
    stocktake = await lock(session, Stocktake, stocktake_id, WHAT, version=version)
    if stocktake.status == Status.CANCELLED:
        return
    _check_open(stocktake.status)
    stocktake.status = Status.CANCELLED
    changes = changes_of(stocktake)
    touch(stocktake)
    stage(session, StocktakeCancelled.of(stocktake, changes=changes))


@dataclass(frozen=True, slots=True)
class _What:
    """What was found where, and what the books say of it."""

    entry_id: UUID | None
    item_id: UUID
    location_id: UUID
    container_id: UUID | None
    state: Found
    expected: int


@dataclass(frozen=True, slots=True)
class _Seen:
    """Entries that a count may be of: one that was named, or all of an item."""

    item_id: UUID
    entries: list[Standing]


async def _open_at(session: TenantSession, stocktake_id: UUID) -> UUID | None:
    """The location that an open stocktake counts; it stays open until this transaction ends."""
    rows = await session.rows(
        "SELECT status, location_id FROM stocktakes WHERE workspace_id = $1 AND id = $2 FOR SHARE",
        session.workspace_id,
        stocktake_id,
    )
    if not rows:
        raise NotFound(f"There is no such {WHAT} in this workspace.")
    _check_open(rows[0][0])
    root: UUID | None = rows[0][1]
    return root


def _check_open(status: str) -> None:
    if status != Status.OPEN:
        raise NotOpen("Nothing is counted in it any more; begin another one.", state=str(status))


async def _seen(session: TenantSession, body: CountCreate, within: Reach) -> _Seen:
    entry_id, item_id = body.entry_id, body.item_id
    field = "entry_id" if entry_id else "item_id"
    if body.code is not None:
        field = "code"
        entries, items = await scanned.known_as(session, session.workspace_id, body.code)
        if len(entries) + len(items) > 1 and len(entries) != 1:
            raise Ambiguous(
                "Several items go by this code; give the `item_id` of one.",
                item_ids=[str(one) for one in items],
            )
        entry_id = entries[0] if entries else None
        item_id = items[0] if items and not entries else None
    workspace_id = session.workspace_id
    if entry_id is not None:
        found = await scanned.standing(session, workspace_id, entry_id=entry_id)
        found = await _within(session, found, within)
        if found:
            return _Seen(found[0].item_id, found)
    elif item_id is not None and await scanned.is_item(session, workspace_id, item_id):
        found = await scanned.standing(session, workspace_id, item_id=item_id)
        return _Seen(item_id, await _within(session, found, within))
    raise invalid(field, "There is nothing in use by this name here.", "not-found")


async def _within(session: TenantSession, entries: list[Standing], within: Reach) -> list[Standing]:
    """Those of the entries that are within reach."""
    if within is None:
        return entries
    return [
        entry
        for entry in entries
        if await reaches(session, session.workspace_id, within, entry.location_id)
    ]


async def _what(session: TenantSession, seen: _Seen, body: CountCreate, root: UUID | None) -> _What:
    if body.location_id is None:
        return await _where_it_stands(session, seen, root)
    here = [entry for entry in seen.entries if _is_at(entry, body)]
    if len(here) > 1:
        raise Ambiguous(
            "Several entries of this item stand here; give the `entry_id` of one.",
            entry_ids=[str(one.entry_id) for one in here],
        )
    if here:
        return _in_its_place(here[0])
    if len(seen.entries) == 1:
        # One of a kind: it is the one that should be elsewhere.
        [entry] = seen.entries
        return _What(
            entry.entry_id, seen.item_id, body.location_id, body.container_id, Found.MISPLACED, 0
        )
    return _What(None, seen.item_id, body.location_id, body.container_id, Found.UNEXPECTED, 0)


async def _where_it_stands(session: TenantSession, seen: _Seen, root: UUID | None) -> _What:
    counted = [
        entry
        for entry in seen.entries
        if await repository.counts_at(session, session.workspace_id, root, entry.location_id)
    ]
    if len(counted) > 1:
        raise Ambiguous(
            "Several entries of this item are counted here; give the `location_id` where it was "
            "found, or the `entry_id` of one.",
            entry_ids=[str(one.entry_id) for one in counted],
        )
    if not counted:
        raise invalid(
            "location_id",
            "By the books none of it stands here; say where it was found.",
            "elsewhere",
        )
    return _in_its_place(counted[0])


def _is_at(entry: Standing, body: CountCreate) -> bool:
    """Whether an entry stands where something was found; who names no container may mean any."""
    return entry.location_id == body.location_id and body.container_id in {
        None,
        entry.container_id,
    }


def _in_its_place(entry: Standing) -> _What:
    return _What(
        entry.entry_id,
        entry.item_id,
        entry.location_id,
        entry.container_id,
        Found.DIFFERENT,
        entry.quantity,
    )


async def _check_counted_here(session: TenantSession, root: UUID | None, location_id: UUID) -> None:
    if not await repository.counts_at(session, session.workspace_id, root, location_id):
        raise invalid(
            "location_id", "This stocktake counts another part of the locations.", "elsewhere"
        )
