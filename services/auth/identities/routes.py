"""HTTP in for one's identities at other providers."""

from uuid import UUID

from fastapi import APIRouter, Response

from chassis.requests import Page, Reading, SignedInUserId, Writing
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork
from services.auth.identities import repository, service
from services.auth.identities.schemas import IdentityPage

router = APIRouter(prefix="/v1/me/identities", tags=["me"], route_class=UnitOfWork)


@router.get("", response_model=IdentityPage)
async def list_identities(user_id: SignedInUserId, reader: Reading, page: Page) -> Response:
    """Who you are at the providers that you sign in with, newest first."""
    return json_bytes(await repository.find(reader, user_id, page))


@router.delete("/{identity_id}", status_code=204)
async def unlink_identity(identity_id: UUID, user_id: SignedInUserId, session: Writing) -> None:
    """Sign in with this provider no more; not for the last way in."""
    await service.unlink(session, user_id, identity_id)
