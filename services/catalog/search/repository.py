"""Finding items by their words, by what they are narrowed to, and in any order: one statement a
page.

It reads `searchable_items`, a view that carries the workspace itself, so that PostgreSQL uses the
index on words (`docs/adr/0012-search.md`); what is shown of an item comes from the table, behind
its policies, as ever.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis.database import Source
from chassis.pages import Where
from services.catalog.items.repository import SELECT
from services.catalog.search.cursors import Keyed, Ranked, Sort
from services.catalog.search.filters import Filters
from services.catalog.search.query import Alike, Query, exactly, marks, matching, space_of

RANKED = 300  # newest matches that are ranked; what is older follows, newest first
EXACT = 50  # matches by a whole code or name, whenever they were made
ALIKE = 1000  # known words that are compared with those that were typed, each letter by letter

_KEYS = {
    "name": ("search_fold(i.name)", "text"),
    "created_at": ("i.created_at", "timestamptz"),
    "updated_at": ("i.updated_at", "timestamptz"),
    "sku": ("i.sku", "text"),
    "min_stock_level": ("i.min_stock_level", "integer"),
}
_SHOWN = f"(SELECT to_json(r) FROM ({SELECT} WHERE i.workspace_id = $1 AND i.id = k.id) r)"
_ALIKE = """
    SELECT t.typed, w.word
    FROM (
        SELECT v.typed, search_keys($2, array_agg(v.variant)) AS keys
        FROM unnest($3::text[], $4::text[]) v (typed, variant) GROUP BY v.typed
    ) t
    JOIN LATERAL (
        SELECT s.word FROM searchable_words s
        WHERE s.workspace_id = $1 AND s.keys && t.keys LIMIT $5
    ) w ON true
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
_ANY = """
    EXISTS (
        SELECT FROM searchable_items i WHERE i.workspace_id = $1 AND i.search @@ {}::text::tsquery
    )
"""


@dataclass(frozen=True)
class Search:
    """What is looked for, in a workspace: words, the marks of what they name, what they may stand
    for, and filters."""

    workspace_id: UUID
    query: Query | None
    filters: Filters
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    alike: Mapping[str, Alike] | None = None

    @property
    def space(self) -> str:
        return space_of(self.workspace_id)

    def where(self) -> Where:
        """The conditions on an item `i` that matches."""
        where = Where()
        where.add("i.workspace_id = {}", self.workspace_id)
        if self.query is not None:
            asked = matching(self.query, self.space, self.named, self.alike)
            where.add("i.search @@ {}::text::tsquery", asked)
        # As its comment in the migration says.
        where.add("({}::boolean OR search_planned_anew(i.id))", True)
        self._narrow(where)
        return where

    def where_exact(self, where: Where) -> Where | None:
        """Those on an item that has a code or the name that was asked for, with the values of
        `where` and more; None where nothing was."""
        exact = exactly(self.query, self.space) if self.query else ""
        if not exact or (self.query and self.query.excluded):
            return None
        found = Where(values=where.values)
        found.also("i.workspace_id = $1")
        found.add("i.search @@ {}::text::tsquery", exact)
        self._narrow(found)
        return found

    def _narrow(self, where: Where) -> None:
        if lexemes := self.filters.lexemes(self.workspace_id):
            where.add("i.search @@ {}::text::tsquery", lexemes)
        self.filters.add_to(where)


@dataclass(frozen=True)
class Found:
    """A page: JSON of items in order, and where the next one begins."""

    items: Sequence[bytes]
    next: Ranked | Keyed | None = None


async def sorted_by(
    source: Source, search: Search, sort: Sort, limit: int, after: Keyed | None
) -> Found:
    """A page in the order of a field."""
    where = search.where()
    key, type_ = _KEYS[sort.field]
    return await _by_key(source, where, key, type_, limit, after, down=sort.is_down)


