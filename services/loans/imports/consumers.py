"""What imports hear: rows that inventory has done its part of."""

from uuid import UUID

from pydantic import Field

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.imports import ImportRow
from chassis.listeners import Listener
from services.loans.imports import service
from services.loans.imports.orders import ImportOrder

listener = Listener()


class RowsApplied(Received):
    id: UUID
    kind: str
    key_field: str | None = None
    dry_run: bool
    create_missing: bool
    chunk: int = Field(ge=1)
    is_last: bool
    rows: list[ImportRow]


@listener.on(RowsApplied, "warehouse.inventory.import.rows_applied")
async def apply_rows(session: TenantSession, event: RowsApplied) -> None:
    order = ImportOrder(
        id=event.id,
        kind=event.kind,
        key_field=event.key_field,
        dry_run=event.dry_run,
        create_missing=event.create_missing,
        chunk=event.chunk,
        is_last=event.is_last,
    )
    await service.apply(session, order, event.rows)
