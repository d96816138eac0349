"""HTTP in for invitations: a workspace's, for its admins; and one's own, by its token."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from chassis.requests import (
    Admin,
    DatabasePart,
    ExpectedVersion,
    Page,
    Reading,
    SignedInUserId,
    Writing,
)
from chassis.responses import created, json_bytes, one
from chassis.scope import SYSTEM
from chassis.unit_of_work import UnitOfWork
from services.auth.guard import GuardPart
from services.auth.invitations import repository, service
from services.auth.invitations.schemas import (
    InvitationCreate,
    InvitationOut,
    InvitationPage,
    InvitationShown,
)
from services.auth.invitations.states import Status
from services.auth.invitations.tokens import hash_of
from services.auth.members import repository as members
from services.auth.members.schemas import MemberOut

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/invitations",
    tags=["invitations"],
    route_class=UnitOfWork,
)
by_token = APIRouter(prefix="/v1/invitations/{token}", tags=["invitations"], route_class=UnitOfWork)

GivenToken = Annotated[str, Path(max_length=100, description="From the invitation's mail")]


@router.get("", response_model=InvitationPage)
async def list_invitations(
    tenant: Admin, reader: Reading, page: Page, status: Status | None = None
) -> Response:
    """Whom the workspace has invited, newest first; for admins."""
    return json_bytes(await repository.find(reader, tenant.workspace_id, page, status=status))


@router.post("", status_code=201, response_model=InvitationOut)
async def invite(
    body: InvitationCreate, tenant: Admin, session: Writing, guard: GuardPart
) -> Response:
    """Invite somebody by mail, whether or not they have registered; for admins, up to their own
    role. A pending invitation to the same address is good no more."""
    invitation_id = await service.invite(session, tenant, guard.mail, guard.throttle, body)
    rows = await repository.get(session, tenant.workspace_id, invitation_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/invitations/{invitation_id}")


@router.get("/{invitation_id}", response_model=InvitationOut)
async def get_invitation(
    request: Request, invitation_id: UUID, tenant: Admin, reader: Reading
) -> Response:
    """One invitation; for admins."""
    rows = await repository.get(reader, tenant.workspace_id, invitation_id)
    return one(request, rows, service.WHAT)


@router.delete("/{invitation_id}", status_code=204)
async def revoke_invitation(
    invitation_id: UUID, tenant: Admin, session: Writing, version: ExpectedVersion
) -> None:
    """Take an invitation back; for admins."""
    await service.revoke(session, tenant, invitation_id, version)


@by_token.get("", response_model=InvitationShown)
async def show_invitation(token: GivenToken, database: DatabasePart) -> Response:
    """What an invitation is about, for whoever has its link."""
    rows = await repository.shown(database.reader.within(SYSTEM), hash_of(token))
    if not rows:
        raise service.unknown()
    [(status, body)] = rows
    service.check_usable(status)
    return json_bytes(body, headers={"cache-control": "no-store"})


@by_token.post("/accept", status_code=201, response_model=MemberOut)
async def accept_invitation(
    token: GivenToken, user_id: SignedInUserId, session: Writing
) -> Response:
    """Become a member. Register first with the invited address, if you have no account."""
    workspace_id = await service.accept(session, user_id, token)
    rows = await members.get(session, workspace_id, user_id)
    return created(rows, f"/v1/workspaces/{workspace_id}/members/{user_id}")


@by_token.post("/decline", status_code=204)
async def decline_invitation(token: GivenToken, session: Writing) -> None:
    """Say no to an invitation, with or without an account."""
    await service.decline(session, token)
