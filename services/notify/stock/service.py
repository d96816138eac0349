"""The use cases of stock levels: keep them, and tell when one falls below its minimum.

Told is the crossing, whichever change made it: stock that went, stock that was archived, a minimum
that was raised, an item that came back into use. It is told again only after it had recovered. An
item that never had any stock has not fallen.
"""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Envelope
from services.notify.inbox import messages
from services.notify.inbox import service as inbox
from services.notify.stock import repository
from services.notify.stock.repository import LowItem


async def note_item(
    session: TenantSession,
    event: Envelope,
    *,
    item_id: UUID,
    version: int,
    name: str,
    min_stock_level: int,
    is_in_use: bool,
) -> None:
    """Keep an item as of `version`."""
    fell = await repository.record_item(
        session,
        item_id=item_id,
        version=version,
        name=name,
        min_stock_level=min_stock_level,
        is_in_use=is_in_use,
    )
    await _tell(session, event, fell)


async def note_entry(
    session: TenantSession,
    event: Envelope,
    *,
    entry_id: UUID,
    version: int,
    item_id: UUID,
    units: int,
) -> None:
    """Keep an inventory entry as of `version`: `units` of the item in use."""
    fell = await repository.record_entry(
        session, entry_id=entry_id, version=version, item_id=item_id, units=units
    )
    await _tell(session, event, fell)


async def _tell(session: TenantSession, event: Envelope, fell: list[LowItem]) -> None:
    for item in fell:
        notice = messages.low_stock(
            session.workspace_id, item.id, item.name, item.units, item.min_stock_level
        )
        await inbox.tell_staff(session, event, notice)
