"""The tsqueries of what is looked for: all that matches, and what was meant exactly."""

import re
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from chassis.folding import LONGEST
from services.catalog.search.query import (
    SHORTEST_CODE,
    Alike,
    Query,
    Term,
    any_of,
    has_letter,
    lexeme,
    may_be_initials,
)

_VOWEL = re.compile("[aeiouy]")


def matching(
    query: Query,
    space: str,
    named: Mapping[str, Sequence[str]],
    alike: Mapping[str, Alike] | None = None,
    alone: Collection[str] = (),
    without: Collection[Term] = (),
) -> str:
    """The tsquery of all that matches. `named`: the marks of what a word names, of `query.names`.
    With `alike`, words that may be meant count as those that were typed, and so do initials one by
    one and two words that are one. Of the words of `alone`
    nothing is found that they begin. `without`: terms that do not have to match."""
    required = []
    joined = _joined(query, space) if alike is not None else {}
    for term in query.terms:
        if term in without:
            continue
        marks = named.get(term.words[0], ()) if len(term.words) == 1 else ()
        required.append(
            any_of(
                term.lexemes(space, prefix=True, many=len(query.words) > 1, alone=alone),
                *_beginning_of_code(term, space),
                *_initials(term, space, many=len(query.words) > 1),
                *_otherwise(query, term, space, meant=alike is not None),
                *_alike(term, space, alike, alone),
                *joined.get(term, ()),
                *(f"'{space}{mark}'" for mark in marks),
            )
        )
    found = " & ".join(required)
    if found and (exact := exactly(query, space)):
        found = f"(({found}) | {exact})"
    left_out = [f"!{term.lexemes(space, prefix=False)}" for term in query.excluded]
    return " & ".join([*([found] if found else []), *left_out])


def exactly(query: Query, space: str) -> str:
    """The tsquery of what has one of the codes or the whole name; empty for nothing."""
    marks = [f"'{space}={code}'" for code in query.codes]
    marks += [f"'{space}^{query.name}'"] if query.name else []
    return any_of(*marks) if marks else ""


def _beginning_of_code(term: Term, space: str) -> list[str]:
    code = term.whole or "".join(term.words)
    if term.phrase or len(code) < SHORTEST_CODE or not any(map(str.isdigit, code)):
        return []
    return [f"'{space}={code}':*"]


def _alike(
    term: Term, space: str, alike: Mapping[str, Alike] | None, alone: Collection[str]
) -> list[str]:
    """A term of several words is meant as a whole: each by itself or what it may stand for."""
    if alike is None or term.phrase:
        return []
    meant = []
    for word in term.words:
        known = alike.get(word, Alike())
        others = [
            *_letters(space, word),
            *(f"'{space}{one}'" for one in (*known.near, *known.far)),
        ]
        if len(term.words) == 1:
            # As typed it is looked for anyway, and the index would read it for each mention.
            return others
        meant.append(any_of(_typed(space, word, alone), *others))
    found = [" & ".join(meant)]
    if term.whole is not None and term.whole in alike:
        known = alike[term.whole]
        found += [f"'{space}{one}'" for one in (*known.near, *known.far)]
    return [f"({one})" for one in found]


def _initials(term: Term, space: str, *, many: bool) -> list[str]:
    """As what no word could be is read at once: `dh lawrence`, and not `of lawrence`."""
    if not many or len(term.words) != 1 or term.phrase or _VOWEL.search(term.words[0]):
        return []
    return _letters(space, term.words[0])


def _letters(space: str, word: str) -> list[str]:
    """Initials: one after another, or where places are not kept (brands) all of them."""
    if not may_be_initials(word):
        return []
    return [
        f"({' <-> '.join(lexeme(space, letter) for letter in word)})",
        f"({' & '.join(lexeme(space, letter, 'B') for letter in word)})",
    ]


def _otherwise(query: Query, term: Term, space: str, *, meant: bool) -> list[str]:
    """As words are written where there is a number in them, or several are one. A letter by itself
    only where that is what must be `meant`: all that has it would be compared."""
    ways = [way for way in term.otherwise if meant or not has_letter(way)]
    ways += [way for run in query.runs if term in run.terms for way in run.ways]
    found = []
    for way in dict.fromkeys(ways):
        # A beginning only where there is a number: `ee` is no beginning of an eel.
        flags = "*" if len(way) == 1 and any(map(str.isdecimal, way[0])) else ""
        each = (lexeme(space, word[:LONGEST], flags) for word in way)
        found.append(f"({' <-> '.join(each)})")
    return found


def _joined(query: Query, space: str) -> dict[Term, list[str]]:
    """Of each term those of its neighbours with which it may be one word: `light house`."""
    found: dict[Term, list[str]] = {}
    for one, other in pairwise(query.terms):
        if not one.phrase and not other.phrase and len(one.words) == len(other.words) == 1:
            both = lexeme(space, (one.words[0] + other.words[0])[:LONGEST])
            found.setdefault(one, []).append(both)
            found.setdefault(other, []).append(both)
    return found


def _typed(space: str, word: str, alone: Collection[str]) -> str:
    return lexeme(space, word, "*" if len(word) > 1 and word not in alone else "")
