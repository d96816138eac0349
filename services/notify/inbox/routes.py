"""HTTP in for the inbox: a user's own notifications, across their workspaces."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from chassis.requests import Page, Reading, UserId, Writing
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork
from services.notify.inbox import repository, service
from services.notify.inbox.schemas import (
    Marked,
    NotificationOut,
    NotificationPage,
    ReadAll,
    UnreadCount,
)

router = APIRouter(prefix="/v1/notifications", tags=["notifications"], route_class=UnitOfWork)


@router.get("", response_model=NotificationPage)
async def list_notifications(
    user_id: UserId,
    reader: Reading,
    page: Page,
    unread: Annotated[bool, Query(description="Only those not read yet")] = False,
) -> Response:
    """Your notifications, newest first."""
    return json_bytes(await repository.find(reader, user_id, page, unread=unread))


@router.get("/unread-count")
async def count_unread_notifications(user_id: UserId, reader: Reading) -> UnreadCount:
    """How many of your notifications you have not read."""
    return UnreadCount(count=await repository.count_unread(reader, user_id))


@router.post("/read-all")
async def read_all_notifications(
    user_id: UserId, session: Writing, body: ReadAll | None = None
) -> Marked:
    """Mark all your notifications read, or those of one workspace."""
    workspace_id = body.workspace_id if body else None
    return Marked(count=await service.read_all(session, user_id, workspace_id))


@router.post("/{notification_id}/read", response_model=NotificationOut)
async def read_notification(notification_id: UUID, user_id: UserId, session: Writing) -> Response:
    """Mark one notification read."""
    return json_bytes(await service.read(session, user_id, notification_id))
