"""HTTP in for locations."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.database import Source
from chassis.fields import ExternalId
from chassis.requests import (
    ExpectedVersion,
    Member,
    Page,
    Reading,
    SearchText,
    Tenant,
    Viewer,
    Writing,
)
from chassis.responses import created, json_bytes, one
from services.inventory.locations import repository, service
from services.inventory.locations.schemas import (
    LocationCreate,
    LocationOut,
    LocationPage,
    LocationPatch,
)
from services.inventory.reach import Route

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/locations", tags=["locations"], route_class=Route
)

WHAT = "location"


async def _location(
    request: Request, source: Source, tenant: Tenant, location_id: UUID
) -> Response:
    rows = await repository.get(source, tenant.workspace_id, location_id, tenant.locations)
    return one(request, rows, WHAT)


@router.post("", status_code=201, response_model=LocationOut)
async def create_location(body: LocationCreate, tenant: Member, session: Writing) -> Response:
    """Add a location, at the top or under a parent."""
    location_id = await service.create(session, body, tenant.locations)
    rows = await repository.get(session, tenant.workspace_id, location_id, tenant.locations)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/locations/{location_id}")


@router.get("", response_model=LocationPage)
async def list_locations(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    q: SearchText,
    parent_id: UUID | None = None,
    roots: Annotated[bool, Query(description="Only those at the top")] = False,
    archived: bool = False,
    external_id: ExternalId | None = None,
) -> Response:
    """Locations, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            q=q,
            parent_id=parent_id,
            roots=roots,
            archived=archived,
            external_id=external_id,
            within=tenant.locations,
        )
    )


@router.get("/{location_id}", response_model=LocationOut)
async def get_location(
    request: Request, location_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One location with the way to it."""
    return await _location(request, reader, tenant, location_id)


@router.patch("/{location_id}", response_model=LocationOut)
async def update_location(
    request: Request,
    location_id: UUID,
    body: LocationPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename, describe or move a location."""
    await service.update(session, location_id, body, version, tenant.locations)
    return await _location(request, session, tenant, location_id)


@router.post("/{location_id}/archive", response_model=LocationOut)
async def archive_location(
    request: Request, location_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put a location out of use: nothing new goes in, what is there stays."""
    await service.archive(session, location_id, version)
    return await _location(request, session, tenant, location_id)


@router.post("/{location_id}/restore", response_model=LocationOut)
async def restore_location(
    request: Request, location_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived location into use again."""
    await service.restore(session, location_id, version)
    return await _location(request, session, tenant, location_id)


@router.delete("/{location_id}", status_code=204)
async def delete_location(
    location_id: UUID,
    _tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> None:
    """Delete an empty location for good."""
    await service.delete(session, location_id, version)
