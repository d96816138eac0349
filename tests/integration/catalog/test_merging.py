"""What cloning an item and merging duplicates promise, as far as catalog goes."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually


async def add(api: httpx.AsyncClient, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def merge(
    api: httpx.AsyncClient,
    into: dict[str, Any],
    *duplicates: dict[str, Any],
    **headers: str,
) -> httpx.Response:
    body = {"duplicates": [one["id"] for one in duplicates]}
    return await api.post(f"/items/{into['id']}/merge", json=body, headers=headers)


async def test_a_clone_is_another_thing_of_the_kind(api: httpx.AsyncClient) -> None:
    """All that is said of the kind is copied; what is this very thing's own is not."""
    label = await add(api, "/labels", name="Blue")
    kind = {"name": "Drill", "brand": "Makita", "attributes": {"voltage": 18}, "is_insured": True}
    own = {"sku": "D1", "external_id": "X1", "serial_number": "S1", "barcode": "96385074"}
    drill = await add(api, "/items", **kind, **own, labels=[label["id"]])
    answer = await api.post(f"/items/{drill['id']}/clone")
    clone = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (201, '"1"')
    assert answer.headers["location"].endswith(clone["id"])
    differing = {name for name, value in drill.items() if clone[name] != value}
    assert differing == {"id", "created_at", "updated_at", *own}
    assert [clone[name] for name in ("external_id", "serial_number", "barcode")] == [None] * 3
    named = await api.post(f"/items/{drill['id']}/clone", json={"name": "Saw", "sku": "D2"})
    assert (named.json()["name"], named.json()["sku"]) == ("Saw", "D2")
    taken = await api.post(f"/items/{drill['id']}/clone", json={"sku": "D1"})
    assert taken.status_code == 409
    assert (await api.post(f"/items/{uuid4()}/clone")).status_code == 404


async def test_what_an_item_lacks_is_taken_from_its_duplicates(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """The first that has it gives it, labels and attributes are united, and what the item has
    stays; each duplicate's last event tells what it went into."""
    red, blue = [await add(api, "/labels", name=name) for name in ("Red", "Blue")]
    tools = await add(api, "/categories", name="Tools")
    drill = await add(
        api, "/items", name="Drill", brand="Makita", attributes={"v": 18}, labels=[red["id"]]
    )
    one = await add(
        api,
        "/items",
        name="Drill 2",
        barcode="96385074",
        external_id="X1",
        attributes={"v": 12, "case": "blue"},
        labels=[blue["id"], red["id"]],
    )
    two = await add(
        api, "/items", name="Dril", brand="Bosch", category_id=tools["id"], min_stock_level=3
    )
    answer = await merge(api, drill, one, two, **{"If-Match": '"1"'})
    merged = answer.json()
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert {label["name"] for label in merged["labels"]} == {"Red", "Blue"}
    expected = {
        "name": "Drill",
        "brand": "Makita",
        "barcode": "96385074",
        "external_id": "X1",
        "category_id": tools["id"],
        "min_stock_level": 3,
        "attributes": {"v": 18, "case": "blue"},
    }
    assert {name: merged[name] for name in expected} == expected
    for gone in (one, two):
        for answer in (
            await api.get(f"/items/{gone['id']}"),
            await api.patch(f"/items/{gone['id']}", json={"name": "x"}),
        ):
            assert (answer.status_code, answer.json()["merged_into"]) == (404, drill["id"])

    async def published() -> bool:
        seen = await kafka.read("warehouse.catalog.item.v1", workspace_id=workspace_id)
        last = {event.key: event for event in seen}
        assert last[one["id"]].type == "warehouse.catalog.item.merged"
        assert last[one["id"]].payload["into_id"] == drill["id"]
        assert (last[one["id"]].payload["version"], last[one["id"]].payload["name"]) == (
            2,
            "Drill 2",
        )
        changes = last[drill["id"]].payload["changes"]
        assert changes["barcode"] == [None, "96385074"]
        assert set(changes) == {
            *("barcode", "external_id", "category_id", "labels", "attributes", "min_stock_level")
        }
        return True

    assert await eventually(published)


async def test_merged_again_nothing_changes_and_the_way_leads_to_the_last(
    api: httpx.AsyncClient,
) -> None:
    """The same merge again changes nothing; of a chain every old id leads to its end; an item that
    went elsewhere is not merged again."""
    a, b, c = [await add(api, "/items", name=name) for name in "abc"]
    assert (await merge(api, b, a)).status_code == 200
    again = await merge(api, b, a)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    elsewhere = await merge(api, c, a)
    assert (elsewhere.status_code, elsewhere.json()["merged_into"]) == (409, b["id"])
    assert (await merge(api, c, b)).status_code == 200
    assert (await api.get(f"/items/{a['id']}")).json()["merged_into"] == c["id"]
    assert (await merge(api, c, a, b)).json()["version"] == 1
    assert (await api.delete(f"/items/{c['id']}")).status_code == 204
    assert "merged_into" not in (await api.get(f"/items/{a['id']}")).json()


@pytest.mark.parametrize("which", ["itself", "unknown", "none", "twice stale"])
async def test_a_merge_that_can_not_be_changes_nothing(api: httpx.AsyncClient, which: str) -> None:
    """Each refusal names what is wrong."""
    item, other = [await add(api, "/items", name=name) for name in "ab"]
    duplicates: dict[str, list[str]] = {
        "itself": [other["id"], item["id"]],
        "unknown": [other["id"], str(uuid4())],
        "none": [],
        "twice stale": [other["id"], other["id"]],
    }
    answer = await api.post(
        f"/items/{item['id']}/merge",
        json={"duplicates": duplicates[which]},
        headers={"If-Match": '"7"'} if "stale" in which else {},
    )
    assert answer.status_code == (412 if "stale" in which else 422), answer.text
    if answer.status_code == 422:
        assert answer.json()["errors"][0]["field"].startswith("duplicates")
    assert len((await api.get("/items")).json()["items"]) == 2


async def test_an_archived_item_takes_no_duplicates(api: httpx.AsyncClient) -> None:
    """An archived duplicate goes, and keeps its barcode, which may be another's by now."""
    item, old = await add(api, "/items", name="a"), await add(api, "/items", name="b", barcode="B1")
    await api.post(f"/items/{item['id']}/archive")
    refused = await merge(api, item, old)
    assert (refused.status_code, refused.json()["code"]) == (409, "archived")
    await api.post(f"/items/{item['id']}/restore")
    await api.post(f"/items/{old['id']}/archive")
    await add(api, "/items", name="c", barcode="B1")
    assert (await merge(api, item, old)).json()["barcode"] is None


async def test_an_attribute_that_does_not_fit_stays_behind(api: httpx.AsyncClient) -> None:
    """What a duplicate was allowed to keep is nothing that the item may have."""
    item, old = (
        await add(api, "/items", name="a"),
        await add(api, "/items", name="b", attributes={"volts": "18 V", "case": "blue"}),
    )
    await add(api, "/custom-fields", name="volts", value_type="integer")
    assert (await merge(api, item, old)).json()["attributes"] == {"case": "blue"}


async def test_favorites_wishes_and_stock_are_the_items_own(
    api: httpx.AsyncClient,
    kafka: Kafka,
    connect: Callable[[str], Any],
    workspace_id: UUID,
) -> None:
    """What hung on a duplicate hangs on the item, which is in stock if a duplicate was."""
    item, old = [await add(api, "/items", name=name) for name in "ab"]
    assert (await api.put(f"/favorites/{old['id']}")).is_success
    wish = await add(api, "/wishlist", name="b")
    await api.post(f"/wishlist/{wish['id']}/acquire", json={"item_id": old["id"]})
    entry = {"id": str(uuid4()), "workspace_id": str(workspace_id), "item_id": old["id"]}
    event_id = await kafka.tell("warehouse.inventory.stock.created", entry)
    database = await connect("catalog")

    async def heard() -> bool:
        return bool(await database.fetchval("SELECT true FROM inbox WHERE event_id = $1", event_id))

    await eventually(heard)
    assert (await merge(api, item, old)).status_code == 200
    favorites = (await api.get("/favorites")).json()["items"]
    assert [one["item"]["id"] for one in favorites] == [item["id"]]
    assert (await api.get(f"/wishlist/{wish['id']}")).json()["item_id"] == item["id"]
    kept = await api.delete(f"/items/{item['id']}")
    assert (kept.status_code, kept.json()["code"]) == (409, "in-stock")
