"""What workspaces promise: their settings, their owners, and whose they are."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
from support.kafka import Kafka
from support.waiting import eventually

from .conftest import PASSWORD, Register, add


async def test_a_personal_workspace_is_not_deleted(register: Register) -> None:
    """It goes with the account; a shared one goes at once, and with it its memberships."""
    owner, friend = await register(), await register()
    [personal] = (await owner.http.get("/v1/workspaces")).json()["items"]
    client = owner.within(personal["id"], "owner")
    refused = await client.delete(f"/v1/workspaces/{personal['id']}")
    assert (refused.status_code, refused.json()["code"]) == (409, "personal-workspace")
    shared = await owner.workspace()
    client = owner.within(shared, "owner")
    await add(client, shared, friend.email, "member")
    assert (await client.delete(f"/v1/workspaces/{shared}")).status_code == 204
    listed = (await friend.http.get("/v1/workspaces")).json()["items"]
    assert shared not in {one["id"] for one in listed}
    role = await client.get(f"/internal/memberships/{shared}/{friend.id}")
    assert role.status_code == 404


async def test_one_sees_ones_own_workspaces_alone(register: Register) -> None:
    """The list has every workspace one belongs to, with one's role, and no other."""
    owner, friend = await register(), await register()
    shared = await owner.workspace("Shared")
    await owner.workspace("Not shared")
    await add(owner.within(shared, "owner"), shared, friend.email, "viewer")
    listed = (await friend.http.get("/v1/workspaces")).json()["items"]
    roles = {one["name"]: one["role"] for one in listed if not one["is_personal"]}
    assert roles == {"Shared": "viewer"}


async def test_the_gateway_is_told_whose_changes_need_approval(
    register: Register, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """Where the workspace wants it, those of its members: neither of admins nor of viewers."""
    owner = await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    people = {"owner": owner}
    for role in ("admin", "member", "viewer"):
        people[role] = await register()
        await add(client, workspace, people[role].email, role)

    async def waiting() -> set[str]:
        gateway = caller("auth")
        found = {
            name: await gateway.get(f"/internal/memberships/{workspace}/{one.id}")
            for name, one in people.items()
        }
        return {name for name, answer in found.items() if answer.json()["approval"]}

    assert await waiting() == set()
    path = f"/v1/workspaces/{workspace}"
    await client.patch(path, json={"settings": {"approvals": True}})
    assert await waiting() == {"member"}
    await client.patch(path, json={"settings": {"approvals": False}})
    assert await waiting() == set()


async def test_a_workspace_changes_by_field(register: Register) -> None:
    """PATCH is for admins, checks currency and time zone, and keeps slugs unique."""
    owner = await register()
    one, two = await owner.workspace("One"), await owner.workspace("Two")
    client = owner.within(one, "admin")
    path = f"/v1/workspaces/{one}"
    changed = await client.patch(path, json={"name": "First", "slug": f"first-{one[-8:]}"})
    assert (changed.status_code, changed.json()["name"]) == (200, "First")
    other = owner.within(two, "owner")
    taken = await other.patch(f"/v1/workspaces/{two}", json={"slug": f"first-{one[-8:]}"})
    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (409, "slug")
    for body in (
        {"currency": "euro"},
        {"timezone": "x"},
        {"slug": "Not A Slug"},
        {"name": ""},
        {"name": "x" * 101},
    ):
        assert (await client.patch(path, json=body)).status_code == 422
    member = owner.within(one, "member")
    assert (await member.patch(path, json={"name": "x"})).status_code == 403


async def test_admins_choose_how_a_workspace_is_run(register: Register, kafka: Kafka) -> None:
    """Settings are part of the workspace and of its events; one that does not exist, or is no
    boolean, is refused and nothing changes; members don't choose."""
    owner = await register()
    workspace = await owner.workspace()
    client, path = owner.within(workspace, "admin"), f"/v1/workspaces/{workspace}"
    assert (await client.get(path)).json()["settings"] == {"approvals": False}
    changed = await client.patch(path, json={"settings": {"approvals": True}})
    assert (changed.status_code, changed.json()["settings"]) == (200, {"approvals": True})
    for settings in ({"approvals": "often"}, {"aprovals": True}, {"approvals": None}, None, []):
        refused = await client.patch(path, json={"settings": settings})
        assert refused.status_code == 422, settings
    assert (await client.patch(path, json={"settings": {}})).json()["version"] == 2
    member = owner.within(workspace, "member")
    assert (await member.patch(path, json={"settings": {}})).status_code == 403

    async def told() -> Any:  # noqa: ANN401 - any JSON
        seen = await kafka.read("warehouse.auth.workspace.v1", workspace_id=workspace)
        assert [one.payload["settings"]["approvals"] for one in seen] == [False, True]
        return seen[1].payload["changes"]

    assert await eventually(told) == {"settings": [{"approvals": False}, {"approvals": True}]}


async def test_an_owner_hands_a_workspace_over(
    register: Register, connect: Callable[[str], Awaitable[Any]]
) -> None:
    """The member, whose account is not closed, becomes owner of all of it and the owner an admin,
    both or neither."""
    owner, heir, stranger = await register(), await register(), await register()
    workspace = await owner.workspace()
    client, path = owner.within(workspace, "owner"), f"/v1/workspaces/{workspace}/transfer"
    await add(client, workspace, heir.email, "viewer")
    for nobody in (stranger.id, owner.id):
        refused = await client.post(path, json={"user_id": str(nobody)})
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "user_id")
    database = await connect("auth")
    active = "UPDATE users SET is_active = $2 WHERE id = $1"
    await database.execute(active, heir.id, False)
    closed = await client.post(path, json={"user_id": str(heir.id)})
    assert (closed.status_code, closed.json()["errors"][0]["code"]) == (422, "inactive")
    await database.execute(active, heir.id, True)
    member = f"/v1/workspaces/{workspace}/members/{heir.id}"
    restricted = await client.patch(member, json={"location_ids": [str(uuid4())]})
    assert restricted.status_code == 200
    done = await client.post(path, json={"user_id": str(heir.id)})
    assert (done.status_code, done.json()["role"]) == (200, "admin")
    members = (await client.get(f"/v1/workspaces/{workspace}/members")).json()["items"]
    roles = {one["user_id"]: (one["role"], one["location_ids"]) for one in members}
    assert roles == {str(owner.id): ("admin", None), str(heir.id): ("owner", None)}
    # The gateway may still take the former owner for one.
    again = await client.post(path, json={"user_id": str(heir.id)})
    assert again.status_code == 403


