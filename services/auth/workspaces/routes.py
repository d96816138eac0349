"""HTTP in for workspaces."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.problems import Forbidden
from chassis.requests import (
    Admin,
    ExpectedVersion,
    Owner,
    Page,
    Reading,
    UserId,
    Viewer,
    Writing,
)
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.auth.access_tokens.limits import TokenLimit
from services.auth.members import service as members
from services.auth.users import service as users
from services.auth.workspaces import repository, service
from services.auth.workspaces.schemas import (
    Transfer,
    WorkspaceCreate,
    WorkspaceOut,
    WorkspacePage,
    WorkspacePatch,
)

router = APIRouter(prefix="/v1/workspaces", tags=["workspaces"], route_class=UnitOfWork)


@router.get("", response_model=WorkspacePage)
async def list_workspaces(
    user_id: UserId, limit: TokenLimit, reader: Reading, page: Page
) -> Response:
    """The workspaces you belong to, newest first; of those, an access token sees what it opens."""
    return json_bytes(await repository.find(reader, user_id, page, only=limit))


@router.post("", status_code=201, response_model=WorkspaceOut)
async def create_workspace(
    body: WorkspaceCreate, user_id: UserId, limit: TokenLimit, session: Writing
) -> Response:
    """Make a workspace to share; you are its owner."""
    if limit is not None:
        raise Forbidden("This access token is for one workspace and can't make another; sign in.")
    workspace_id = await service.create(session, await users.active(session, user_id), body)
    rows = await repository.get(session, workspace_id, user_id)
    return created(rows, f"/v1/workspaces/{workspace_id}")


@router.get("/{workspace_id}", response_model=WorkspaceOut)
async def get_workspace(
    request: Request, workspace_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One workspace."""
    return one(request, await repository.get(reader, workspace_id, tenant.user_id), "workspace")


@router.patch("/{workspace_id}", response_model=WorkspaceOut)
async def update_workspace(
    request: Request,
    workspace_id: UUID,
    body: WorkspacePatch,
    tenant: Admin,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a workspace's fields; for admins."""
    await service.update(session, tenant, body, version)
    return one(request, await repository.get(session, workspace_id, tenant.user_id), "workspace")


@router.post("/{workspace_id}/transfer", response_model=WorkspaceOut)
async def transfer_workspace(
    request: Request, workspace_id: UUID, body: Transfer, tenant: Owner, session: Writing
) -> Response:
    """Make another member the owner and become an admin, both at once; for owners."""
    await members.transfer(session, tenant, body.user_id)
    return one(request, await repository.get(session, workspace_id, tenant.user_id), "workspace")


@router.delete("/{workspace_id}", status_code=204)
async def delete_workspace(tenant: Owner, session: Writing, version: ExpectedVersion) -> None:
    """Delete a shared workspace for everybody; for owners."""
    await service.delete(session, tenant, version)
