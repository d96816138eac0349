"""What is looked up of a search before anything is found: what its words name or may be meant to
be, and how much there is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from chassis.trees import subtree
from services.catalog.search.filters import Filters
from services.catalog.search.matching import matching
from services.catalog.search.query import Query, space_of
from services.catalog.search.samples import IS_LARGE
from services.catalog.search.search import Search

ALIKE = 1000  # known words that are compared with those that were typed, each letter by letter

# No limit where the index is chosen: it would seem that reading all words soon finds enough; and a
# few keys at a time, since many together seem to be in every fifth word.
_ALIKE = """
    {name} AS MATERIALIZED (
        SELECT s.word
        FROM (SELECT search_keys($2, {variants}::text[]) AS keys OFFSET 0) k
        CROSS JOIN generate_series(1, cardinality(k.keys), 8) first
        CROSS JOIN LATERAL (
            SELECT s.word FROM searchable_words s
            WHERE s.workspace_id = $1 AND s.keys && k.keys[first:first + 7]
            OFFSET 0  -- of some keys each, rather than all words joined with them
        ) s
    )
"""
_NAMED = """
    SELECT w.name, array_agg(s.mark)
    FROM unnest($2::text[]) w (name)
    JOIN LATERAL (
        SELECT s.mark FROM search_names s
        WHERE s.workspace_id = $1 AND s.word >= w.name AND s.word < w.name || U&'\\+10FFFF'
        LIMIT 200
    ) s ON true
    GROUP BY w.name
"""
_SIZED = f" UNION ALL SELECT NULL, NULL WHERE {IS_LARGE}"
_ANY = """
    (WITH every AS MATERIALIZED (
        SELECT FROM searchable_items i WHERE $1::uuid IS NOT NULL AND i.search @@ {}::text::tsquery
    ) SELECT EXISTS (SELECT FROM every))
"""


async def alike(
    source: Source, workspace_id: UUID, variants: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """Known words that share a variant with a typed one: (typed, known)."""
    values: list[object] = [workspace_id, space_of(workspace_id)]
    ctes, selects = [], []
    for n, (word, found) in enumerate(variants.items()):
        values += [word, list(found)]
        ctes.append(_ALIKE.format(name=f"of_{n}", variants=f"${len(values)}"))
        most = ALIKE // max(len(variants), 2)
        selects.append(f"(SELECT ${len(values) - 1}::text, word FROM of_{n} LIMIT {most})")
    rows = await source.rows(f"WITH {', '.join(ctes)} {' UNION ALL '.join(selects)}", *values)
    return [(word, known) for word, known in rows]


@dataclass(frozen=True)
class Named:
    """The marks of the categories and labels that a word names, or its beginning; whether the
    workspace is large, if that was asked."""

    marks: Mapping[str, Sequence[str]]
    is_large: bool | None = None


async def named(
    source: Source, workspace_id: UUID, query: Query | None, *, sized: bool = False
) -> Named:
    """What words name, and if it has to be `sized`, in the same statement the workspace's size."""
    if query is None or not query.names:
        return Named({})
    rows = await source.rows(_NAMED + (_SIZED if sized else ""), workspace_id, query.names)
    marks = {name: found for name, found in rows if name is not None}
    return Named(marks, len(marks) < len(rows) if sized else None)


async def placed(source: Source, filters: Filters, workspace_id: UUID, most: int) -> Filters:
    """The filters, knowing what is below their location, and how many entries are there, as far
    as `most` and one more."""
    if filters.location_id is None:
        return filters
    where = Where(values=[workspace_id, filters.location_id])
    entries = filters.placed(where, "(SELECT ids FROM there)::uuid[]")
    [(there, count)] = await source.rows(
        f"""
        WITH there AS MATERIALIZED (
            SELECT ARRAY({subtree("known_locations", "$1", "$2")}) AS ids
        )
        SELECT ids, (
            SELECT count(*) FROM (
                SELECT FROM stocked_entries e WHERE {entries} LIMIT {most + 1}
            ) e
        ) FROM there
        """,
        *where.values,
    )
    return replace(filters, there=there, at_place=count)


async def any_match(source: Source, search: Search, queries: Sequence[Query]) -> list[bool]:
    """Of each query, whether anything in the workspace matches it."""
    if not queries:
        return []
    asked = [matching(query, search.space, search.named, search.alike) for query in queries]
    each = ", ".join(_ANY.format(f"${n}") for n in range(2, len(asked) + 2))
    [row] = await source.rows(f"SELECT {each}", search.workspace_id, *asked)
    return list(row)