async def test_who_may_not_hand_a_workspace_over(register: Register) -> None:
    """An admin can't, and nobody a personal workspace."""
    person, friend = await register(), await register()
    [personal] = (await person.http.get("/v1/workspaces")).json()["items"]
    client = person.within(personal["id"], "owner")
    await add(client, personal["id"], friend.email, "admin")
    path, body = f"/v1/workspaces/{personal['id']}/transfer", {"user_id": str(friend.id)}
    refused = await client.post(path, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "personal-workspace")
    assert (await friend.within(personal["id"], "admin").post(path, json=body)).status_code == 403


async def test_an_address_for_people_is_made_of_the_name(register: Register) -> None:
    """A slug in ASCII that nobody else has."""
    owner = await register()
    body = {"name": "Õunapuu's Tööriistad"}
    made = [(await owner.http.post("/v1/workspaces", json=body)).json()["slug"] for _ in "ab"]
    assert all(slug.startswith("ounapuus-tooriistad-") for slug in made)
    assert len(set(made)) == 2


async def test_a_personal_workspace_stays_with_its_person(register: Register) -> None:
    """Its person neither steps down nor is removed or demoted by another owner, and the other's
    account can go without it."""
    person, friend = await register(), await register()
    [personal] = (await person.http.get("/v1/workspaces")).json()["items"]
    path = f"/v1/workspaces/{personal['id']}/members/{person.id}"
    stepped = await person.within(personal["id"], "owner").patch(path, json={"role": "viewer"})
    assert (stepped.status_code, stepped.json()["code"]) == (409, "personal-workspace")
    await add(person.within(personal["id"], "owner"), personal["id"], friend.email, "owner")
    client = friend.within(personal["id"], "owner")
    assert (await client.delete(path)).status_code == 409
    assert (await client.patch(path, json={"role": "viewer"})).status_code == 409
    gone = await friend.http.request("DELETE", "/v1/me", json={"password": PASSWORD})
    assert gone.status_code == 204
    listed = (await person.http.get("/v1/workspaces")).json()["items"]
    assert [one["id"] for one in listed] == [personal["id"]]


async def test_who_was_demoted_just_now_neither_changes_nor_deletes_the_workspace(
    register: Register,
) -> None:
    """Whatever role the gateway still knows them with."""
    owner, second = await register(), await register()
    workspace = await owner.workspace()
    client, path = owner.within(workspace, "owner"), f"/v1/workspaces/{workspace}"
    await add(client, workspace, second.email, "owner")
    late = second.within(workspace, "owner")
    for role, refused in (("admin", 403), ("viewer", 403), (None, 404)):
        if role is None:
            changed = await client.delete(f"{path}/members/{second.id}")
        else:
            changed = await client.patch(f"{path}/members/{second.id}", json={"role": role})
        assert changed.status_code in {200, 204}, changed.text
        assert (await late.delete(path)).status_code == refused
        patched = await late.patch(path, json={"settings": {"approvals": True}})
        assert patched.status_code == (200 if role == "admin" else refused)
    assert (await client.get(path)).status_code == 200
