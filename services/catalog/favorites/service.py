"""The use cases of favorites."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.problems import NotFound
from services.catalog.favorites import repository
from services.catalog.items import repository as items


async def add(session: TenantSession, user_id: UUID, item_id: UUID) -> None:
    """Make an item one of the user's favorites; twice is as once."""
    await _check_item(session, item_id)
    await repository.add(session, user_id, item_id)


async def remove(session: TenantSession, user_id: UUID, item_id: UUID) -> None:
    """Make an item no favorite of the user's any more, if it was one."""
    await _check_item(session, item_id)
    await repository.remove(session, user_id, item_id)


async def _check_item(session: TenantSession, item_id: UUID) -> None:
    if not await items.exists(session, session.workspace_id, item_id):
        raise NotFound("There is no such item in this workspace.")
