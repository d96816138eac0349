"""What lists and searches of items promise beside what they find: narrowed, in order, counted."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.catalog.search_rig import add, fill, names, search
from support.kafka import Kafka
from support.waiting import eventually

from services.catalog.search.samples import SMALL

Caller = Callable[..., httpx.AsyncClient]


async def publish(kafka: Kafka, what: str, workspace_id: UUID, id_: UUID, **fields: object) -> None:
    """Inventory tells of a new location or entry."""
    ids = {name: str(value) if isinstance(value, UUID) else value for name, value in fields.items()}
    state = {"id": str(id_), "workspace_id": str(workspace_id), "version": 1, **ids}
    await kafka.tell(f"warehouse.inventory.{what}.created", state)


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


async def test_a_cursor_of_another_order_is_refused(api: httpx.AsyncClient) -> None:
    for n in range(3):
        await add(api, f"Saw {n}")
    page = await search(api, "saw", sort="name", limit=1)
    for parameters in ({"sort": "sku"}, {"sort": "relevance", "q": "saw"}, {}):
        answer = await api.get("/items", params={"cursor": page["next_cursor"], **parameters})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


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
