"""The use cases of holds: inventory alone decides what is free, and remembers each decision.

A reference (a loan) has one row for good, so that every step has one effect however often it is
delivered, and steps that arrive in another order end in the same state:

- asked again: nothing happens and nothing is published, the answer stands;
- back before it was asked for: the return is remembered as `awaited`, and asking then holds only
  what is still out. When nothing is, nothing is held and nothing published: who returned a loan
  awaits no answer to its request;
- cancelled before it was asked for: asking then holds nothing.

Free is what no hold in force has taken, whatever its period: a thing that is lent is not back by
its date but by its return.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import TenantSession
from chassis.events import changes_of, now, touch
from chassis.logging import get_logger
from chassis.outbox import stage
from services.inventory.holds import repository
from services.inventory.holds.models import Hold, Purpose, State
from services.inventory.stock.events import (
    Held,
    HoldMoved,
    HoldPlaced,
    HoldRejected,
    HoldReleased,
    Refusal,
    StockUpdated,
)
from services.inventory.stock.models import Entry
from services.inventory.stock.states import Condition, Status

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who holds, or wants to, how many units of which entry."""

    purpose: Purpose
    reference: UUID
    entry_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Back:
    """How many units came back just now to which entry, which is locked, and what condition that
    `was` in until then."""

    entry: Entry
    quantity: int
    was: str


def loan_claim(loan_id: UUID, entry_id: UUID, quantity: int) -> Claim:
    """The claim of a loan."""
    return Claim(Purpose.LOAN, loan_id, entry_id, quantity)


async def place(
    session: TenantSession, claim: Claim, *, starts_at: datetime, ends_at: datetime | None
) -> None:
    """Hold the claimed units and tell so, or tell why not: `HoldPlaced` or `HoldRejected`."""
    entry, hold = await _lock(session, claim)
    if hold is None:
        hold = _add(session, claim, State.REJECTED)
    elif hold.state != State.AWAITED:
        return
    hold.starts_at, hold.ends_at, hold.updated_at = starts_at, ends_at, now()
    refusal = _refusal(entry, hold.outstanding)
    if entry is None or refusal is not None:
        hold.state = State.REJECTED
        _reject(session, claim, entry, refusal or Refusal.NOT_FOUND)
        return
    _take(session, entry, hold)
    if entry.id != claim.entry_id:
        touch(entry)
        held = _held(hold, hold.outstanding)
        stage(session, HoldMoved.of(entry, hold=held, moved_from=claim.entry_id))


def take(
    session: TenantSession, entry: Entry, claim: Claim, *, ends_at: datetime | None
) -> Refusal | None:
    """Hold the units of a claim that is made for the first time, of a locked entry, from now on;
    why not, when nothing is done. For who asks in the transaction that needs the answer."""
    if (refusal := _refusal(entry, claim.quantity)) is not None:
        return refusal
    hold = _add(session, claim, State.HELD)
    hold.starts_at, hold.ends_at = now(), ends_at
    _take(session, entry, hold)
    return None


async def release(
    session: TenantSession, claim: Claim, *, returned: int, condition: str | None
) -> Back | None:
    """Free what came back; None when that was nothing. `returned` is how many are back in all, so
    that it may be told twice or late. A whole entry that was lent and is back takes on the
    `condition` it came back in."""
    entry, hold = await _lock(session, claim)
    if hold is None:
        hold = _add(session, claim, State.AWAITED)
    returned = min(returned, hold.quantity)
    back = returned - hold.released_quantity
    if back <= 0 or hold.state not in {State.AWAITED, State.HELD}:
        return None
    in_force = hold.state == State.HELD
    hold.released_quantity, hold.updated_at = returned, now()
    if hold.outstanding == 0:
        hold.state = State.RELEASED
    if entry is None:
        return None
    came = Back(entry, back, entry.condition)
    if not in_force:
        return came
    _give_back(session, entry, hold, back)
    if hold.outstanding == 0 and hold.quantity == entry.quantity:
        _note_condition(session, entry, condition)
    return came


