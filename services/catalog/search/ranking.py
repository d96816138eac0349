"""How well something matches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.folding import LONGEST
from chassis.pages import Where
from services.catalog.search.query import Alike, Query, any_of

MOST_COVERED = 8  # words of which some may be a name
MOST_CLOSE, MOST_APART = 3, 3  # words that are looked for with others between them, and how far


def score(query: Query | None, space: str, alike: Mapping[str, Alike] | None, where: Where) -> str:
    """SQL, its values in `where`, for how well an item `i` matches: a whole code before the whole
    name, that before a name with more besides and all words in the name, those before words
    anywhere; then closeness, weight and a short name."""
    if query is None or (found := marks(query, space, alike)) is None:
        return "0"
    parts = []
    # Of each row the first that holds counts: what holds after it is worth less, and follows.
    for steps in (
        ((80_000_000, found.code), (40_000_000, found.name), (35_000_000, found.covered)),
        ((25_000_000, found.in_name), (10_000_000, found.begins)),
        ((10_000_000, found.phrase), (4_000_000, found.close)),
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


@dataclass(frozen=True)
class Marks:
    """Tsqueries that tell how well something matches; None where that says nothing."""

    code: str | None
    name: str | None
    covered: str | None  # the whole name is among the words, half of them or more
    phrase: str | None  # the words one after another
    close: str | None  # in this order, with at most two words between each
    in_name: str | None  # each of them in the name as it was typed
    begins: str | None  # each begins a word of the name
    typed: str  # any of the words as they were typed


def marks(query: Query, space: str, alike: Mapping[str, Alike] | None = None) -> Marks | None:
    """How to tell what matches best; None for a query that only excludes."""
    if not query.terms:
        return None
    near = {word: Alike(found.near or found.far) for word, found in (alike or {}).items()} or None
    flat = [word for term in query.terms for word in term.words]
    meant = [
        any_of(f"'{space}{word}'", *(f"'{space}{one}'" for one in _near(word, near)))
        for word in flat
    ]
    return Marks(
        code=any_of(*(f"'{space}={code}'" for code in query.codes)) if query.codes else None,
        name=f"'{space}^{query.name}'" if query.name else None,
        covered=_covered(query, space),
        phrase=" <-> ".join(meant) if len(flat) > 1 else None,
        close=_close(meant),
        in_name=" & ".join(
            any_of(
                term.lexemes(space, prefix=False, weight="A"),
                *(f"'{space}{one}':A" for one in _near(term.words[0], near)[: len(flat)]),
            )
            for term in query.terms
        ),
        begins=" & ".join(term.lexemes(space, prefix=True, weight="A") for term in query.terms),
        typed=any_of(*dict.fromkeys(meant)),
    )


def _close(meant: Sequence[str]) -> str | None:
    """As people leave out the small words: `heloise abelard` for Heloise and Abelard."""
    if not 1 < len(meant) <= MOST_CLOSE:
        return None
    found = meant[0]
    for word in meant[1:]:
        found = any_of(*(f"{found} <{apart}> {word}" for apart in range(1, MOST_APART + 1)))
    return found


def _covered(query: Query, space: str) -> str | None:
    """A name and more besides, as who made it: `joyce ulysses`."""
    parts = [term.whole or "".join(term.words) for term in query.terms]
    most = len(parts)
    if not 1 < most <= MOST_COVERED:
        return None
    names = {
        "".join(parts[first : first + length])
        for length in range((most + 1) // 2, most)
        for first in range(most - length + 1)
    }
    return any_of(*(f"'{space}^{name[:LONGEST]}'" for name in sorted(names)))


def _near(word: str, alike: Mapping[str, Alike] | None) -> tuple[str, ...]:
    return alike[word].near if alike and word in alike else ()
