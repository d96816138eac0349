"""HTTP in for movements."""

import json
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.problems import Conflict, NotFound
from chassis.requests import Member, Page, Reading, Viewer, Writing
from chassis.responses import json_bytes
from services.inventory.movements import repository
from services.inventory.movements.schemas import MovementOut, MovementPage, MovementUndo
from services.inventory.reach import Route
from services.inventory.stock import undoing

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/movements", tags=["movements"], route_class=Route
)


@router.get("", response_model=MovementPage)
async def list_movements(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    inventory_id: Annotated[UUID | None, Query(description="Of this entry")] = None,
    item_id: Annotated[UUID | None, Query(description="Of all entries of this item")] = None,
    stocktake_id: Annotated[
        UUID | None, Query(description="What put the books right for this stocktake")
    ] = None,
) -> Response:
    """What happened to stock, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            inventory_id=inventory_id,
            item_id=item_id,
            stocktake_id=stocktake_id,
            within=tenant.locations,
        )
    )


@router.get("/{movement_id}", response_model=MovementOut)
async def get_movement(movement_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One movement, which never changes but for `undone_by`."""
    rows = await repository.get(reader, tenant.workspace_id, movement_id, tenant.locations)
    if not rows:
        raise NotFound("There is no such movement in this workspace.")
    return json_bytes(rows[0][0])


@router.post("/{movement_id}/undo", status_code=201, response_model=MovementOut)
async def undo_movement(
    movement_id: UUID, tenant: Member, session: Writing, body: MovementUndo | None = None
) -> Response:
    """Do the opposite, and answer with the movement that did; refused if that can't be done any
    more. What was undone is done again by undoing that."""
    reason = body.reason if body is not None else None
    await undoing.undo(session, movement_id, reason, tenant.locations)
    rows = await repository.get(
        session, tenant.workspace_id, movement_id, tenant.locations, by="undoes"
    )
    if not rows:
        raise Conflict("The place was moved out of your reach meanwhile; nothing was done.")
    undone: str = json.loads(rows[0][0])["id"]
    location = f"/v1/workspaces/{tenant.workspace_id}/movements/{undone}"
    return json_bytes(rows[0][0], 201, {"location": location})
