"""What personal access tokens promise: shown once, bounded, revoked for good."""

import asyncio
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from chassis.access_tokens import is_token
from chassis.identity import MemberRole

from .conftest import PASSWORD, Caller, Login, Mails, Register, User, session_of, signed_in

LATER = "2125-01-01T00:00:00Z"


async def make(user: User, **body: object) -> dict[str, Any]:
    answer = await user.signed_in.post(
        "/v1/me/tokens", json={"name": "Export", "scopes": ["read"]} | body
    )
    assert answer.status_code == 201, answer.text
    token: dict[str, Any] = answer.json()
    return token


async def look_up(public: httpx.AsyncClient, text: str) -> httpx.Response:
    return await public.get(f"/internal/access-tokens/{hashlib.sha256(text.encode()).hexdigest()}")


async def test_a_token_is_shown_once_and_kept_as_a_hash(
    register: Register, public: httpx.AsyncClient, connect: Callable[[str], Any]
) -> None:
    """The 201 has the text; no later answer and no table does."""
    user = await register()
    answer = await user.signed_in.post("/v1/me/tokens", json={"name": "CI", "scopes": ["read"]})
    made = answer.json()
    text = made.pop("token")
    assert answer.headers["cache-control"] == "no-store"
    assert is_token(text)
    assert (await user.signed_in.get(answer.headers["location"])).json() == made
    assert (await user.signed_in.get("/v1/me/tokens")).json()["items"] == [made]
    database = await connect("auth")
    for table in ("access_tokens", "outbox", "idempotency_keys"):
        assert not await database.fetchval(
            f"SELECT count(*) FROM {table} t WHERE t::text LIKE '%' || $1 || '%'", text
        )
    known = (await look_up(public, text)).json()
    assert known == {
        "token_id": made["id"],
        "user_id": str(user.id),
        "scopes": ["read"],
        "workspace_id": None,
        "expires_at": made["expires_at"],
    }


async def test_a_new_token_is_told_of_by_mail(register: Register, mails: Mails) -> None:
    """A mail to its owner, without the token."""
    user = await register()
    made = await make(user)
    [told] = await mails(user.email, "security")
    assert told["facts"]["what"] == "token_created"
    assert made["token"] not in str(told)


