"""What imports hear: that inventory, and after it loans, are done with a chunk of rows."""

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


async def _note(session: TenantSession, event: RowsApplied, by: str) -> None:
    await service.come_back(
        session, event.id, event.chunk, by=by, tallies=event.tallies, faults=event.faults
    )
