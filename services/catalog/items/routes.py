"""HTTP in for items."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.fields import ExternalId, Moment, ShortName
from chassis.pages import LIMIT, Limit, paging_of
from chassis.requests import (
    ExpectedVersion,
    Member,
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
from services.catalog.search import service as search
from services.catalog.search.cursors import Sort
from services.catalog.search.filters import Filters
from services.catalog.search.parameters import (
    FacetNames,
    LabelIds,
    SearchCursor,
    facets_of,
    labels_of,
)
from services.catalog.search.service import Wanted

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/items", tags=["items"], route_class=UnitOfWork
)


@router.post("", status_code=201, response_model=ItemOut)
async def create_item(body: ItemCreate, tenant: Member, session: Writing) -> Response:
    """Add a thing to the catalog."""
    item = await service.create(session, body, last=True)
    return created(item.rows, f"/v1/workspaces/{tenant.workspace_id}/items/{item.id}")


@router.get("", response_model=ItemPage, openapi_extra=DOCUMENTED)
async def list_items(
    tenant: Viewer,
    reader: Reading,
    q: SearchText,
    attributes: AttributeFilters,
    limit: Limit = LIMIT,
    cursor: SearchCursor = None,
    sort: Annotated[
        Sort | None, Query(description="`relevance` with `q`, else newest first")
    ] = None,
    category_id: Annotated[UUID | None, Query(description="This category and all below")] = None,
    label_id: LabelIds = None,
    label_match: Annotated[
        Literal["any", "all"], Query(description="Whether one of the labels is enough")
    ] = "any",
    brand: ShortName | None = None,
    manufacturer: ShortName | None = None,
    purchased_from: Annotated[UUID | None, Query(description="The company")] = None,
    location_id: Annotated[
        UUID | None, Query(description="There is stock in this location or below it")
    ] = None,
    insured: bool | None = None,
    needs_review: bool | None = None,
    has_image: bool | None = None,
    created_from: Moment | None = None,
    created_before: Moment | None = None,
    updated_from: Moment | None = None,
    updated_before: Moment | None = None,
    sku: Sku | None = None,
    external_id: ExternalId | None = None,
    barcode: ShortName | None = None,
    archived: bool = False,
    highlight: Annotated[bool, Query(description="Show what matched")] = False,
    facets: FacetNames = None,
) -> Response:
    """Items: found by words, narrowed, counted and in any order; newest first by default."""
    filters = Filters(
        category_id=category_id,
        labels=labels_of(label_id),
        all_labels=label_match == "all",
        brand=brand,
        manufacturer=manufacturer,
        insured=insured,
        needs_review=needs_review,
        has_image=has_image,
        purchased_from=purchased_from,
        location_id=location_id,
        created_from=created_from,
        created_before=created_before,
        updated_from=updated_from,
        updated_before=updated_before,
        sku=sku,
        external_id=external_id,
        barcode=barcode,
        archived=archived,
        attributes=attributes,
    )
    if q is None and sort is None and not (filters.need_search or facets or highlight):
        found = await repository.find(
            reader,
            tenant.workspace_id,
            paging_of(f"/v1/workspaces/{tenant.workspace_id}/items", limit, cursor),
            category_id=category_id,
            sku=sku,
            external_id=external_id,
            barcode=barcode,
            archived=archived,
        )
    else:
        wanted = Wanted(sort, limit, cursor, highlight, facets_of(facets))
        found = await search.find(reader, tenant.workspace_id, q, filters, wanted, tenant.locations)
    return json_bytes(found)


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
    item = await service.clone(session, item_id, body or ItemClone())
    return created(item.rows, f"/v1/workspaces/{tenant.workspace_id}/items/{item.id}")


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
