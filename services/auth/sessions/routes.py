"""HTTP in for the signed-in user's sessions."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.events import now
from chassis.requests import Page, Reading, SignedInUserId, Writing, identity_of
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork
from services.auth.sessions import repository, service
from services.auth.sessions.events import Reason
from services.auth.sessions.schemas import SessionPage

KeepCurrent = Annotated[bool, Query(description="Whether the session that asks goes on")]

router = APIRouter(prefix="/v1/me/sessions", tags=["me"], route_class=UnitOfWork)


@router.get("", response_model=SessionPage)
async def list_sessions(
    request: Request, user_id: SignedInUserId, reader: Reading, page: Page
) -> Response:
    """Where you are logged in, newest first."""
    current = identity_of(request).session_id
    return json_bytes(await repository.find(reader, user_id, page, current=current, at=now()))


@router.delete("", status_code=204)
async def revoke_all_sessions(
    request: Request, user_id: SignedInUserId, session: Writing, keep_current: KeepCurrent = False
) -> None:
    """Log out everywhere, here as well unless you say otherwise."""
    kept = identity_of(request).session_id if keep_current else None
    await service.revoke_all(session, user_id, Reason.REVOKED, but=kept)


@router.delete("/{session_id}", status_code=204)
async def revoke_session(session_id: UUID, user_id: SignedInUserId, session: Writing) -> None:
    """End one of your sessions; its access tokens are refused at once."""
    await service.revoke(session, user_id, session_id)
