"""The ways to read a search that found nothing as typed, each less strict than the one before."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chassis.database import Source
from services.catalog.search import lookups, samples, spelling
from services.catalog.search.cursors import Reading
from services.catalog.search.query import Alike, Query, Term
from services.catalog.search.search import Search

SHORT = 3  # letters of a word, as of "the", "et" and "und", that may be left out


@dataclass(frozen=True)
class Read:
    """A search as it was read, and what became of words: which stand for others, which were left
    out."""

    search: Search
    reading: Reading = Reading.TYPED
    ignored: Sequence[str] = field(default=())


class Readings:
    """Those of one search; what it takes to tell them is looked up once."""

    def __init__(self, source: Source, search: Search, known: samples.Sample) -> None:
        self._source = source
        self._search = search
        self._known = known
        self._candidates: dict[str, list[str]] | None = None

    async def read(self, reading: Reading) -> Read | None:
        """The search read so; None where that changes nothing."""
        match reading:
            case Reading.TYPED:
                return Read(self._search)
            case Reading.MEANT:
                return await self._meant()
            case Reading.LOOSELY:
                return await self._loosely()
            case Reading.PARTLY:
                return await self._partly()

    async def _meant(self) -> Read | None:
        query = self._search.query
        if query is None:
            return None
        alike = await self._alike()
        otherwise = query.initials or any(term.otherwise for term in query.terms)
        if not alike and len(query.terms) < 2 and not otherwise:
            return None
        return Read(replace(self._search, alike=alike), Reading.MEANT)

    async def _loosely(self) -> Read | None:
        alike = await self._alike(loosely=True)
        if not alike or alike == await self._alike():
            return None
        return Read(replace(self._search, alike=alike), Reading.LOOSELY)

    async def _partly(self) -> Read | None:
        query = self._search.query
        if query is None or len(query.terms) < 2:
            return None
        alike = await self._alike()
        meant = replace(self._search, alike=alike)
        common = self._search.common.words
        asked = [term for term in query.terms if not common.issuperset(term.words)]
        known = await lookups.any_match(self._source, meant, [Query((one,)) for one in asked])
        unknown = {term for term, is_known in zip(asked, known, strict=True) if not is_known}
        kept = tuple(term for term in query.terms if term not in unknown)
        if len(kept) == len(query.terms):
            # Each is somewhere, and nothing has all of them: short ones say the least.
            kept = tuple(term for term in kept if not _is_short(term))
        if not kept or len(kept) == len(query.terms) or all(map(_is_short, kept)):
            return None
        fewer = Query(kept, query.excluded, query.codes, query.name)
        left_out = [word for term in query.terms if term not in kept for word in term.words]
        marks = self._search.filters.marks()
        anew = samples.common(self._known, fewer, self._search.named, marks)
        return Read(replace(meant, query=fewer, common=anew), Reading.PARTLY, left_out)

    async def _alike(self, *, loosely: bool = False) -> dict[str, Alike]:
        """What each word may have been meant to be, where that is something else; of words that are
        known only `loosely`, or when there is no other that could be wrong."""
        query = self._search.query
        if query is None:
            return {}
        if self._candidates is None:
            self._candidates = await self._known_words(query)
        candidates = self._candidates
        if not loosely:
            # It is the others that are wrong, be it one that is too short to be meant for another.
            candidates = {word: others for word, others in candidates.items() if word not in others}
        candidates = {
            word: [one for one in others if one != word] for word, others in candidates.items()
        }
        # Words that somebody made to be alike keep it busy for a while: nobody waits for that.
        meant = await asyncio.to_thread(_closest, candidates)
        return {word: found for word, found in meant.items() if found.near}

    async def _known_words(self, query: Query) -> dict[str, list[str]]:
        typed = [*query.words, *(term.whole for term in query.terms if term.whole)]
        variants = {word: found for word in typed if (found := sorted(spelling.variants(word)))}
        known: dict[str, list[str]] = {word: [] for word in variants}
        if variants:
            for word, other in await lookups.alike(
                self._source, self._search.workspace_id, variants
            ):
                known[word].append(other)
        return known


def _closest(candidates: Mapping[str, Sequence[str]]) -> dict[str, Alike]:
    return {word: spelling.meant(word, found) for word, found in candidates.items()}


def _is_short(term: Term) -> bool:
    return len("".join(term.words)) <= SHORT
