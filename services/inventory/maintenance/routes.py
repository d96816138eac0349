"""HTTP in for maintenance schedules."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.database import Source
from chassis.requests import ExpectedVersion, Member, Page, Reading, Tenant, Viewer, Writing
from chassis.responses import created, json_bytes, one
from services.inventory.maintenance import repository, service
from services.inventory.maintenance.schemas import (
    MaintenanceComplete,
    MaintenanceCreate,
    MaintenanceOut,
    MaintenancePage,
    MaintenancePatch,
)
from services.inventory.reach import Route
from services.inventory.workspaces import service as workspaces

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/maintenance", tags=["maintenance"], route_class=Route
)

WHAT = "maintenance schedule"


async def _schedule(
    request: Request, source: Source, tenant: Tenant, maintenance_id: UUID
) -> Response:
    rows = await repository.get(source, tenant.workspace_id, maintenance_id, tenant.locations)
    return one(request, rows, WHAT)


@router.post("", status_code=201, response_model=MaintenanceOut)
async def create_maintenance(body: MaintenanceCreate, tenant: Member, session: Writing) -> Response:
    """Plan what has to be done to an entry every so many days."""
    id_ = await service.create(session, body, tenant.locations)
    rows = await repository.get(session, tenant.workspace_id, id_, tenant.locations)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/maintenance/{id_}")


@router.get("", response_model=MaintenancePage)
async def list_maintenance(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    inventory_id: Annotated[UUID | None, Query(description="Of this entry")] = None,
    item_id: Annotated[UUID | None, Query(description="Of all entries of this item")] = None,
    due: Annotated[bool, Query(description="Only what is due today or was before")] = False,
    archived: bool = False,
) -> Response:
    """Maintenance schedules, newest first."""
    today = await workspaces.today(reader, tenant.workspace_id) if due else None
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            inventory_id=inventory_id,
            item_id=item_id,
            due_by=today,
            archived=archived,
            within=tenant.locations,
        )
    )


@router.get("/{maintenance_id}", response_model=MaintenanceOut)
async def get_maintenance(
    request: Request, maintenance_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One maintenance schedule."""
    return await _schedule(request, reader, tenant, maintenance_id)


@router.patch("/{maintenance_id}", response_model=MaintenanceOut)
async def update_maintenance(
    request: Request,
    maintenance_id: UUID,
    body: MaintenancePatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a maintenance schedule."""
    await service.update(session, maintenance_id, body, version)
    return await _schedule(request, session, tenant, maintenance_id)


@router.post("/{maintenance_id}/complete", response_model=MaintenanceOut)
async def complete_maintenance(
    request: Request,
    maintenance_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
    body: MaintenanceComplete | None = None,
) -> Response:
    """It was done: writes a completed repair, and moves the day it is due next."""
    await service.complete(session, maintenance_id, body or MaintenanceComplete(), version)
    return await _schedule(request, session, tenant, maintenance_id)


@router.post("/{maintenance_id}/archive", response_model=MaintenanceOut)
async def archive_maintenance(
    request: Request,
    maintenance_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Put a maintenance schedule out of use: it is not due any more."""
    await service.archive(session, maintenance_id, version)
    return await _schedule(request, session, tenant, maintenance_id)


@router.post("/{maintenance_id}/restore", response_model=MaintenanceOut)
async def restore_maintenance(
    request: Request,
    maintenance_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Take an archived maintenance schedule into use again."""
    await service.restore(session, maintenance_id, version)
    return await _schedule(request, session, tenant, maintenance_id)
