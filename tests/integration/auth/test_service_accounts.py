"""What service accounts promise: members that are no persons."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from .conftest import PASSWORD, Register, User


class Club:
    """A workspace, and a client of it in a session of its owner's."""

    def __init__(self, owner: User, workspace: str) -> None:
        self.workspace = workspace
        self.path = f"/v1/workspaces/{workspace}/service-accounts"
        self.http = owner.within(workspace, "owner", session_id=uuid4())

    async def add(self, **body: object) -> dict[str, Any]:
        answer = await self.http.post(self.path, json={"name": "Sync", "role": "member"} | body)
        assert answer.status_code == 201, answer.text
        account: dict[str, Any] = answer.json()
        return account

    async def token(self, account: dict[str, Any], *scopes: str) -> dict[str, Any]:
        answer = await self.http.post(
            f"{self.path}/{account['id']}/tokens", json={"name": "Till", "scopes": scopes}
        )
        assert answer.status_code == 201, answer.text
        token: dict[str, Any] = answer.json()
        return token


@pytest.fixture
async def owner(register: Register) -> User:
    return await register()


@pytest.fixture
async def club(owner: User) -> Club:
    return Club(owner, await owner.workspace())


async def look_up(public: httpx.AsyncClient, text: str) -> httpx.Response:
    return await public.get(f"/internal/access-tokens/{hashlib.sha256(text.encode()).hexdigest()}")


async def test_one_is_a_member_that_asks_by_token(
    club: Club, owner: User, public: httpx.AsyncClient, kafka: Kafka
) -> None:
    """It is made, listed, given a token of this workspace, changed and deleted, with the events of
    a user and a member that say what it is."""
    account = await club.add(name="Till", role="viewer")
    path = f"{club.path}/{account['id']}"
    assert (account["role"], account["created_by"]) == ("viewer", str(owner.id))
    assert (await club.http.get(club.path)).json()["items"] == [account]
    token = await club.token(account, "write")
    known = (await look_up(public, token["token"])).json()
    assert known["user_id"] == account["id"]
    assert (known["workspace_id"], known["scopes"]) == (club.workspace, ["read", "write"])
    role = await public.get(f"/internal/memberships/{club.workspace}/{account['id']}")
    assert role.json()["role"] == "viewer"
    changed = await club.http.patch(
        path, json={"name": "Till 2", "role": "admin"}, headers={"if-match": '"1"'}
    )
    assert (changed.json()["name"], changed.json()["role"]) == ("Till 2", "admin")
    assert changed.headers["etag"] == '"3"'
    assert (await club.http.delete(path, headers={"if-match": '"1"'})).status_code == 412
    assert (await club.http.delete(path)).status_code == 204
    assert (await club.http.get(path)).status_code == 404
    assert (await look_up(public, token["token"])).status_code == 404

    async def published() -> bool:
        users = await kafka.read("warehouse.auth.user.v1")
        members = await kafka.read("warehouse.auth.member.v1", workspace_id=club.workspace)
        tokens = await kafka.read("warehouse.auth.token.v1", workspace_id=club.workspace)
        of_user = [one for one in users if one.key == account["id"]]
        of_member = [one for one in members if one.key.endswith(account["id"])]
        assert [one.type.rpartition(".")[2] for one in of_user] == [
            *("registered", "updated", "deleted")
        ]
        assert [one.type.rpartition(".")[2] for one in of_member] == [
            *("added", "role_changed", "removed")
        ]
        assert {one.payload["kind"] for one in of_user + of_member} == {"service"}
        assert [one.type.rpartition(".")[2] for one in tokens] == ["created", "revoked"]
        return True

    await eventually(published)


async def test_it_is_managed_among_service_accounts_alone(
    club: Club, register: Register, public: httpx.AsyncClient
) -> None:
    """It is listed among members as what it is, but can't be made an owner, removed or added there;
    a person is no service account; nobody signs in as one."""
    account = await club.add()
    members = f"/v1/workspaces/{club.workspace}/members"
    found = (await club.http.get(f"{members}/{account['id']}")).json()
    assert (found["kind"], found["full_name"]) == ("service", "Sync")
    raised = await club.http.patch(f"{members}/{account['id']}", json={"role": "owner"})
    removed = await club.http.delete(f"{members}/{account['id']}")
    assert [raised.status_code, removed.status_code] == [409, 409]
    assert raised.json()["code"] == "service-account"
    for role in ("owner", "king"):
        answer = await club.http.post(club.path, json={"name": "Sync", "role": role})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "role")
    other = await register()
    elsewhere = await other.workspace()
    added = await other.within(elsewhere, "owner").post(
        f"/v1/workspaces/{elsewhere}/members", json={"email": found["email"]}
    )
    assert added.status_code == 422
    login = await public.post(
        "/v1/auth/login", json={"email": found["email"], "password": PASSWORD}
    )
    assert login.status_code == 401
    person = await club.http.post(members, json={"email": other.email})
    assert person.status_code == 201
    assert (await club.http.get(f"{club.path}/{other.id}")).status_code == 404
    assert (await club.http.delete(f"{club.path}/{other.id}")).status_code == 404


