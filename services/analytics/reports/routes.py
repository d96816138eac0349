"""HTTP in for reports."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from chassis.pages import MAX_LIMIT
from chassis.requests import Overseer, Reading
from chassis.responses import json_bytes
from services.analytics.reports import repository
from services.analytics.reports.schemas import MostLentItems

router = APIRouter(prefix="/v1/workspaces/{workspace_id}/analytics", tags=["analytics"])


@router.get("/most-lent-items", response_model=MostLentItems)
async def most_lent_items(
    tenant: Overseer,
    reader: Reading,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items")] = 10,
) -> Response:
    """The items that were lent most often, then by name."""
    return json_bytes(await repository.most_lent_items(reader, tenant.workspace_id, limit))
