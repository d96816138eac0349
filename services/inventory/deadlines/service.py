"""What the clock does: tell of deadlines whose day has come where the workspace is, each day once.

What is archived or empty is not told of, and looked at again once it is in use. A date that changes
is a new deadline.
"""

from datetime import timedelta
from uuid import UUID

from chassis.database import Database, TenantSession
from chassis.events import Event, now, touch
from chassis.outbox import stage
from chassis.statements import Row
from services.inventory.deadlines import repository
from services.inventory.deadlines.calendar import Kind, next_look, stage_at
from services.inventory.deadlines.repository import Deadline, Standing
from services.inventory.maintenance.events import MaintenanceDue
from services.inventory.maintenance.models import Maintenance
from services.inventory.repairs.events import RepairOverdue
from services.inventory.repairs.models import Repair
from services.inventory.stock.events import StockExpiring, StockWarrantyEnding
from services.inventory.stock.models import Entry
from services.inventory.workspaces.service import zone_named

BATCH = 100
_BUSY = timedelta(seconds=1)  # until the next look at what somebody changes just now
_SUBJECTS: dict[Kind, type[Entry | Maintenance | Repair]] = {
    Kind.EXPIRATION: Entry,
    Kind.WARRANTY: Entry,
    Kind.MAINTENANCE: Maintenance,
    Kind.REPAIR: Repair,
}
Subject = Entry | Maintenance | Repair


async def tell(database: Database) -> None:
    """Tell of all deadlines whose day has come, a batch a transaction."""
    while True:
        async with database.system() as session:
            looked_at = await tell_some(session)
        if looked_at < BATCH:
            return


async def tell_some(session: TenantSession) -> int:
    """Tell of the deadlines that waited longest; how many were looked at."""
    time = now()
    deadlines = await repository.claim(session, time, BATCH)
    come = {one: days for one in deadlines if (days := _comes_to(one)) is not None}
    subjects = await _lock(session, come)
    entries = {one.id if isinstance(one, Entry) else one.entry_id for one in subjects.values()}
    standing = await repository.standing(session, sorted(entries))
    looked_at: list[Row] = []
    for one in deadlines:
        told, look_at = one.told, next_look(one.kind, one.on, time, zone_named(one.timezone))
        if one in come:
            subject = subjects.get(one.subject_id)
            if subject is None:
                look_at = time + _BUSY
            elif event := _event(one, subject, standing):
                told = come[one]
                stage(session, event)
        looked_at.append(
            {
                "workspace_id": one.workspace_id,
                "subject_id": one.subject_id,
                "kind": one.kind.value,
                "told": told,
                "look_at": None if one.is_over else look_at,
            }
        )
    await repository.note(session, looked_at)
    return len(deadlines)


def _comes_to(one: Deadline) -> int | None:
    """Which of its days it has come to, if that was not told yet."""
    zone = zone_named(one.timezone)
    today, armed_on = now().astimezone(zone).date(), one.armed_at.astimezone(zone).date()
    days = stage_at(one.kind, one.on, today, armed_on)
    if one.is_over or days is None or (one.told is not None and one.told <= days):
        return None
    return days


async def _lock(session: TenantSession, come: dict[Deadline, int]) -> dict[UUID, Subject]:
    subjects: dict[UUID, Subject] = {}
    for model in (Entry, Maintenance, Repair):
        wanted = {one.subject_id for one in come if _SUBJECTS[one.kind] is model}
        subjects |= await repository.lock_free(session, model, sorted(wanted))
    return subjects


def _event(one: Deadline, subject: Subject, standing: dict[UUID, Standing]) -> Event | None:
    """The event to publish of a subject in its next version; None of what is out of use."""
    entry = standing[subject.id if isinstance(subject, Entry) else subject.entry_id]
    left = (one.on - now().astimezone(zone_named(one.timezone)).date()).days
    match subject:
        case Entry():
            if not entry.is_in_use:
                return None
            event = StockExpiring if one.kind is Kind.EXPIRATION else StockWarrantyEnding
            touch(subject)
            return event.of(
                subject,
                days_left=left,
                item_name=entry.item_name,
                location_name=entry.location_name,
            )
        case Maintenance():
            if subject.is_archived or not entry.is_in_use:
                return None
            touch(subject)
            return MaintenanceDue.of(
                subject,
                days_overdue=-left,
                item_id=entry.item_id,
                item_name=entry.item_name,
                location_name=entry.location_name,
            )
        case Repair():
            touch(subject)
            return RepairOverdue.of(
                subject, days_overdue=-left, item_id=entry.item_id, item_name=entry.item_name
            )
