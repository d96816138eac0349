"""HTTP in for batches."""

from fastapi import APIRouter, Response

from chassis import batches
from chassis.batches import MAX_BODY, VERSIONS_WITHIN, BatchOut
from chassis.requests import Member, Reading, Writing
from services.inventory.batches import service
from services.inventory.batches.schemas import EntryBatchIn
from services.inventory.reach import Route
from services.inventory.stock.routes import ItemWait

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/inventory", tags=["inventory"], route_class=Route
)


@router.post(
    "/batch",
    response_model=BatchOut,
    openapi_extra={"x-max-body": MAX_BODY},
    dependencies=[VERSIONS_WITHIN],
)
async def change_entries(
    body: EntryBatchIn, tenant: Member, session: Writing, reader: Reading, patience: ItemWait
) -> Response:
    """Create, update, move, adjust, count, use, archive and restore up to 1,000 inventory entries,
    each as if it were sent alone: 200, and a result for each."""
    results = await service.run(
        session, reader, body.operations, tenant.locations, patience=patience
    )
    return batches.answer(results, atomic=body.atomic)
