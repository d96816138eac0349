"""Finding items by their words, by what they are narrowed to, and in any order: one statement a
page.

It reads `searchable_items`, a view that carries the workspace itself, so that PostgreSQL uses the
index on words (`docs/adr/0012-search.md`); what is shown of an item comes from the table, behind
its policies, as ever.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from services.catalog.items.repository import SELECT
from services.catalog.search import names, ranking
from services.catalog.search.candidates import LOOKED_THROUGH, candidates, matches
from services.catalog.search.cursors import RANKED, Among, Keyed, Ranked, Sort, Way
from services.catalog.search.search import Search

RANKED_OF_VAST = 200  # matches that are ranked in a vast workspace

# Where the rest of what was found through the index begins.
_BEFORE_ALL = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=0))

_KEYS = {
    "name": ("search_fold(i.name)", "text"),
    "created_at": ("i.created_at", "timestamptz"),
    "updated_at": ("i.updated_at", "timestamptz"),
    "sku": ("i.sku", "text"),
    "min_stock_level": ("i.min_stock_level", "integer"),
}
_TURNED = {"<=": ">=", ">=": "<="}
_ALL_IDS = f"""
    UNION ALL
    SELECT NULL, NULL, NULL, (SELECT json_agg(id) FROM some_)
    WHERE (SELECT are_all FROM extent) AND (SELECT count(*) <= {RANKED} FROM some_)
