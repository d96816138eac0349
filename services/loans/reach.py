"""What a member reaches who is restricted to location subtrees: loans of what stands there now.

Where things stand is what loans has heard from inventory, a moment late: an entry or a location
that it has not heard of is out of reach. Borrowers are people, and stand nowhere.
"""

from typing import Any, ClassVar
from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from chassis.problems import FieldError, NotFound
from chassis.reach import Reach, Standing, WithinReach, limit, reaches

TREE = "known_locations"
NO_ENTRY = "There is no such inventory entry in this workspace."

_STANDS_AT = """
    SELECT e.location_id FROM loans l
    JOIN known_entries e ON e.workspace_id = l.workspace_id AND e.id = l.inventory_id
    WHERE l.workspace_id = $1 AND l.id = $2
"""


class Route(WithinReach):
    """A unit of work on loans."""

    tree = TREE
    things: ClassVar = {"loan_id": Standing("loan", _STANDS_AT)}


async def limit_loans(source: Source, where: Where, workspace_id: UUID, within: Reach) -> None:
    """Only loans `l` of entries within reach; the first value of `where` is the workspace."""
    condition = """l.inventory_id IN (
        SELECT e.id FROM known_entries e WHERE e.workspace_id = $1 AND e.location_id = ANY ({})
    )"""
    await limit(source, where, workspace_id, within, TREE, condition)


async def check_entry(source: Source, workspace_id: UUID, within: Reach, entry_id: UUID) -> None:
    """Raise `NotFound` unless the inventory entry stands within reach."""
    if within is None:
        return
    rows = await source.rows(
        "SELECT location_id FROM known_entries WHERE workspace_id = $1 AND id = $2",
        workspace_id,
        entry_id,
    )
    place = rows[0][0] if rows else None
    if not await reaches(source, workspace_id, within, TREE, place):
        raise no_entry()


def no_entry(**extensions: Any) -> NotFound:  # noqa: ANN401 - members of the problem
    """The problem of a loan of an entry that is not there, for whom it is asked for."""
    error = FieldError("inventory_id", NO_ENTRY, "not-found")
    return NotFound(NO_ENTRY, errors=[error], **extensions)
