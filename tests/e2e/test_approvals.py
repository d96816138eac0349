"""Approvals through the whole platform: whatever a member changes waits, and is made once, in
their name, if an admin approves and nothing came in between."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from support import callers
from support.callers import Person
from support.processes import Processes
from support.waiting import eventually


@dataclass
class Team:
    """A workspace where members' changes need approval, its owner, and a member."""

    owner: Person
    member: Person
    workspace: str

    def at(self, path: str) -> str:
        return f"/v1/workspaces/{self.workspace}{path}"

    async def add(self, path: str, body: dict[str, Any]) -> Any:  # noqa: ANN401 - any JSON
        """Something that the owner adds."""
        return await self.owner.add(path, body, self.workspace)

    async def ask(self, method: str, path: str, body: Any = None, **given: Any) -> Any:  # noqa: ANN401
        """A change by the member, which must wait; the pending change."""
        if body is not None:
            given["json"] = body
        answer = await self.member.http.request(method, self.at(path), **given)
        assert answer.status_code == 202, (method, path, answer.text)
        change = answer.json()
        assert answer.headers["location"] == self.at(f"/approvals/{change['id']}")
        assert (change["status"], change["requested_by"]) == ("pending", self.member.user_id)
        return change

    async def approve(self, change: dict[str, Any]) -> httpx.Response:
        return await self.owner.http.post(self.at(f"/approvals/{change['id']}/approve"))


@pytest.fixture(scope="module")
def url(processes: Processes) -> str:
    processes.everything()
    return processes.url("gateway")


@pytest.fixture
async def team(url: str) -> AsyncIterator[Team]:
    owner, member = await callers.register(url, "Olga"), await callers.register(url, "Max")
    made = await owner.http.post("/v1/workspaces", json={"name": "Careful Club"})
    team = Team(owner, member, made.json()["id"])
    await team.add("/members", {"email": member.email, "role": "member"})
    settings = {"settings": {"approvals": True}}
    assert (await owner.http.patch(team.at(""), json=settings)).status_code == 200
    yield team
    await owner.http.aclose()
    await member.http.aclose()


@dataclass
class Change:
    """What a member sends; `at` is the resource that it changes, whose version is `steps` higher
    once it is made, None for what is new; `status` is what the service answers in the end."""

    method: str
    path: str
    body: Any
    at: str | None
    status: int = 200
    steps: int = 1


async def every_kind_of_change(team: Team) -> list[Change]:
    items = [await team.add("/items", {"name": f"Thing {n}"}) for n in range(6)]
    shelf, room = [await team.add("/locations", {"name": name}) for name in ("Shelf", "Room")]
    box = await team.add("/containers", {"name": "Box", "location_id": shelf["id"]})
    category = await team.add("/categories", {"name": "Tools"})
    stock = {"item_id": items[0]["id"], "location_id": shelf["id"], "quantity": 5}
    entries = [await team.add("/inventory", stock) for _ in range(5)]
    club, ray = [await team.add("/borrowers", {"name": name}) for name in ("Club", "Ray")]
    lending = {"inventory_id": entries[4]["id"], "borrower_id": club["id"]}
    loans = [await team.add("/loans", lending) for _ in range(2)]
    for path in (f"/items/{items[3]['id']}", f"/inventory/{entries[3]['id']}"):
        assert (await team.owner.http.post(team.at(f"{path}/archive"))).status_code == 200
    i, e = (
        [f"/items/{one['id']}" for one in items],
        [f"/inventory/{one['id']}" for one in entries],
    )
    return [
        Change("POST", "/items", {"name": "New thing", "description": "Ä\u2028"}, None, 201),
        Change("PATCH", i[1], {"name": "Renamed"}, i[1]),
        Change("POST", f"{i[2]}/archive", None, i[2]),
        Change("POST", f"{i[3]}/restore", None, i[3]),
        Change("DELETE", i[4], None, i[4], 204),
        Change("POST", "/categories", {"name": "New category"}, None, 201),
        Change(
            "DELETE", f"/categories/{category['id']}", None, f"/categories/{category['id']}", 204
        ),
        Change("POST", "/locations", {"name": "New place"}, None, 201),
        Change(
            "PATCH",
            f"/locations/{room['id']}",
            {"parent_id": shelf["id"]},
            f"/locations/{room['id']}",
        ),
        Change("PATCH", f"/containers/{box['id']}", {"name": "Crate"}, f"/containers/{box['id']}"),
        Change("POST", "/inventory", stock | {"quantity": 77}, None, 201),
        Change("PATCH", e[0], {"notes": "Dusty"}, e[0]),
        Change("POST", f"{e[1]}/adjust", {"delta": 3, "reason": "found"}, e[1]),
        Change("POST", f"{e[2]}/move", {"location_id": room["id"]}, e[2]),
        Change("POST", f"{e[3]}/restore", None, e[3]),
        Change("POST", "/borrowers", {"name": "New borrower"}, None, 201),
        Change("POST", f"/borrowers/{ray['id']}/archive", None, f"/borrowers/{ray['id']}"),
        Change("POST", "/loans", lending | {"notes": "The one"}, None, 201),
        Change("PATCH", f"/loans/{loans[0]['id']}", {"notes": "Soon"}, f"/loans/{loans[0]['id']}"),
        Change("POST", f"/loans/{loans[1]['id']}/return", None, f"/loans/{loans[1]['id']}"),
    ]


