"""What somebody typed, as the words, phrases and codes to look for.

Quotes make a phrase, `-` before a word or a phrase excludes it; everything else is text, so that
nothing anybody types is wrong. PostgreSQL gets lexemes in quotes, each with its workspace before
it (`search_space` in the database).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import NamedTuple
from uuid import UUID

from chassis.folding import JOINERS, compact, joined, words
from services.catalog.search.codes import code_forms

MOST_WORDS = 32
MOST_INITIALS = 3
LONGEST_UNIT, LONGEST_SERIES = 3, 2  # letters behind a number (`20 mm`), and before one (`M 6`)
SHORTEST_CODE = 4  # characters: what is shorter is a mere number
_PIECE = re.compile(r'(?<!\S)(-?)"([^"]*)"?|(\S+)')
_JOINT = re.compile(f"[{JOINERS}]")
_TIMES_WORD = "x"
_TIMES = re.compile(rf"(?<=\d){_TIMES_WORD}(?=\d)")
_MEASURE = re.compile(rf"(\d+)([^\W\d_]{{1,{LONGEST_UNIT}}})")
_SERIES = re.compile(rf"([^\W\d_]{{1,{LONGEST_SERIES}}})(\d+)")
_LETTER_AND_SIGNS = re.compile(r"[^\W\d_][+#]+")


@dataclass(frozen=True)
class Term:
    """One word that was typed, or several that belong together: a phrase, or what apostrophes and
    hyphens join (`O'Brien`), which is also looked for as one word (`whole`)."""

    words: tuple[str, ...]
    phrase: bool = False
    whole: str | None = None

    @property
    def otherwise(self) -> list[tuple[str, ...]]:
        """What else it may be written as, in words one after another."""
        return [] if self.phrase or len(self.words) != 1 else apart(self.words[0])

    def lexemes(
        self,
        space: str,
        *,
        prefix: bool,
        weight: str = "",
        many: bool = True,
        alone: Collection[str] = (),
    ) -> str:
        """The tsquery for it: each word as it is, or with `prefix` also what begins so; not for a
        single letter that is one of `many` words, nor for those of `alone`."""
        if self.phrase:
            return f"({' <-> '.join(lexeme(space, word, weight) for word in self.words)})"
        flags = ("*" if prefix else "") + weight
        # What begins with a letter is half of all there is: beside others it has to be a word.
        found = " & ".join(
            lexeme(
                space, word, flags if word not in alone and (len(word) > 1 or not many) else weight
            )
            for word in self.words
        )
        if self.whole is not None:
            found = f"({found}) | {lexeme(space, self.whole, flags)}"
        return f"({found})"


class Run(NamedTuple):
    """Terms that may be written as one (`m6 x 20`, `20 mm`, `j r r`): in each of the `ways`, words
    one after another."""

    terms: frozenset[Term]
    ways: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Query:
    """What to look for: all of the `terms` and none of `excluded`; or something that has one of the
    `codes`, or `name` for its whole name. `runs`: terms that may be written otherwise together."""

    terms: tuple[Term, ...]
    excluded: tuple[Term, ...] = ()
    codes: tuple[str, ...] = ()
    name: str = ""
    runs: tuple[Run, ...] = ()

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
    def initials(self) -> list[str]:
        """The words that may be somebody's initials: `dh` of D. H. Lawrence."""
        return [word for word in self.words if may_be_initials(word)]

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
    runs = tuple(_runs(terms[:MOST_WORDS]))
    terms = list(dict.fromkeys(terms))[:MOST_WORDS]
    plain = " ".join(part for minus, _, part in _PIECE.findall(text) if not minus)
    whole = compact(plain) if not excluded else ""
    codes = tuple(dict.fromkeys([*code_forms(whole), *_code_words(terms)]))
    return Query(tuple(terms), tuple(excluded)[:MOST_WORDS], codes, whole, runs)


def space_of(workspace_id: UUID) -> str:
    """What each lexeme of a workspace begins with."""
    return f"w{str(workspace_id)[-10:]}"


def key_of(id_: UUID) -> str:
    """An id in a lexeme."""
    return id_.hex[-16:]


