"""What of an item matched: its texts in parts, of which some are marked.

Parts rather than markup or offsets: nothing in an item can pass for a mark, and no client has to
count characters as we do.
"""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from chassis.folding import Word, compact, joined, words
from services.catalog.search.query import Alike, Query

AROUND = 60  # characters shown before the first match and behind the last of a long text
LONGEST = 240  # characters of a text that are shown
_FIELDS = (
    *("name", "brand", "model", "manufacturer", "sku", "external_id", "barcode"),
    *("serial_number", "description", "category_name"),
)

Part = dict[str, str | bool]


class Highlighter:
    """Marks what a query, and the words that it may have meant, match."""

    def __init__(self, query: Query, alike: Mapping[str, Alike] | None) -> None:
        self._codes = frozenset(query.codes)
        begins: set[str] = set()
        whole: set[str] = set()
        for term in query.terms:
            (whole if term.phrase else begins).update(term.words)
            if term.whole is not None:
                begins.add(term.whole)
            whole.update(part for way in term.otherwise for part in way)
        whole.update(part for run in query.runs for way in run.ways for part in way)
        for known in (alike or {}).values():
            whole.update((*known.near, *known.far))
        self._begins = sorted(begins)
        self._whole = frozenset(whole)

    def of(self, item: Mapping[str, Any]) -> dict[str, list[Part]]:
        """The fields in which something matches, each as parts of its text."""
        found = {}
        for field, text in _texts(item):
            if spans := self._spans(text):
                found[field] = _parts(text, spans)
        return found

    def _spans(self, text: str) -> list[tuple[int, int]]:
        if self._codes and compact(text) in self._codes:
            return [(0, len(text))]
        spans = [(word.start, word.end) for word in words(text) if self._matches(word)]
        spans += [(word.start, word.end) for word in joined(text) if self._matches(word)]
        return _merged(sorted(spans))

    def _matches(self, word: Word) -> bool:
        if word.text in self._whole:
            return True
        # Of the typed words, those that begin this one come right before it in order, or at it.
        at = bisect.bisect_right(self._begins, word.text)
        return any(word.text.startswith(one) for one in self._begins[:at])


def _texts(item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for field in _FIELDS:
        if item[field]:
            yield field, item[field]
    for label in item["labels"]:
        yield f"labels.{label['id']}", label["name"]
    for name, value in item["attributes"].items():
        if value is not None and not isinstance(value, bool):
            yield f"attributes.{name}", str(value)


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _parts(text: str, spans: Sequence[tuple[int, int]]) -> list[Part]:
    """The text, cut around its first matches where it is long."""
    first, last = 0, len(text)
    if len(text) > LONGEST:
        first = max(0, spans[0][0] - AROUND)
        last = min(len(text), first + LONGEST)
    parts: list[Part] = []
    at = first
    for start, end in spans:
        if start >= last:
            break
        parts.append({"text": text[at:start], "match": False})
        parts.append({"text": text[start : min(end, last)], "match": True})
        at = min(end, last)
    parts.append({"text": text[at:last], "match": False})
    if first > 0:
        parts.insert(0, {"text": "…", "match": False})
    if last < len(text):
        parts.append({"text": "…", "match": False})
    return [part for part in parts if part["text"]]
