"""Open repairs follow their units: when these are another entry's, as by a merge, so are they."""

from collections.abc import Sequence

from sqlalchemy import select

from chassis.database import TenantSession
from chassis.events import touch
from chassis.outbox import stage
from services.inventory.holds.models import Hold, Purpose
from services.inventory.items import repository as items
from services.inventory.repairs.events import RepairUpdated
from services.inventory.repairs.models import Repair
from services.inventory.stock.models import Entry


async def follow(
    session: TenantSession, holds: Sequence[Hold], source: Entry, target: Entry
) -> None:
    """Let the repairs whose `holds` went from `source` to `target`, both locked, go with them."""
    ids = [hold.reference for hold in holds if hold.purpose == Purpose.REPAIR]
    if not ids:
        return
    found = await session.scalars(
        select(Repair)
        .where(Repair.workspace_id == session.workspace_id, Repair.id.in_(ids))
        .order_by(Repair.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    facts = {
        "item_id": target.item_id,
        "item_name": await items.name(session, session.workspace_id, target.item_id),
        "changes": {"inventory_id": (str(source.id), str(target.id))},
    }
    for repair in found.all():
        repair.entry_id = target.id
        touch(repair)
        stage(session, RepairUpdated.of(repair, **facts))
