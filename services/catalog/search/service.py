"""Finding items: as typed, else as it may have been meant."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from chassis.database import Source
from chassis.pages import document
from chassis.reach import Reach
from chassis.trees import subtrees
from services.catalog.search import cursors, facets, lookups, repository, samples
from services.catalog.search.cursors import Keyed, Ranked, Reading, Sort
from services.catalog.search.facets import Facet
from services.catalog.search.filters import Filters
from services.catalog.search.highlights import Highlighter
from services.catalog.search.query import Alike, parse
from services.catalog.search.readings import Read, Readings
from services.catalog.search.repository import Found
from services.catalog.search.search import MANY, Search

TREE, CATEGORIES = "known_locations", "categories"
MOST_CATEGORIES = 200  # of a subtree that are looked for one by one


@dataclass(frozen=True)
class Wanted:
    """What of the answer is wanted, beside the items."""

    sort: Sort | None = None
    limit: int = 50
    cursor: str | None = None
    highlight: bool = False
    facets: Sequence[Facet] = ()


async def find(
    source: Source,
    workspace_id: UUID,
    q: str | None,
    filters: Filters,
    wanted: Wanted,
    reach: Reach,
) -> bytes:
    """The items found as a list document, with what else is `wanted` of the answer."""
    query = parse(q) if q is not None else None
    sort = wanted.sort or (Sort.RELEVANCE if query and query.terms else Sort.CREATED_DOWN)
    if query is None and sort is Sort.RELEVANCE:
        sort = Sort.CREATED_DOWN
    after = cursors.decode(sort, wanted.cursor) if wanted.cursor else None
    by_place = filters.location_id is not None or Facet.LOCATION in wanted.facets
    places = await places_within(source, workspace_id, reach) if by_place else None
    filters = replace(filters, places=places)
    if query is not None and query.is_empty:
        return document(b"[]")
    filters = await _by_categories(source, workspace_id, filters)
    known = samples.known(workspace_id)
    named = await lookups.named(source, workspace_id, query, sized=known is None)
    known = known or await samples.take(source, workspace_id, is_large=named.is_large)
    most = facets.AT_PLACE if wanted.facets else MANY
    filters = await lookups.placed(source, filters, workspace_id, most)
    common = samples.common(known, query, named.marks, filters.marks())
    small = not known.having
    search = Search(workspace_id, query, filters, named.marks, common=common, is_small=small)
    readings = Readings(source, search, known)
    read = (await readings.read(after.reading) if after else None) or Read(search)
    if after is not None:
        common = replace(read.search.common, words=samples.of_bits(query, after.whole))
        read = replace(read, search=replace(read.search, common=common))
    counts = bool(wanted.facets)
    found = await _page(source, read.search, sort, wanted.limit, after, counted=counts)
    if not found.items and after is None and query is not None:
        for reading in (Reading.MEANT, Reading.LOOSELY, Reading.PARTLY):
            other = await readings.read(reading)
            if other is None:
                continue
            found = await _page(source, other.search, sort, wanted.limit, None, counted=counts)
            if found.items:
                read = other
                break
    counted = None
    if wanted.facets:
        every = found.every
        counted = await facets.count(source, read.search, wanted.facets, places, every=every)
    if found.next is not None:
        whole = samples.as_bits(query, read.search.common.words)
        found = replace(found, next=replace(found.next, reading=read.reading, whole=whole))
    return _document(found, read, sort, counted, highlight=wanted.highlight)


async def _by_categories(source: Source, workspace_id: UUID, filters: Filters) -> Filters:
    """With the categories of a subtree named one by one, as the index on words has them."""
    if filters.category_id is None:
        return filters
    rows = await source.rows(subtrees(CATEGORIES, "$1", "$2"), workspace_id, [filters.category_id])
    if not 0 < len(rows) <= MOST_CATEGORIES:
        return filters
    return replace(filters, category_id=None, categories=[id_ for (id_,) in rows])


async def _page(
    source: Source,
    search: Search,
    sort: Sort,
    limit: int,
    after: Ranked | Keyed | None,
    *,
    counted: bool,
) -> Found:
    if sort is not Sort.RELEVANCE:
        return await repository.sorted_by(
            source, search, sort, limit, after if isinstance(after, Keyed) else None
        )
    if isinstance(after, Keyed):
        return await repository.rest(source, search, limit, after)
    return await repository.ranked(source, search, limit, after, counted=counted)


async def places_within(source: Source, workspace_id: UUID, reach: Reach) -> list[UUID] | None:
    """The places within reach; None without a restriction."""
    if reach is None:
        return None
    rows = await source.rows(subtrees(TREE, "$1", "$2"), workspace_id, list(reach))
    return [id_ for (id_,) in rows]


def _document(
    found: Found, read: Read, sort: Sort, counted: bytes | None, *, highlight: bool
) -> bytes:
    cursor = cursors.encode(sort, found.next) if found.next is not None else None
    body = document(b"[" + b",".join(found.items) + b"]", cursor)
    more: list[bytes] = []
    query = read.search.query
    if query is not None and read.reading is not Reading.TYPED:
        notes = {"corrected": _corrected(read.search.alike), "ignored": list(read.ignored)}
        more.append(b'"search":' + json.dumps(notes, ensure_ascii=False).encode())
    if counted is not None:
        more.append(b'"facets":' + counted)
    if highlight:
        marker = Highlighter(query, read.search.alike) if query is not None else None
        marked = {}
        for item in map(json.loads, found.items if marker else ()):
            if marker and (fields := marker.of(item)):
                marked[item["id"]] = fields
        more.append(b'"highlights":' + json.dumps(marked, ensure_ascii=False).encode())
    return b",".join([body[:-1], *more]) + b"}"


def _corrected(alike: Mapping[str, Alike] | None) -> dict[str, list[str]]:
    return {word: [*found.near, *found.far] for word, found in (alike or {}).items()}
