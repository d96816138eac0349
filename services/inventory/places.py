"""Where a thing may stand: a location in use and, if given, a container in use within it."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.problems import Conflict, Invalid, invalid
from chassis.reach import Reach
from services.inventory.reach import reaches


async def check(
    session: TenantSession, location_id: UUID, container_id: UUID | None = None, *, within: Reach
) -> None:
    """Raise `Invalid` unless the place is one to put things in, for one who reaches no more than
    what is `within`. It stays so, and the container stays where it is, until this transaction
    ends."""
    found = await session.rows(
        "SELECT is_archived FROM locations WHERE workspace_id = $1 AND id = $2 FOR SHARE",
        session.workspace_id,
        location_id,
    )
    if not found or not await reaches(session, session.workspace_id, within, location_id):
        raise invalid("location_id", "There is no such location here.", "not-found")
    if found[0][0]:
        raise invalid("location_id", "This location is archived; restore it first.", "archived")
    if container_id is None:
        return
    found = await session.rows(
        """
        SELECT is_archived, location_id FROM containers
        WHERE workspace_id = $1 AND id = $2 FOR SHARE
        """,
        session.workspace_id,
        container_id,
    )
    archived, stands_at = found[0] if found else (False, None)
    if not found or not await reaches(session, session.workspace_id, within, stands_at):
        raise invalid("container_id", "There is no such container here.", "not-found")
    if stands_at != location_id:
        raise invalid("container_id", "This container stands in another location.", "elsewhere")
    if archived:
        raise invalid("container_id", "This container is archived; restore it first.", "archived")


async def check_for_return(
    session: TenantSession, location_id: UUID, container_id: UUID | None = None
) -> None:
    """As `check`, for what is to be in use again where it stood: raises `Conflict`, since the
    request named no place."""
    try:
        await check(session, location_id, container_id, within=None)
    except Invalid as problem:
        raise Conflict(problem.detail) from problem
