"""HTTP in for items."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.fields import ExternalId, ShortName
from chassis.requests import (
    ExpectedVersion,
    Member,
    Page,
    Reading,
    Restricted,
    SearchText,
    Viewer,
    Writing,
)
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.items import merging, repository, service
from services.catalog.items.attributes import DOCUMENTED, AttributeFilters
from services.catalog.items.schemas import (
    ItemClone,
    ItemCreate,
    ItemMerge,
    ItemOut,
    ItemPage,
    ItemPatch,
    Sku,
)

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/items", tags=["items"], route_class=UnitOfWork
)


@router.post("", status_code=201, response_model=ItemOut)
async def create_item(body: ItemCreate, tenant: Member, session: Writing) -> Response:
    """Add a thing to the catalog."""
    item_id = await service.create(session, body)
    rows = await repository.get(session.last, tenant.workspace_id, item_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/items/{item_id}")


@router.get("", response_model=ItemPage, openapi_extra=DOCUMENTED)
async def list_items(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    q: SearchText,
    attributes: AttributeFilters,
    category_id: Annotated[UUID | None, Query(description="This category and all below")] = None,
    sku: Sku | None = None,
    external_id: ExternalId | None = None,
    barcode: ShortName | None = None,
    archived: bool = False,
) -> Response:
    """Items, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            q=q,
            category_id=category_id,
            sku=sku,
            external_id=external_id,
            barcode=barcode,
            archived=archived,
            attributes=attributes,
        )
    )


@router.get("/{item_id}", response_model=ItemOut)
async def get_item(request: Request, item_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One item."""
    rows = await repository.get(reader, tenant.workspace_id, item_id)
    if not rows:
        raise await service.missing(reader, tenant.workspace_id, item_id)
    return one(request, rows, "item")


@router.patch("/{item_id}", response_model=ItemOut)
async def update_item(
    request: Request,
    item_id: UUID,
    body: ItemPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change an item's fields."""
    await service.update(session, item_id, body, version)
    return one(request, await repository.get(session.last, tenant.workspace_id, item_id), "item")


@router.post("/{item_id}/archive", response_model=ItemOut)
async def archive_item(
    request: Request, item_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put an item out of use."""
    await service.archive(session, item_id, version)
    return one(request, await repository.get(session.last, tenant.workspace_id, item_id), "item")


@router.post("/{item_id}/restore", response_model=ItemOut)
async def restore_item(
    request: Request, item_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived item into use again."""
    await service.restore(session, item_id, version)
    return one(request, await repository.get(session.last, tenant.workspace_id, item_id), "item")


@router.post("/{item_id}/clone", status_code=201, response_model=ItemOut)
async def clone_item(
    item_id: UUID, tenant: Member, session: Writing, body: ItemClone | None = None
) -> Response:
    """Add another item like this one."""
    new_id = await service.clone(session, item_id, body or ItemClone())
    rows = await repository.get(session.last, tenant.workspace_id, new_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/items/{new_id}")


@router.post("/{item_id}/merge", response_model=ItemOut)
async def merge_items(
    request: Request,
    item_id: UUID,
    body: ItemMerge,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Let this item go on for its duplicates: what it lacks is taken from them, they are gone, and
    their stock, loans and numbers are its own."""
    if tenant.locations is not None:
        raise Restricted("Merging changes stock wherever it stands; ask somebody who reaches all.")
    await merging.merge(session, item_id, body, version)
    return one(request, await repository.get(session.last, tenant.workspace_id, item_id), "item")


@router.delete("/{item_id}", status_code=204)
async def delete_item(
    item_id: UUID,
    _tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> None:
    """Delete an item of which there is no stock."""
    await service.delete(session, item_id, version)
