"""HTTP in for past stock."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.events import now
from chassis.fields import Moment
from chassis.problems import NotFound
from chassis.requests import Page, Reading, Viewer
from chassis.responses import json_bytes
from services.inventory.history import repository
from services.inventory.history.schemas import By, EntryThen, StockPage
from services.inventory.reach import Route
from services.inventory.stock import repository as stock

router = APIRouter(prefix="/v1/workspaces/{workspace_id}", tags=["stock"], route_class=Route)


@router.get("/stock", response_model=StockPage)
async def list_stock(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    at: Annotated[Moment | None, Query(description="The moment; now when absent")] = None,
    by: Annotated[By, Query(description="What units are summed by")] = By.ENTRY,
    item_id: UUID | None = None,
    location_id: Annotated[UUID | None, Query(description="This location and all below")] = None,
    container_id: UUID | None = None,
) -> Response:
    """What was in use at a moment, how many units and where, summed from the movements; newest
    first. Names are today's."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            at=at,
            by=by,
            item_id=item_id,
            location_id=location_id,
            container_id=container_id,
            within=tenant.locations,
        )
    )


@router.get("/inventory/{entry_id}/at")
async def entry_at(
    entry_id: UUID,
    tenant: Viewer,
    reader: Reading,
    time: Annotated[Moment | None, Query(description="The moment; now when absent")] = None,
) -> EntryThen:
    """How many units of an entry were in use at a moment, and where."""
    if await stock.place_of(reader, tenant.workspace_id, entry_id) is None:
        raise NotFound("There is no such inventory entry in this workspace.")
    at = time or now()
    quantity, location_id, location_name, container_id, container_name = await repository.then(
        reader, tenant.workspace_id, entry_id, at, tenant.locations
    )
    return EntryThen(
        inventory_id=entry_id,
        time=at,
        quantity=quantity,
        location_id=location_id,
        location_name=location_name,
        container_id=container_id,
        container_name=container_name,
    )
