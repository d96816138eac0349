"""HTTP in for batches."""

from fastapi import APIRouter, Response
from pydantic_core import to_json

from chassis.requests import Member, Writing
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork
from services.catalog.batches import service
from services.catalog.batches.schemas import BatchIn, BatchOut

MAX_BODY = 8 * 1024 * 1024  # bytes: a thousand items, of eight thousand characters each

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/items", tags=["items"], route_class=UnitOfWork
)


@router.post("/batch", response_model=BatchOut, openapi_extra={"x-max-body": MAX_BODY})
async def change_items(body: BatchIn, _tenant: Member, session: Writing) -> Response:
    """Create, update, archive, restore and delete up to 1,000 items, each as if it were sent alone:
    200, and a result for each."""
    results = await service.run(session, body.operations, atomic=body.atomic)
    failed = sum(result["problem"] is not None for result in results)
    counts = {"succeeded": len(results) - failed, "failed": failed}
    return json_bytes(to_json({"results": results, **counts}))
