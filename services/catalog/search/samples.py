"""Which words of a workspace are common: as its newest items have them.

How best to find something depends on how many items have it, and PostgreSQL's statistics, which are
of all workspaces together, do not know it of a beginning of a word. Nothing but the way that is
taken hangs on a sample, so that each process keeps its own for a while.
"""

import bisect
import math
import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from uuid import UUID

from chassis.database import Source
from services.catalog.search.query import Query, Term

SMALL = 3_000  # items, up to which nothing is taken for common
VAST = 100_000  # items, from which on less is read of what matches: each is somewhere else
SAMPLED = 1_000  # of the newest
OFTEN = 20  # of them, from which on what they have counts as common
ENOUGH = 200  # matches of what is common
SEEN = 3  # of them, below which a word is not kept
KEPT, KEPT_SMALL = 600.0, 20.0  # seconds; of a workspace that has few items yet
MOST = 100  # workspaces
WIDEST = 500  # words that one beginning is looked up for
COUNTED = 1_000_000  # items of a workspace; larger ones are taken for as large
# What reading an item takes, of what an entry of the index on words does.
ITEM = 8
# Each word with the items that have it, by their number in the sample; and their names in order,
# with how many items there are.
_SAMPLE = f"""
    WITH newest AS MATERIALIZED (
        SELECT search, search_fold(name) AS name, row_number() OVER () AS number FROM (
            SELECT i.search, i.name FROM searchable_items i
            WHERE i.workspace_id = $1 AND (SELECT {{is_large}})
            ORDER BY i.created_at DESC, i.id DESC LIMIT {SAMPLED}
        ) i
    )
    SELECT substr(l.lexeme, 12), array_agg(i.number), NULL::text[], NULL::bigint
    FROM newest i, unnest(i.search) l
    GROUP BY l.lexeme HAVING count(*) >= {SEEN}
    UNION ALL
    SELECT NULL, NULL, array_agg(name ORDER BY name), (
        SELECT count(*) FROM (
            SELECT FROM searchable_items i WHERE i.workspace_id = $1 LIMIT {COUNTED}
        ) i
    )
    FROM newest HAVING count(*) > 0
"""
# Whether a workspace ($1) is more than small.
IS_LARGE = f"""
    EXISTS (SELECT FROM items i WHERE i.workspace_id = $1 OFFSET {SMALL} LIMIT 1)
"""


@dataclass(frozen=True)
class Sample:
    """The items of a sample that have each word or mark, as bits; none for a small workspace. Their
    `names` in order, as they are sorted by, and how many items the workspace has."""

    having: Mapping[str, int] = field(default_factory=dict)
    words: Sequence[str] = ()
    names: Sequence[str] = ()
    size: int = 0

    def whole(self, word: str) -> int:
        return self.having.get(word, 0)

    def beginning(self, word: str) -> int:
        first = bisect.bisect_left(self.words, word)
        last = bisect.bisect_left(self.words, word + "\U0010ffff")
        found = self.words[first : min(last, first + WIDEST)]
        return reduce(or_, (self.having[one] for one in found), 0)

    @property
    def is_vast(self) -> bool:
        return self.size > VAST

    @property
    def wide(self) -> int:
        """How many of the items have to have what begins so for it to be faster asked of each item
        that has the rest, until enough are found, than of the index, which reads all there is."""
        return crossing(ITEM * ENOUGH, self.size)


SMALL_ONE = Sample()


def crossing(wanted: float, size: int) -> int:
    """From how many of a sample's items on reading on until `wanted` match is less than reading all
    that match, in a workspace of that size.

    With a share `p` that match, the one reads `wanted / p`, the other `p * size`."""
    return round(SAMPLED * math.sqrt(wanted / max(size, 1)))