async def test_a_scope_takes_the_lesser_ones_along_and_a_year_is_the_default(
    register: Register,
) -> None:
    user = await register()
    made = await make(user, scopes=["write"])
    assert made["scopes"] == ["read", "write"]
    left = datetime.fromisoformat(made["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=364) < left < timedelta(days=366)
    forever = await make(user, scopes=["admin", "read"], expires_at=None)
    assert (forever["scopes"], forever["expires_at"]) == (["read", "write", "admin"], None)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes.0"),
        ({"scopes": ["read"] * 4}, "scopes"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"expires_at": "9999-12-31T00:00:00Z"}, "expires_at"),
        ({"expires_at": "2125-01-01T00:00:00"}, "expires_at"),
        ({"workspace_id": "club"}, "workspace_id"),
        ({"token": "wh_mine"}, "token"),
    ],
)
async def test_a_bad_token_is_named_by_field(
    caller: Caller, change: dict[str, Any], field: str
) -> None:
    """A past end, no scope, an unknown one: 422 with the field."""
    user = User(uuid4(), "", caller)
    body = {"name": "Export", "scopes": ["read"]} | change
    answer = await user.signed_in.post("/v1/me/tokens", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_a_token_opens_workspaces_of_its_user_alone(register: Register) -> None:
    """One that they are no member of is as good as none: 422, and nothing made."""
    user, other = await register(), await register()
    body = {"name": "Export", "scopes": ["read"]}
    for workspace in (str(uuid4()), await other.workspace()):
        answer = await user.signed_in.post("/v1/me/tokens", json=body | {"workspace_id": workspace})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["field"] == "workspace_id"
    assert (await user.signed_in.get("/v1/me/tokens")).json()["items"] == []


async def test_a_token_is_renamed_and_revoked_with_events(
    register: Register, public: httpx.AsyncClient, kafka: Kafka
) -> None:
    """Each step publishes the state after it, never the hash; after the last it is gone."""
    user = await register()
    workspace = await user.workspace()
    made = await make(user, workspace_id=workspace)
    path = f"/v1/me/tokens/{made['id']}"
    renamed = await user.signed_in.patch(path, json={"name": "Weekly"}, headers={"if-match": '"1"'})
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Weekly")
    stale = await user.signed_in.delete(path, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    assert (await user.signed_in.delete(path)).status_code == 204
    assert (await user.signed_in.get(path)).status_code == 404
    assert (await user.signed_in.delete(path)).status_code == 404
    assert (await look_up(public, made["token"])).status_code == 404

    async def published() -> list[str]:
        seen = await kafka.read("warehouse.auth.token.v1")
        theirs = [one for one in seen if one.key == made["id"]]
        assert len(theirs) == 3
        for one in theirs:
            assert one.payload["limited_to"] == workspace
            assert one.payload["workspace_id"] is None
            assert made["token"] not in json.dumps(one.payload)
            assert not any("hash" in name for name in one.payload)
        assert theirs[1].payload["changes"] == {"name": ["Export", "Weekly"]}
        return [one.type.rpartition(".")[2] for one in theirs]

    assert await eventually(published) == ["created", "updated", "revoked"]


async def test_tokens_are_their_users_alone(register: Register) -> None:
    """Another user finds, renames and revokes nothing; a token reaches no token routes."""
    user, other = await register(), await register()
    made = await make(user)
    path = f"/v1/me/tokens/{made['id']}"
    assert (await other.signed_in.get(path)).status_code == 404
    assert (await other.signed_in.patch(path, json={"name": "Mine"})).status_code == 404
    assert (await other.signed_in.delete(path)).status_code == 404
    body = {"name": "Another", "scopes": ["admin"]}
    by_token = await user.token("read", "write", "admin").post("/v1/me/tokens", json=body)
    assert by_token.status_code == 403
    assert "sign in" in by_token.json()["detail"]
    assert (await user.signed_in.get(path)).json()["version"] == 1


async def test_fifty_tokens_are_the_most_and_expired_ones_do_not_count(
    register: Register, connect: Callable[[str], Any]
) -> None:
    """Of several at once at the bound, one is made."""
    user = await register()
    made = await make(user)
    database = await connect("auth")
    await database.execute(
        "INSERT INTO access_tokens SELECT gen_random_uuid(), workspace_id, version, created_at, "
        "updated_at, user_id, name, scopes, sha256(n::text::bytea || token_hash), expires_at "
        "FROM access_tokens, generate_series(1, 48) n WHERE id = $1",
        UUID(made["id"]),
    )
    body = {"name": "More", "scopes": ["read"]}
    answers = await asyncio.gather(
        *(user.signed_in.post("/v1/me/tokens", json=body) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    await database.execute(
        "UPDATE access_tokens SET expires_at = now() WHERE id = $1", UUID(made["id"])
    )
    assert (await user.signed_in.get(f"/v1/me/tokens/{made['id']}")).json()["is_expired"]
    assert (await user.signed_in.post("/v1/me/tokens", json=body)).status_code == 201


async def test_the_gateway_is_told_of_good_tokens_alone(
    register: Register, public: httpx.AsyncClient, connect: Callable[[str], Any]
) -> None:
    """Unknown, expired, no hash at all, an inactive user: 404."""
    user = await register()
    made = await make(user, expires_at=LATER)
    assert (await look_up(public, made["token"])).status_code == 200
    for digest in ("0" * 64, "x", "%C3%A4", "0" * 63 + "G"):
        assert (await public.get(f"/internal/access-tokens/{digest}")).status_code == 404
    database = await connect("auth")
    await database.execute("UPDATE users SET is_active = false WHERE id = $1", user.id)
    assert (await look_up(public, made["token"])).status_code == 404
    await database.execute("UPDATE users SET is_active = true WHERE id = $1", user.id)
    await database.execute(
        "UPDATE access_tokens SET expires_at = now() WHERE id = $1", UUID(made["id"])
    )
    assert (await look_up(public, made["token"])).status_code == 404


async def test_last_use_moves_forward_only(register: Register, public: httpx.AsyncClient) -> None:
    """Reports come late and twice; they change neither the version nor anything unknown."""
    user = await register()
    made = await make(user)

    async def report(time: datetime) -> None:
        used = {made["id"]: time.isoformat(), str(uuid4()): time.isoformat()}
        answer = await public.post("/internal/access-tokens/used", json={"used": used})
        assert answer.status_code == 204, answer.text

    async def seen() -> datetime:
        token = (await user.signed_in.get(f"/v1/me/tokens/{made['id']}")).json()
        assert token["version"] == 1
        return datetime.fromisoformat(token["last_used_at"])

    used_at = datetime.now(UTC) - timedelta(minutes=1)
    await report(used_at)
    assert await seen() == used_at
    await report(used_at - timedelta(minutes=1))
    assert await seen() == used_at
    await asyncio.gather(*(report(used_at + timedelta(seconds=n)) for n in range(5)))
    assert await seen() == used_at + timedelta(seconds=4)
    await report(datetime.now(UTC) + timedelta(days=1))
    assert await seen() < datetime.now(UTC) + timedelta(minutes=1)


async def test_tokens_end_with_their_user_and_with_their_workspace(
    register: Register, public: httpx.AsyncClient, kafka: Kafka
) -> None:
    """A deleted account's tokens and those of a deleted workspace are revoked with events; those
    for all workspaces stay, and so they do when the password changes."""
    owner, member = await register(), await register()
    workspace = await owner.workspace()
    await owner.within(workspace, "owner").post(
        f"/v1/workspaces/{workspace}/members", json={"email": member.email}
    )
    of_workspace = await make(member, workspace_id=workspace)
    of_all = await make(member)
    deleted = await owner.within(workspace, "owner").delete(f"/v1/workspaces/{workspace}")
    assert deleted.status_code == 204, deleted.text
    assert (await look_up(public, of_workspace["token"])).status_code == 404
    changed = await member.signed_in.post(
        "/v1/me/password",
        json={"current_password": PASSWORD, "new_password": "another long passphrase"},
    )
    assert changed.status_code == 204
    assert (await look_up(public, of_all["token"])).status_code == 200
    await member.signed_in.request("DELETE", "/v1/me", json={"password": "another long passphrase"})
    assert (await look_up(public, of_all["token"])).status_code == 404

    async def revoked() -> bool:
        seen = await kafka.read("warehouse.auth.token.v1")
        keys = {one.key for one in seen if one.type.endswith(".revoked")}
        return {of_workspace["id"], of_all["id"]} <= keys

    await eventually(revoked)


async def test_a_token_of_one_workspace_sees_and_makes_no_other(register: Register) -> None:
    """Where the gateway resolves no workspace, auth heeds the token's own."""
    user = await register()
    workspace = await user.workspace()
    bound = UUID((await make(user, workspace_id=workspace))["id"])
    free = UUID((await make(user))["id"])
    scopes = ("read", "write")
    listed = (await user.token(*scopes, token_id=bound).get("/v1/workspaces")).json()["items"]
    assert [one["id"] for one in listed] == [workspace]
    every = (await user.token(*scopes, token_id=free).get("/v1/workspaces")).json()["items"]
    assert len(every) == 2
    body = {"name": "Club"}
    refused = await user.token(*scopes, token_id=bound).post("/v1/workspaces", json=body)
    assert refused.status_code == 403
    assert (
        await user.token(*scopes, token_id=free).post("/v1/workspaces", json=body)
    ).status_code == 201
    assert (await user.token(*scopes, token_id=uuid4()).get("/v1/workspaces")).status_code == 401


async def test_an_idempotency_key_is_the_tokens_own(register: Register) -> None:
    """Another token with the same key gets no answer that the first was given."""
    user = await register()
    first, second = [UUID((await make(user))["id"]) for _ in range(2)]
    key, body = {"idempotency-key": "k"}, {"name": "Club"}

    async def post(token_id: UUID, *scopes: str) -> httpx.Response:
        client = user.token(*scopes, token_id=token_id)
        return await client.post("/v1/workspaces", json=body, headers=key)

    made = await post(first, "read", "write")
    again = await post(first, "read", "write")
    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
    assert (await post(second, "read")).status_code == 403


async def test_an_ended_session_makes_no_token_though_the_gateway_let_it_in(
    register: Register, login: Login, connect: Callable[[str], Any]
) -> None:
    """A token would outlive it, of a service account, too. The request came in before, and waits
    while the owner of the account ends all other sessions."""
    user = await register()
    thief, owner = await login(user.email), await login(user.email)
    workspace = await user.workspace()
    path = f"/v1/workspaces/{workspace}/service-accounts"
    account = (await user.within(workspace, "owner").post(path, json={"name": "x"})).json()
    body = {"name": "x", "scopes": ["read"]}
    database = await connect("auth")
    async with database.transaction():
        await database.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", user.id)
        waiting = asyncio.create_task(signed_in(user, thief).post("/v1/me/tokens", json=body))
        ending = signed_in(user, owner).delete("/v1/me/sessions", params={"keep_current": True})
        assert (await ending).status_code == 204
    assert (await waiting).status_code == 401
    stolen = user.within(workspace, "owner", session_id=UUID(session_of(thief)))
    answer = await stolen.post(f"{path}/{account['id']}/tokens", json=body)
    assert answer.status_code == 401
    assert (await user.http.get("/v1/me/tokens")).json()["items"] == []
    assert (await signed_in(user, owner).post("/v1/me/tokens", json=body)).status_code == 201


async def test_a_token_that_may_write_removes_nobody_else(register: Register) -> None:
    """Members are `admin`'s to manage, whatever the role of whose token it is; one may leave."""
    owner, second = await register(), await register()
    workspace = await owner.workspace()
    client, members = owner.within(workspace, "owner"), f"/v1/workspaces/{workspace}/members"
    added = await client.post(members, json={"email": second.email, "role": "owner"})
    assert added.status_code == 201, added.text

    def token(*scopes: str) -> httpx.AsyncClient:
        who = {"user_id": second.id, "workspace_id": UUID(workspace), "role": MemberRole.OWNER}
        return second.caller("auth", token_id=uuid4(), scopes=scopes, **who)

    for scopes in (("read", "write"), ("read",)):
        refused = await token(*scopes).delete(f"{members}/{owner.id}")
        assert refused.status_code == 403, scopes
    assert refused.json()["required_scope"] == "write"
    assert (await token("write").delete(f"{members}/{second.id}")).status_code == 204
    added = await client.post(members, json={"email": second.email, "role": "owner"})
    removed = await token("write", "admin").delete(f"{members}/{owner.id}")
    assert removed.status_code == 204, removed.text
