"""Words as search compares them: without case, accents and punctuation.

The same as `search_fold` and `search_words` in the database, for what was asked rather than for
what is stored; and each word with its place in the text, which highlights need.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

LONGEST = 100  # letters of a word that count

# Marks that go: accents and vowel points, joiners, the kana's voicing.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u200b-\u200f\u3099\u309a]"
)
# Letters that are no other letter with a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "\u0131": "i", "ŋ": "n", "ħ": "h", "ŧ": "t", "ĸ": "k"}
    | {"þ": "th", "æ": "ae", "œ": "oe"}
)
# Written without spaces: each is a word.
_ALONE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# Whole blocks whose vowel signs count as letters with some and as marks with others.
_INDIC = re.compile("[\u0900-\u0963\u0966-\u0e4e\u0e50-\u0f03\u0f18-\u109f\u1780-\u17d3]")
JOINERS = "'\u2019`\u2010\u2011-"
_JOINER = re.compile(f"[{JOINERS}]")
_JOINED = re.compile(rf"(?<!\w)\w+(?:[{JOINERS}]+\w+)+")


class Word(NamedTuple):
    """A folded word, and from where to where it stands in the text."""

    text: str
    start: int
    end: int


def fold(text: str) -> str:
    """`text` without case and accents."""
    return "".join(map(_letter, text))


def words(text: str) -> list[Word]:
    """The words of `text` in order; each of a text without spaces, such as Chinese, alone."""
    found: list[Word] = []
    letters: list[str] = []
    start = 0
    for at, character in enumerate(text):
        for letter in _letter(character):
            is_word = _is_word(letter)
            alone = is_word and _ALONE.match(letter) is not None
            if letters and (alone or not is_word):
                found.append(Word("".join(letters)[:LONGEST], start, at))
                letters.clear()
            if alone:
                found.append(Word(letter, at, at + 1))
            elif is_word:
                start = start if letters else at
                letters.append(letter)
    if letters:
        found.append(Word("".join(letters)[:LONGEST], start, len(text)))
    return found


def joined(text: str) -> Iterator[Word]:
    """What apostrophes and hyphens join, as one word: `obrien` of `O'Brien`."""
    for match in _JOINED.finditer(text):
        for word in words(_JOINER.sub("", match[0])):
            yield Word(word.text, match.start(), match.end())


def compact(text: str) -> str:
    """`text` as one word, as codes are compared: `9780140449136` of `978-0-14-044913-6`."""
    return "".join(word.text for word in words(text))[:LONGEST]


@lru_cache(maxsize=4096)
def _letter(character: str) -> str:
    if character.isascii():
        return character.lower()
    plain = unicodedata.normalize("NFKD", character).casefold()
    return _MARKS.sub("", plain).translate(_LETTERS)


@lru_cache(maxsize=4096)
def _is_word(letter: str) -> bool:
    if letter.isascii():
        return letter.isalnum()
    return (
        letter.isalpha()
        or unicodedata.category(letter) in {"Nd", "Nl", "Mn", "Mc"}
        or _INDIC.match(letter) is not None
    )