async def test_every_kind_of_change_waits_and_is_made_once_in_the_members_name(team: Team) -> None:
    """Caught, nothing has changed; approved twice at once, it is made once, and the activity says
    that it was the member."""
    changes = await every_kind_of_change(team)
    before = [await team.owner.see(one.at, team.workspace) if one.at else None for one in changes]
    waiting = [await team.ask(one.method, one.path, one.body) for one in changes]
    for change, was in zip(changes, before, strict=True):
        if change.at is not None:
            assert await team.owner.see(change.at, team.workspace) == was
    mine = await team.member.see("/approvals?status=pending&limit=200", team.workspace)
    assert {one["id"] for one in mine["items"]} == {one["id"] for one in waiting}
    for change, was, pending in zip(changes, before, waiting, strict=True):
        answers = await asyncio.gather(team.approve(pending), team.approve(pending))
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        one, other = (answer.json() for answer in answers)
        assert one == other
        assert (one["status"], one["outcome_status"]) == ("applied", change.status), one
        if change.at is None:
            assert one["outcome"]["version"] >= 1
        elif change.status == 204:
            assert (await team.owner.http.get(team.at(change.at))).status_code == 404
        else:
            now = await team.owner.see(change.at, team.workspace)
            assert now["version"] == was["version"] + change.steps, change
    await made_once_by_the_member(team, before)


async def made_once_by_the_member(team: Team, before: list[Any]) -> None:
    """There is one of each new thing, and the audit trail tells of each change once."""
    for path, name in (("items", "thing"), ("categories", "category"), ("borrowers", "borrower")):
        listed = (await team.owner.see(f"/{path}?limit=200", team.workspace))["items"]
        assert [one["name"] for one in listed].count(f"New {name}") == 1
    loans = (await team.owner.see("/loans", team.workspace))["items"]
    assert [one["notes"] for one in loans].count("The one") == 1
    stock = (await team.owner.see("/inventory?limit=200", team.workspace))["items"]
    assert [one["quantity"] for one in stock].count(77) == 1
    changed = {was["id"] for was in before if was is not None}
    path = f"/activity?actor_id={team.member.user_id}&limit=200"

    async def told() -> list[dict[str, Any]]:
        seen: list[dict[str, Any]] = (await team.owner.see(path, team.workspace))["items"]
        assert changed <= {one["entity_id"] for one in seen}
        return seen

    told_of = [one["entity_id"] for one in await eventually(told)]
    assert all(told_of.count(id_) == 1 for id_ in changed)


async def test_what_is_their_own_waits_for_nobody(team: Team) -> None:
    """A member's favorites change at once."""
    item = await team.add("/items", {"name": "Thing"})
    path = team.at(f"/favorites/{item['id']}")
    assert (await team.member.http.put(path)).status_code == 204
    [found] = (await team.member.see("/favorites", team.workspace))["items"]
    assert found["item"]["id"] == item["id"]
    assert (await team.member.http.delete(path)).status_code == 204


