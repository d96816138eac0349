"""What search over items promises."""

import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from chassis.folding import words
from services.catalog.search.samples import SMALL

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Caller, workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


async def add(api: httpx.AsyncClient, name: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await api.post("/items", json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    item: dict[str, Any] = answer.json()
    return item


async def search(api: httpx.AsyncClient, q: str, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await api.get("/items", params={"q": q, **parameters})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def names(api: httpx.AsyncClient, q: str, **parameters: Any) -> list[str]:  # noqa: ANN401
    return [item["name"] for item in (await search(api, q, **parameters))["items"]]


async def test_words_are_found_in_any_order_field_case_and_accent(api: httpx.AsyncClient) -> None:
    """Each of the words anywhere: name, brand, attributes, what apostrophes join; as it begins."""
    await add(api, "Größe-X Café grinder", brand="Škoda", attributes={"note": "Ёлка и Ψάρι"})
    await add(api, "O'Brien's ladder", description="Ten rungs")
    for q in ("grinder cafe", "GROSSE skoda", "елка grind", "ψαρι", "ёл CAFÉ", "größe"):
        assert await names(api, q) == ["Größe-X Café grinder"], q
    for q in ("obriens ladder", "o'brien", "brien rung", "o\u2019brien\u2019s"):
        assert await names(api, q) == ["O'Brien's ladder"], q
    assert await names(api, "grinder ladder rungs") == []


async def test_text_without_spaces_is_found_by_its_parts(api: httpx.AsyncClient) -> None:
    await add(api, "東京タワーの模型")
    assert await names(api, "模型") == ["東京タワーの模型"]
    assert await names(api, "京都") == []


async def test_measures_and_initials_are_found_however_they_are_written(
    api: httpx.AsyncClient,
) -> None:
    """Apart or as one, on either side."""
    await add(api, "Bolt M6 x 20", description="A4 steel, C")
    await add(api, "Screw M8x30")
    await add(api, "Plank 10 \u00d7 20 \u00d7 300 cm")
    await add(api, "Hose, 15mm", attributes={"maker": "J. R. R. Tamm"})
    await add(api, "JRR Saar, compass")
    for name, asked in {
        "Bolt M6 x 20": ("m6x20", "bolt m6 x 20", "M 6 bolt", "a 4 steel", "c++", "c#"),
        "Screw M8x30": ("m8x30", "m8 x 30", "m 8 screw", "m8 x"),
        "Plank 10 \u00d7 20 \u00d7 300 cm": ("10x20x300", "10 x 20 x 300", "300cm", "300 cm plank"),
        "Hose, 15mm": ("15 mm", "15mm hose", "15 mm hose", "jrr tamm"),
        "JRR Saar, compass": ("j. r. r. saar", "j r r saar", "j.r.r. saar"),
    }.items():
        for q in asked:
            assert await names(api, q) == [name], q


async def test_a_code_is_found_in_any_form_before_all_else(api: httpx.AsyncClient) -> None:
    """Sku, barcode, serial number, external id and model, with or without what separates them;
    both forms of an ISBN."""
    await add(api, "Sleeve for DDF484 and 9780140449136", description="DDF484 wh-1234 sn 55 ext 77")
    await add(
        api,
        "The Odyssey",
        sku="WH-1234",
        barcode="978-0-14-044913-6",
        serial_number="SN/55",
        external_id="ext.77",
        model="DDF-484",
    )
    for q in ("wh1234", "WH 1234", "sn55", "EXT-77", "ddf484", "9780140449136", "0140449132"):
        assert (await names(api, q))[0] == "The Odyssey", q
    assert "The Odyssey" in await names(api, "wh12")


async def test_a_name_comes_before_a_brand_and_that_before_the_rest(
    api: httpx.AsyncClient,
) -> None:
    """The whole name, the word in a name, its beginning; then brand and description."""
    for name, more in (
        ("Box of things", {"description": "For a drill"}),
        ("Angle grinder", {"brand": "Drill"}),
        ("Drilling machine", {}),
        ("Cordless drill, blue", {}),
        ("Drill", {}),
    ):
        await add(api, name, **more)
    assert await names(api, "drill") == [
        "Drill",
        "Cordless drill, blue",
        "Drilling machine",
        "Angle grinder",
        "Box of things",
    ]


async def test_words_that_are_close_together_come_first(api: httpx.AsyncClient) -> None:
    await add(api, "Red wine glass")
    await add(api, "Glass jug for wine, red")
    await add(api, "Wine", description="Goes with red glass")
    assert (await names(api, "red wine glass"))[0] == "Red wine glass"


async def test_a_name_and_more_find_what_is_called_so(api: httpx.AsyncClient) -> None:
    """Author and title: the book rather than the one about it."""
    await add(api, "Ulysses", attributes={"author": "Joyce, James"})
    await add(api, "James Joyce's Ulysses: A Study", attributes={"author": "Gilbert, Stuart"})
    assert (await names(api, "joyce ulysses"))[0] == "Ulysses"


async def test_typos_find_what_was_meant(api: httpx.AsyncClient) -> None:
    """One letter wrong, missing, doubled or swapped; two in long words; the beginning of a word;
    and the answer says how it was read."""
    await add(api, "Cordless screwdriver", brand="Makita")
    await add(api, "Paint brush")

    async def corrected() -> bool:
        return await names(api, "screwdrvier") == ["Cordless screwdriver"]

    await eventually(corrected)
    for q in ("cordles scredriver", "scrwdrivver", "makit cordelss", "mkaita", "scewdri"):
        assert await names(api, q) == ["Cordless screwdriver"], q
    found = await search(api, "piant brush")
    assert [item["name"] for item in found["items"]] == ["Paint brush"]
    assert found["search"] == {"corrected": {"piant": ["paint"]}, "ignored": []}
    assert "search" not in await search(api, "paint")


async def test_a_word_that_nothing_has_is_left_out(api: httpx.AsyncClient) -> None:
    """And so is a short one that the others do not have."""
    await add(api, "Long ladder")
    await add(api, "The saw")
    assert await names(api, "the long ladder") == ["Long ladder"]
    found = await search(api, "long ladder zzyzx")
    assert [item["name"] for item in found["items"]] == ["Long ladder"]
    assert found["search"]["ignored"] == ["zzyzx"]


async def test_a_known_word_is_not_corrected_for_a_short_one_beside_it(
    api: httpx.AsyncClient,
) -> None:
    """What is too short to be a typo is left out, and the other words stay as they were typed."""
    await add(api, "The tower, by Yeats")
    await add(api, "Keats, odes")
    found = await search(api, "wb yeats")
    assert [item["name"] for item in found["items"]] == ["The tower, by Yeats"]
    assert found["search"] == {"corrected": {}, "ignored": ["wb"]}


async def test_an_address_as_external_id_is_found_as_a_whole_alone(api: httpx.AsyncClient) -> None:
    """Its parts, which all of a source's items share, find nothing."""
    address = "https://library.example/books/hamlet/"
    await add(api, "Prince of Denmark", external_id=address)
    assert await names(api, address) == ["Prince of Denmark"]
    for part in ("library", "https", "books", "hamlet"):
        assert await names(api, part) == []


async def test_quotes_make_a_phrase_and_a_minus_leaves_out(api: httpx.AsyncClient) -> None:
    await add(api, "Blue paint bucket")
    await add(api, "Paint, blue")
    assert await names(api, '"blue paint"') == ["Blue paint bucket"]
    assert await names(api, "paint -bucket") == ["Paint, blue"]
    assert await names(api, 'paint -"blue paint"') == ["Paint, blue"]
    assert await names(api, "-bucket") == ["Paint, blue"]


@pytest.mark.parametrize(
    "q",
    [
        *(
            "& | ! : * ( ) '",
            "a & b",
            "a:*",
            "'",
            '"',
            '""',
            '-""',
            "-",
            "--x",
            "\\",
            "🔨🔧",
            "!!!",
        ),
        *("a" * 200, "x " * 100, "'' <-> ''", "{1}", "%_%", "\u0301", "\u200b", "١٢٣", "🔨 a"),
    ],
)
async def test_nothing_that_is_typed_is_wrong(api: httpx.AsyncClient, q: str) -> None:
    for parameters in ({}, {"highlight": "true", "facets": "category"}, {"sort": "name"}):
        answer = await api.get("/items", params={"q": q, **parameters})
        assert answer.status_code == 200, answer.text


async def test_category_and_label_names_are_found_as_they_are_now(api: httpx.AsyncClient) -> None:
    """A renamed category is found by its new name at once."""
    category = (await api.post("/categories", json={"name": "Garden"})).json()
    await add(api, "Rake", category_id=category["id"])
    assert await names(api, "gard rake") == ["Rake"]
    await api.patch(f"/categories/{category['id']}", json={"name": "Outdoors"})
    assert await names(api, "outdoor") == ["Rake"]
    assert await names(api, "garden") == []


async def test_filters_narrow_together(api: httpx.AsyncClient) -> None:
    parent = (await api.post("/categories", json={"name": "Tools"})).json()["id"]
    child = (await api.post("/categories", json={"name": "Saws", "parent_id": parent})).json()["id"]
    first = await add(api, "Hand saw", category_id=child, brand="Bahco", is_insured=True)
    second = await add(api, "Band saw", category_id=parent, brand="Makita", needs_review=True)
    gone = await add(api, "Old saw", brand="bahco")
    await api.post(f"/items/{gone['id']}/archive")

    async def found(**parameters: object) -> list[str]:
        return sorted(await names(api, "saw", **parameters))

    assert await found(category_id=parent) == ["Band saw", "Hand saw"]
    assert await found(category_id=child) == ["Hand saw"]
    assert await found(brand="BAHCO") == ["Hand saw"]
    assert await found(brand="bahco", archived=True) == ["Old saw"]
    assert await found(insured=True) == ["Hand saw"]
    assert await found(insured=False, needs_review=True, category_id=parent) == ["Band saw"]
    assert await found(has_image=True) == []
    loud = (await api.post("/labels", json={"name": "Loud", "color": "#AA0000"})).json()["id"]
    red = (await api.post("/labels", json={"name": "Red", "color": "#FF0000"})).json()["id"]
    await api.patch(f"/items/{first['id']}", json={"labels": [loud, red]})
    await api.patch(f"/items/{second['id']}", json={"labels": [loud]})
    assert await found(label_id=f"{red},{loud}") == ["Band saw", "Hand saw"]
    assert await found(label_id=f"{red},{loud}", label_match="all") == ["Hand saw"]
    assert await names(api, "loud saw red") == ["Hand saw"]
    assert await found(created_from=second["created_at"]) == ["Band saw"]
    assert await found(created_before=second["created_at"]) == ["Hand saw"]
    assert await found(updated_from=second["created_at"], brand="Bahco") == ["Hand saw"]
    plain = (await api.get("/items", params={"brand": "Makita"})).json()
    assert [item["name"] for item in plain["items"]] == ["Band saw"]


@pytest.mark.parametrize(
    "sort",
    [
        *("relevance", "name", "-name", "created_at", "-created_at", "updated_at", "-updated_at"),
        *("sku", "-sku", "min_stock_level", "-min_stock_level"),
    ],
)
async def test_pages_of_any_order_hold_each_item_once(
    api: httpx.AsyncClient, connect: Callable[[str], Any], workspace_id: UUID, sort: str
) -> None:
    """Many of the same value, some created at the same instant: no gap, none twice, in order."""
    await fill(connect, workspace_id, 23, same=5)
    seen: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {"sort": sort, "limit": 4, "q": "thing"}
    while True:
        page = (await api.get("/items", params=parameters)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert len(seen) == len({item["id"] for item in seen}) == 23
    field = sort.removeprefix("-")
    if field != "relevance":
        values = [item[field] for item in seen]
        assert values == sorted(values, reverse=sort.startswith("-"))


async def test_more_matches_than_are_ranked_come_all_the_same(
    api: httpx.AsyncClient, connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    """Past what is ranked, the others follow, while new ones come."""
    await fill(connect, workspace_id, 700)
    seen: list[str] = []
    parameters: dict[str, Any] = {"limit": 150, "q": "thing"}
    while True:
        page = (await api.get("/items", params=parameters)).json()
        seen += [item["name"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        await add(api, "A new thing")
        parameters["cursor"] = page["next_cursor"]
    old = [name for name in seen if name != "A new thing"]
    assert len(old) == len(set(old)) == 700


async def test_what_all_items_have_is_found_among_the_newest_and_all_the_same(
    api: httpx.AsyncClient, connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    """In each order, with each filter, as if nothing were known of what is common."""
    label = (await api.post("/labels", json={"name": "Rare"})).json()["id"]
    await add(api, "Thing apart", labels=[label])
    await fill(connect, workspace_id, SMALL + 200)
    for sort, q in (("relevance", "thing"), ("name", "thing"), ("relevance", "thing -117")):
        seen: list[str] = []
        parameters: dict[str, Any] = {"limit": 200, "q": q, "sort": sort}
        while True:
            page = (await api.get("/items", params=parameters)).json()
            seen += [item["name"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            parameters["cursor"] = page["next_cursor"]
        assert len(seen) == len(set(seen)) == SMALL + 201 - (q != "thing"), (sort, q)
        assert sort == "relevance" or seen == sorted(seen, key=str.casefold)
    assert (await names(api, "thing 117"))[0] == "Thing 117"
    assert await names(api, "thing apart") == ["Thing apart"]
    assert await names(api, "thing", label_id=label) == ["Thing apart"]
    assert (await search(api, "thing", facets="label"))["facets"]["total"] == SMALL + 201


async def test_what_nothing_has_so_is_taken_for_what_it_may_be(api: httpx.AsyncClient) -> None:
    """Initials, a letter elsewhere, words that are known and wrong, one word in two."""
    await add(api, "Kangaroo", attributes={"author": "Lawrence, D. H."})
    await add(api, "The Great Gatsby")
    await add(api, "War and Peace")
    await add(api, "Lighthouse keeper")
    await add(api, "A piece of cake, by Lawrence")
    await add(api, "Les Rues du vieux Paris")
    for q, found in (
        ("dh lawrence", "Kangaroo"),
        ("grate gatsby", "The Great Gatsby"),
        ("war and piece", "War and Peace"),
        ("light house keeper", "Lighthouse keeper"),
    ):
        assert await eventually(partial(_finds, api, q, found))
    # What is left were words that say nothing.
    assert await names(api, "les miserables") == []


async def _finds(api: httpx.AsyncClient, q: str, name: str) -> bool:
    return await names(api, q) == [name]


async def test_a_cursor_of_another_order_is_refused(api: httpx.AsyncClient) -> None:
    for n in range(3):
        await add(api, f"Saw {n}")
    page = await search(api, "saw", sort="name", limit=1)
    for parameters in ({"sort": "sku"}, {"sort": "relevance", "q": "saw"}, {}):
        answer = await api.get("/items", params={"cursor": page["next_cursor"], **parameters})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


async def test_what_matched_is_marked(api: httpx.AsyncClient) -> None:
    """The text in parts, with nothing in it that could pass for a mark; typos and accents, too."""
    item = await add(
        api, "Crème <b>brûlée</b> torch", description="x " * 200 + "A torch for brulee."
    )

    async def marked(q: str) -> dict[str, Any]:
        found: dict[str, Any] = (await search(api, q, highlight=True))["highlights"]
        return found.get(item["id"], {})

    found = await marked("brulee")
    assert found["name"] == [
        {"text": "Crème <b>", "match": False},
        {"text": "brûlée", "match": True},
        {"text": "</b> torch", "match": False},
    ]
    assert len("".join(part["text"] for part in found["description"])) < 300
    assert {"text": "brulee", "match": True} in found["description"]

    async def corrected() -> bool:
        return {"text": "torch", "match": True} in (await marked("tocrh")).get("name", [])

    await eventually(corrected)
    assert {"text": "torch", "match": True} in (await marked("tor"))["name"]
    assert (await marked(item["sku"].lower()))["sku"] == [{"text": item["sku"], "match": True}]


async def test_facets_count_everything_found(api: httpx.AsyncClient) -> None:
    """Over all pages; categories with what is below them; archived ones beside those in use."""
    parent = (await api.post("/categories", json={"name": "Tools"})).json()["id"]
    child = (await api.post("/categories", json={"name": "Saws", "parent_id": parent})).json()["id"]
    for n in range(3):
        await add(api, f"Saw {n}", category_id=child, brand="Bahco")
    await add(api, "Saw bench", category_id=parent, brand="bahco", is_insured=True)
    gone = await add(api, "Saw dust", brand="Makita")
    await api.post(f"/items/{gone['id']}/archive")
    asked = "category,label,brand,insured,needs_review,has_image,archived,purchased_from,location"
    found = await search(api, "saw", facets=f"{asked},manufacturer", limit=1)
    assert len(found["items"]) == 1
    facets = found["facets"]
    assert (facets["total"], facets["approximate"]) == (4, False)
    assert [(c["name"], c["count"], c["parent_id"]) for c in facets["category"]] == [
        ("Tools", 4, None),
        ("Saws", 3, parent),
    ]
    assert facets["brand"] == [{"value": facets["brand"][0]["value"], "count": 4}]
    assert facets["insured"] == {"true": 1, "false": 3}
    assert facets["archived"] == {"true": 1, "false": 4}
    assert facets["location"] == facets["label"] == facets["purchased_from"] == []


@pytest.mark.long
async def test_more_than_ten_thousand_are_counted_as_a_lower_bound(
    api: httpx.AsyncClient, connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    await fill(connect, workspace_id, 10_001)
    facets = (await search(api, "thing", facets="brand", limit=1))["facets"]
    assert (facets["total"], facets["approximate"]) == (10_000, True)


async def test_what_is_no_facet_sort_label_or_moment_is_refused(api: httpx.AsyncClient) -> None:
    for parameters in (
        {"facets": "category,size"},
        {"sort": "size"},
        {"label_id": "red"},
        {"created_from": "2026-03-02T08:05:00"},
        {"created_from": "2026"},
    ):
        answer = await api.get("/items", params=parameters)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (
            422,
            next(iter(parameters)),
        )


async def test_places_are_counted_and_told_of_within_reach(
    api: httpx.AsyncClient, caller: Caller, kafka: Kafka, workspace_id: UUID
) -> None:
    """An item counts once in a place with all below it. A member who is restricted to a place is
    told of none other, in counts and as a filter."""
    saw = await add(api, "Saw")
    bench = await add(api, "Bench for saws")
    house, garage, attic = uuid4(), uuid4(), uuid4()
    for id_, name, parent in (
        (house, "House", None),
        (garage, "Garage", house),
        (attic, "Attic", house),
    ):
        await publish(kafka, "location", workspace_id, id_, name=name, parent_id=parent)
    for item, place in ((saw, garage), (saw, attic), (bench, garage)):
        await publish(kafka, "stock", workspace_id, uuid4(), item_id=item["id"], location_id=place)

    async def counted() -> bool:
        facets = (await search(api, "saw", facets="location"))["facets"]
        counts = {place["name"]: place["count"] for place in facets["location"]}
        return counts == {"House": 2, "Garage": 2, "Attic": 1}

    await eventually(counted)
    assert await names(api, "saw", location_id=attic) == ["Saw"]
    assert len(await names(api, "saw", location_id=house)) == 2
    within = caller("catalog", workspace_id=workspace_id, locations=frozenset({attic}))
    within.base_url = within.base_url.join(f"/v1/workspaces/{workspace_id}")
    facets = (await search(within, "saw", facets="location"))["facets"]
    assert facets["location"] == [
        {"id": str(attic), "name": "Attic", "parent_id": None, "count": 1}
    ]
    assert await names(within, "saw", location_id=garage) == []
    assert await names(within, "saw", location_id=house) == ["Saw"]


async def test_no_other_workspace_is_found(api: httpx.AsyncClient, caller: Caller) -> None:
    await add(api, "Secret drill")
    other = uuid4()
    stranger = caller("catalog", workspace_id=other)
    stranger.base_url = stranger.base_url.join(f"/v1/workspaces/{other}")
    for q in ("secret", "drill", "secert"):
        found = await search(stranger, q, facets="brand", highlight=True)
        assert found["items"] == []
        assert found["facets"]["total"] == 0


async def test_search_reads_the_index_however_many_items_there_are(
    connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    """Row-level security would keep PostgreSQL from it: asked as the role of requests, through the
    view, it reads the index on words."""
    await fill(connect, workspace_id, 3_000)
    connection = await connect("catalog")
    await connection.execute("ANALYZE items")
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE catalog_app")
        await connection.execute(f"SET LOCAL warehouse.workspace_id = '{workspace_id}'")
        # Whether it may, not whether a table as small as this is worth it.
        await connection.execute("SET LOCAL enable_seqscan = off")
        space = f"w{str(workspace_id)[-10:]}"
        plan = await connection.fetch(
            f"EXPLAIN SELECT id FROM searchable_items WHERE search @@ '{space}2222:*'::tsquery"
        )
    assert any("items_search" in line[0] for line in plan), plan


async def test_both_sides_fold_alike(connect: Callable[[str], Any]) -> None:
    """Each letter, digit, mark and sign of Unicode by itself: PostgreSQL and we make the same of
    it, or a word that was stored would not be found."""
    connection = await connect("catalog")
    rows = await connection.fetch(
        """
        SELECT n, regexp_split_to_array(
            btrim(search_words(search_fold('a' || chr(n) || 'b'))), ' +')
        FROM generate_series(1, 65535) n WHERE n NOT BETWEEN 55296 AND 57343 AND n <> 31
        """
    )
    wrong = []
    for n, split in rows:
        character = chr(n)
        category = unicodedata.category(character)
        # Marks of rare scripts and numbers such as Oriya's fractions part words on one side alone.
        if category[0] not in "LMNPZ" or category in {"No", "Me"}:
            continue
        if category[0] == "M" and not (n < 0x0700 or 0x0900 <= n < 0x1100):
            continue
        ours = [word.text for word in words(f"a{character}b")]
        if ours != split:
            wrong.append((hex(n), category, ours, split))
    assert wrong == []


async def fill(
    connect: Callable[[str], Any], workspace_id: UUID, items: int, *, same: int = 1
) -> None:
    """Items called `Thing 1` and so on, `same` of them with one name, time and level."""
    connection = await connect("catalog")
    await connection.execute(
        """
        INSERT INTO items (
            id, workspace_id, version, created_at, updated_at, sku, name, brand, is_insured,
            lifetime_warranty, min_stock_level, needs_review, attributes, is_archived
        )
        SELECT uuidv7(), $1, 1, now() - g * interval '1 hour', now() - g * interval '1 minute',
               'T-' || n, CASE WHEN $3 > 1 THEN 'thing ' || g ELSE 'Thing ' || n END, 'Any', false,
               false, g, false, '{}', false
        FROM (SELECT n, n / $3 AS g FROM generate_series(1, $2::int) n) n
        """,
        workspace_id,
        items,
        same,
    )


async def publish(kafka: Kafka, what: str, workspace_id: UUID, id_: UUID, **fields: object) -> None:
    """Inventory tells of a new location or entry."""
    ids = {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items()}
    state = {"id": str(id_), "workspace_id": str(workspace_id), "version": 1, **ids}
    await kafka.tell(f"warehouse.inventory.{what}.created", state)
