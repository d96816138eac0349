"""What imports hear: that inventory, and after it loans, are done with a chunk of rows; and that
somebody may hand in no more."""

from typing import Literal
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.imports import RowFault, Tally
from chassis.listeners import Listener
from services.catalog.imports import service

listener = Listener()


class RowsApplied(Received):
    """What catalog reads of either's `rows_applied`."""

    id: UUID
    chunk: int
    tallies: dict[str, Tally]
    faults: list[RowFault]


@listener.on(RowsApplied, "warehouse.inventory.import.rows_applied")
async def note_inventory(session: TenantSession, event: RowsApplied) -> None:
    await _note(session, event, "inventory")


@listener.on(RowsApplied, "warehouse.loans.import.rows_applied")
async def note_loans(session: TenantSession, event: RowsApplied) -> None:
    await _note(session, event, "loans")


class MemberChanged(Received):
    """What imports read of an event of a member."""

    user_id: UUID
    role: Literal["viewer", "member", "admin", "owner"]
    location_ids: list[UUID] | None = None


@listener.on(
    MemberChanged,
    "warehouse.auth.member.role_changed",
    "warehouse.auth.member.updated",
    "warehouse.auth.member.removed",
)
async def note_member(session: TenantSession, event: MemberChanged) -> None:
    """Whoever could not hand a file in now, no further row of theirs is brought in. What they asked
    for since, they had the right to."""
    if event.envelope.type.endswith(".removed"):
        why = "is no member of this workspace any more"
    elif event.role == "viewer":
        why = "may only look at this workspace by now"
    elif event.location_ids is not None:
        why = "is restricted to some of its locations by now"
    else:
        return
    failure = f"Whoever asked for it {why}. Rows before that went in; hand the rest in anew."
    await service.fail_of(session, event.user_id, event.envelope.time, failure)


async def _note(session: TenantSession, event: RowsApplied, by: str) -> None:
    await service.come_back(
        session, event.id, event.chunk, by=by, tallies=event.tallies, faults=event.faults
    )
