"""HTTP in for the activity."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.fields import Moment
from chassis.requests import Overseer, Page, Reading
from chassis.responses import json_bytes
from services.analytics.activity import repository
from services.analytics.activity.schemas import ActivityPage, EntityType, EventType

router = APIRouter(prefix="/v1/workspaces/{workspace_id}", tags=["activity"])


@router.get("/activity", response_model=ActivityPage)
async def list_activity(
    tenant: Overseer,
    reader: Reading,
    page: Page,
    entity_type: EntityType | None = None,
    entity_id: UUID | None = None,
    actor_id: Annotated[UUID | None, Query(description="The user who did it")] = None,
    type: Annotated[  # noqa: A002 - the field's name in the API
        EventType | None,
        Query(max_length=100, description="The event's type, in full or as in `loan.returned`"),
    ] = None,
    since: Annotated[Moment | None, Query(description="From this time on")] = None,
    until: Annotated[Moment | None, Query(description="Before this time")] = None,
) -> Response:
    """Who changed what, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            entity_type=entity_type,
            entity_id=entity_id,
            actor_id=actor_id,
            type_=type,
            since=since,
            until=until,
        )
    )