async def ranked(source: Source, search: Search, limit: int, after: Ranked | None) -> Found:
    """A page of what matches best. Of more than `RANKED` matches the newest are ranked, and what
    has a code or the name that was asked for; the others follow in `rest`."""
    where = search.where()
    exact = search.where_exact(where)
    score = _score(search, where)
    newest = f"WHERE {where.sql()}"
    bound = "" if after else f"LIMIT {RANKED}"
    if after is not None and after.since is not None:
        where.values += after.since
        at, id_ = len(where.values) - 1, len(where.values)
        newest += f" AND (i.created_at, i.id) >= (${at}::timestamptz, ${id_}::uuid)"
    beyond = ""
    if after is not None:
        where.values += [after.score, after.id]
        beyond = f"WHERE (score, id) < (${len(where.values) - 1}, ${len(where.values)})"
    also = (
        ""
        if exact is None
        else f"""
        UNION SELECT i.id, {score} FROM (
            SELECT i.id, i.name, i.search FROM searchable_items i
            WHERE {exact.sql()} LIMIT {EXACT}
        ) i
    """
    )
    rows = await source.rows(
        f"""
        WITH newest AS MATERIALIZED (
            SELECT i.id, i.created_at, {score} AS score FROM (
                SELECT i.id, i.created_at, i.name, i.search FROM searchable_items i {newest}
                ORDER BY i.created_at DESC, i.id DESC {bound}
            ) i
        )
        SELECT k.id, k.score, NULL::timestamptz, {_SHOWN} FROM (
            SELECT id, score FROM (SELECT id, score FROM newest {also}) found {beyond}
            ORDER BY score DESC, id DESC LIMIT {limit + 1}
        ) k
        UNION ALL
        SELECT id, NULL, created_at, NULL FROM (
            SELECT id, created_at FROM newest ORDER BY created_at, id LIMIT 1
        ) edge WHERE (SELECT count(*) FROM newest) >= {RANKED}
        """,
        *where.values,
    )
    shown = [row for row in rows if row[1] is not None]
    shown.sort(key=lambda row: (row[1], row[0].int), reverse=True)
    since = after.since if after else None
    if after is None:
        since = next(((row[2], row[0]) for row in rows if row[1] is None), None)
    page = [row[3] for row in shown[:limit] if row[3] is not None]
    if len(shown) > limit:
        last = shown[limit - 1]
        return Found(page, Ranked(last[1], last[0], since))
    return Found(page, Keyed(*since) if since else None)


async def rest(source: Source, search: Search, limit: int, after: Keyed) -> Found:
    """A page of what was not ranked, newest first."""
    where = search.where()
    if exact := search.where_exact(where):
        where.also(f"NOT ({exact.conditions[1]})")
    return await _by_key(source, where, *_KEYS["created_at"], limit, after, down=True)


async def alike(
    source: Source, workspace_id: UUID, variants: Mapping[str, Sequence[str]]
) -> list[tuple[str, str]]:
    """Known words that share a variant with a typed one: (typed, known)."""
    typed = [(word, variant) for word, found in variants.items() for variant in found]
    rows = await source.rows(
        _ALIKE,
        workspace_id,
        space_of(workspace_id),
        [word for word, _ in typed],
        [variant for _, variant in typed],
        ALIKE // max(len(variants), 2),
    )
    return [(word, known) for word, known in rows]


async def named(source: Source, workspace_id: UUID, query: Query) -> dict[str, Sequence[str]]:
    """The marks of the categories and labels that a word names, or its beginning."""
    return dict(await source.rows(_NAMED, workspace_id, query.names)) if query.names else {}


async def any_match(source: Source, search: Search, queries: Sequence[Query]) -> list[bool]:
    """Of each query, whether anything in the workspace matches it."""
    asked = [matching(query, search.space, search.named, search.alike) for query in queries]
    each = ", ".join(_ANY.format(f"${n}") for n in range(2, len(asked) + 2))
    [row] = await source.rows(f"SELECT {each}", search.workspace_id, *asked)
    return list(row)


async def _by_key(
    source: Source,
    where: Where,
    key: str,
    type_: str,
    limit: int,
    after: Keyed | None,
    *,
    down: bool,
) -> Found:
    order, beyond = ("DESC", "<") if down else ("ASC", ">")
    if after is not None:
        where.values += [after.value, after.id]
        at = len(where.values)
        where.also(f"({key}, i.id) {beyond} (${at - 1}::{type_}, ${at}::uuid)")
    rows = await source.rows(
        f"""
        SELECT k.id, k.key, {_SHOWN} FROM (
            SELECT i.id, {key} AS key FROM searchable_items i WHERE {where.sql()}
            ORDER BY {key} {order}, i.id {order} LIMIT {limit + 1}
        ) k
        """,
        *where.values,
    )
    page = [row[2] for row in rows[:limit] if row[2] is not None]
    return Found(page, Keyed(rows[limit - 1][1], rows[limit - 1][0]) if len(rows) > limit else None)


def _score(search: Search, where: Where) -> str:
    """SQL for how well an item `i` matches: a whole code before the whole name, that before a name
    with more besides and all words in the name, those before words anywhere; then closeness,
    weight and a short name."""
    if search.query is None or (found := marks(search.query, search.space, search.alike)) is None:
        return "0"
    parts = []
    # Of each row the first that holds counts: what holds after it is worth less, and follows.
    for steps in (
        ((80_000_000, found.code), (40_000_000, found.name), (35_000_000, found.covered)),
        ((25_000_000, found.in_name), (10_000_000, found.begins)),
        ((10_000_000, found.phrase),),
    ):
        cases = ""
        for worth, asked in steps:
            if asked is not None:
                where.values.append(asked)
                cases += f" WHEN i.search @@ ${len(where.values)}::text::tsquery THEN {worth}"
        if cases:
            parts.append(f"CASE{cases} ELSE 0 END")
    where.values.append(found.typed)
    rank = f"ts_rank('{{0.1, 0.2, 0.5, 1}}', i.search, ${len(where.values)}::text::tsquery)"
    parts += [f"({rank} * 8000000)::integer", "(200 - least(length(i.name), 200)) * 1000"]
    return f"({' + '.join(parts)})"
