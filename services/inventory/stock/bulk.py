"""Many changes of inventory entries at once, in a handful of statements: by the rules of the single
use cases, with the events and movements that these write.

Changes are made one after another in memory, on rows that are locked, and what comes of them is
written in the end. What another transaction writes meanwhile and an index then refuses (an
external_id, say) is found out by making the changes of each half, and so on, so that only the one
at fault fails; so is an external_id that two swap. A move that may merge goes by itself: holds,
repairs and schedules follow it.
"""

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy.exc import IntegrityError

from chassis.batches import Done
from chassis.database import Source, TenantSession
from chassis.http import problem_of
from chassis.problems import NotFound, Problem
from chassis.reach import Reach
from services.inventory import places
from services.inventory.items import repository as item_queries
from services.inventory.items import service as items
from services.inventory.short_codes import service as codes_service
from services.inventory.short_codes.bulk import Codes, TakenElsewhere
from services.inventory.stock import moving, repository, service
from services.inventory.stock.changes import (
    Change,
    CreateEntry,
    MoveEntry,
    RestoreEntry,
    UpdateEntry,
)
from services.inventory.stock.schemas import EntryCreate, EntryPatch
from services.inventory.stock.work import ENTRIES, Work

_CONSTRAINTS = {**service.CONSTRAINTS, **codes_service.CONSTRAINTS}


class _Caller:
    """Who asks: what they reach, and what was found out for them."""

    def __init__(self, within: Reach) -> None:
        self.within = within
        self.elsewhere: set[str] = set()  # codes found to be another workspace's


async def perform(
    session: TenantSession,
    committed: Source,
    changes: Sequence[Change],
    within: Reach,
    *,
    patience: float,
) -> list[Done | Problem]:
    """Make `changes`, in their order; what came of each. One that is refused changes nothing, and
    keeps none of the others. `committed` and `patience` are as for `service.create`; items are
    waited for together, and before anything is locked."""
    new = {change.body.item_id for change in changes if isinstance(change, CreateEntry)}
    await items.wait_for(committed, session.workspace_id, new, patience=patience)
    caller = _Caller(within)
    outcomes: list[Done | Problem] = []
    for may_merge, run in groupby(changes, key=_may_merge):
        if may_merge:
            outcomes += [await _merge(session, caller, change) for change in run]
        else:
            outcomes += await _together(session, caller, list(run))
    return outcomes


def _may_merge(change: Change) -> bool:
    return isinstance(change, MoveEntry) and change.body.merge


async def _merge(session: TenantSession, caller: _Caller, change: Change) -> Done | Problem:
    assert isinstance(change, MoveEntry)  # noqa: S101 - see `perform`
    try:
        async with session.savepoint():
            place = await repository.place_of(session, session.workspace_id, change.id)
            held = await places.hold(session, (), (), within=caller.within)
            if place is None or not held.reaches(place[0]):
                raise NotFound("There is no such inventory entry in this workspace.")
            moved = await moving.move(
                session, change.id, change.body, change.version, caller.within
            )
            await session.flush()
    except Problem as problem:
        return problem
    version = await repository.version_of(session, moved.entry_id)
    state = {"id": moved.entry_id, "version": version}
    return Done(state, changed=True, status=201 if moved.is_new else 200)


async def _together(
    session: TenantSession, caller: _Caller, changes: Sequence[Change]
) -> list[Done | Problem]:
    """Make changes; where an index refuses any of them, those of each half, and so on."""
    try:
        return await _knowing(session, caller, changes)
    except IntegrityError as error:
        if len(changes) == 1:
            problem = problem_of(error, _CONSTRAINTS)
            if problem is None:
                raise
            return [problem]
    half = len(changes) // 2
    return [
        *await _together(session, caller, changes[:half]),
        *await _together(session, caller, changes[half:]),
    ]


async def _knowing(
    session: TenantSession, caller: _Caller, changes: Sequence[Change]
) -> list[Done | Problem]:
    """Make changes; again, once it is known which codes are others'."""
    while True:
        try:
            async with session.savepoint():
                return await _perform(session, caller, changes)
        except TakenElsewhere as taken:
            caller.elsewhere |= taken.codes


async def _perform(
    session: TenantSession, caller: _Caller, changes: Sequence[Change]
) -> list[Done | Problem]:
    work = await _begin(session, caller, changes)
    outcomes: list[Done | Problem] = []
    for change in changes:
        try:
            outcomes.append(work.make(change))
        except Problem as problem:
            outcomes.append(problem)
    await work.write(session)
    return outcomes


async def _begin(session: TenantSession, caller: _Caller, changes: Sequence[Change]) -> Work:
    """Lock what changes are about, in the order in which whoever changes one thing does: items,
    locations, containers, entries, codes, each kind in the order of its ids."""
    made = [change.body for change in changes if isinstance(change, CreateEntry)]
    moved = [change.body for change in changes if isinstance(change, MoveEntry)]
    edited = [change for change in changes if isinstance(change, UpdateEntry)]
    returning = await repository.standings(
        session, {change.id for change in changes if isinstance(change, RestoreEntry)}
    )
    states = await items.usable_states(session, {body.item_id for body in made})
    named = [
        *((body.location_id, body.container_id) for body in made),
        *((body.location_id, body.container_id) for body in moved),
        *((one.location_id, one.container_id) for one in returning),
    ]
    standing = await places.hold(
        session,
        {location_id for location_id, _ in named},
        {container_id for _, container_id in named if container_id is not None},
        within=caller.within,
    )
    ids = {change.id for change in changes if not isinstance(change, CreateEntry)}
    locked = await ENTRIES.lock(session, ids)
    entries = {
        id_: state for id_, state in locked.items() if standing.reaches(state["location_id"])
    }
    bodies: list[EntryCreate | EntryPatch] = [*made, *(change.body for change in edited)]
    # Of those that get another one, the code that they have now, too.
    codes = {body.short_code for body in bodies} | {
        entries[change.id]["short_code"]
        for change in edited
        if change.id in entries and "short_code" in change.body.model_fields_set
    }
    return Work(
        workspace_id=session.workspace_id,
        entries=entries,
        items=states,
        deleted=await item_queries.deleted(
            session, session.workspace_id, {one.item_id for one in returning}
        ),
        places=standing,
        codes=await Codes.lock(session, {code for code in codes if code}, caller.elsewhere),
        holders=await repository.holders(
            session, {body.external_id for body in bodies if body.external_id}
        ),
    )
