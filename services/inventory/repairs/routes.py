"""HTTP in for repairs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.database import Source
from chassis.requests import ExpectedVersion, Member, Page, Reading, Tenant, Viewer, Writing
from chassis.responses import created, json_bytes, one
from services.inventory.reach import Route
from services.inventory.repairs import repository, service
from services.inventory.repairs.schemas import (
    RepairComplete,
    RepairCreate,
    RepairOut,
    RepairPage,
    RepairPatch,
    RepairSummary,
)
from services.inventory.repairs.states import Status
from services.inventory.workspaces import service as workspaces

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/repairs", tags=["repairs"], route_class=Route
)
# Beside the repairs: below them it would be a repair's address.
summary = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/repair-summary", tags=["repairs"], route_class=Route
)

WHAT = "repair"
OfEntry = Annotated[UUID | None, Query(description="Of units of this entry")]
OfItem = Annotated[UUID | None, Query(description="Of all entries of this item")]


async def _repair(request: Request, source: Source, tenant: Tenant, repair_id: UUID) -> Response:
    rows = await repository.get(source, tenant.workspace_id, repair_id, tenant.locations)
    return one(request, rows, WHAT)


@router.post("", status_code=201, response_model=RepairOut)
async def open_repair(body: RepairCreate, tenant: Member, session: Writing) -> Response:
    """Take free units of an entry in for repair; they are held until it is over."""
    repair_id = await service.open_(session, body, tenant.locations)
    rows = await repository.get(session, tenant.workspace_id, repair_id, tenant.locations)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/repairs/{repair_id}")


@router.get("", response_model=RepairPage)
async def list_repairs(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    status: Annotated[
        list[Status] | None, Query(max_length=4, description="Any of these; all when absent")
    ] = None,
    inventory_id: OfEntry = None,
    item_id: OfItem = None,
    maintenance_id: Annotated[UUID | None, Query(description="Done for this schedule")] = None,
    overdue: Annotated[
        bool, Query(description="Only open ones past the day they should have been done by")
    ] = False,
) -> Response:
    """Repairs, newest first; with `inventory_id` the history of an entry."""
    today = await workspaces.today(reader, tenant.workspace_id) if overdue else None
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            statuses=status or (),
            inventory_id=inventory_id,
            item_id=item_id,
            maintenance_id=maintenance_id,
            overdue_on=today,
            within=tenant.locations,
        )
    )


@summary.get("", response_model=RepairSummary)
async def get_repair_summary(
    tenant: Viewer, reader: Reading, inventory_id: OfEntry = None, item_id: OfItem = None
) -> Response:
    """How many repairs there were and what they cost: of an entry, an item, or all."""
    return json_bytes(
        await repository.summary(
            reader,
            tenant.workspace_id,
            inventory_id=inventory_id,
            item_id=item_id,
            within=tenant.locations,
        )
    )


@router.get("/{repair_id}", response_model=RepairOut)
async def get_repair(
    request: Request, repair_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One repair."""
    return await _repair(request, reader, tenant, repair_id)


@router.patch("/{repair_id}", response_model=RepairOut)
async def update_repair(
    request: Request,
    repair_id: UUID,
    body: RepairPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change what is known of a repair, also once it is over."""
    await service.update(session, repair_id, body, version)
    return await _repair(request, session, tenant, repair_id)


@router.post("/{repair_id}/start", response_model=RepairOut)
async def start_repair(
    request: Request, repair_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Work on it begins."""
    await service.start(session, repair_id, version)
    return await _repair(request, session, tenant, repair_id)


@router.post("/{repair_id}/complete", response_model=RepairOut)
async def complete_repair(
    request: Request,
    repair_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
    body: RepairComplete | None = None,
) -> Response:
    """It is done: the units are free again, in their new condition."""
    await service.complete(session, repair_id, body or RepairComplete(), version)
    return await _repair(request, session, tenant, repair_id)


@router.post("/{repair_id}/cancel", response_model=RepairOut)
async def cancel_repair(
    request: Request, repair_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Call it off: the units are free again, as they were."""
    await service.cancel(session, repair_id, version)
    return await _repair(request, session, tenant, repair_id)
