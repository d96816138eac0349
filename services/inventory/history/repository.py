"""Queries on past stock: sums of what movements did until then.

An entry's movements are few, so that a page of entries or of items costs what its rows do, however
long the ledger is. A location's sum reads all that ever came there or left.
"""

from datetime import datetime
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page
from chassis.reach import Reach
from chassis.trees import subtrees
from services.inventory.history.schemas import By
from services.inventory.reach import TREE

# What each movement did: units that came or, below 0, went, of which entry and where.
_EFFECTS = """(
    SELECT workspace_id, entry_id, from_location_id AS location_id,
           from_container_id AS container_id, -units_out AS units, created_at
    FROM movements WHERE units_out > 0
    UNION ALL
    SELECT workspace_id, entry_id, to_location_id, to_container_id, units_in, created_at
    FROM movements WHERE units_in > 0 AND to_entry_id IS NULL
    UNION ALL
    SELECT workspace_id, to_entry_id, to_location_id, to_container_id, units_in, created_at
    FROM movements WHERE units_in > 0 AND to_entry_id IS NOT NULL
)"""
_THEN = f"""
    SELECT p.quantity::bigint, p.location_id, l.name, p.container_id, c.name
    FROM (
        SELECT f.location_id, f.container_id, sum(f.units) AS quantity FROM {_EFFECTS} f
        WHERE f.workspace_id = $1 AND f.entry_id = $2 AND f.created_at <= $3
        GROUP BY f.location_id, f.container_id HAVING sum(f.units) > 0
    ) p
    LEFT JOIN locations l ON l.workspace_id = $1 AND l.id = p.location_id
    LEFT JOIN containers c ON c.workspace_id = $1 AND c.id = p.container_id
    WHERE $4::uuid[] IS NULL OR p.location_id = ANY ($4)
"""
_NAMES = """
    LEFT JOIN known_items k ON k.workspace_id = d.workspace_id AND k.id = d.item_id
    LEFT JOIN locations l ON l.workspace_id = d.workspace_id AND l.id = p.location_id
    LEFT JOIN containers c ON c.workspace_id = d.workspace_id AND c.id = p.container_id
"""
# By what is summed: the columns that a row shows, what there is a row for each of, how its effects
# are found, and where in that one is.
_NONE = "NULL::uuid AS {0}_id, NULL::text AS {0}_name"
_BY: dict[By, tuple[str, str, str, str]] = {
    By.ENTRY: (
        (
            "d.id AS inventory_id, d.item_id, k.name AS item_name, p.location_id, "
            "l.name AS location_name, p.container_id, c.name AS container_name"
        ),
        "entries",
        "f.entry_id = d.id",
        "f.location_id, f.container_id",
    ),
    By.ITEM: (
        (
            "NULL::uuid AS inventory_id, d.id AS item_id, d.name AS item_name, "
            f"{_NONE.format('location')}, {_NONE.format('container')}"
        ),
        "known_items",
        "e.item_id = d.id",
        "",
    ),
    By.LOCATION: (
        (
            f"NULL::uuid AS inventory_id, {_NONE.format('item')}, d.id AS location_id, "
            f"d.name AS location_name, {_NONE.format('container')}"
        ),
        "locations",
        "f.location_id = d.id",
        "",
    ),
}
# The effects `f` of entries `e`: entry by entry where an item says which, so that nothing else is
# read, or by whatever else the conditions say.
_OF_FEW_ENTRIES = f"""
    entries e JOIN LATERAL (
        SELECT * FROM {_EFFECTS} o
        WHERE o.workspace_id = e.workspace_id AND o.entry_id = e.id OFFSET 0
    ) f ON true
"""
_OF_MANY_ENTRIES = f"""
    {_EFFECTS} f JOIN entries e ON e.workspace_id = f.workspace_id AND e.id = f.entry_id
"""
# What there can be of an item.
_OF_ITEM = {
    By.ENTRY: "d.item_id = {}",
    By.ITEM: "d.id = {}",
    By.LOCATION: """
        d.id IN (
            SELECT m.to_location_id FROM entries e JOIN movements m
            ON m.workspace_id = e.workspace_id AND e.id IN (m.entry_id, m.to_entry_id)
            WHERE e.workspace_id = $1 AND e.item_id = {}
        )
    """,
}
# Entries and items that were there at some time: all others are not looked at.
_EVER_AT = """
    d.id IN (
        SELECT e.{} FROM movements m JOIN entries e ON e.workspace_id = m.workspace_id
            AND e.id = coalesce(m.to_entry_id, m.entry_id)
        WHERE m.workspace_id = $1 AND m.units_in > 0 AND m.to_location_id = ANY ({{}})
    )
"""