@dataclass(frozen=True)
class Common:
    """What is common of what is looked for: `words` are looked for as they are, without what they
    begin; `terms` match so much that the index is better asked for the others. Of the items of a
    sample, `together` have all of it; `sample` is that one. Among others there is one `unseen`
    term, as if mistyped: it may be that nothing has it."""

    words: frozenset[str] = frozenset()
    terms: frozenset[Term] = frozenset()
    together: int = 0
    sample: Sample = SMALL_ONE
    unseen: Term | None = None

    @property
    def matches(self) -> int:
        """About how many items have all of it."""
        return self.together * self.sample.size // SAMPLED


NOTHING = Common()


_samples: OrderedDict[UUID, tuple[float, Sample]] = OrderedDict()


def known(workspace_id: UUID) -> Sample | None:
    """That of the workspace; None where there is none, or an old one."""
    until, found = _samples.get(workspace_id, (0.0, SMALL_ONE))
    return found if time.monotonic() < until else None


async def take(source: Source, workspace_id: UUID, *, is_large: bool | None = None) -> Sample:
    """Take one, which is known for a while. `is_large`: as `IS_LARGE` has it, if that was asked."""
    found = SMALL_ONE
    if is_large is not False:
        sql = _SAMPLE.format(is_large=IS_LARGE if is_large is None else "true")
        rows = await source.rows(sql, workspace_id)
        having, names, size = {}, [], 0
        for word, numbers, found_names, count in rows:
            if word is None:
                names, size = found_names, count
            else:
                having[word] = reduce(or_, (1 << n for n in numbers), 0)
        found = Sample(having, sorted(having), names, size)
    kept = KEPT if found.having else KEPT_SMALL
    _samples[workspace_id] = (time.monotonic() + kept, found)
    _samples.move_to_end(workspace_id)
    while len(_samples) > MOST:
        _samples.popitem(last=False)
    return found


def as_bits(query: Query | None, words: Collection[str]) -> int:
    """Those of the query's words that are among `words`."""
    each = enumerate(query.words if query else ())
    return sum(1 << n for n, word in each if word in words)


def of_bits(query: Query | None, bits: int) -> frozenset[str]:
    """The same again."""
    return frozenset(word for n, word in enumerate(query.words if query else ()) if bits >> n & 1)


def common(
    known: Sample,
    query: Query | None,
    named: Mapping[str, Sequence[str]],
    marks: Sequence[Sequence[str]],
) -> Common:
    """What of the query is. `marks`: of each filter those that fit."""
    if not known.having:
        return NOTHING
    terms = query.terms if query else ()
    beside_others = len(terms) > 1 or bool(marks)
    words = frozenset(
        word
        for term in (terms if beside_others else ())
        for word in term.words
        if not term.phrase and known.whole(word).bit_count() >= OFTEN
    )
    found = {term: _having(known, term, words, named) for term in terms}
    wide = {
        term
        for term, having in found.items()
        if having.bit_count() >= known.wide and not words.issuperset(term.words)
    }
    fitting = [reduce(or_, map(known.whole, each), 0) for each in marks]
    everything = [*found.values(), *fitting]
    together = reduce(and_, everything).bit_count() if everything else 0
    if len(wide) == len(everything) and wide:
        # For one of them the index has to be asked.
        wide.discard(min(wide, key=lambda term: found[term].bit_count()))
    unseen = next((term for term, having in found.items() if not having), None)
    is_among_others = known.is_vast and len(found) > 1
    return Common(words, frozenset(wide), together, known, unseen if is_among_others else None)


def _having(
    known: Sample, term: Term, words: frozenset[str], named: Mapping[str, Sequence[str]]
) -> int:
    """The items that have a term, roughly: of a phrase, those that have its words."""
    each = [
        known.whole(word) if term.phrase or word in words else known.beginning(word)
        for word in term.words
    ]
    found = reduce(and_, each)
    if term.whole is not None:
        found |= known.beginning(term.whole)
    marks = named.get(term.words[0], ()) if len(term.words) == 1 else ()
    return reduce(or_, map(known.whole, marks), found)