async def test_admins_alone_manage_them_and_only_a_session_makes_tokens(
    club: Club, register: Register
) -> None:
    """Members don't, whatever their token; an admin's token does, but makes no token."""
    account = await club.add()
    body = {"name": "Sync"}
    member = await register()
    for client in (
        member.within(club.workspace, "member"),
        member.within(club.workspace, "viewer"),
    ):
        assert (await client.get(club.path)).status_code == 403
        assert (await client.post(club.path, json=body)).status_code == 403
    # Whom the gateway took for an admin a moment too long.
    late = await member.within(club.workspace, "admin").post(club.path, json=body)
    assert late.status_code == 404
    tokens = f"{club.path}/{account['id']}/tokens"
    by_token = await member.within(club.workspace, "admin").post(
        tokens, json={"name": "Till", "scopes": ["read"]}
    )
    assert by_token.status_code == 403
    assert (await club.http.get(tokens)).json()["items"] == []


async def test_its_tokens_are_revoked_one_by_one(
    club: Club, register: Register, public: httpx.AsyncClient
) -> None:
    """Through the account they belong to, in the workspace they are for."""
    first, second = await club.add(), await club.add()
    token = await club.token(first, "read")
    listed = (await club.http.get(f"{club.path}/{first['id']}/tokens")).json()["items"]
    assert [one["id"] for one in listed] == [token["id"]]
    assert "token" not in listed[0]
    wrong = await club.http.delete(f"{club.path}/{second['id']}/tokens/{token['id']}")
    assert wrong.status_code == 404
    other = await register()
    foreign = Club(other, await other.workspace())
    for path in (f"{foreign.path}/{first['id']}", f"{foreign.path}/{first['id']}/tokens"):
        assert (await foreign.http.get(path)).status_code == 404
    assert (
        await foreign.http.delete(f"{foreign.path}/{first['id']}/tokens/{token['id']}")
    ).status_code == 404
    assert (await look_up(public, token["token"])).status_code == 200
    path = f"{club.path}/{first['id']}/tokens/{token['id']}"
    assert (await club.http.delete(path)).status_code == 204
    assert (await look_up(public, token["token"])).status_code == 404


async def test_they_end_with_their_workspace(club: Club, public: httpx.AsyncClient) -> None:
    """And so do their tokens."""
    token = await club.token(await club.add(), "read")
    assert (await club.http.delete(f"/v1/workspaces/{club.workspace}")).status_code == 204
    assert (await look_up(public, token["token"])).status_code == 404


async def test_one_neither_raises_itself_nor_makes_a_workspace(club: Club, owner: User) -> None:
    """Even as an admin with every scope."""
    account = await club.add(role="admin")
    token = await club.token(account, "admin")
    machine = User(UUID(account["id"]), "", owner.caller)
    inside = owner.caller(
        "auth",
        user_id=machine.id,
        workspace_id=UUID(club.workspace),
        role="admin",
        token_id=UUID(token["id"]),
        scopes=("read", "write", "admin"),
    )
    own = f"{club.path}/{account['id']}"
    assert (await inside.patch(own, json={"role": "viewer"})).status_code == 403
    assert (await inside.get(own)).json()["role"] == "admin"
    scoped = machine.token("read", "write", "admin", token_id=UUID(token["id"]))
    made = await scoped.post("/v1/workspaces", json={"name": "Mine"})
    assert made.status_code == 403


async def test_one_is_restricted_to_locations_as_any_member(
    club: Club, public: httpx.AsyncClient
) -> None:
    """Up to a member, and no restriction is lifted unsaid; the gateway is told with the role."""
    shelf = str(uuid4())
    account = await club.add(role="viewer", location_ids=[shelf])
    path = f"{club.path}/{account['id']}"
    assert account["location_ids"] == [shelf]
    role = await public.get(f"/internal/memberships/{club.workspace}/{account['id']}")
    assert role.json()["locations"] == [shelf]
    raised = await club.http.patch(path, json={"role": "admin"})
    assert (raised.status_code, raised.json()["errors"][0]["field"]) == (422, "location_ids")
    assert (await club.http.patch(path, json={"role": "member"})).json()["location_ids"] == [shelf]
    lifted = await club.http.patch(path, json={"role": "admin", "location_ids": None})
    assert (lifted.json()["role"], lifted.json()["location_ids"]) == ("admin", None)
    both = {"name": "Sync", "role": "admin", "location_ids": [shelf]}
    assert (await club.http.post(club.path, json=both)).status_code == 422
