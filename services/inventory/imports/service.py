"""The use case of imports: a chunk of rows in one transaction."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from chassis import importing
from chassis.database import TenantSession
from chassis.importing import Making, Outcome
from chassis.imports import ImportRow
from chassis.outbox import stage
from services.inventory.containers import service as containers
from services.inventory.imports import container_rows, entry_rows, loan_rows
from services.inventory.imports.events import ImportRowsApplied
from services.inventory.imports.places import LOCATION_ROWS
from services.inventory.locations import service as locations
from services.inventory.stock import service as stock

CONSTRAINTS = {**containers.CONSTRAINTS, **locations.CONSTRAINTS, **stock.CONSTRAINTS}


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an import asks of its rows, and which chunk of them is at hand."""

    id: UUID
    kind: str
    key_field: str | None
    dry_run: bool
    create_missing: bool
    chunk: int
    is_last: bool


async def apply(session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow]) -> None:
    """Do inventory's part of `rows` and tell so, once for each chunk."""
    if not await importing.is_next(session, order.id, order.chunk):
        return
    part = _PARTS.get(order.kind, _passed_on)
    outcome = await importing.apply(
        session,
        order.id,
        rows,
        lambda rows, making: part(session, rows, making),
        CONSTRAINTS,
        dry_run=order.dry_run,
        create_missing=order.create_missing,
    )
    if order.is_last:
        await importing.forget(session, order.id)
    stage(
        session,
        ImportRowsApplied(
            **asdict(order),
            workspace_id=session.workspace_id,
            version=order.chunk,
            tallies=outcome.tallies,
            faults=outcome.faults,
            rows=outcome.rows,
        ),
    )


async def _passed_on(
    _session: TenantSession, rows: Sequence[ImportRow], _making: Making
) -> Outcome:
    return Outcome(rows=list(rows))


Part = Callable[[TenantSession, Sequence[ImportRow], Making], Awaitable[Outcome]]
_PARTS: Mapping[str, Part] = {
    "locations": LOCATION_ROWS.bring_in,
    "containers": container_rows.bring_in,
    "inventory": entry_rows.bring_in,
    "mixed": entry_rows.bring_in_mixed,
    "loans": loan_rows.find,
}
