"""Finding items: as typed, else as it may have been meant."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from chassis.database import Source
from chassis.pages import document
from chassis.reach import Reach
from chassis.trees import subtrees
from services.catalog.search import cursors, facets, repository, spelling
from services.catalog.search.cursors import Keyed, Ranked, Reading, Sort
from services.catalog.search.facets import Facet
from services.catalog.search.filters import Filters
from services.catalog.search.highlights import Highlighter
from services.catalog.search.query import Alike, Query, parse
from services.catalog.search.repository import Found, Search

TREE = "known_locations"
SHORT = 3  # letters of a word, as of "the", "et" and "und", that may be left out


@dataclass(frozen=True)
class Wanted:
    """What of the answer is wanted, beside the items."""

    sort: Sort | None = None
    limit: int = 50
    cursor: str | None = None
    highlight: bool = False
    facets: Sequence[Facet] = ()


@dataclass(frozen=True)
class Read:
    """A search as it was read, and what became of words: which stand for others, which nothing
    has."""

    search: Search
    reading: Reading = Reading.TYPED
    ignored: Sequence[str] = field(default=())


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
    named = await repository.named(source, workspace_id, query) if query else {}
    search = Search(workspace_id, query, filters, named)
    read = await _read_again(source, search, after.reading) if after else Read(search)
    found = await _page(source, read.search, sort, wanted.limit, after)
    if not found.items and after is None and query is not None:
        for reading in (Reading.MEANT, Reading.PARTLY):
            other = await _read_again(source, search, reading)
            if other.reading is not reading:
                continue
            found = await _page(source, other.search, sort, wanted.limit, None)
            if found.items:
                read = other
                break
    counted = (
        await facets.count(source, read.search, wanted.facets, places) if wanted.facets else None
    )
    return _document(found, read, sort, counted, highlight=wanted.highlight)


async def _page(
    source: Source, search: Search, sort: Sort, limit: int, after: Ranked | Keyed | None
) -> Found:
    if sort is not Sort.RELEVANCE:
        return await repository.sorted_by(
            source, search, sort, limit, after if isinstance(after, Keyed) else None
        )
    if isinstance(after, Keyed):
        return await repository.rest(source, search, limit, after)
    return await repository.ranked(source, search, limit, after)


async def _read_again(source: Source, search: Search, reading: Reading) -> Read:
    """The search with less strict a reading, or as it was where that changes nothing."""
    query = search.query
    if query is None or reading is Reading.TYPED:
        return Read(search)
    alike = await _alike(source, search.workspace_id, query)
    meant = replace(search, alike=alike or None)
    if reading is Reading.MEANT:
        return Read(meant, Reading.MEANT) if alike else Read(search)
    if len(query.terms) < 2:
        return Read(search)
    alone = [Query((term,)) for term in query.terms]
    known = await repository.any_match(source, meant, alone)
    kept = tuple(term for term, is_known in zip(query.terms, known, strict=True) if is_known)
    if len(kept) == len(query.terms):
        # Each is somewhere, and nothing has all of them: short ones say the least.
        kept = tuple(term for term in kept if len("".join(term.words)) > SHORT)
    if not kept or len(kept) == len(query.terms):
        return Read(search)
    fewer = Query(kept, query.excluded, query.codes, query.name)
    left_out = [word for term in query.terms if term not in kept for word in term.words]
    return Read(replace(meant, query=fewer), Reading.PARTLY, left_out)


async def _alike(source: Source, workspace_id: UUID, query: Query) -> dict[str, Alike]:
    """What each word may have been meant to be, where that is something else."""
    typed = [*query.words, *(term.whole for term in query.terms if term.whole)]
    variants = {word: found for word in typed if (found := sorted(spelling.variants(word)))}
    if not variants:
        return {}
    known: dict[str, list[str]] = {word: [] for word in variants}
    for word, other in await repository.alike(source, workspace_id, variants):
        known[word].append(other)
    # Where some words are known as they are, it is the others that are wrong, be it one that is
    # too short to have been meant for another.
    if len(variants) < len(set(typed)) or any(word not in known[word] for word in known):
        known = {word: others for word, others in known.items() if word not in others}
    known = {word: [one for one in others if one != word] for word, others in known.items()}
    # Words that somebody made to be alike keep it busy for a while: nobody else waits for that.
    meant = await asyncio.to_thread(
        lambda: {word: spelling.meant(word, found) for word, found in known.items()}
    )
    return {word: found for word, found in meant.items() if found.near}


async def places_within(source: Source, workspace_id: UUID, reach: Reach) -> list[UUID] | None:
    """The places within reach; None without a restriction."""
    if reach is None:
        return None
    rows = await source.rows(subtrees(TREE, "$1", "$2"), workspace_id, list(reach))
    return [id_ for (id_,) in rows]


def _document(
    found: Found, read: Read, sort: Sort, counted: bytes | None, *, highlight: bool
) -> bytes:
    cursor = None
    if found.next is not None:
        cursor = cursors.encode(sort, replace(found.next, reading=read.reading))
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
