"""HTTP in for the wishlist."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.database import Source
from chassis.fields import ExternalId
from chassis.requests import ExpectedVersion, Member, Page, Reading, Tenant, Viewer, Writing
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.wishlist import repository, service
from services.catalog.wishlist.schemas import (
    WishAcquire,
    WishCreate,
    WishOut,
    WishPage,
    WishPatch,
)
from services.catalog.wishlist.states import Status

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/wishlist", tags=["wishlist"], route_class=UnitOfWork
)


async def _wish(request: Request, source: Source, tenant: Tenant, wish_id: UUID) -> Response:
    return one(request, await repository.get(source, tenant.workspace_id, wish_id), "wish")


@router.post("", status_code=201, response_model=WishOut)
async def create_wish(body: WishCreate, tenant: Member, session: Writing) -> Response:
    """Put something on the list."""
    wish_id = await service.create(session, body)
    rows = await repository.get(session.last, tenant.workspace_id, wish_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/wishlist/{wish_id}")


@router.get("", response_model=WishPage)
async def list_wishes(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    status: Status | None = None,
    priority: Annotated[
        int | None, Query(ge=1, le=5, description="This priority and above")
    ] = None,
    external_id: ExternalId | None = None,
) -> Response:
    """What is wanted, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            status=status,
            priority=priority,
            external_id=external_id,
        )
    )


@router.get("/{wish_id}", response_model=WishOut)
async def get_wish(request: Request, wish_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One wish."""
    return await _wish(request, reader, tenant, wish_id)


@router.patch("/{wish_id}", response_model=WishOut)
async def update_wish(
    request: Request,
    wish_id: UUID,
    body: WishPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a wish's fields; its status has verbs of its own."""
    await service.update(session, wish_id, body, version)
    return await _wish(request, session, tenant, wish_id)


@router.post("/{wish_id}/order", response_model=WishOut)
async def order_wish(
    request: Request, wish_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Note that it was ordered."""
    await service.order(session, wish_id, version)
    return await _wish(request, session, tenant, wish_id)


@router.post("/{wish_id}/reopen", response_model=WishOut)
async def reopen_wish(
    request: Request, wish_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Want it again: the order came to nothing."""
    await service.reopen(session, wish_id, version)
    return await _wish(request, session, tenant, wish_id)


@router.post("/{wish_id}/acquire", response_model=WishOut)
async def acquire_wish(
    request: Request,
    wish_id: UUID,
    body: WishAcquire,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Note that it is there: link an item of the catalog, or make one."""
    await service.acquire(session, wish_id, body, version)
    return await _wish(request, session, tenant, wish_id)


@router.delete("/{wish_id}", status_code=204)
async def delete_wish(
    wish_id: UUID, _tenant: Member, session: Writing, version: ExpectedVersion
) -> None:
    """Take a wish off the list; what it became stays in the catalog."""
    await service.delete(session, wish_id, version)
