"""What labels say of the things that codes are on."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Source
from chassis.reach import Reach
from chassis.trees import breadcrumb, subtree
from services.inventory.short_codes.alphabet import readings
from services.inventory.short_codes.kinds import State, Thing
from services.inventory.short_codes.repository import THING, where_of

# Each code as it was asked for, in that order.
_ASKED = """
    JOIN unnest($%d::text[], $%d::text[]) WITH ORDINALITY AS a (exact, reading, number)
    ON s.code = a.exact OR (s.code = a.reading AND s.is_made AND a.exact <> ALL (
        SELECT o.code FROM short_codes o WHERE o.workspace_id = $1 AND o.code = a.exact
    ))
"""


@dataclass(frozen=True, slots=True)
class Coded:
    """A code and what it is on: the name, and the names on the way to it."""

    code: str
    name: str
    way: tuple[str, ...]
    changed_at: datetime


async def find(
    source: Source,
    workspace_id: UUID,
    *,
    codes: Sequence[str] = (),
    kind: Thing | None = None,
    state: State | None = None,
    location_id: UUID | None = None,
    limit: int,
    within: Reach,
) -> list[Coded]:
    """The first of these: the codes in the order they are given in, all others oldest first.
    `location_id`: on that location, and on what stands in it or in any below it."""
    where = await where_of(source, workspace_id, within)
    for column, value in (("kind", kind), ("state", state)):
        if value is not None:
            where.add(f"s.{column} = {{}}", value)
    if location_id is not None:
        where.add(f"t.place IN ({subtree('locations', '$1', '{}')})", location_id)
    asked, order = "", "s.id"
    if codes:
        both = [readings(code) for code in codes]
        first = len(where.values) + 1
        where.values += [[exact for exact, _ in both], [reading for _, reading in both]]
        asked, order = _ASKED % (first, first + 1), "a.number"
    way = breadcrumb("locations", "t", "stands_in", within=None if within is None else "$2")
    rows = await source.rows(
        f"""
        SELECT s.code, coalesce(t.name, ''), {way}, s.updated_at
        FROM short_codes s {THING} {asked}
        WHERE {where.sql()} ORDER BY {order} LIMIT {limit}
        """,
        *where.values,
    )
    return [
        Coded(code, name, tuple(crumb["name"] for crumb in json.loads(crumbs)), changed_at)
        for code, name, crumbs, changed_at in rows
    ]