# As `_EVER_AT`, of now, when the ledger sums to what is there: of each place no more are read than
# make a page, however much stands there. Both are in the order of a page, from the last one on.
_NOW_AT = """
    d.id IN (
        SELECT DISTINCT there.{column} FROM unnest({places}::uuid[]) place (id)
        CROSS JOIN LATERAL (
            SELECT DISTINCT e.{column} FROM entries e
            WHERE e.workspace_id = $1 AND e.location_id = place.id AND NOT e.is_archived
              AND e.quantity > 0 {more}
            ORDER BY e.{column} DESC LIMIT {most}
        ) there
        ORDER BY there.{column} DESC LIMIT {most}
    )
"""


async def then(
    source: Source, workspace_id: UUID, entry_id: UUID, at: datetime, within: Reach
) -> tuple[int, UUID | None, str | None, UUID | None, str | None]:
    """How many units of an entry there were, and where: location and container, with names. None
    that stood out of reach."""
    places = None if within is None else await _below(source, workspace_id, list(within))
    rows = await source.rows(_THEN, workspace_id, entry_id, at, places)
    return tuple(rows[0]) if rows else (0, None, None, None, None)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    at: datetime | None,
    by: By,
    item_id: UUID | None,
    location_id: UUID | None,
    container_id: UUID | None,
    within: Reach,
) -> bytes:
    """A page of what was there at a moment; None for what is there now. `location_id`: that
    location and all that is below it today. To who is restricted it tells of what stood within
    reach and does so today."""
    columns, table, link, place = _BY[by]
    where = Where()
    where.add("d.workspace_id = {}", workspace_id)
    effects = [
        "f.workspace_id = $1",
        "e.workspace_id = $1",
        link,
        *([] if at is None else [_value(where, "f.created_at <= {}", at)]),
    ]
    if item_id is not None:
        effects.append(_value(where, "e.item_id = {}", item_id))
        where.add(_OF_ITEM[by], item_id)
    everywhere: set[UUID] | None = None
    for roots in (within, None if location_id is None else [location_id]):
        if roots is None:
            continue
        places = await _below(source, workspace_id, list(roots))
        everywhere = set(places) if everywhere is None else everywhere & set(places)
        effects.append(_value(where, "f.location_id = ANY ({})", places))
        if roots is within:
            effects.append(_value(where, "e.location_id = ANY ({})", places))
        if by is By.LOCATION:
            where.add("d.id = ANY ({})", places)
        elif at is not None:
            where.add(_EVER_AT.format("id" if by is By.ENTRY else "item_id"), places)
    if container_id is not None:
        effects.append(_value(where, "f.container_id = {}", container_id))
    if at is None and item_id is None and by is not By.LOCATION and everywhere is not None:
        column = "id" if by is By.ENTRY else "item_id"
        more = _value(where, "AND e.container_id = {}", container_id) if container_id else ""
        if paging.after is not None:
            more += _value(where, f" AND e.{column} < {{}}", paging.after)
        places_at = _value(where, "{}", sorted(everywhere))
        most = paging.limit + 1
        where.also(_NOW_AT.format(column=column, places=places_at, more=more, most=most))
    by_entries = by is By.ITEM or item_id is not None
    select = f"""
        SELECT d.id, {columns}, p.quantity FROM {table} d
        JOIN LATERAL (
            SELECT sum(f.units) AS quantity {"," if place else ""} {place}
            FROM {_OF_FEW_ENTRIES if by_entries else _OF_MANY_ENTRIES}
            WHERE {" AND ".join(effects)}
            {"GROUP BY" if place else ""} {place} HAVING sum(f.units) > 0
        ) p ON true
        {_NAMES if by is By.ENTRY else ""}
    """
    return await page(source, select, where, paging, key="d.id")


async def _below(source: Source, workspace_id: UUID, roots: list[UUID]) -> list[UUID]:
    # Looked up ahead: a plan for few places and one for most of them are not the same.
    rows = await source.rows(subtrees(TREE, "$1", "$2"), workspace_id, roots)
    return [id_ for (id_,) in rows]


def _value(where: Where, condition: str, value: object) -> str:
    """A condition within the select, on a value of its own among those of `where`."""
    where.values.append(value)
    return condition.replace("{}", f"${len(where.values)}")