def _term(text: str) -> Term:
    parts = tuple(word.text for word in words(text))
    if _LETTER_AND_SIGNS.fullmatch(text):
        return Term(parts, phrase=True)  # C++ is no beginning of anything
    if all(len(part) == 1 for part in parts) and 1 < len(parts) <= MOST_INITIALS:
        return Term(parts, whole="".join(parts))  # J.R.R. may be JRR
    whole = next((word.text for word in joined(text)), None) if _JOINT.search(text) else None
    return Term(parts, whole=whole if len(parts) > 1 else None)


def apart(word: str) -> list[tuple[str, ...]]:
    """What else a word is written as that has a number in it: `m6 x 20`, or with a sign for the x
    that is no letter; `20 mm`, `m 6`."""
    sides = _TIMES.split(word)
    if len(sides) > 1:
        return [tuple(part for side in sides for part in (_TIMES_WORD, side))[1:], tuple(sides)]
    measure = _MEASURE.fullmatch(word) or _SERIES.fullmatch(word)
    return [measure.groups()] if measure else []


def has_letter(way: Sequence[str]) -> bool:
    """Whether one of these words is a mere letter, which half of all there is may have."""
    return any(len(part) == 1 and part.isalpha() and part != _TIMES_WORD for part in way)


def _runs(terms: Sequence[Term]) -> Iterator[Run]:
    """Terms of one word that stand side by side and may be one word: initials, what is multiplied,
    a number and its unit."""
    for is_letter, group in groupby(terms, key=_is_letter):
        letters = list(group)
        if is_letter and 1 < len(letters) <= MOST_INITIALS:
            yield Run(frozenset(letters), (("".join(one.words[0] for one in letters),),))
    for one, other in pairwise(terms):
        if _is_plain(one) and _is_plain(other) and _TIMES_WORD not in (one.words + other.words):
            both = one.words[0] + other.words[0]
            if (one.words[0], other.words[0]) in apart(both):
                yield Run(frozenset((one, other)), ((both,),))
    if len(terms) > 1 and _is_product(*terms[-2:]):  # not typed to its end
        yield Run(frozenset(terms[-2:]), ((terms[-2].words[0] + _TIMES_WORD,),))
    for product in _products(terms):
        sides = tuple(term.words[0] for term in product[::2])
        yield Run(frozenset(product), ((_TIMES_WORD.join(sides),), sides))


def _products(terms: Sequence[Term]) -> Iterator[Sequence[Term]]:
    """`m6`, `x`, `20`, as often as it goes on."""
    first = 0
    while first + 2 < len(terms):
        last = first
        while last + 2 < len(terms) and _is_product(*terms[last : last + 3]):
            last += 2
        if last > first:
            yield terms[first : last + 1]
        first = max(last, first + 1)


def _is_product(one: Term, times: Term, other: Term | None = None) -> bool:
    return (
        times.words == (_TIMES_WORD,)
        and _is_plain(one)
        and one.words[0][-1].isdecimal()
        and (other is None or (_is_plain(other) and other.words[0][0].isdecimal()))
    )


def _is_plain(term: Term) -> bool:
    return not term.phrase and len(term.words) == 1


def _is_letter(term: Term) -> bool:
    return _is_plain(term) and len(term.words[0]) == 1 and term.words[0].isalpha()


def _code_words(terms: Sequence[Term]) -> list[str]:
    """Codes among other words: each with a digit in it, long enough to be no mere number."""
    found = [term.whole or "".join(term.words) for term in terms if not term.phrase]
    return [
        code
        for word in found
        if len(word) >= SHORTEST_CODE and any(map(str.isdigit, word))
        for code in code_forms(word)
    ]


def may_be_initials(word: str) -> bool:
    """Whether a word is as short as somebody's initials."""
    return 2 <= len(word) <= MOST_INITIALS and word.isascii() and word.isalpha()


def lexeme(space: str, word: str, flags: str = "") -> str:
    """A word of a workspace in a tsquery."""
    return f"'{space}{word}'" + (f":{flags}" if flags else "")


def any_of(*found: str) -> str:
    """The tsquery of what matches one of these."""
    return found[0] if len(found) == 1 else f"({' | '.join(found)})"
