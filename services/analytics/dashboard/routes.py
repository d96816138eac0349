"""HTTP in for the dashboard."""

from fastapi import APIRouter, Response

from chassis.requests import Overseer, Reading
from chassis.responses import json_bytes
from services.analytics.dashboard import repository
from services.analytics.dashboard.schemas import DashboardOut

router = APIRouter(prefix="/v1/workspaces/{workspace_id}", tags=["dashboard"])


@router.get("/dashboard", response_model=DashboardOut)
async def get_dashboard(tenant: Overseer, reader: Reading) -> Response:
    """The workspace in numbers: what is in use, what is out, what runs low, what it is worth."""
    return json_bytes(await repository.dashboard(reader, tenant.workspace_id))
