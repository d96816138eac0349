"""Lists of entries: by what they are narrowed to, by words, in any order; one statement a page.

The plain list reads the table in the order of ids. Words and other orders go by the view
`searchable_entries`, whose condition is the workspace, so that PostgreSQL uses their indexes
(`docs/adr/0012-search.md`); what is shown of an entry comes from the table, behind its policies.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query

from chassis.database import Source
from chassis.folding import words
from chassis.pages import Where, document, page, paging_of
from chassis.reach import Reach
from chassis.trees import subtree
from services.inventory.reach import limit
from services.inventory.stock.filters import Filters
from services.inventory.stock.repository import SELECT, SELECT_WITHIN
from services.inventory.stock.sorting import KEYS, TOLD, After, Sort, decode, encode
from services.inventory.stock.states import Condition, Status

LowStock = Annotated[
    bool | None,
    Query(description="Whether there is less of the item, everywhere, than its minimum"),
]
MOST_WORDS = 32
NEAR = 2_000  # entries, the first in a list's order, that are looked through for what is common
# An entry `e` of an item of which there is less than its minimum: for one entry, or all of them.
_LESS = """
    k.min_stock_level > 0 AND NOT k.is_archived AND NOT k.is_deleted AND k.min_stock_level > (
        SELECT coalesce(sum(o.quantity), 0) FROM entries o
        WHERE o.workspace_id = $1 AND o.item_id = k.id AND NOT o.is_archived
    )
"""
_IS_LOW = f"""
    {{}}EXISTS (
        SELECT FROM known_items k WHERE k.workspace_id = $1 AND k.id = e.item_id AND {_LESS}
    )
