"""HTTP in for movements."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.requests import Page, Reading, Viewer
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork
from services.inventory.movements import repository
from services.inventory.movements.schemas import MovementPage

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/movements", tags=["movements"], route_class=UnitOfWork
)


@router.get("", response_model=MovementPage)
async def list_movements(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    inventory_id: Annotated[UUID | None, Query(description="Of this entry")] = None,
    item_id: Annotated[UUID | None, Query(description="Of all entries of this item")] = None,
) -> Response:
    """What happened to stock, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            inventory_id=inventory_id,
            item_id=item_id,
            within=tenant.locations,
        )
    )
