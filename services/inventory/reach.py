"""What a member reaches who is restricted to location subtrees: these locations, and what stands
there. Items are not restricted: what things are is no secret of a place."""

from typing import ClassVar
from uuid import UUID

from chassis import reach
from chassis.database import Source, TenantSession
from chassis.pages import Where
from chassis.problems import invalid
from chassis.reach import Reach, Standing, WithinReach

TREE = "locations"
RESTRICTED = "restricted"


def _stands_at(table: str) -> str:
    return f"SELECT t.location_id FROM {table} t WHERE t.workspace_id = $1 AND t.id = $2"


# By its entry; whether its ends lie within, too, its own queries ask.
_MOVED = """
    SELECT e.location_id FROM movements m
    JOIN entries e ON e.workspace_id = m.workspace_id AND e.id = m.entry_id
    WHERE m.workspace_id = $1 AND m.id = $2
"""


def _stands_with_entry(table: str) -> str:
    return f"""
        SELECT e.location_id FROM {table} t
        JOIN entries e ON e.workspace_id = t.workspace_id AND e.id = t.entry_id
        WHERE t.workspace_id = $1 AND t.id = $2
    """


class Route(WithinReach):
    """A unit of work on locations and what stands there."""

    tree = TREE
    things: ClassVar = {
        "location_id": Standing("location", "$2::uuid"),
        "container_id": Standing("container", _stands_at("containers")),
        "stocktake_id": Standing("stocktake", _stands_at("stocktakes")),
        "entry_id": Standing("inventory entry", _stands_at("entries")),
        "movement_id": Standing("movement", _MOVED),
        "repair_id": Standing("repair", _stands_with_entry("repairs")),
        "maintenance_id": Standing("maintenance schedule", _stands_with_entry("maintenance")),
    }


async def limit(
    source: Source, where: Where, workspace_id: UUID, within: Reach, condition: str
) -> None:
    """As `chassis.reach.limit`, of inventory's locations."""
    await reach.limit(source, where, workspace_id, within, TREE, condition)


async def reaches(source: Source, workspace_id: UUID, within: Reach, place: UUID | None) -> bool:
    """As `chassis.reach.reaches`, of inventory's locations."""
    return await reach.reaches(source, workspace_id, within, TREE, place)


async def check_parent(
    session: TenantSession, table: str, within: Reach, parent_id: UUID | None
) -> None:
    """Raise `Invalid` for a parent, a row of `table`, that is not within reach."""
    if within is None or parent_id is None:
        return
    column = "id" if table == TREE else "location_id"
    rows = await session.rows(
        f"SELECT {column} FROM {table} WHERE workspace_id = $1 AND id = $2",
        session.workspace_id,
        parent_id,
    )
    place = rows[0][0] if rows else None
    if not await reaches(session, session.workspace_id, within, place):
        raise invalid("parent_id", "There is no such parent in this workspace.", "not-found")