"""
_AMONG_LOW = f"""
    {{}}e.item_id = ANY (ARRAY(
        SELECT k.id FROM known_items k WHERE k.workspace_id = $1 AND {_LESS}
    ))
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of entries is to hold; None narrows nothing. `location_id`: that location and
    all below it. `q`: words, each somewhere in the item's name and codes or the entry's own numbers
    and notes, or the beginning of one there."""

    q: str | None = None
    item_id: UUID | None = None
    location_id: UUID | None = None
    container_id: UUID | None = None
    condition: Condition | None = None
    status: Status | None = None
    archived: bool = False
    external_id: str | None = None
    low_stock: bool | None = None
    filters: Filters = Filters()  # noqa: RUF009 - frozen


async def find(
    source: Source,
    workspace_id: UUID,
    asked: Asked,
    within: Reach,
    *,
    limit: int,
    cursor: str | None,
    sort: Sort | None = None,
) -> bytes:
    """A page of entries, newest first unless there is another `sort`."""
    where = await _where(source, workspace_id, asked, within)
    select = SELECT if within is None else SELECT_WITHIN
    if asked.q is None and asked.low_stock is None and sort is None:
        paging = paging_of(f"/v1/workspaces/{workspace_id}/inventory", limit, cursor)
        return await page(source, select, where, paging, key="e.id")
    sort = sort or Sort.CREATED_DOWN
    hard = _hard(where, workspace_id, asked)
    after = None if cursor is None else decode(sort, cursor)
    picked = _picked(where, hard, sort, limit, after)
    rows = await source.rows(
        f"""
        SELECT picked.id, picked.key::{TOLD[sort.field]}, (
            SELECT to_json(r) FROM ({select} WHERE e.workspace_id = $1 AND e.id = picked.id) r
        ) FROM ({picked}) picked
        """,
        *where.values,
    )
    items = b"[" + b",".join(row[2] for row in rows[:limit] if row[2] is not None) + b"]"
    if len(rows) <= limit:
        return document(items)
    id_, last, _ = rows[limit - 1]
    return document(items, encode(sort, After(last, id_)))


async def narrowed(source: Source, workspace_id: UUID, asked: Asked, within: Reach) -> Where:
    """What holds of entries `e` that a list would hold, for who reads all of them. The first value
    is the workspace, the second one the places of who is restricted."""
    where = await _where(source, workspace_id, asked, within)
    for _, of_all in _hard(where, workspace_id, asked):
        where.also(of_all)
    return where


def _hard(where: Where, workspace_id: UUID, asked: Asked) -> list[tuple[str, str]]:
    """The conditions that are hard to plan for, as `_picked` has them."""
    hard: list[tuple[str, str]] = []
    if asked.q is not None:
        lexemes = _lexemes(workspace_id, asked.q)
        where.values.append(lexemes)
        match = f"e.search @@ ${len(where.values)}::text::tsquery"
        hard.append((match, match))
    if asked.low_stock is not None:
        negated = "" if asked.low_stock else "NOT "
        hard.append((_IS_LOW.format(negated), _AMONG_LOW.format(negated)))
    return hard


def _picked(
    where: Where, hard: Sequence[tuple[str, str]], sort: Sort, limit: int, after: After | None
) -> str:
    """SQL for the ids and keys of a page and of the row after it, in order.

    `hard` conditions are those that PostgreSQL can't tell the effect of (row-level security keeps
    statistics from it), each as it is best asked of one entry and of all. What is common is found
    among the first entries in the list's order, which are looked through one by one; only what is
    not, through the indexes."""
    key, type_ = KEYS[sort.field]
    order, beyond = ("DESC", "<") if sort.is_down else ("ASC", ">")
    from_here = ["e.workspace_id = $1"]
    if after is not None:
        where.values += [after.value, after.id]
        at = len(where.values)
        from_here.append(f"({key}, e.id) {beyond} (${at - 1}::{type_}, ${at}::uuid)")
    by_key = "" if sort.field == "created_at" else f"{key} {order}, "  # ids are in its order
    begin = f"ORDER BY {by_key}e.id {order} LIMIT"
    plain = " AND ".join([*from_here, *where.conditions])
    if not hard:
        return f"""
            SELECT e.id, {key} AS key FROM searchable_entries e WHERE {plain}
            {begin} {limit + 1}
        """
    near, all_ = (" AND ".join([*where.conditions, *each]) for each in zip(*hard, strict=True))
    return f"""
        WITH near AS MATERIALIZED (
            SELECT e.id, {key} AS key FROM (
                SELECT * FROM searchable_entries e WHERE {" AND ".join(from_here)} {begin} {NEAR}
            ) e WHERE {near} {begin} {limit + 1}
        ),
        every AS MATERIALIZED (
            SELECT e.id, {key} AS key FROM searchable_entries e
            WHERE (SELECT count(*) FROM near) <= {limit} AND {" AND ".join(from_here)} AND {all_}
        )
        SELECT * FROM (
            SELECT * FROM near WHERE (SELECT count(*) FROM near) > {limit}
            UNION ALL SELECT * FROM every
        ) e ORDER BY e.key {order}, e.id {order} LIMIT {limit + 1}
    """


async def _where(source: Source, workspace_id: UUID, asked: Asked, within: Reach) -> Where:
    where = Where()
    where.add("e.workspace_id = {}", workspace_id)
    await limit(source, where, workspace_id, within, "e.location_id = ANY ({})")
    where.add("e.is_archived = {}", asked.archived)
    asked.filters.add_to(where)
    if asked.location_id is not None:
        where.add(f"e.location_id IN ({subtree('locations', '$1', '{}')})", asked.location_id)
        if within is not None:  # of a location out of reach nothing is told, not even what it holds
            where.add("{}::uuid = ANY ($2)", asked.location_id)
    for column, value in (
        ("item_id", asked.item_id),
        ("container_id", asked.container_id),
        ("external_id", asked.external_id),
    ):
        if value is not None:
            where.add(f"e.{column} = {{}}", value)
    # Written out, since the indexes of rare ones are of these alone.
    for column, state in (("condition", asked.condition), ("status", asked.status)):
        if state is not None:
            where.also(f"e.{column} = '{state.value}'")
    return where


def _lexemes(workspace_id: UUID, q: str) -> str:
    """The tsquery for what somebody typed: each word or what begins so; a single letter beside
    others has to be a word, since half of all there is begins with it."""
    space = f"w{str(workspace_id)[-10:]}"
    found = list(dict.fromkeys(word.text for word in words(q)))[:MOST_WORDS]
    return " & ".join(
        f"'{space}{word}'{':*' if len(word) > 1 or len(found) == 1 else ''}" for word in found
    )
