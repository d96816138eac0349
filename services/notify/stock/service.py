"""The use cases of stock levels: keep them, and tell when one falls below its minimum.

Told is the crossing, whichever change made it: stock that went, stock that was archived, a minimum
that was raised, an item that came back into use. It is told again only after it had recovered. An
item that never had any stock has not fallen, and what passes to another entry was never away.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Scope, TenantSession
from chassis.envelope import Envelope
from chassis.statements import Row
from services.notify.inbox import messages
from services.notify.inbox import service as inbox
from services.notify.stock import repository
from services.notify.stock.repository import LowItem


@dataclass(frozen=True, slots=True)
class Item:
    """An item as an event tells of it."""

    event: Envelope
    id: UUID
    version: int
    name: str
    min_stock_level: int
    is_in_use: bool

    def state(self) -> Row:
        return {
            "workspace_id": self.event.workspace_id,
            "id": self.id,
            "version": self.version,
            "name": self.name,
            "min_stock_level": self.min_stock_level,
            "is_in_use": self.is_in_use,
        }


async def note_items(session: TenantSession, items: Sequence[Item]) -> None:
    """Keep items, each as of its version, in their order."""
    scope = session.scope
    for distinct in _rounds(items):
        for item in await repository.record_items(
            session, [one.state() for one in distinct.values()]
        ):
            event = distinct[item.id].event
            await session.enter(Scope(workspace_id=event.workspace_id))
            await _tell(session, event, [item])
            await session.enter(scope)


async def note_entry(
    session: TenantSession,
    event: Envelope,
    *,
    entry_id: UUID,
    version: int,
    item_id: UUID,
    units: int,
    passing: bool,
) -> None:
    """Keep an inventory entry as of `version`: `units` of the item in use. `passing`: units went to
    another entry, or came from one."""
    fell = await repository.record_entry(
        session,
        entry_id=entry_id,
        version=version,
        item_id=item_id,
        units=units,
        passing=passing,
    )
    await _tell(session, event, fell)


async def _tell(session: TenantSession, event: Envelope, fell: list[LowItem]) -> None:
    for item in fell:
        notice = messages.low_stock(
            session.workspace_id, item.id, item.name, item.units, item.min_stock_level
        )
        await inbox.tell_staff(session, event, notice)


def _rounds(items: Sequence[Item]) -> Iterator[dict[UUID, Item]]:
    """`items` in as few rounds as have each item once: every crossing is told, also one that the
    next event takes back."""
    distinct: dict[UUID, Item] = {}
    for item in items:
        if item.id in distinct:
            yield distinct
            distinct = {}
        distinct[item.id] = item
    if distinct:
        yield distinct