async def cancel(session: TenantSession, claim: Claim) -> None:
    """Free all that is still held for the claim; what is asked for it from now on is too late."""
    entry, hold = await _lock(session, claim)
    if hold is None:
        hold = _add(session, claim, State.AWAITED)
    if hold.state not in {State.AWAITED, State.HELD}:
        return
    in_force, outstanding = hold.state == State.HELD, hold.outstanding
    hold.state, hold.updated_at = State.CANCELLED, now()
    if entry is not None and in_force:
        _give_back(session, entry, hold, outstanding)


async def _lock(session: TenantSession, claim: Claim) -> tuple[Entry | None, Hold | None]:
    """The entry that has the claimed units, and the claim's hold. Units that were merged into
    another entry are there, and a hold that was placed tells where it is.

    Entries come first and in the order of their ids, then the hold, as whoever moves holds locks
    them. A merge that ended between the look and the locks is looked at again."""
    while True:
        entries = await repository.lock_entries(
            session, claim.purpose, claim.reference, claim.entry_id
        )
        hold = await repository.lock(session, claim.purpose, claim.reference)
        placed_on = hold.entry_id if hold is not None else None
        asked = placed_on if placed_on is not None else claim.entry_id
        if asked not in entries:
            if placed_on is None:
                return None, hold
            continue
        entry = entries[asked]
        while entry.merged_into in entries:
            entry = entries[entry.merged_into]
        if entry.merged_into is None:
            return entry, hold


def _add(session: TenantSession, claim: Claim, state: State) -> Hold:
    time = now()
    hold = Hold(
        id=uuid7(),
        workspace_id=session.workspace_id,
        purpose=claim.purpose,
        reference=claim.reference,
        entry_id=None,
        asked_entry_id=claim.entry_id,
        quantity=claim.quantity,
        released_quantity=0,
        state=state,
        created_at=time,
        updated_at=time,
    )
    session.add(hold)
    return hold


def _take(session: TenantSession, entry: Entry, hold: Hold) -> None:
    hold.entry_id, hold.state = entry.id, State.HELD
    entry.held_quantity += hold.outstanding
    changes = changes_of(entry)
    touch(entry)
    stage(session, HoldPlaced.of(entry, hold=_held(hold, hold.outstanding), changes=changes))


def _refusal(entry: Entry | None, quantity: int) -> Refusal | None:
    if entry is None:
        return Refusal.NOT_FOUND
    if entry.is_archived or not Status(entry.status).can_be_held:
        return Refusal.NOT_AVAILABLE
    return Refusal.INSUFFICIENT_STOCK if quantity > entry.free_quantity else None


def _reject(session: TenantSession, claim: Claim, entry: Entry | None, reason: Refusal) -> None:
    free = entry.free_quantity if entry and reason is Refusal.INSUFFICIENT_STOCK else 0
    stage(
        session,
        HoldRejected(
            id=claim.entry_id,
            workspace_id=session.workspace_id,
            version=entry.version if entry else 1,
            reference=claim.reference,
            purpose=claim.purpose,
            quantity=claim.quantity,
            reason=reason,
            free_quantity=free,
        ),
    )
    log.info("hold.rejected", reference=str(claim.reference), reason=reason.value)


def _give_back(session: TenantSession, entry: Entry, hold: Hold, quantity: int) -> None:
    entry.held_quantity -= quantity
    changes = changes_of(entry)
    touch(entry)
    stage(session, HoldReleased.of(entry, hold=_held(hold, quantity), changes=changes))


def _note_condition(session: TenantSession, entry: Entry, condition: str | None) -> None:
    # A condition that inventory has no name for is loans' to keep.
    if condition is None or condition == entry.condition or condition not in set(Condition):
        return
    old, entry.condition = entry.condition, condition
    touch(entry)
    stage(session, StockUpdated.of(entry, changes={"condition": (old, condition)}))


def _held(hold: Hold, quantity: int) -> Held:
    return Held(reference=hold.reference, purpose=hold.purpose, quantity=quantity)
