"""What catalog's category tree promises."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Caller, workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


async def add(api: httpx.AsyncClient, name: str, parent: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
    body = {"name": name, "parent_id": parent["id"] if parent else None}
    answer = await api.post("/categories", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_category_tells_the_way_to_it(api: httpx.AsyncClient) -> None:
    """The breadcrumb names every category from the root down, and follows a move."""
    tools = await add(api, "Tools")
    power = await add(api, "Power", tools)
    drills = await add(api, "Drills", power)
    assert [crumb["name"] for crumb in drills["breadcrumb"]] == ["Tools", "Power"]
    await api.patch(f"/categories/{power['id']}", json={"parent_id": None})
    moved = (await api.get(f"/categories/{drills['id']}")).json()
    assert [crumb["name"] for crumb in moved["breadcrumb"]] == ["Power"]


async def test_names_are_unique_among_siblings_alone(api: httpx.AsyncClient) -> None:
    """The same name, whatever its case, is refused next to itself and welcome elsewhere."""
    tools = await add(api, "Tools")
    again = await api.post("/categories", json={"name": "TOOLS"})
    assert (again.status_code, again.json()["code"]) == (409, "name-taken")
    await add(api, "Tools", tools)


async def test_a_cycle_is_refused(api: httpx.AsyncClient) -> None:
    """A category goes neither below itself nor below what stands in it."""
    top = await add(api, "Top")
    low = await add(api, "Low", await add(api, "Mid", top))
    for parent in (top, low):
        answer = await api.patch(f"/categories/{top['id']}", json={"parent_id": parent["id"]})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "cycle"


async def test_two_moves_at_once_close_no_cycle(api: httpx.AsyncClient) -> None:
    """A below B and B below A at the same moment: one of them is refused."""
    for number in range(5):
        one, two = await add(api, f"One {number}"), await add(api, f"Two {number}")
        answers = await asyncio.gather(
            api.patch(f"/categories/{one['id']}", json={"parent_id": two["id"]}),
            api.patch(f"/categories/{two['id']}", json={"parent_id": one["id"]}),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 422]


async def test_a_tree_has_32_levels_at_most(api: httpx.AsyncClient) -> None:
    """The 33rd level is refused, also when a whole subtree would reach it."""
    levels = [await add(api, "Level 1")]
    for number in range(2, 33):
        levels.append(await add(api, f"Level {number}", levels[-1]))
    deeper = await api.post("/categories", json={"name": "x", "parent_id": levels[-1]["id"]})
    assert deeper.json()["errors"][0]["code"] == "too-deep"
    top = await add(api, "Top")
    await add(api, "Below", top)
    moved = await api.patch(f"/categories/{top['id']}", json={"parent_id": levels[30]["id"]})
    assert moved.json()["errors"][0]["code"] == "too-deep"


async def test_a_category_in_use_is_not_deleted(api: httpx.AsyncClient) -> None:
    """While it holds a category or an item, DELETE answers 409; emptied, 204."""
    top = await add(api, "Top")
    low = await add(api, "Low", top)
    item = (await api.post("/items", json={"name": "Drill", "category_id": low["id"]})).json()
    for category in (top, low):
        answer = await api.delete(f"/categories/{category['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "not-empty")
    await api.patch(f"/items/{item['id']}", json={"category_id": None})
    assert (await api.delete(f"/categories/{low['id']}")).status_code == 204
    assert (await api.delete(f"/categories/{top['id']}")).status_code == 204


async def test_an_archived_category_takes_nothing_in(api: httpx.AsyncClient) -> None:
    """Neither items nor categories go into an archived one until it is restored."""
    old = await add(api, "Old")
    await api.post(f"/categories/{old['id']}/archive")
    item = await api.post("/items", json={"name": "Drill", "category_id": old["id"]})
    below = await api.post("/categories", json={"name": "x", "parent_id": old["id"]})
    assert (item.status_code, below.status_code) == (422, 409)
    await api.post(f"/categories/{old['id']}/restore")
    await add(api, "x", old)
