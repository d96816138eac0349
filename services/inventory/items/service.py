"""What the rest of inventory asks about items."""

import asyncio
from collections.abc import Collection
from uuid import UUID

from chassis.database import Source, TenantSession
from chassis.problems import invalid
from services.inventory.items import repository
from services.inventory.items.repository import State

_FIRST_PAUSE, _LAST_PAUSE = 0.005, 0.05  # seconds between looks
_UNKNOWN = "There is no such item here; one made a moment ago may still be on its way."


async def check_usable(
    session: TenantSession, committed: Source, item_id: UUID, *, patience: float
) -> None:
    """Raise `Invalid` unless stock of the item may be taken in; it stays so until this transaction
    ends, so that none is taken in of an item that was merged meanwhile.

    An item may have been made a moment ago and its event be on the way: for `patience` seconds an
    unknown one is waited for. `committed` has to see what others commit meanwhile.
    """
    state = await repository.held_state(session, item_id)
    if state is None and await _await(committed, session.workspace_id, item_id, patience):
        state = await repository.held_state(session, item_id)
    if state is not None and state.into_id is not None:
        state = state._replace(into_id=await repository.merged_into(session, item_id))
    check_usable_state(state)


async def wait_for(
    committed: Source, workspace_id: UUID, item_ids: Collection[UUID], *, patience: float
) -> None:
    """Let the news of items come that were made a moment ago, for at most `patience` seconds."""
    until = asyncio.get_running_loop().time() + patience
    pause = _FIRST_PAUSE
    unknown = set(item_ids)
    while unknown:
        unknown = await repository.unknown(committed, workspace_id, unknown)
        if not unknown or asyncio.get_running_loop().time() >= until:
            return
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LAST_PAUSE)


async def usable_states(session: TenantSession, item_ids: Collection[UUID]) -> dict[UUID, State]:
    """How items are of which stock is to be taken in, for `check_usable_state`: as `check_usable`
    finds out of one, without waiting."""
    states = await repository.held_states(session, item_ids)
    for item_id, state in states.items():
        if state.into_id is not None:
            into_id = await repository.merged_into(session, item_id)
            states[item_id] = state._replace(into_id=into_id)
    return states


def check_usable_state(state: State | None) -> None:
    """As `check_state`; also for an item that nobody has heard of."""
    if state is None:
        raise invalid("item_id", _UNKNOWN, "not-found")
    check_state(state)


def check_state(state: State) -> None:
    """Raise `Invalid` for an item of which no stock may be taken in."""
    if state.into_id is not None:
        raise invalid(
            "item_id", f"This item was merged into {state.into_id}; name that one.", "merged"
        )
    if state.is_deleted:
        raise invalid("item_id", "This item was deleted.", "not-found")
    if state.is_archived:
        raise invalid("item_id", "This item is archived; restore it first.", "archived")


async def check_known(
    session: TenantSession, committed: Source, item_id: UUID, *, patience: float
) -> None:
    """Raise `Invalid` (of the field `id`) unless the item exists, archived or not; it stays so
    until this transaction ends. One that is unknown is waited for as `check_usable` does;
    `committed` sees what others commit meanwhile."""
    if await _await(committed, session.workspace_id, item_id, patience) is None:
        raise invalid("id", _UNKNOWN, "not-found")
    if not await repository.hold(session, session.workspace_id, item_id):
        raise invalid("id", "This item was deleted.", "not-found")


async def is_deleted(source: Source, workspace_id: UUID, item_id: UUID) -> bool:
    """Whether the item is known to be gone."""
    state = await repository.state(source, workspace_id, item_id)
    return state is not None and state.is_deleted


async def _await(
    source: Source, workspace_id: UUID, item_id: UUID, patience: float
) -> State | None:
    until = asyncio.get_running_loop().time() + patience
    pause = _FIRST_PAUSE
    while True:
        state = await repository.state(source, workspace_id, item_id)
        if state is not None or asyncio.get_running_loop().time() >= until:
            return state
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LAST_PAUSE)
