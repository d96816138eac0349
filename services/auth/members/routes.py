"""HTTP in for members."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.identity import AccessScope
from chassis.requests import (
    Admin,
    ExpectedVersion,
    Page,
    Reading,
    Viewer,
    Writing,
    identity_of,
    require_scope,
)
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.auth.members import repository, service
from services.auth.members.schemas import MemberAdd, MemberOut, MemberPage, MemberPatch

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/members", tags=["members"], route_class=UnitOfWork
)


@router.get("", response_model=MemberPage)
async def list_members(tenant: Viewer, reader: Reading, page: Page) -> Response:
    """The members of a workspace, newest first."""
    return json_bytes(await repository.find(reader, tenant.workspace_id, page))


@router.post("", status_code=201, response_model=MemberOut)
async def add_member(
    request: Request, body: MemberAdd, tenant: Admin, session: Writing
) -> Response:
    """Make a registered user a member, of all of the workspace or restricted to locations; for
    admins. Who has not verified their e-mail address yet is invited instead."""
    need_proof: bool = request.app.state.members_need_proof
    user_id = await service.add(session, tenant, body, need_proof=need_proof)
    rows = await repository.get(session, tenant.workspace_id, user_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/members/{user_id}")


@router.get("/{user_id}", response_model=MemberOut)
async def get_member(request: Request, user_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One member."""
    return one(request, await repository.get(reader, tenant.workspace_id, user_id), "member")


@router.patch("/{user_id}", response_model=MemberOut)
async def change_member(
    request: Request,
    user_id: UUID,
    body: MemberPatch,
    tenant: Admin,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Give a member another role, or restrict them to locations; for admins, up to their own
    role."""
    await service.change(session, tenant, user_id, body, version)
    return one(request, await repository.get(session, tenant.workspace_id, user_id), "member")


@router.delete("/{user_id}", status_code=204)
async def remove_member(
    request: Request, user_id: UUID, tenant: Viewer, session: Writing, version: ExpectedVersion
) -> None:
    """Remove a member; for admins, with an access token that has the scope `admin`, and for oneself
    to leave."""
    if user_id != tenant.user_id:
        require_scope(identity_of(request), AccessScope.ADMIN)
    await service.remove(session, tenant, user_id, version)
