"""What favorites and the wishlist promise."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from chassis.identity import MemberRole

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def somebody(caller: Caller, workspace_id: UUID) -> Callable[..., httpx.AsyncClient]:
    def make(**who: Any) -> httpx.AsyncClient:  # noqa: ANN401
        client = caller("catalog", workspace_id=workspace_id, **who)
        client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
        return client

    return make


@pytest.fixture
def api(somebody: Caller) -> httpx.AsyncClient:
    return somebody()


async def add(api: httpx.AsyncClient, path: str, **body: Any) -> Any:  # noqa: ANN401
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def favored(api: httpx.AsyncClient) -> list[str]:
    return [one["item"]["name"] for one in (await api.get("/favorites")).json()["items"]]


async def test_favorites_are_everybodys_own(somebody: Caller) -> None:
    """The latest first, each once; a viewer has some, too, and sees nobody else's."""
    ada = somebody(user_id=uuid4())
    bob = somebody(user_id=uuid4(), role=MemberRole.VIEWER)
    saw, drill = [await add(ada, "/items", name=name) for name in ("Saw", "Drill")]
    for client, item in ((ada, saw), (ada, drill), (ada, saw), (bob, saw)):
        assert (await client.put(f"/favorites/{item['id']}")).status_code == 204
    assert (await favored(ada), await favored(bob)) == (["Drill", "Saw"], ["Saw"])
    for _ in range(2):
        assert (await ada.delete(f"/favorites/{saw['id']}")).status_code == 204
    assert (await favored(ada), await favored(bob)) == (["Drill"], ["Saw"])
    await ada.delete(f"/items/{saw['id']}")
    assert await favored(bob) == []


async def test_what_is_not_there_is_nobodys_favorite(api: httpx.AsyncClient) -> None:
    """An unknown item is a 404."""
    assert (await api.put(f"/favorites/{uuid4()}")).status_code == 404


async def test_a_wish_is_wanted_ordered_and_acquired(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """Ordered, wanted again, then acquired as a new item of its name; each step is told."""
    wish = await add(api, "/wishlist", name="Table saw", price_estimate=45000, currency="EUR")
    assert (wish["status"], wish["priority"], wish["item_id"]) == ("wanted", 3, None)
    path = f"/wishlist/{wish['id']}"
    for verb, status in (("order", "ordered"), ("order", "ordered"), ("reopen", "wanted")):
        assert (await api.post(f"{path}/{verb}")).json()["status"] == status
    done = (await api.post(f"{path}/acquire", json={})).json()
    assert done["status"] == "acquired"
    assert (await api.get(f"/items/{done['item_id']}")).json()["name"] == "Table saw"
    for verb, body in (("order", None), ("reopen", None), ("acquire", {})):
        answer = await api.post(f"{path}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "acquired")
    assert (await api.delete(path)).status_code == 204

    async def told() -> list[str]:
        seen = await kafka.read("warehouse.catalog.wish.v1", workspace_id=workspace_id)
        assert len(seen) == 5
        assert seen[3].payload["changes"] == {
            "status": ["wanted", "acquired"],
            "item_id": [None, done["item_id"]],
        }
        return [one.type.rpartition(".")[2] for one in seen]

    assert await eventually(told) == ["created", "ordered", "reopened", "acquired", "deleted"]


async def test_a_wish_becomes_an_item_that_is_there_or_one_as_described(
    api: httpx.AsyncClient,
) -> None:
    """`item_id` links, `item` makes; the same link again changes nothing, both at once is a 422."""
    item = await add(api, "/items", name="Saw")
    linked, made = [await add(api, "/wishlist", name=name) for name in ("One", "Two")]
    path = f"/wishlist/{linked['id']}/acquire"
    unknown = await api.post(path, json={"item_id": str(uuid4())})
    both = await api.post(path, json={"item_id": item["id"], "item": {"name": "x"}})
    assert [answer.json()["errors"][0]["field"] for answer in (unknown, both)] == [
        "item_id",
        "item",
    ]
    for _ in range(2):
        answer = await api.post(path, json={"item_id": item["id"]})
        assert (answer.status_code, answer.json()["version"]) == (200, 2)
    done = await api.post(
        f"/wishlist/{made['id']}/acquire", json={"item": {"name": "Band saw", "brand": "Metabo"}}
    )
    assert (await api.get(f"/items/{done.json()['item_id']}")).json()["brand"] == "Metabo"


async def test_the_list_is_cut_by_status_and_priority(api: httpx.AsyncClient) -> None:
    """`status` alone, `priority` from there up."""
    for priority in (1, 3, 5):
        await add(api, "/wishlist", name=f"Wish {priority}", priority=priority)
    urgent = (await api.get("/wishlist", params={"priority": 3})).json()["items"]
    assert [one["priority"] for one in urgent] == [5, 3]
    await api.post(f"/wishlist/{urgent[0]['id']}/order")
    ordered = (await api.get("/wishlist", params={"status": "ordered"})).json()["items"]
    assert [one["name"] for one in ordered] == ["Wish 5"]


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("priority", {"priority": 6}),
        ("url", {"url": "ftp://example.org"}),
        ("currency", {"price_estimate": 5}),
        ("price_estimate", {"currency": "EUR"}),
        ("status", {"status": "acquired"}),
    ],
)
async def test_a_wrong_field_is_named(
    api: httpx.AsyncClient, field: str, body: dict[str, Any]
) -> None:
    """What does not fit answers 422 with its field, and nothing is on the list."""
    answer = await api.post("/wishlist", json={"name": "Saw", **body})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.get("/wishlist")).json()["items"] == []
