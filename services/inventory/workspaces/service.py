"""What the rest of inventory asks about workspaces: which day it is there."""

from datetime import UTC, date, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chassis.database import Source
from chassis.events import now
from services.inventory.workspaces import repository


async def zone(source: Source, workspace_id: UUID) -> tzinfo:
    """The workspace's time zone; UTC before it was heard of."""
    return zone_named(await repository.timezone(source, workspace_id))


async def today(source: Source, workspace_id: UUID) -> date:
    """The date it is in the workspace."""
    return now().astimezone(await zone(source, workspace_id)).date()


def zone_named(name: str) -> tzinfo:
    """The time zone of that IANA name; UTC for one that is not known here."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC
