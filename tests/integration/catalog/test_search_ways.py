"""However a search comes by what matches, and whatever a process knows of what is common, it finds
the same."""

import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest

from chassis.database import Database, Source
from chassis.scope import Scope
from services.catalog.search import facets, lookups, names, repository, samples, service
from services.catalog.search.cursors import Keyed, Sort, Way
from services.catalog.search.facets import Facet
from services.catalog.search.filters import Filters
from services.catalog.search.query import parse
from services.catalog.search.samples import SMALL, Sample
from services.catalog.search.search import Search
from services.catalog.search.service import Wanted

_FILL = """
    INSERT INTO items (
        id, workspace_id, version, created_at, updated_at, sku, name, is_insured, lifetime_warranty,
        min_stock_level, needs_review, attributes, is_archived
    )
    SELECT uuidv7(), $1, 1, now() - n * interval '1 minute', now(), 'T-' || n,
        CASE WHEN n % 10 = 5 THEN 'Things ' ELSE 'Thing ' END || n % 100, false, false, 0, false,
        '{}', false
    FROM generate_series(1, $2::int) n
"""
LARGE = SMALL + 100


@pytest.fixture
async def source(
    run_services: Callable[..., dict[str, str]], environment: dict[str, str], workspace_id: UUID
) -> AsyncIterator[Source]:
    """The workspace as a process of catalog reads it."""
    run_services("catalog")
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=2)
    await database.start()
    yield database.reader.within(Scope(workspace_id=workspace_id))
    await database.stop()


@pytest.fixture
async def database(connect: Callable[[str], Any]) -> asyncpg.Connection:
    connection: asyncpg.Connection = await connect("catalog")
    return connection


class Counted:
    """Counts the statements."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.statements = 0

    async def rows(self, sql: str, *args: object) -> list[Any]:
        self.statements += 1
        return await self._source.rows(sql, *args)


async def pages(
    source: Source, workspace_id: UUID, q: str, limit: int, filters: Filters | None = None
) -> list[str]:
    """The ids of all pages, one after another."""
    seen: list[str] = []
    cursor = None
    while True:
        wanted = Wanted(limit=limit, cursor=cursor)
        found = await service.find(source, workspace_id, q, filters or Filters(), wanted, None)
        page = json.loads(found)
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


@pytest.mark.parametrize("q", ["thing", "thing 15", "thing 15 xyzzy"])
async def test_pages_follow_each_other_whichever_process_makes_them(
    source: Source,
    database: asyncpg.Connection,
    workspace_id: UUID,
    q: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One that knows what is common and one that does not, by turns: what the first page found
    goes on, with no gap and none twice."""
    await database.execute(_FILL, workspace_id, LARGE)
    knows, knows_not = await samples.take(source, workspace_id), Sample()
    assert knows.having
    for first, other in ((knows, knows_not), (knows_not, knows)):
        monkeypatch.setattr(samples, "known", lambda _, one=first: one)
        alone = await pages(source, workspace_id, q, 190 if q == "thing" else 7)
        turns = cycle((first, other))
        monkeypatch.setattr(samples, "known", lambda _, turns=turns: next(turns))
        together = await pages(source, workspace_id, q, 190 if q == "thing" else 7)
        assert len(set(together)) == len(together) > 7
        assert together == alone


