"""HTTP in for containers."""

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
from services.inventory.containers import repository, service
from services.inventory.containers.schemas import (
    ContainerCreate,
    ContainerOut,
    ContainerPage,
    ContainerPatch,
)
from services.inventory.reach import Route

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/containers", tags=["containers"], route_class=Route
)

WHAT = "container"


async def _container(
    request: Request, source: Source, tenant: Tenant, container_id: UUID
) -> Response:
    rows = await repository.get(source, tenant.workspace_id, container_id, tenant.locations)
    return one(request, rows, WHAT)


@router.post("", status_code=201, response_model=ContainerOut)
async def create_container(body: ContainerCreate, tenant: Member, session: Writing) -> Response:
    """Add a container to a location, on its own or within another."""
    container_id = await service.create(session, body, tenant.locations)
    rows = await repository.get(session, tenant.workspace_id, container_id, tenant.locations)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/containers/{container_id}")


@router.get("", response_model=ContainerPage)
async def list_containers(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    q: SearchText,
    location_id: Annotated[UUID | None, Query(description="This location and all below")] = None,
    parent_id: UUID | None = None,
    roots: Annotated[bool, Query(description="Only those in no other container")] = False,
    archived: bool = False,
    external_id: ExternalId | None = None,
) -> Response:
    """Containers, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            q=q,
            location_id=location_id,
            parent_id=parent_id,
            roots=roots,
            archived=archived,
            external_id=external_id,
            within=tenant.locations,
        )
    )


@router.get("/{container_id}", response_model=ContainerOut)
async def get_container(
    request: Request, container_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One container with the containers it stands in."""
    return await _container(request, reader, tenant, container_id)


@router.patch("/{container_id}", response_model=ContainerOut)
async def update_container(
    request: Request,
    container_id: UUID,
    body: ContainerPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a container, or move it with all that is in it."""
    await service.update(session, container_id, body, version, tenant.locations)
    return await _container(request, session, tenant, container_id)


@router.post("/{container_id}/archive", response_model=ContainerOut)
async def archive_container(
    request: Request, container_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put a container out of use: nothing new goes in, what is there stays."""
    await service.archive(session, container_id, version)
    return await _container(request, session, tenant, container_id)


@router.post("/{container_id}/restore", response_model=ContainerOut)
async def restore_container(
    request: Request, container_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived container into use again."""
    await service.restore(session, container_id, version)
    return await _container(request, session, tenant, container_id)


@router.delete("/{container_id}", status_code=204)
async def delete_container(
    container_id: UUID,
    _tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> None:
    """Delete an empty container for good."""
    await service.delete(session, container_id, version)
