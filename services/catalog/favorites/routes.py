"""HTTP in for favorites: everybody's own, viewers' too."""

from uuid import UUID

from fastapi import APIRouter, Response

from chassis.requests import Page, Reading, Viewer, Writing
from chassis.responses import json_bytes
from chassis.unit_of_work import UnitOfWork
from services.catalog.favorites import repository, service
from services.catalog.favorites.schemas import FavoritePage

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/favorites", tags=["favorites"], route_class=UnitOfWork
)

_PERSONAL = {"x-personal": True}


@router.get("", response_model=FavoritePage)
async def list_favorites(tenant: Viewer, reader: Reading, page: Page) -> Response:
    """The items that you want at hand, the latest first."""
    return json_bytes(
        await repository.find(reader, tenant.workspace_id, page, user_id=tenant.user_id)
    )


@router.put("/{item_id}", status_code=204, openapi_extra=_PERSONAL)
async def add_favorite(item_id: UUID, tenant: Viewer, session: Writing) -> None:
    """Make an item one of your favorites."""
    await service.add(session, tenant.user_id, item_id)


@router.delete("/{item_id}", status_code=204, openapi_extra=_PERSONAL)
async def remove_favorite(item_id: UUID, tenant: Viewer, session: Writing) -> None:
    """Make an item none of your favorites."""
    await service.remove(session, tenant.user_id, item_id)
