"""What somebody typed, as the words, phrases and codes to look for.

Quotes make a phrase, `-` before a word or a phrase excludes it; everything else is text, so that
nothing anybody types is wrong. PostgreSQL gets lexemes in quotes, each with its workspace before
it (`search_space` in the database).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from stdnum import ean, isbn

from chassis.folding import JOINERS, LONGEST, compact, joined, words

MOST_WORDS = 32
MOST_COVERED = 8  # words of which some may be a name
SHORTEST_CODE = 4  # characters: what is shorter is a mere number
_PIECE = re.compile(r'(?<!\S)(-?)"([^"]*)"?|(\S+)')
_JOINT = re.compile(f"[{JOINERS}]")
_UPC_A, _EAN_13 = 12, 13


@dataclass(frozen=True)
class Term:
    """One word that was typed, or several that belong together: a phrase, or what apostrophes and
    hyphens join (`O'Brien`), which is also looked for as one word (`whole`)."""

    words: tuple[str, ...]
    phrase: bool = False
    whole: str | None = None

    def lexemes(self, space: str, *, prefix: bool, weight: str = "", many: bool = True) -> str:
        """The tsquery for it: each word as it is, or with `prefix` also what begins so; a single
        letter unless it is one of `many` words."""
        if self.phrase:
            return f"({' <-> '.join(_lexeme(space, word, weight) for word in self.words)})"
        flags = ("*" if prefix else "") + weight
        # What begins with a letter is half of all there is: beside others it has to be a word.
        found = " & ".join(
            _lexeme(space, word, flags if len(word) > 1 or not many else weight)
            for word in self.words
        )
        if self.whole is not None:
            found = f"({found}) | {_lexeme(space, self.whole, flags)}"
        return f"({found})"


@dataclass(frozen=True)
class Query:
    """What to look for: all of the `terms` and none of `excluded`; or something that has one of the
    `codes`, or `name` for its whole name."""

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()
    codes: tuple[str, ...] = ()
    name: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no letter and no digit in it."""
        return not self.terms and not self.excluded

    @property
    def words(self) -> list[str]:
        """Each word that is looked for, phrases aside."""
        found = (word for term in self.terms if not term.phrase for word in term.words)
        return list(dict.fromkeys(found))

    @property
    def names(self) -> list[str]:
        """The words that categories and labels may be called by."""
        found = (term.words[0] for term in self.terms if len(term.words) == 1)
        return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Alike:
    """Known words that a typed one may stand for, `near` ones before those further off."""

    near: tuple[str, ...] = ()
    far: tuple[str, ...] = ()


def parse(text: str) -> Query:
    """Read what was typed; never fails."""
    terms: list[Term] = []
    excluded: list[Term] = []
    for minus, quoted, plain in _PIECE.findall(text):
        if plain:
            leaves_out = plain.startswith("-") and len(plain) > 1
            found = [_term(plain.lstrip("-") if leaves_out else plain)]
        else:
            leaves_out = bool(minus)
            found = [Term(tuple(word.text for word in words(quoted)), phrase=True)]
        (excluded if leaves_out else terms).extend(term for term in found if term.words)
    terms = list(dict.fromkeys(terms))[:MOST_WORDS]
    plain = " ".join(part for minus, _, part in _PIECE.findall(text) if not minus)
    whole = compact(plain) if not excluded else ""
    codes = tuple(dict.fromkeys([*_codes(whole), *_code_words(terms)]))
    return Query(tuple(terms), tuple(excluded)[:MOST_WORDS], codes, whole)


def space_of(workspace_id: UUID) -> str:
    """What each lexeme of a workspace begins with."""
    return f"w{str(workspace_id)[-10:]}"


def key_of(id_: UUID) -> str:
    """An id in a lexeme."""
    return id_.hex[-16:]


