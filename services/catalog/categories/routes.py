"""HTTP in for categories."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.fields import ExternalId
from chassis.requests import ExpectedVersion, Member, Page, Reading, Viewer, Writing
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.categories import repository, service
from services.catalog.categories.schemas import (
    CategoryCreate,
    CategoryOut,
    CategoryPage,
    CategoryPatch,
)

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/categories", tags=["categories"], route_class=UnitOfWork
)


@router.post("", status_code=201, response_model=CategoryOut)
async def create_category(body: CategoryCreate, tenant: Member, session: Writing) -> Response:
    """Add a category, at the top or under a parent."""
    category_id = await service.create(session, body)
    rows = await repository.get(session, tenant.workspace_id, category_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/categories/{category_id}")


@router.get("", response_model=CategoryPage)
async def list_categories(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    parent_id: UUID | None = None,
    roots: Annotated[bool, Query(description="Only those at the top")] = False,
    archived: bool = False,
    external_id: ExternalId | None = None,
) -> Response:
    """Categories, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            parent_id=parent_id,
            roots=roots,
            archived=archived,
            external_id=external_id,
        )
    )


@router.get("/{category_id}", response_model=CategoryOut)
async def get_category(
    request: Request, category_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One category with the way to it."""
    return one(request, await repository.get(reader, tenant.workspace_id, category_id), "category")


@router.patch("/{category_id}", response_model=CategoryOut)
async def update_category(
    request: Request,
    category_id: UUID,
    body: CategoryPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename, describe or move a category."""
    await service.update(session, category_id, body, version)
    return one(request, await repository.get(session, tenant.workspace_id, category_id), "category")


@router.post("/{category_id}/archive", response_model=CategoryOut)
async def archive_category(
    request: Request, category_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put a category out of use."""
    await service.archive(session, category_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, category_id), "category")


@router.post("/{category_id}/restore", response_model=CategoryOut)
async def restore_category(
    request: Request, category_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived category into use again."""
    await service.restore(session, category_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, category_id), "category")


@router.delete("/{category_id}", status_code=204)
async def delete_category(
    category_id: UUID,
    _tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> None:
    """Delete an empty category for good."""
    await service.delete(session, category_id, version)
