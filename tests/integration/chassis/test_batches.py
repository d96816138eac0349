"""Handlers of batches: their order, their scope, and the read models that they keep."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.exc import IntegrityError
from support.envelopes import envelope

from chassis.database import Database, TenantSession
from chassis.envelope import Envelope, Poison, Received
from chassis.listeners import Handlers, Listener
from chassis.scope import SYSTEM
from services.catalog.items import consumers as stock

Apply = Callable[..., Awaitable[None]]
ENTRY = "warehouse.inventory.stock."


class Heard(Received):
    number: int


def happened(kind: str, workspace_id: UUID, number: int) -> Envelope:
    return envelope(f"warehouse.test.thing.{kind}", workspace_id, number=number)


@pytest.fixture
def apply(database: Database) -> Apply:
    async def apply(listener: Listener, *envelopes: Envelope) -> None:
        handlers = Handlers([listener])
        async with database.session(handlers.scope_of(envelopes)) as session:
            await handlers.apply(session, envelopes)

    return apply


async def test_a_handler_of_single_events_finds_all_up_to_its_own_and_nothing_later(
    apply: Apply, workspace_id: UUID
) -> None:
    """Events that are handled together are so up to the next that is handled alone; one that both
    hear is handled together first."""
    told: list[Any] = []
    listener = Listener()

    @listener.on(Heard, "warehouse.test.thing.alone", "warehouse.test.thing.both")
    async def alone(_session: TenantSession, event: Heard) -> None:
        told.append(event.number)

    @listener.on_batch(Heard, "warehouse.test.thing.together", "warehouse.test.thing.both")
    async def together(_session: TenantSession, events: Sequence[Heard]) -> None:
        told.append([event.number for event in events])

    kinds = ["together", "together", "alone", "alone", "together", "both", "together"]
    await apply(listener, *(happened(k, workspace_id, n) for n, k in enumerate(kinds)))
    assert told == [[0, 1], 2, 3, [4, 5], 5, [6]]


async def test_a_batch_is_handled_in_the_scope_of_its_events(
    apply: Apply, workspace_id: UUID
) -> None:
    """One workspace's rows, or, for events of several, every workspace's."""
    scopes: list[Any] = []
    listener = Listener()

    @listener.on(Heard, "warehouse.test.thing.alone")
    async def alone(session: TenantSession, _event: Heard) -> None:
        scopes.append(session.scope.workspace_id)

    @listener.on_batch(Heard, "warehouse.test.thing.together")
    async def together(session: TenantSession, _events: Sequence[Heard]) -> None:
        [(told,)] = await session.rows("SELECT current_setting('warehouse.workspace_id')")
        assert told == str(session.scope.workspace_id or "")
        scopes.append(SYSTEM if session.scope.system else session.scope.workspace_id)

    other = uuid4()
    mine = happened("together", workspace_id, 1)
    await apply(listener, mine, mine)
    await apply(listener, mine, happened("together", other, 1), happened("alone", other, 1), mine)
    assert scopes == [workspace_id, SYSTEM, other, workspace_id]


def entry(workspace_id: UUID | None, id_: UUID, version: int, *, archived: bool) -> Envelope:
    type_ = ENTRY + ("archived" if archived else "restored")
    return envelope(
        type_, workspace_id, version, id=id_, item_id=id_, location_id=id_, is_archived=archived
    )


@pytest.fixture
def known(connect: Callable[[str], Any]) -> Callable[[UUID], Awaitable[list[Any]]]:
    """What a read model, catalog's of inventory's entries, has of an entry."""

    async def known(id_: UUID) -> list[Any]:
        connection = await connect("catalog")
        rows = await connection.fetch(
            "SELECT workspace_id, version, is_archived FROM stocked_entries WHERE id = $1", id_
        )
        return [tuple(row) for row in rows]

    return known


async def test_a_read_model_keeps_the_newest_version_however_they_come(
    apply: Apply, known: Callable[[UUID], Awaitable[list[Any]]], workspace_id: UUID
) -> None:
    """Several versions in a batch, in any order; the same again; an older one later; and entries of
    two workspaces at once."""
    one, two, other = uuid4(), uuid4(), uuid4()
    states = [
        entry(workspace_id, one, 1, archived=False),
        entry(other, two, 1, archived=True),
        entry(workspace_id, one, 3, archived=True),
        entry(workspace_id, one, 2, archived=False),
    ]
    for _ in range(2):
        await apply(stock.listener, *states)
        assert await known(one) == [(workspace_id, 3, True)]
        assert await known(two) == [(other, 1, True)]
    await apply(stock.listener, entry(workspace_id, one, 2, archived=False))
    assert await known(one) == [(workspace_id, 3, True)]
    await apply(stock.listener, entry(workspace_id, one, 4, archived=False))
    assert await known(one) == [(workspace_id, 4, False)]


async def test_a_read_model_never_reaches_into_another_workspace(
    apply: Apply, known: Callable[[UUID], Awaitable[list[Any]]], workspace_id: UUID
) -> None:
    """An event that names another workspace's aggregate changes nothing there, even in a batch
    that is of both."""
    mine, other = uuid4(), uuid4()
    await apply(stock.listener, entry(workspace_id, mine, 1, archived=False))
    theirs = entry(other, uuid4(), 1, archived=False)
    await apply(stock.listener, theirs, entry(other, mine, 2, archived=True), theirs)
    await apply(
        stock.listener,
        entry(workspace_id, uuid4(), 1, archived=False),
        entry(other, mine, 3, archived=True),
    )
    assert await known(mine) == [(workspace_id, 1, False)]


@pytest.mark.parametrize("bad", ["payload", "workspace"])
async def test_a_bad_event_among_others_undoes_them_all(
    apply: Apply, known: Callable[[UUID], Awaitable[list[Any]]], workspace_id: UUID, bad: str
) -> None:
    """So that whoever applies them takes each alone, and knows which it was."""
    id_ = uuid4()
    good = entry(workspace_id, id_, 1, archived=False)
    wrong = entry(None if bad == "workspace" else workspace_id, uuid4(), 1, archived=False)
    if bad == "payload":
        wrong.data = b'{"id": 5}'
    with pytest.raises((Poison, IntegrityError)):
        await apply(stock.listener, good, wrong)
    assert await known(id_) == []