async def test_what_was_changed_meanwhile_is_not_overwritten(team: Team) -> None:
    """Against another version than the member saw, an approved change fails with 412 and changes
    nothing; also when the member named the version."""
    item = await team.add("/items", {"name": "Drill"})
    path = f"/items/{item['id']}"
    changes = [
        await team.ask("PATCH", path, {"name": "Mine"}),
        await team.ask("POST", f"{path}/archive"),
        await team.ask("DELETE", path, headers={"If-Match": '"1"'}),
    ]
    assert {one["if_match"] for one in changes} == {'"1"'}
    await team.owner.http.patch(team.at(path), json={"description": "Heavy"})
    now = await team.owner.see(path, team.workspace)
    for change in changes:
        failed = (await team.approve(change)).json()
        assert (failed["status"], failed["outcome_status"]) == ("failed", 412)
        assert (failed["outcome"]["code"], failed["outcome"]["current_version"]) == (
            "stale-version",
            2,
        )
        assert (await team.approve(change)).json() == failed
    assert await team.owner.see(path, team.workspace) == now


async def test_it_is_applied_as_what_its_member_is_by_then(team: Team) -> None:
    """Nothing for one who has left or only reads; and an admin's own changes don't wait."""
    first, second, third = [await team.ask("POST", "/items", {"name": f"{n}"}) for n in range(3)]
    member = team.at(f"/members/{team.member.user_id}")
    await team.owner.http.patch(member, json={"role": "viewer"})
    failed = (await team.approve(first)).json()
    assert (failed["status"], failed["outcome_status"]) == ("failed", 403)
    assert failed["outcome"]["required_role"] == "member"
    await team.owner.http.patch(member, json={"role": "admin"})
    direct = await team.member.http.post(team.at("/items"), json={"name": "Direct"})
    assert direct.status_code == 201
    assert (await team.approve(second)).json()["status"] == "applied"
    await team.owner.http.delete(member)
    failed = (await team.approve(third)).json()
    assert (failed["status"], failed["outcome"]["code"]) == ("failed", "no-member")
    listed = (await team.owner.see("/items", team.workspace))["items"]
    assert {one["name"] for one in listed} == {"1", "Direct"}


async def test_what_can_not_be_is_told_at_once(team: Team) -> None:
    """A change of nothing is a 404 and waits for nobody; one that inventory refuses fails with its
    answer; without approvals, changes are made at once again."""
    nothing = team.at("/items/019cad94-6d20-7b4e-9f81-a5c7e9d30b0a")
    for method, path in (("PATCH", nothing), ("POST", f"{nothing}/archive"), ("DELETE", nothing)):
        assert (await team.member.http.request(method, path, json={})).status_code == 404
    item = await team.add("/items", {"name": "Drill"})
    shelf = await team.add("/locations", {"name": "Shelf"})
    stock = {"item_id": item["id"], "location_id": shelf["id"], "quantity": 1}
    entry = await team.add("/inventory", stock)
    borrower = await team.add("/borrowers", {"name": "Club"})
    lending = {"inventory_id": entry["id"], "borrower_id": borrower["id"], "quantity": 2}
    failed = (await team.approve(await team.ask("POST", "/loans", lending))).json()
    assert (failed["status"], failed["outcome_status"]) == ("failed", 409)
    assert failed["outcome"]["free_quantity"] == 1
    listed = (await team.owner.see("/approvals", team.workspace))["items"]
    assert [one["id"] for one in listed] == [failed["id"]]
    await team.owner.http.patch(team.at(""), json={"settings": {"approvals": False}})
    made = await team.member.http.post(team.at("/items"), json={"name": "At once"})
    assert made.status_code == 201


async def test_a_members_scripts_wait_as_the_member_does(team: Team) -> None:
    """With an access token a change waits like any other, and is made in the member's name; one
    that may only read asks for nothing."""
    item = await team.add("/items", {"name": "Drill"})
    path = team.at(f"/items/{item['id']}")
    answers = {}
    for scope in ("write", "read"):
        body = {"name": f"Script that may {scope}", "scopes": [scope]}
        token = (await team.member.http.post("/v1/me/tokens", json=body)).json()["token"]
        bearer = {"Authorization": f"Bearer {token}"}
        answers[scope] = await team.member.http.patch(path, json={"name": scope}, headers=bearer)
    refused, waiting = answers["read"], answers["write"]
    assert (refused.status_code, refused.json()["required_scope"]) == (403, "write")
    assert waiting.status_code == 202, waiting.text
    listed = (await team.owner.see("/approvals", team.workspace))["items"]
    assert [one["requested_by"] for one in listed] == [team.member.user_id]
    assert (await team.approve(waiting.json())).json()["status"] == "applied"
    assert (await team.owner.see(f"/items/{item['id']}", team.workspace))["name"] == "write"
