"""What labels and companies promise, by themselves and on items."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

Caller = Callable[..., httpx.AsyncClient]
KINDS = ("labels", "companies")


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Caller, workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


async def add(api: httpx.AsyncClient, path: str, **body: Any) -> Any:  # noqa: ANN401
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize("kind", KINDS)
async def test_every_change_is_published_with_the_state_after_it(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID, kind: str
) -> None:
    """Created, updated (with from and to), archived, restored, deleted: versions 1 to 5."""
    made = await add(api, f"/{kind}", name="Glass")
    path = f"/{kind}/{made['id']}"
    assert (await api.get(path)).json() == made
    await api.patch(path, json={"name": "Fragile"})
    await api.patch(path, json={"name": "Fragile"})  # says what is there: no event
    assert (await api.post(f"{path}/archive")).json()["is_archived"]
    assert not (await api.post(f"{path}/restore")).json()["is_archived"]
    assert (await api.delete(path)).status_code == 204
    assert (await api.get(path)).status_code == 404
    topic = f"warehouse.catalog.{'label' if kind == 'labels' else 'company'}.v1"

    async def published() -> list[str]:
        seen = await kafka.read(topic, workspace_id=workspace_id)
        assert [one.payload["version"] for one in seen] == [1, 2, 3, 4, 5]
        assert seen[1].payload["changes"] == {"name": ["Glass", "Fragile"]}
        return [one.type.rpartition(".")[2] for one in seen]

    assert await eventually(published) == ["created", "updated", "archived", "restored", "deleted"]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_name_is_there_once(api: httpx.AsyncClient, kind: str) -> None:
    """The same name in another case is refused, by a rename too, and found by the list."""
    made = await add(api, f"/{kind}", name="Glass")
    other = await add(api, f"/{kind}", name="Paper")
    again = await api.post(f"/{kind}", json={"name": "GLASS"})
    renamed = await api.patch(f"/{kind}/{other['id']}", json={"name": "glass"})
    for answer in (again, renamed):
        assert (answer.status_code, answer.json()["code"]) == (409, "name-taken")
    found = (await api.get(f"/{kind}", params={"name": "gLASS"})).json()["items"]
    assert [one["id"] for one in found] == [made["id"]]


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("labels", "color", "red"),
        ("labels", "color", "#12345"),
        ("labels", "name", " "),
        ("companies", "website", "javascript:alert(1)"),
        ("companies", "website", "example"),
        ("companies", "name", "x" * 201),
    ],
)
async def test_a_wrong_field_is_named(
    api: httpx.AsyncClient, kind: str, field: str, value: str
) -> None:
    """What does not fit answers 422 with its field, and nothing is added."""
    answer = await api.post(f"/{kind}", json={"name": "Glass", field: value})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.get(f"/{kind}")).json()["items"] == []


async def test_an_item_shows_its_labels_and_where_it_was_bought(api: httpx.AsyncClient) -> None:
    """Labels by name, each once however often it was sent; the company by name, too."""
    shop = await add(api, "/companies", name="Toolshop", website="https://toolshop.example/a b")
    one = await add(api, "/labels", name="Glass", color="#c0392b")
    two = await add(api, "/labels", name="Fragile")
    sent = [one["id"], two["id"], one["id"]]
    item = await add(api, "/items", name="Vase", labels=sent, purchased_from=shop["id"])
    shown = [(label["name"], label["color"]) for label in item["labels"]]
    assert shown == [("Fragile", "#808080"), ("Glass", "#C0392B")]
    assert item["purchased_from_name"] == "Toolshop"
    path = f"/items/{item['id']}"
    bare = await api.patch(path, json={"labels": [], "purchased_from": None})
    assert (bare.json()["labels"], bare.json()["purchased_from"]) == ([], None)


async def test_an_item_takes_only_what_is_there_and_in_use(api: httpx.AsyncClient) -> None:
    """An unknown or archived label or company is a 422 that says which; one that the item has
    already may stay."""
    label, shop = await add(api, "/labels", name="A"), await add(api, "/companies", name="B")
    item = await add(api, "/items", name="Vase", labels=[label["id"]], purchased_from=shop["id"])
    await api.post(f"/labels/{label['id']}/archive")
    await api.post(f"/companies/{shop['id']}/archive")
    wrong = {
        "labels.0": [{"labels": [label["id"]]}, {"labels": [str(uuid4())]}],
        "purchased_from": [{"purchased_from": shop["id"]}, {"purchased_from": str(uuid4())}],
    }
    for field, bodies in wrong.items():
        for body, code in zip(bodies, ("archived", "not-found"), strict=True):
            answer = await api.post("/items", json={"name": "Cup", **body})
            assert answer.status_code == 422
            assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [(field, code)]
    kept = {"labels": [label["id"]], "purchased_from": shop["id"], "brand": "Iittala"}
    assert (await api.patch(f"/items/{item['id']}", json=kept)).status_code == 200


async def test_a_label_in_use_goes_when_asked_to(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """DELETE answers 409 while items carry it; with `detach` it is taken off them, and they tell
    so."""
    label = await add(api, "/labels", name="Glass")
    item = await add(api, "/items", name="Vase", labels=[label["id"]])
    refused = await api.delete(f"/labels/{label['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "in-use")
    done = await api.delete(f"/labels/{label['id']}", params={"detach": True})
    assert done.status_code == 204
    assert (await api.get(f"/items/{item['id']}")).json()["labels"] == []

    async def told() -> Any:  # noqa: ANN401
        seen = await kafka.read("warehouse.catalog.item.v1", workspace_id=workspace_id)
        return seen[-1].payload.get("changes")

    assert await eventually(told) == {"labels": [[label["id"]], []]}


async def test_a_company_in_use_is_not_deleted(api: httpx.AsyncClient) -> None:
    """While an item says that it was bought there, DELETE answers 409."""
    shop = await add(api, "/companies", name="Toolshop")
    item = await add(api, "/items", name="Saw", purchased_from=shop["id"])
    refused = await api.delete(f"/companies/{shop['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "in-use")
    await api.patch(f"/items/{item['id']}", json={"purchased_from": None})
    assert (await api.delete(f"/companies/{shop['id']}")).status_code == 204


async def test_nothing_of_another_workspace_goes_on_an_item(
    caller: Caller, api: httpx.AsyncClient
) -> None:
    """A label or company of another workspace is as one that does not exist."""
    elsewhere = uuid4()
    theirs = caller("catalog", workspace_id=elsewhere)
    theirs.base_url = theirs.base_url.join(f"/v1/workspaces/{elsewhere}")
    label, shop = await add(theirs, "/labels", name="A"), await add(theirs, "/companies", name="B")
    for body in ({"labels": [label["id"]]}, {"purchased_from": shop["id"]}):
        answer = await api.post("/items", json={"name": "Cup", **body})
        assert answer.json()["errors"][0]["code"] == "not-found"
    assert (await api.get(f"/labels/{label['id']}")).status_code == 404
