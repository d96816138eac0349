"""HTTP in for service accounts and their tokens; all of it for admins.

A token is made in a session alone, so that no token makes another.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response

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
from chassis.unit_of_work import UnitOfWork
from services.auth.access_tokens import repository as tokens
from services.auth.access_tokens.routes import shown_once
from services.auth.access_tokens.schemas import NewTokenOut, ServiceTokenCreate, TokenPage
from services.auth.service_accounts import repository, service
from services.auth.service_accounts.schemas import (
    ServiceAccountCreate,
    ServiceAccountOut,
    ServiceAccountPage,
    ServiceAccountPatch,
)

_PREFIX = "/v1/workspaces/{workspace_id}/service-accounts"
router = APIRouter(prefix=_PREFIX, tags=["service accounts"], route_class=UnitOfWork)
secret_router = APIRouter(prefix=_PREFIX, tags=["service accounts"])


@router.get("", response_model=ServiceAccountPage)
async def list_service_accounts(tenant: Admin, reader: Reading, page: Page) -> Response:
    """The service accounts of a workspace, newest first."""
    return json_bytes(await repository.find(reader, tenant.workspace_id, page))


@router.post("", status_code=201, response_model=ServiceAccountOut)
async def create_service_account(
    body: ServiceAccountCreate, tenant: Admin, session: Writing
) -> Response:
    """Make a service account: a member that is no person, for scripts and machines."""
    account_id = await service.create(session, tenant, body)
    rows = await repository.get(session, tenant.workspace_id, account_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/service-accounts/{account_id}")


@router.get("/{account_id}", response_model=ServiceAccountOut)
async def get_service_account(
    request: Request, account_id: UUID, tenant: Admin, reader: Reading
) -> Response:
    """One service account."""
    rows = await repository.get(reader, tenant.workspace_id, account_id)
    return one(request, rows, "service account")


@router.patch("/{account_id}", response_model=ServiceAccountOut)
async def update_service_account(
    request: Request,
    account_id: UUID,
    body: ServiceAccountPatch,
    tenant: Admin,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename a service account, or give it another role, up to your own."""
    await service.update(session, tenant, account_id, body, version)
    rows = await repository.get(session, tenant.workspace_id, account_id)
    return one(request, rows, "service account")


@router.delete("/{account_id}", status_code=204)
async def delete_service_account(
    account_id: UUID, tenant: Admin, session: Writing, version: ExpectedVersion
) -> None:
    """Delete a service account; its tokens are refused at once."""
    await service.delete(session, tenant, account_id, version)


@router.get("/{account_id}/tokens", response_model=TokenPage)
async def list_service_account_tokens(
    request: Request, account_id: UUID, tenant: Admin, reader: Reading, page: Page
) -> Response:
    """The access tokens of a service account, newest first; revoked ones are gone."""
    one(request, await repository.get(reader, tenant.workspace_id, account_id), "service account")
    return json_bytes(await tokens.find(reader, account_id, page))


@secret_router.post("/{account_id}/tokens", status_code=201, response_model=NewTokenOut)
async def create_service_account_token(
    account_id: UUID,
    body: ServiceTokenCreate,
    tenant: Admin,
    _user_id: SignedInUserId,
    database: DatabasePart,
) -> Response:
    """Make an access token of a service account, for this workspace; its text is in this answer
    and never again."""
    async with database.session(tenant.scope) as session:
        token_id, text = await service.issue_token(session, tenant, account_id, body)
        rows = await tokens.get(session, account_id, token_id)
    path = f"/v1/workspaces/{tenant.workspace_id}/service-accounts/{account_id}/tokens"
    return shown_once(rows, text, f"{path}/{token_id}")


@router.delete("/{account_id}/tokens/{token_id}", status_code=204)
async def revoke_service_account_token(
    account_id: UUID, token_id: UUID, tenant: Admin, session: Writing, version: ExpectedVersion
) -> None:
    """Revoke an access token of a service account; it is refused at once and gone for good."""
    await service.revoke_token(session, tenant, account_id, token_id, version)
