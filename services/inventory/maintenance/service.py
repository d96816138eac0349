"""The use cases of maintenance schedules. The clock tells when one is due; see `deadlines`.

What was done is written down as a completed repair. It holds nothing: the units were looked after
where they are. To take them away meanwhile, open a repair.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound, invalid
from chassis.reach import Reach
from services.inventory.items import repository as items
from services.inventory.maintenance import repository
from services.inventory.maintenance.events import (
    MaintenanceArchived,
    MaintenanceCompleted,
    MaintenanceCreated,
    MaintenanceRestored,
    MaintenanceUpdated,
)
from services.inventory.maintenance.models import Maintenance
from services.inventory.maintenance.schemas import (
    MaintenanceComplete,
    MaintenanceCreate,
    MaintenancePatch,
)
from services.inventory.maintenance.states import CountsFrom
from services.inventory.repairs import service as repairs
from services.inventory.stock import service as stock
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import Archived, InsufficientStock
from services.inventory.workspaces import service as workspaces


async def create(session: TenantSession, body: MaintenanceCreate, within: Reach) -> UUID:
    """Plan what has to be done to an entry; the new schedule's id."""
    entry = await repairs.lock_entry(session, body.inventory_id, within)
    _check_in_use(entry)
    today = await workspaces.today(session, session.workspace_id)
    _check_not_ahead("last_done", body.last_done, today)
    next_due = body.next_due or _after(body.last_done or today, body.every_days)
    schedule = Maintenance(
        **born(session.workspace_id),
        **body.model_dump(exclude={"inventory_id", "next_due"}),
        entry_id=entry.id,
        planned_entry_id=entry.id,
        next_due=next_due,
        is_archived=False,
    )
    session.add(schedule)
    await session.flush()
    stage(session, MaintenanceCreated.of(schedule, **await _facts(session, entry)))
    return schedule.id


async def update(
    session: TenantSession, maintenance_id: UUID, body: MaintenancePatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    entry, schedule = await _lock(session, maintenance_id, version)
    for name, value in sent(body).items():
        setattr(schedule, name, value)
    if changes := changes_of(schedule):
        touch(schedule)
        facts = await _facts(session, entry)
        stage(session, MaintenanceUpdated.of(schedule, changes=changes, **facts))


async def complete(
    session: TenantSession, maintenance_id: UUID, body: MaintenanceComplete, version: int | None
) -> None:
    """It was done: written down as a completed repair, and due anew. Raises `Archived` where the
    schedule or its entry is, `InsufficientStock` for more units than there are."""
    entry, schedule = await _lock(session, maintenance_id, version)
    if schedule.is_archived:
        raise Archived("Restore the schedule first.")
    _check_in_use(entry)
    zone = await workspaces.zone(session, session.workspace_id)
    today = now().astimezone(zone).date()
    done_on = body.done_on or today
    _check_not_ahead("done_on", done_on, today)
    quantity = body.quantity or entry.quantity
    if not 0 < quantity <= entry.quantity:
        raise InsufficientStock(entry)
    next_due = _next_due(schedule, done_on)
    if body.new_condition is not None:
        if quantity < entry.quantity:
            raise invalid(
                "new_condition",
                "Only part of the entry was done; move that part to an entry of its own first, or "
                "open a repair for it.",
            )
        await stock.note_condition(session, entry, body.new_condition)
    done_at = now() if done_on == today else _noon(done_on)
    repair = await repairs.write_down(
        session,
        entry,
        done_at=done_at,
        quantity=quantity,
        maintenance_id=schedule.id,
        description=body.description or schedule.name,
        **body.model_dump(include={"provider", "cost", "currency", "new_condition", "notes"}),
    )
    # What was done before the last time, and is written down only now, moves nothing.
    if schedule.last_done is None or done_on >= schedule.last_done:
        schedule.last_done, schedule.next_due = done_on, next_due
    changes = changes_of(schedule)
    touch(schedule)
    facts = await _facts(session, entry)
    stage(
        session,
        MaintenanceCompleted.of(schedule, changes=changes, repair_id=repair.id, **facts),
    )


async def archive(session: TenantSession, maintenance_id: UUID, version: int | None) -> None:
    """Put a schedule out of use; one that is so already stays as it is."""
    entry, schedule = await _lock(session, maintenance_id, version)
    if not schedule.is_archived:
        schedule.is_archived = True
        touch(schedule)
        stage(session, MaintenanceArchived.of(schedule, **await _facts(session, entry)))


async def restore(session: TenantSession, maintenance_id: UUID, version: int | None) -> None:
    """Take an archived schedule into use again."""
    entry, schedule = await _lock(session, maintenance_id, version)
    if schedule.is_archived:
        _check_in_use(entry)
        schedule.is_archived = False
        touch(schedule)
        stage(session, MaintenanceRestored.of(schedule, **await _facts(session, entry)))


async def _lock(
    session: TenantSession, maintenance_id: UUID, version: int | None
) -> tuple[Entry, Maintenance]:
    """The entry first, as everywhere."""
    entry_id = await repository.entry_of(session, session.workspace_id, maintenance_id)
    if entry_id is None:
        raise NotFound("There is no such maintenance schedule in this workspace.")
    entry = await lock(session, Entry, entry_id, "inventory entry")
    schedule = await lock(
        session, Maintenance, maintenance_id, "maintenance schedule", version=version
    )
    if schedule.entry_id != entry.id:
        raise Conflict("Its entry was merged into another one meanwhile; try again.")
    return entry, schedule


async def _facts(session: TenantSession, entry: Entry) -> dict[str, Any]:
    name = await items.name(session, session.workspace_id, entry.item_id)
    return {"item_id": entry.item_id, "item_name": name}


def _check_in_use(entry: Entry) -> None:
    if entry.is_archived:
        raise Archived("Restore the inventory entry first.")


def _check_not_ahead(field: str, day: date | None, today: date) -> None:
    if day is not None and day > today:
        raise invalid(field, f"That day is still to come; today is {today}.", "in-the-future")


def _next_due(schedule: Maintenance, done_on: date) -> date:
    counts_from = CountsFrom(schedule.counts_from)
    try:
        return counts_from.next_due(schedule.next_due, done_on, schedule.every_days)
    except OverflowError as error:
        raise invalid("done_on", "The next day would be beyond the calendar.") from error


def _after(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError as error:
        raise invalid("last_done", "The next day would be beyond the calendar.") from error


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)
