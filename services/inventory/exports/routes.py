"""HTTP in for exports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from chassis.exports import RESPONSES, Archived, Format, answer, nodes, records
from chassis.requests import Reading, SearchText, Viewer
from services.inventory.exports import columns, repository
from services.inventory.stock import listing
from services.inventory.stock.filters import Filters, filters
from services.inventory.stock.listing import Asked, LowStock
from services.inventory.stock.states import Condition, Status

router = APIRouter(prefix="/v1/workspaces/{workspace_id}/exports", tags=["exports"])


@router.get("/locations", response_class=StreamingResponse, responses=RESPONSES)
async def export_locations(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002 - what clients call it
    archived: Archived = False,
) -> Response:
    """Locations as a file that an import of locations reads, each after its parent."""
    within, workspace_id = tenant.locations, tenant.workspace_id
    where = await repository.all_of(reader, "l", workspace_id, within, "id", archived=archived)
    select = repository.locations(within)
    found = nodes(reader, select, where, table="locations", key="l.id")
    return await answer(request, "locations", format, columns.LOCATIONS, found)


@router.get("/containers", response_class=StreamingResponse, responses=RESPONSES)
async def export_containers(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002
    archived: Archived = False,
) -> Response:
    """Containers as a file that an import of containers reads, each after what it is in."""
    within, workspace_id = tenant.locations, tenant.workspace_id
    where = await repository.all_of(
        reader, "c", workspace_id, within, "location_id", archived=archived
    )
    select = repository.containers(within)
    found = nodes(reader, select, where, table="containers", key="c.id")
    return await answer(request, "containers", format, columns.CONTAINERS, found)


@router.get("/inventory", response_class=StreamingResponse, responses=RESPONSES)
async def export_inventory(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    q: SearchText,
    narrower: Annotated[Filters, Depends(filters)],
    format: Format = "csv",  # noqa: A002
    item_id: UUID | None = None,
    location_id: Annotated[UUID | None, Query(description="This location and all below")] = None,
    container_id: UUID | None = None,
    condition: Condition | None = None,
    status: Status | None = None,
    archived: Archived = False,
    low_stock: LowStock = None,
) -> Response:
    """Inventory entries as a file that an import of inventory reads; narrowed as their list is."""
    asked = Asked(
        q=q,
        item_id=item_id,
        location_id=location_id,
        container_id=container_id,
        condition=condition,
        status=status,
        archived=archived,
        low_stock=low_stock,
        filters=narrower,
    )
    where = await listing.narrowed(reader, tenant.workspace_id, asked, tenant.locations)
    found = records(reader, repository.entries(tenant.locations), where, key="e.id")
    return await answer(request, "inventory", format, columns.ENTRIES, found)
