"""The use cases of repairs.

A repair holds its units from when it is opened until it is completed or cancelled, as a loan does:
the hold is placed in the same transaction, so that there is no repair without one. Locked is the
entry first, then the repair, then the hold, as everywhere.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.logging import get_logger
from chassis.outbox import stage
from chassis.problems import Conflict, NotFound, invalid
from chassis.reach import Reach
from services.inventory.holds import service as holds
from services.inventory.holds.models import Purpose
from services.inventory.holds.service import Back, Claim
from services.inventory.items import repository as items
from services.inventory.reach import reaches
from services.inventory.repairs import repository
from services.inventory.repairs.events import (
    RepairCancelled,
    RepairCompleted,
    RepairOpened,
    RepairStarted,
    RepairUpdated,
)
from services.inventory.repairs.models import Repair
from services.inventory.repairs.schemas import RepairComplete, RepairCreate, RepairPatch
from services.inventory.repairs.states import Status
from services.inventory.stock import moving
from services.inventory.stock.events import Refusal
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import InsufficientStock
from services.inventory.stock.states import Condition

log = get_logger(__name__)

# A loan that comes back like this is for the workshop.
_BROKEN = {Condition.DAMAGED, Condition.FOR_REPAIR}


class Closed(Conflict):
    code, title = "closed", "This repair is over"


class NotAvailable(Conflict):
    code, title = "not-available", "Units of this entry can't be repaired now"


async def lock_entry(session: TenantSession, entry_id: UUID, within: Reach) -> Entry:
    """The entry that a body names as `inventory_id`, locked; raises `Invalid` for one that is not
    there, or not within reach."""
    try:
        entry = await lock(session, Entry, entry_id, "inventory entry")
    except NotFound as missing:
        raise invalid("inventory_id", missing.detail, "not-found") from missing
    if not await reaches(session, session.workspace_id, within, entry.location_id):
        raise invalid(
            "inventory_id", "There is no such inventory entry in this workspace.", "not-found"
        )
    return entry


async def open_(session: TenantSession, body: RepairCreate, within: Reach) -> UUID:
    """Take free units of an entry in for repair; the new repair's id. Raises `InsufficientStock`
    when there are fewer, `NotAvailable` for an entry that is archived, missing or disposed of."""
    entry = await lock_entry(session, body.inventory_id, within)
    repair = _new(entry, **body.model_dump(exclude={"inventory_id"}))
    refusal = holds.take(session, entry, _claim(repair), ends_at=None)
    if refusal is Refusal.INSUFFICIENT_STOCK:
        raise InsufficientStock(entry)
    if refusal is not None:
        raise NotAvailable(
            "It is archived; restore it first."
            if entry.is_archived
            else f"It is {entry.status}; change its status first."
        )
    await _add(session, entry, repair)
    return repair.id


async def open_for_return(
    session: TenantSession, back: Back, *, loan_id: UUID, quantity: int, condition: str
) -> None:
    """`quantity` units came back from a loan in a `condition`; of one that is broken, and worse
    than their entry was, a repair is opened that holds them. Once for each return, since a return
    that is told again brings nothing back."""
    entry = back.entry
    quantity = min(quantity, entry.free_quantity)
    if not _is_broken(condition, back.was) or quantity == 0:
        return
    await session.flush()  # what was told of the entry already is no change by this
    repair = _new(
        entry, quantity=quantity, description=f"Came back {condition} from a loan", loan_id=loan_id
    )
    refusal = holds.take(session, entry, _claim(repair), ends_at=None)
    if refusal is not None:
        log.info("repair.not_opened", loan_id=str(loan_id), reason=refusal.value)
        return
    await _add(session, entry, repair)


async def update(
    session: TenantSession, repair_id: UUID, body: RepairPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    entry, repair = await _lock(session, repair_id, version)
    _set(repair, sent(body))
    if changes := changes_of(repair):
        touch(repair)
        facts = await _facts(session, entry)
        stage(session, RepairUpdated.of(repair, changes=changes, **facts))


async def start(session: TenantSession, repair_id: UUID, version: int | None) -> None:
    """Work begins; where it has begun already, nothing happens. Raises `Closed` when it is over."""
    entry, repair = await _lock(session, repair_id, version)
    _check_open(repair)
    if repair.status == Status.IN_PROGRESS:
        return
    repair.status, repair.started_at = Status.IN_PROGRESS, now()
    changes = changes_of(repair)
    touch(repair)
    facts = await _facts(session, entry)
    stage(session, RepairStarted.of(repair, changes=changes, **facts))


async def complete(
    session: TenantSession, repair_id: UUID, body: RepairComplete, version: int | None
) -> None:
    """It is done: the units are free again, in the condition that they are now in. A whole entry
    takes it on; of part of one, units that are not like the rest become an entry of their own.
    Raises `Closed` when it is over."""
    entry, repair = await _lock(session, repair_id, version)
    _check_open(repair)
    condition = body.new_condition
    is_part = repair.quantity < entry.quantity
    await holds.release(
        session, _claim(repair), returned=repair.quantity, condition=condition and condition.value
    )
    apart = None
    if condition is not None and is_part and condition != entry.condition:
        apart = await moving.set_apart(
            session, entry, repair.quantity, condition=condition, reason="repaired"
        )
    _set(repair, sent(body))
    repair.repaired_entry_id = apart
    repair.status, repair.completed_at = Status.COMPLETED, now()
    changes = changes_of(repair)
    touch(repair)
    facts = await _facts(session, entry)
    stage(session, RepairCompleted.of(repair, changes=changes, **facts))


async def cancel(session: TenantSession, repair_id: UUID, version: int | None) -> None:
    """It is called off: the units are free again, as they were. One that was called off already
    stays so; raises `Closed` when it is done."""
    entry, repair = await _lock(session, repair_id, version)
    if repair.status == Status.CANCELLED:
        return
    _check_open(repair)
    await holds.cancel(session, _claim(repair))
    repair.status, repair.cancelled_at = Status.CANCELLED, now()
    changes = changes_of(repair)
    touch(repair)
    facts = await _facts(session, entry)
    stage(session, RepairCancelled.of(repair, changes=changes, **facts))


async def write_down(
    session: TenantSession,
    entry: Entry,
    *,
    done_at: datetime,
    **work: Any,  # noqa: ANN401 - fields of a repair
) -> Repair:
    """Note work on a locked entry that is done already: a completed repair, which held nothing."""
    repair = _new(entry, **work, status=Status.COMPLETED, opened_at=done_at, completed_at=done_at)
    session.add(repair)
    await session.flush()
    facts = await _facts(session, entry)
    stage(session, RepairCompleted.of(repair, changes={}, **facts))
    return repair


def _new(entry: Entry, **fields: Any) -> Repair:  # noqa: ANN401 - of a repair
    time = now()
    unknown = dict.fromkeys(
        (
            *("provider", "cost", "currency", "warranty_reference", "expected_back"),
            *("new_condition", "repaired_entry_id", "notes", "loan_id", "maintenance_id"),
            *("started_at", "completed_at", "cancelled_at"),
        )
    )
    known = {"status": Status.PENDING, "is_warranty_claim": False, "opened_at": time}
    repair = Repair(**born(entry.workspace_id), entry_id=entry.id, **{**unknown, **known, **fields})
    _check_cost(repair.cost, repair.currency)
    return repair


async def _add(session: TenantSession, entry: Entry, repair: Repair) -> None:
    session.add(repair)
    await session.flush()
    stage(session, RepairOpened.of(repair, **await _facts(session, entry)))


async def _lock(
    session: TenantSession, repair_id: UUID, version: int | None
) -> tuple[Entry, Repair]:
    entry_id = await repository.entry_of(session, session.workspace_id, repair_id)
    if entry_id is None:
        raise NotFound("There is no such repair in this workspace.")
    entry = await lock(session, Entry, entry_id, "inventory entry")
    repair = await lock(session, Repair, repair_id, "repair", version=version)
    if repair.entry_id != entry.id:
        raise Conflict("Its entry was merged into another one meanwhile; try again.")
    return entry, repair


async def _facts(session: TenantSession, entry: Entry) -> dict[str, Any]:
    name = await items.name(session, session.workspace_id, entry.item_id)
    return {"item_id": entry.item_id, "item_name": name}


def _claim(repair: Repair) -> Claim:
    return Claim(Purpose.REPAIR, repair.id, repair.entry_id, repair.quantity)


def _set(repair: Repair, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        setattr(repair, name, value)
    _check_cost(repair.cost, repair.currency)


def _check_open(repair: Repair) -> None:
    if not repair.is_open:
        raise Closed(f"It is {repair.status}; open another one.", repair_status=repair.status)


def _check_cost(cost: int | None, currency: str | None) -> None:
    if (cost is None) != (currency is None):
        missing = "currency" if currency is None else "cost"
        raise invalid(missing, "A cost and its currency go together: both or neither.")


def _is_broken(condition: str, was: str) -> bool:
    order = list(Condition)
    return condition in _BROKEN and order.index(Condition(condition)) > order.index(Condition(was))
