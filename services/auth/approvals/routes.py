"""HTTP in for approvals. Changes come in, and outcomes, from the gateway alone."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Request, Response

from chassis.identity import MemberRole
from chassis.requests import (
    Admin,
    ExpectedVersion,
    Member,
    Page,
    Reading,
    Tenant,
    Viewer,
    Writing,
)
from chassis.responses import json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.auth.approvals import repository, service
from services.auth.approvals.schemas import (
    ChangeRequest,
    Outcome,
    PendingChangeOut,
    PendingChangePage,
    Rejection,
)
from services.auth.approvals.states import Status

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/approvals", tags=["approvals"], route_class=UnitOfWork
)
internal = APIRouter(
    prefix="/internal/approvals/{workspace_id}", include_in_schema=False, route_class=UnitOfWork
)

VersionSeen = Annotated[str | None, Header(alias="If-Match", max_length=200)]


@router.get("", response_model=PendingChangePage)
async def list_approvals(
    tenant: Viewer, reader: Reading, page: Page, status: Status | None = None
) -> Response:
    """Changes that waited or wait for an approval, newest first: all for admins, one's own for
    others. What is long is told of one alone."""
    return json_bytes(
        await repository.find(reader, tenant.workspace_id, page, status=status, of=_whose(tenant))
    )


@router.get("/{approval_id}", response_model=PendingChangeOut)
async def get_approval(
    request: Request, approval_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One of them, with what the member sent."""
    rows = await repository.get(reader, tenant.workspace_id, approval_id, of=_whose(tenant))
    return one(request, rows, service.WHAT)


@router.post("/{approval_id}/approve", response_model=PendingChangeOut)
async def approve(
    request: Request,
    approval_id: UUID,
    tenant: Admin,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Approve a change, and have it made at once in the member's name: `applied`, or `failed` with
    the problem it has by now. `approved` means that it could not be tried yet: approve it again.
    For admins."""
    await service.approve(session, tenant, approval_id, version)
    return one(
        request, await repository.get(session, tenant.workspace_id, approval_id), service.WHAT
    )


@router.post("/{approval_id}/reject", response_model=PendingChangeOut)
async def reject(
    request: Request,
    approval_id: UUID,
    body: Rejection,
    tenant: Admin,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Refuse a change, and tell the member why; for admins."""
    await service.reject(session, tenant, approval_id, body.reason, version)
    return one(
        request, await repository.get(session, tenant.workspace_id, approval_id), service.WHAT
    )


@router.post("/{approval_id}/cancel", response_model=PendingChangeOut)
async def cancel(
    request: Request,
    approval_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Take your own change back while it waits."""
    await service.cancel(session, tenant, approval_id, version)
    return one(
        request, await repository.get(session, tenant.workspace_id, approval_id), service.WHAT
    )


@internal.post("", status_code=202)
async def store(
    body: ChangeRequest, tenant: Member, session: Writing, seen: VersionSeen = None
) -> Response:
    """Store a member's change, in their name; answers as the member is answered."""
    if_match = None if seen == "*" else seen
    change_id = await service.request(session, tenant, body, if_match)
    [(_, document)] = await repository.get(session, tenant.workspace_id, change_id)
    where = f"/v1/workspaces/{tenant.workspace_id}/approvals/{change_id}"
    return json_bytes(document, 202, {"location": where})


@internal.post("/{approval_id}/outcome")
async def conclude(
    request: Request, approval_id: UUID, body: Outcome, tenant: Admin, session: Writing
) -> Response:
    """Note what came of an approved change, in the name of who approved it."""
    await service.conclude(session, approval_id, body)
    return one(
        request, await repository.get(session, tenant.workspace_id, approval_id), service.WHAT
    )


def _whose(tenant: Tenant) -> UUID | None:
    return None if tenant.role.allows(MemberRole.ADMIN) else tenant.user_id