async def test_what_was_common_is_found_when_nothing_new_has_it(
    source: Source,
    database: asyncpg.Connection,
    workspace_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sample may be older than thousands of items."""
    await database.execute(_FILL, workspace_id, LARGE)
    knows = await samples.take(source, workspace_id)
    await database.execute(
        "UPDATE items SET name = 'Other' WHERE workspace_id = $1 AND created_at > now() - "
        "interval '20 minutes'",
        workspace_id,
    )
    monkeypatch.setattr(samples, "known", lambda _: knows)
    monkeypatch.setattr(repository, "LOOKED_THROUGH", 10)
    found = await pages(source, workspace_id, "thing", 200)
    assert len(found) == len(set(found)) > LARGE - 25


@pytest.mark.parametrize(("sort", "moved"), [(Sort.NAME, "Zzz"), (Sort.NAME_DOWN, "Aaa")])
async def test_pages_by_name_are_right_however_far_down_the_names_they_look(
    source: Source,
    database: asyncpg.Connection,
    workspace_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
    sort: Sort,
    moved: str,
) -> None:
    """Among as many names as should be enough; and among all, where the sample is older than what
    they are called now."""
    monkeypatch.setattr(names, "FAR", 0.5)
    await database.execute(_FILL, workspace_id, LARGE)
    await database.execute(
        "UPDATE items SET brand = 'Makita' WHERE workspace_id = $1 AND hashtext(sku) % 70 = 0",
        workspace_id,
    )
    for name, at, statements in ((None, 1, 2), (moved, 0, 3)):
        called = await database.fetch(
            "UPDATE items SET name = coalesce($2, name) || ' ' || sku WHERE workspace_id = $1 "
            "AND brand = 'Makita' RETURNING name",
            *(workspace_id, name),
        )
        seen: list[str] = []
        taken = []
        cursor = None
        while cursor or not seen:
            counted = Counted(source)
            wanted = Wanted(sort=sort, limit=3, cursor=cursor)
            found = await service.find(counted, workspace_id, "makita", Filters(), wanted, None)
            page = json.loads(found)
            seen += [item["name"] for item in page["items"]]
            taken.append(counted.statements)
            cursor = page["next_cursor"]
        expected = sorted((row["name"] for row in called), key=str.casefold)
        assert seen == (expected[::-1] if sort is Sort.NAME_DOWN else expected)
        assert taken[at] == statements


async def test_what_nothing_seems_to_have_is_found_in_a_vast_workspace(
    source: Source,
    database: asyncpg.Connection,
    workspace_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A word that no item of the sample has is asked for first, and found where one has it; with
    how many there are in either."""
    monkeypatch.setattr(samples, "VAST", 100)
    monkeypatch.setattr(facets, "COUNTED_OF_VAST", 150)
    await database.execute(_FILL, workspace_id, LARGE)
    await database.execute(
        "UPDATE items SET brand = 'Rare', model = CASE sku WHEN 'T-3000' THEN 'D. H.' END,"
        "manufacturer = CASE sku WHEN 'T-3001' THEN 'M6x20' END "
        "WHERE workspace_id = $1 AND sku IN ('T-3000', 'T-3001')",
        workspace_id,
    )
    for q, total, ignored in (
        ("thing rare", 2, None),
        ("thing dh", 1, None),
        ("thing m6 x 20", 1, None),
        ("thing xyzzy", 150, ["xyzzy"]),
    ):
        wanted = Wanted(facets=[Facet.BRAND], limit=1)
        found = json.loads(await service.find(source, workspace_id, q, Filters(), wanted, None))
        assert (found["facets"]["total"], found["facets"]["approximate"]) == (total, total == 150)
        assert found.get("search", {}).get("ignored") == ignored


async def test_all_is_ranked_in_a_small_workspace(
    source: Source, database: asyncpg.Connection, workspace_id: UUID
) -> None:
    """What is called just so comes first, be it the oldest of thousands that match; and nothing
    but what is wanted is asked of the database."""
    await database.execute(_FILL, workspace_id, SMALL - 1)
    await database.execute(
        "UPDATE items SET name = 'Thing' WHERE workspace_id = $1 AND sku = $2",
        *(workspace_id, f"T-{SMALL - 1}"),
    )
    counted = Counted(source)
    wanted = Wanted(limit=5, facets=[Facet.CATEGORY, Facet.BRAND])
    found = await service.find(counted, workspace_id, "thing", Filters(), wanted, None)
    assert json.loads(found)["items"][0]["name"] == "Thing"
    assert counted.statements == 3


async def test_every_way_to_a_place_finds_the_same(
    source: Source,
    database: asyncpg.Connection,
    workspace_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the place, by the words, and of item after item; for who reaches a part of it, too; and
    when what is there is further down than anybody looks."""
    monkeypatch.setattr(repository, "LOOKED_THROUGH", 10)
    await database.execute(_FILL, workspace_id, 40)
    house, attic, cellar = uuid4(), uuid4(), uuid4()
    await database.executemany(
        "INSERT INTO known_locations VALUES ($1, $2, 1, 'Any', $3)",
        [(house, workspace_id, None), (attic, workspace_id, house), (cellar, workspace_id, house)],
    )
    await database.execute(
        "INSERT INTO stocked_entries (id, workspace_id, version, item_id, location_id, is_archived)"
        " SELECT uuidv7(), $1, 1, id, ($2::uuid[])[1 + substr(sku, 3)::int % 3], sku = 'T-4'"
        " FROM items WHERE workspace_id = $1",
        *(workspace_id, [uuid4(), attic, cellar]),
    )
    places: Sequence[tuple[Filters, int]] = (
        (Filters(location_id=house), 26),
        (Filters(location_id=attic), 13),
        (Filters(location_id=house, places=[cellar]), 13),
        (Filters(location_id=attic, places=[cellar]), 0),
    )
    for filters, expected in places:
        for asked in (filters, await lookups.placed(source, filters, workspace_id, 5)):
            for way in Way:
                search = Search(workspace_id, parse("thing"), asked, kept=way)
                found = await repository.ranked(source, search, 50, None)
                items = list(found.items)
                if isinstance(found.next, Keyed):
                    items += (await repository.rest(source, search, 50, found.next)).items
                assert len(set(items)) == len(items) == expected, (way, asked)
                found = await repository.sorted_by(source, search, Sort.NAME, 50, None)
                assert len(found.items) == expected, (way, asked)
    placed = await lookups.placed(source, places[0][0], workspace_id, 5)
    assert placed.at_place == 6


async def test_a_cursor_that_somebody_made_breaks_nothing(
    run_services: Callable[..., dict[str, str]],
    database: asyncpg.Connection,
    caller: Callable[..., httpx.AsyncClient],
    workspace_id: UUID,
) -> None:
    """Whatever way it names, and whatever words: an answer, or a refusal that says so."""
    run_services("catalog")
    await database.execute(_FILL, workspace_id, 30)
    api = caller("catalog", workspace_id=workspace_id)
    id_, moment = "ff" * 16, "2036-01-01T00:00:00+00:00"
    for way in (*Way, 4, -1, None, "1"):
        for among in ((None, None), (None, moment), ([moment, id_], None)):
            for kind, key in (("ranked", 2**31 - 1), ("keyed", moment)):
                for q in ("thing 5", "-thing"):
                    document = json.dumps(["relevance", kind, 0, key, id_, *among, way, 2**900])
                    cursor = base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")
                    answer = await api.get(
                        f"/v1/workspaces/{workspace_id}/items",
                        params={"q": q, "sort": "relevance", "cursor": cursor},
                    )
                    known = isinstance(way, Way)
                    assert answer.status_code == (200 if known else 422), answer.text
