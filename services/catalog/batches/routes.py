"""HTTP in for batches."""

from fastapi import APIRouter, Response

from chassis import batches
from chassis.batches import MAX_BODY, VERSIONS_WITHIN, BatchOut
from chassis.requests import Member, Writing
from chassis.unit_of_work import UnitOfWork
from services.catalog.batches import service
from services.catalog.batches.schemas import BatchIn

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/items", tags=["items"], route_class=UnitOfWork
)


@router.post(
    "/batch",
    response_model=BatchOut,
    openapi_extra={"x-max-body": MAX_BODY},
    dependencies=[VERSIONS_WITHIN],
)
async def change_items(body: BatchIn, _tenant: Member, session: Writing) -> Response:
    """Create, update, archive, restore and delete up to 1,000 items, each as if it were sent alone:
    200, and a result for each."""
    return batches.answer(await service.run(session, body.operations), atomic=body.atomic)
