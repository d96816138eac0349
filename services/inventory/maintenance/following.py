"""Maintenance schedules follow the units of their entry into the one that it is merged into, and
back when that is undone."""

from sqlalchemy import select

from chassis.database import TenantSession
from chassis.events import touch
from chassis.outbox import stage
from services.inventory.items import repository as items
from services.inventory.maintenance.events import MaintenanceUpdated
from services.inventory.maintenance.models import Maintenance
from services.inventory.stock.models import Entry
from services.inventory.stock.repository import merged_into


async def follow(session: TenantSession, source: Entry, target: Entry) -> None:
    """All units of `source` are `target`'s now; both are locked."""
    await _follow(session, source, target, back=False)


async def go_back(session: TenantSession, source: Entry, target: Entry) -> None:
    """Units of `source` are again those of `target`, which had been merged into it: the schedules
    go back that were made for `target`, or for what had been merged into that."""
    await _follow(session, source, target, back=True)


async def _follow(session: TenantSession, source: Entry, target: Entry, *, back: bool) -> None:
    wanted = select(Maintenance).where(
        Maintenance.workspace_id == session.workspace_id, Maintenance.entry_id == source.id
    )
    if back:
        made_for = await merged_into(session, target.id)
        wanted = wanted.where(Maintenance.planned_entry_id.in_(made_for))
    found = await session.scalars(
        wanted.order_by(Maintenance.id).with_for_update().execution_options(populate_existing=True)
    )
    schedules = found.all()
    if not schedules:
        return
    facts = {
        "item_id": target.item_id,
        "item_name": await items.name(session, session.workspace_id, target.item_id),
        "changes": {"inventory_id": (str(source.id), str(target.id))},
    }
    for schedule in schedules:
        schedule.entry_id = target.id
        touch(schedule)
        stage(session, MaintenanceUpdated.of(schedule, **facts))