def matching(
    query: Query,
    space: str,
    named: Mapping[str, Sequence[str]],
    alike: Mapping[str, Alike] | None = None,
) -> str:
    """The tsquery of all that matches. `named`: the marks of what a word names, of `query.names`.
    With `alike`, words that may be meant count as those that were typed."""
    required = []
    for term in query.terms:
        marks = named.get(term.words[0], ()) if len(term.words) == 1 else ()
        required.append(
            _any(
                term.lexemes(space, prefix=True, many=len(query.words) > 1),
                *_beginning_of_code(term, space),
                *_alike(term, space, alike),
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
    return _any(*marks) if marks else ""


@dataclass(frozen=True)
class Marks:
    """Tsqueries that tell how well something matches; None where that says nothing."""

    code: str | None
    name: str | None
    covered: str | None  # the whole name is among the words, half of them or more
    phrase: str | None  # the words one after another
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
        _any(f"'{space}{word}'", *(f"'{space}{one}'" for one in _near(word, near))) for word in flat
    ]
    return Marks(
        code=_any(*(f"'{space}={code}'" for code in query.codes)) if query.codes else None,
        name=f"'{space}^{query.name}'" if query.name else None,
        covered=_covered(query, space),
        phrase=" <-> ".join(meant) if len(flat) > 1 else None,
        in_name=" & ".join(
            _any(
                term.lexemes(space, prefix=False, weight="A"),
                *(f"'{space}{one}':A" for one in _near(term.words[0], near)[: len(flat)]),
            )
            for term in query.terms
        ),
        begins=" & ".join(term.lexemes(space, prefix=True, weight="A") for term in query.terms),
        typed=_any(*dict.fromkeys(meant)),
    )


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
    return _any(*(f"'{space}^{name[:LONGEST]}'" for name in sorted(names)))


def _beginning_of_code(term: Term, space: str) -> list[str]:
    code = term.whole or "".join(term.words)
    if term.phrase or len(code) < SHORTEST_CODE or not any(map(str.isdigit, code)):
        return []
    return [f"'{space}={code}':*"]


def _near(word: str, alike: Mapping[str, Alike] | None) -> tuple[str, ...]:
    return alike[word].near if alike and word in alike else ()


def _alike(term: Term, space: str, alike: Mapping[str, Alike] | None) -> list[str]:
    """A term of several words is meant as a whole: each by itself or what it may stand for."""
    if alike is None or term.phrase:
        return []
    meant = []
    for word in term.words:
        known = alike.get(word, Alike())
        meant.append(
            _any(_typed(space, word), *(f"'{space}{one}'" for one in (*known.near, *known.far)))
        )
    found = [" & ".join(meant)]
    if term.whole is not None and term.whole in alike:
        known = alike[term.whole]
        found += [f"'{space}{one}'" for one in (*known.near, *known.far)]
    return [f"({one})" for one in found]


def _typed(space: str, word: str) -> str:
    return _lexeme(space, word, "*" if len(word) > 1 else "")


def _term(text: str) -> Term:
    parts = tuple(word.text for word in words(text))
    whole = next((word.text for word in joined(text)), None) if _JOINT.search(text) else None
    return Term(parts, whole=whole if len(parts) > 1 else None)


def _code_words(terms: Sequence[Term]) -> list[str]:
    """Codes among other words: each with a digit in it, long enough to be no mere number."""
    found = [term.whole or "".join(term.words) for term in terms if not term.phrase]
    return [
        code
        for word in found
        if len(word) >= SHORTEST_CODE and any(map(str.isdigit, word))
        for code in _codes(word)
    ]


def _codes(code: str) -> list[str]:
    """The forms that a code may be stored in: an ISBN has two, and a UPC-A is an EAN-13 with a
    zero before it."""
    if not code:
        return []
    forms = [code]
    if isbn.is_valid(code):
        forms.append(isbn.to_isbn13(code).lower())
        if (short := isbn.to_isbn10(code) if forms[1].startswith("978") else None) is not None:
            forms.append(short.lower())
    elif len(code) == _UPC_A and ean.is_valid(code):
        forms.append(f"0{code}")
    elif len(code) == _EAN_13 and code.startswith("0") and ean.is_valid(code):
        forms.append(code[1:])
    return forms


def _lexeme(space: str, word: str, flags: str = "") -> str:
    return f"'{space}{word}'" + (f":{flags}" if flags else "")


def _any(*found: str) -> str:
    return found[0] if len(found) == 1 else f"({' | '.join(found)})"