"""
_SHOWN = f"(SELECT to_json(r) FROM ({SELECT} WHERE i.workspace_id = $1 AND i.id = k.id) r)"


@dataclass(frozen=True)
class Found:
    """A page: JSON of items in order, and where the next one begins. `every`: the ids of all that
    matches as JSON, where that was asked and few enough do for all to be ranked."""

    items: Sequence[bytes]
    next: Ranked | Keyed | None = None
    every: bytes | None = None


async def sorted_by(
    source: Source, search: Search, sort: Sort, limit: int, after: Keyed | None
) -> Found:
    """A page in the order of a field."""
    search = search.in_some_order(limit)
    if sort.field == "name" and (page := await _first_names(source, search, sort, limit, after)):
        return page
    where = search.where()
    key, type_ = _KEYS[sort.field]
    ctes = f"every AS MATERIALIZED ({matches(where)})" if search.is_gathered else ""
    through = _through(search)
    found = await _by_key(
        source, where, key, type_, limit, after, ctes, down=sort.is_down, through=through
    )
    if through is not None and found.next is None:
        search = replace(search, kept=Way.BY_PLACE)
        return await sorted_by(source, search, sort, limit, after)
    return found


async def _first_names(
    source: Source, search: Search, sort: Sort, limit: int, after: Keyed | None
) -> Found | None:
    """The page, of what matches among so many names as should be enough for it; None where reading
    all that matches is as fast, or that was not enough."""
    last = names.last(search, limit, after, down=sort.is_down)
    if last is None:
        return None
    where = replace(search, kept=Way.BY_WORDS).where()
    where.add("i.workspace_id = {}", search.workspace_id)
    key, type_ = _KEYS["name"]
    for bound, beyond in ((last, "<="), (after and after.value, ">=")):
        if bound is not None:
            where.add(f"{key} {_TURNED[beyond] if sort.is_down else beyond} {{}}", bound)
    ctes = f"every AS MATERIALIZED ({matches(where)})"
    page = await _by_key(source, where, key, type_, limit, after, ctes, down=sort.is_down)
    return page if page.next is not None else None


async def ranked(
    source: Source, search: Search, limit: int, after: Ranked | None, *, counted: bool = False
) -> Found:
    """A page of what matches best; `counted`: with the ids of all that matches, to be counted. What
    is common is ranked as far as the newest items have it, and of all else some hundred matches,
    with those by a code or name that was asked for; the others follow in `rest`."""
    if after is not None:
        among = after.among
    else:
        until = datetime.now(UTC) if search.is_gathered else None
        most = RANKED_OF_VAST if search.common.sample.is_vast else RANKED
        among = Among(until=until, way=search.way, most=most)
    search = replace(search, kept=among.way)
    where = search.where()
    ctes = candidates(search, where, among)
    score = ranking.score(search.query, search.space, search.alike, where)
    beyond = ""
    all_ids = _ALL_IDS if counted else ""
    if after is not None:
        where.values += [after.score, after.id]
        beyond = f"WHERE (score, id) < (${len(where.values) - 1}, ${len(where.values)})"
    rows = await source.rows(
        f"""
        WITH {ctes}
        SELECT k.id, k.score, NULL::timestamptz, {_SHOWN} FROM (
            SELECT id, score FROM (
                SELECT DISTINCT i.id, {score} AS score FROM candidates i
            ) scored {beyond}
            ORDER BY score DESC, id DESC LIMIT {limit + 1}
        ) k
        UNION ALL
        SELECT id, NULL, created_at, NULL FROM (
            SELECT id, created_at FROM some_ ORDER BY created_at, id LIMIT 1
        ) edge WHERE (SELECT NOT are_all FROM extent)
        {all_ids}
        """,
        *where.values,
    )
    every = next((row[3] for row in rows if row[0] is None), None)
    rows = [row for row in rows if row[0] is not None]
    shown = [row for row in rows if row[1] is not None]
    shown.sort(key=lambda row: (row[1], row[0].int), reverse=True)
    edge = next(((row[2], row[0]) for row in rows if row[1] is None), None)
    if edge is None and among.way is Way.IN_ORDER and after is None:
        # None of the newest has it: it was common a while ago, or is in a place of old things.
        way = Way.BY_PLACE if search.has_place else Way.BY_WORDS
        again = replace(search, kept=way)
        return await ranked(source, again, limit, None, counted=counted)
    if edge is not None and among.until is None and after is None:
        among = Among(since=edge)
    page = [row[3] for row in shown[:limit] if row[3] is not None]
    if len(shown) > limit:
        last = shown[limit - 1]
        return Found(page, Ranked(last[1], last[0], among), every)
    if edge is None:
        return Found(page, every=every)
    return Found(page, Keyed(*(among.since or _BEFORE_ALL), among=among))


async def rest(source: Source, search: Search, limit: int, after: Keyed) -> Found:
    """A page of what was not ranked, newest first."""
    search = replace(search, kept=after.among.way)
    found = await _others(source, search, limit, after, through=_through(search))
    if found.next is None and _through(search) is not None:
        found = await _others(source, search, limit, after, through=None)
    if isinstance(found.next, Keyed):
        return Found(found.items, replace(found.next, among=after.among))
    return found


async def _others(
    source: Source, search: Search, limit: int, after: Keyed, *, through: int | None
) -> Found:
    """A page of what is not among the candidates."""
    where = search.where()
    ctes = candidates(search, where, after.among)
    if through is None and search.has_place and not search.is_gathered:
        there = replace(search, kept=Way.BY_PLACE).where(where.values)
        ctes += f", every AS MATERIALIZED ({matches(there)})"
    where.also("NOT i.id = ANY (ARRAY(SELECT id FROM candidates))")
    key, type_ = _KEYS["created_at"]
    return await _by_key(source, where, key, type_, limit, after, ctes, down=True, through=through)


def _through(search: Search) -> int | None:
    """How many items are looked through at once: what is in a place may be far down in any
    order, and is read as a whole then."""
    return LOOKED_THROUGH if search.has_place and not search.is_gathered else None


async def _by_key(
    source: Source,
    where: Where,
    key: str,
    type_: str,
    limit: int,
    after: Keyed | None,
    ctes: str,
    *,
    down: bool,
    through: int | None = None,
) -> Found:
    """`ctes`: with `every` match, if that is what is sorted. `through`: so many items are looked
    through at most."""
    order, beyond = ("DESC", "<") if down else ("ASC", ">")
    among, conditions = "searchable_items", where.conditions
    if "every AS" in ctes:
        among, conditions = "every", [one for one in conditions if "candidates" in one]
    later = list(conditions)
    first = "true"
    if after is not None:
        where.values += [after.value, after.id]
        at = len(where.values)
        first = f"({key}, i.id) {beyond} (${at - 1}::{type_}, ${at}::uuid)"
    if through is None:
        later.append(first)
    else:
        among = f"""(
            SELECT i.*, {key} AS key FROM searchable_items i WHERE i.workspace_id = $1 AND {first}
            ORDER BY {key} {order}, i.id {order} LIMIT {through}
        )"""
        key = "i.key"
    rows = await source.rows(
        f"""
        {"WITH " + ctes if ctes else ""}
        SELECT k.id, k.key, {_SHOWN} FROM (
            SELECT i.id, {key} AS key FROM {among} i WHERE {" AND ".join(later)}
            ORDER BY {key} {order}, i.id {order} LIMIT {limit + 1}
        ) k
        """,
        *where.values,
    )
    page = [row[2] for row in rows[:limit] if row[2] is not None]
    return Found(page, Keyed(rows[limit - 1][1], rows[limit - 1][0]) if len(rows) > limit else None)
