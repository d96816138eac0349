"""How well search finds what somebody means: our own queries over a real library's titles.

`queries.csv` has the queries, each with its kind and the one book that it should find, by the last
part of the book's `uri` (`by Woolf, Virginia`: any of hers); `extra-` ones are things of ours, in
other scripts and with codes.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

QUERIES = Path(__file__).with_name("queries.csv")
DEEP = 10  # places that are looked at
LONGEST_NAME = 200
_EXTRA: Sequence[dict[str, Any]] = (
    {
        "external_id": "extra-odyssey",
        "name": "The Odyssey, in a case",
        "sku": "S-0001-X",
        "barcode": "978-0-14-044913-6",
        "serial_number": "SN 77/4 B",
    },
    {
        "external_id": "extra-meridian",
        "name": "Мастер и Маргарита",
        "brand": "Булгаков",
        "barcode": "036000291452",
    },
    {"external_id": "extra-odysseia", "name": "Οδύσσεια", "brand": "Νίκος Καζαντζάκης"},
    {"external_id": "extra-snow", "name": "雪国", "brand": "川端康成"},
    {"external_id": "extra-hebrew", "name": "הארי פוטר"},
    {"external_id": "extra-miserables", "name": "Les Misérables", "brand": "Victor Hugo"},
    {"external_id": "extra-bolt", "name": "Bolt M6 x 20 mm"},
    {"external_id": "extra-screw", "name": "Screw M8x30, 8mm"},
    {"external_id": "extra-c", "name": "C++ in one volume"},
    {"external_id": "extra-estonian", "name": "Tõde ja õigus", "brand": "A. H. Tammsaare"},
)
_ADD = """
    INSERT INTO items (
        id, workspace_id, version, created_at, updated_at, sku, external_id, name, brand, barcode,
        serial_number, is_insured, lifetime_warranty, min_stock_level, needs_review, attributes,
        is_archived
    )
    SELECT uuidv7(), $1::text::uuid, 1, now(), now(), coalesce(r.sku, 'B-' || row_number() OVER ()),
        r.external_id, r.name, r.brand, r.barcode, r.serial_number, false, false, 0, false,
        coalesce(r.attributes, '{}'), false
    FROM jsonb_to_recordset($2::text::jsonb) r (
        sku text, external_id text, name text, brand text, barcode text, serial_number text,
        attributes jsonb
    )
"""
_WAITING = "SELECT count(*) FROM search_queue WHERE workspace_id = $1::text::uuid"


@dataclass(frozen=True)
class Query:
    kind: str
    text: str
    expected: str


@dataclass(frozen=True)
class Result:
    """At which place of the answer the expected book was, None beyond the first ten."""

    query: Query
    place: int | None


@dataclass(frozen=True)
class Relevance:
    """What came of all queries."""

    results: Sequence[Result]

    def recall(self, places: int) -> float:
        """The share whose book was among the first so many."""
        return sum(1 for one in self.results if one.place and one.place <= places) / self.count

    @property
    def mean_reciprocal_rank(self) -> float:
        return sum(1 / one.place for one in self.results if one.place) / self.count

    @property
    def count(self) -> int:
        return len(self.results)

    @property
    def by_kind(self) -> dict[str, "Relevance"]:
        kinds = dict.fromkeys(one.query.kind for one in self.results)
        return {
            kind: Relevance([r for r in self.results if r.query.kind == kind]) for kind in kinds
        }

    def __str__(self) -> str:
        lines = [f"{'kind':12} {'n':>4} {'MRR':>6} {'@1':>6} {'@5':>6} {'@10':>6}"]
        for kind, one in {**self.by_kind, "all": self}.items():
            shares = (one.mean_reciprocal_rank, one.recall(1), one.recall(5), one.recall(DEEP))
            lines.append(
                f"{kind:12} {one.count:4} " + " ".join(f"{share:6.3f}" for share in shares)
            )
        lines += [f"{one.query} at {one.place}" for one in self.results if one.place != 1]
        return "\n".join(lines)


def queries() -> list[Query]:
    with QUERIES.open(encoding="utf-8", newline="") as file:
        return [Query(r["kind"], r["query"], r["expected"]) for r in csv.DictReader(file)]


async def fill(database: Any, workspace_id: str, books: Path) -> int:  # noqa: ANN401 - asyncpg
    """Put the library's titles and what is ours into a workspace; how many that were."""
    items = [*_of_library(books), *_EXTRA]
    await database.execute(_ADD, workspace_id, json.dumps(items, ensure_ascii=False))
    await database.execute("ANALYZE items")
    return len(items)


async def is_known(database: Any, workspace_id: str) -> bool:  # noqa: ANN401 - asyncpg
    """Whether the words of all items are known, so that typos can be told."""
    return not await database.fetchval(_WAITING, workspace_id)


async def measure(http: httpx.AsyncClient, items: str) -> Relevance:
    """Ask every query at the path `items`."""
    results = []
    for query in queries():
        answer = await http.get(items, params={"q": query.text, "limit": DEEP})
        answer.raise_for_status()
        found = answer.json()["items"]
        places = (at for at, one in enumerate(found, 1) if query.expected in _told_by(one))
        results.append(Result(query, next(places, None)))
    return Relevance(results)


def _told_by(item: dict[str, Any]) -> set[str]:
    """What a query may name this book by."""
    return {item["external_id"], f"by {item['attributes'].get('author')}"}


def _of_library(books: Path) -> Iterable[dict[str, Any]]:
    with books.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            fields = {name: row[name] for name in ("author", "year", "format") if row[name]}
            yield {
                "external_id": row["uri"].rstrip("/").rpartition("/")[2],
                "name": row["title"].strip()[:LONGEST_NAME],
                "attributes": fields,
            }
