"""How many of the items found are of which category, label, place and so on.

Exact for up to `COUNTED` items, and `COUNTED_OF_VAST` of a search by words in a vast workspace; of
more, that many are counted, and every number says how many there are at least.
"""

import json
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from services.catalog.search.search import Search

COUNTED = 10_000
COUNTED_OF_VAST = 2_000
AT_PLACE = 100_000  # entries in a place that are read to count what is there
VALUES = 100  # of a facet, the most frequent


class Facet(StrEnum):
    CATEGORY = "category"
    LABEL = "label"
    LOCATION = "location"
    BRAND = "brand"
    MANUFACTURER = "manufacturer"
    COMPANY = "purchased_from"
    INSURED = "insured"
    REVIEW = "needs_review"
    IMAGE = "has_image"
    ARCHIVED = "archived"


_TREE = """
    (SELECT coalesce(json_agg(v), '[]') FROM (
        SELECT id, name, parent_id, sum(n)::integer AS count FROM (
            WITH RECURSIVE up AS (
                SELECT c.id, c.name, c.parent_id, f.n FROM (
                    SELECT category_id, count(*) AS n FROM found GROUP BY category_id
                ) f
                JOIN categories c ON c.workspace_id = $1 AND c.id = f.category_id
                UNION ALL
                SELECT c.id, c.name, c.parent_id, up.n FROM up
                JOIN categories c ON c.workspace_id = $1 AND c.id = up.parent_id
            )
            SELECT * FROM up
        ) up GROUP BY id, name, parent_id ORDER BY count DESC, name LIMIT {values}
    ) v)
"""
# An item that is in two places below a third counts once there.
_PLACES = """
    (SELECT coalesce(json_agg(v), '[]') FROM (
        SELECT id, name, CASE WHEN {parent_within} THEN parent_id END AS parent_id,
            count(*) AS count
        FROM (
            WITH RECURSIVE up AS (
                SELECT f.id AS item_id, l.id, l.name, l.parent_id FROM found f
                CROSS JOIN LATERAL (
                    SELECT e.location_id FROM stocked_entries e
                    WHERE e.workspace_id = $1 AND e.item_id = f.id AND NOT e.is_archived
                    OFFSET 0  -- of each that was found, rather than all there is in all places
                ) e
                JOIN known_locations l ON l.workspace_id = $1 AND l.id = e.location_id
                WHERE {within}
                UNION
                SELECT up.item_id, l.id, l.name, l.parent_id FROM up
                JOIN known_locations l ON l.workspace_id = $1 AND l.id = up.parent_id
                WHERE {within}
            )
            SELECT * FROM up
        ) up GROUP BY id, name, parent_id ORDER BY count DESC, name LIMIT {values}
    ) v)
"""
_LABELS = """
    (SELECT coalesce(json_agg(v), '[]') FROM (
        SELECT l.id, l.name, l.color, f.count FROM (
            SELECT label, count(*) AS count FROM found, unnest(labels) label
            WHERE labels <> '{{}}' GROUP BY label
        ) f JOIN labels l ON l.workspace_id = $1 AND l.id = f.label
        ORDER BY f.count DESC, l.name LIMIT {values}
    ) v)
"""
_COMPANIES = """
    (SELECT coalesce(json_agg(v), '[]') FROM (
        SELECT b.id, b.name, f.count FROM (
            SELECT purchased_from, count(*) AS count FROM found GROUP BY purchased_from
        ) f JOIN companies b ON b.workspace_id = $1 AND b.id = f.purchased_from
        ORDER BY f.count DESC, b.name LIMIT {values}
    ) v)
"""
_TEXTS = """
    (SELECT coalesce(json_agg(v), '[]') FROM (
        SELECT min({column}) AS value, count(*) AS count FROM found
        WHERE {column} IS NOT NULL GROUP BY lower({column}) ORDER BY count DESC, value
        LIMIT {values}
    ) v)
"""
_TRUTHS = """
    (SELECT json_build_object(
        'true', count(*) FILTER (WHERE {of}), 'false', count(*) FILTER (WHERE NOT {of})
    ) FROM {found})
"""


async def count(
    source: Source,
    search: Search,
    facets: Sequence[Facet],
    places: Sequence[UUID] | None,
    *,
    every: bytes | None = None,
) -> bytes:
    """The counts as JSON. `places`: those that may be told of, None for all of them. `every`: the
    ids of what was found as JSON, if that is all there is."""
    kept = search.filters.archived
    if Facet.ARCHIVED in facets:
        # Counts both, of which the other facets count those that are listed.
        search = replace(search, filters=replace(search.filters, archived=None))
    is_vast = search.query is not None and search.common.sample.is_vast
    most = COUNTED_OF_VAST if is_vast else COUNTED
    search = replace(search.in_any_order(most), many=AT_PLACE, kept=None)
    where = search.where()
    gathered = search.is_gathered
    if every is not None and Facet.ARCHIVED not in facets:
        # What it took to find them is not done again.
        where, gathered = Where(values=[search.workspace_id]), True
        where.also("i.workspace_id = $1")
        where.add("i.id = ANY ({}::uuid[])", json.loads(every))
    within = parent_within = "true"
    if places is not None:
        where.values.append(list(places))
        within = f"l.id = ANY (${len(where.values)}::uuid[])"
        parent_within = f"parent_id = ANY (${len(where.values)}::uuid[])"
    only = "" if kept is None else f"WHERE is_archived = {str(kept).lower()}"
    # As many as are read of every match that the index has; of what is common, the newest.
    newest = "" if gathered else f"ORDER BY i.created_at DESC LIMIT {most + 1}"
    told = {"values": VALUES, "within": within, "parent_within": parent_within}
    parts = ", ".join(f"'{facet}', {_sql(facet).format(**told)}" for facet in facets)
    [(counted, total, all_counted)] = await source.rows(
        f"""
        WITH matches AS MATERIALIZED (
            SELECT i.id, i.category_id, i.labels, i.brand, i.manufacturer, i.purchased_from,
                i.is_insured, i.needs_review, i.image, i.is_archived
            FROM searchable_items i WHERE {where.sql()} {newest}
        ), every AS MATERIALIZED (
            SELECT * FROM matches LIMIT {most + 1}
        ), found AS MATERIALIZED (
            SELECT * FROM every {only} LIMIT {most}
        )
        SELECT json_build_object({parts}), (SELECT count(*) FROM found),
            (SELECT count(*) FROM every) <= {most}
        """,
        *where.values,
    )
    head = json.dumps({"total": total, "approximate": not all_counted}).encode()
    return head[:-1] + b", " + bytes(counted).lstrip().removeprefix(b"{")


def _sql(facet: Facet) -> str:
    truths: dict[Facet, tuple[str, str]] = {
        Facet.INSURED: ("is_insured", "found"),
        Facet.REVIEW: ("needs_review", "found"),
        Facet.IMAGE: ("(image IS NOT NULL)", "found"),
        Facet.ARCHIVED: ("is_archived", "every"),
    }
    if facet in truths:
        of, found = truths[facet]
        return _TRUTHS.replace("{of}", of).replace("{found}", found)
    if facet in {Facet.BRAND, Facet.MANUFACTURER}:
        return _TEXTS.replace("{column}", facet)
    rows: dict[Facet, Any] = {
        Facet.CATEGORY: _TREE,
        Facet.LABEL: _LABELS,
        Facet.LOCATION: _PLACES,
        Facet.COMPANY: _COMPANIES,
    }
    return str(rows[facet])
