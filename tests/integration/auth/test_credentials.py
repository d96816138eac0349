"""What registering, signing in, going on and signing out promise."""

import asyncio
import hashlib
import secrets
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from .conftest import PASSWORD, Register, session_of

Login = Callable[..., Awaitable[dict[str, Any]]]


async def refresh(public: httpx.AsyncClient, tokens: dict[str, Any]) -> httpx.Response:
    return await public.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


async def test_registering_makes_a_personal_workspace(register: Register, kafka: Kafka) -> None:
    """A new user owns one workspace, and three events tell of user, workspace and member."""
    user = await register("Grace Hopper")
    [workspace] = (await user.http.get("/v1/workspaces")).json()["items"]
    assert (workspace["is_personal"], workspace["role"]) == (True, "owner")

    async def published() -> bool:
        users = await kafka.read("warehouse.auth.user.v1")
        members = await kafka.read("warehouse.auth.member.v1", workspace_id=workspace["id"])
        workspaces = await kafka.read("warehouse.auth.workspace.v1", workspace_id=workspace["id"])
        registered = [one for one in users if one.key == str(user.id)]
        assert [one.type for one in registered] == ["warehouse.auth.user.registered"]
        assert not any("password" in name for name in registered[0].payload)
        assert [one.key for one in members] == [f"{workspace['id']}:{user.id}"]
        assert [one.type for one in workspaces] == ["warehouse.auth.workspace.created"]
        return True

    await eventually(published)


async def test_an_email_registers_once_whatever_its_case(
    public: httpx.AsyncClient, register: Register
) -> None:
    """Ten registrations at once of one address: one user, nine 409 that name the field."""
    user = await register()
    body = {"email": user.email.upper(), "password": PASSWORD, "full_name": "Other"}
    again = await public.post("/v1/auth/register", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "email-taken")
    body["email"] = f"new-{user.email}"
    answers = await asyncio.gather(
        *(public.post("/v1/auth/register", json=body) for _ in range(10))
    )
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 9


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "password123"}, "password"),
        ({"password": "QwertyUiop"}, "password"),
        ({"password": "aaaaaaaaaaaa"}, "password"),
        ({"password": "Ada Lovelace"}, "password"),
        ({"password": "x" * 201}, "password"),
        ({"email": "no address"}, "email"),
        ({"email": f"{'a' * 300}@example.org"}, "email"),
        ({"full_name": ""}, "full_name"),
        ({"full_name": "x" * 101}, "full_name"),
        ({"is_admin": True}, "is_admin"),
    ],
)
async def test_a_bad_registration_is_named_by_field(
    public: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    """Too short, too common, one's own name: 422 with the field."""
    body = {"email": "new@example.org", "password": PASSWORD, "full_name": "Ada Lovelace"}
    answer = await public.post("/v1/auth/register", json=body | change)
    assert answer.status_code == 422, answer.text
    assert field in {error["field"] for error in answer.json()["errors"]}


async def test_an_access_token_says_who_and_which_session(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """EdDSA, verified with the published key of its kid, with the claims that the gateway needs."""
    user = await register()
    tokens = await login(user.email.upper())
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    keys = jwt.PyJWKSet.from_dict((await public.get("/.well-known/jwks.json")).json())
    kid = jwt.get_unverified_header(tokens["access_token"])["kid"]
    claims = jwt.decode(
        tokens["access_token"],
        keys[kid],
        algorithms=["EdDSA"],
        audience="warehouse",
        issuer="warehouse-auth",
        options={"require": ["iss", "aud", "sub", "sid", "iat", "exp", "jti"]},
    )
    assert claims["sub"] == str(user.id)
    assert claims["exp"] - claims["iat"] == 600


async def test_a_wrong_password_and_an_unknown_email_look_the_same(
    public: httpx.AsyncClient, register: Register
) -> None:
    """The same status, code and words, so that nobody learns who has an account."""
    user = await register()
    wrong = await public.post(
        "/v1/auth/login", json={"email": user.email, "password": "not the password"}
    )
    unknown = await public.post(
        "/v1/auth/login", json={"email": f"x{user.email}", "password": "not the password"}
    )
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()
    assert wrong.json()["code"] == "invalid-credentials"


async def test_a_refresh_token_is_good_once(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """Each refresh answers a new pair of the same session."""
    user = await register()
    tokens = await login(user.email)
    for _ in range(3):
        answer = await refresh(public, tokens)
        assert answer.status_code == 200
        assert answer.json()["refresh_token"] != tokens["refresh_token"]
        assert session_of(answer.json()) == session_of(tokens)
        tokens = answer.json()


async def test_the_token_just_replaced_is_forgiven(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """A client that never got its answer repeats its refresh, and goes on."""
    user = await register()
    tokens = await login(user.email)
    first, again = await refresh(public, tokens), await refresh(public, tokens)
    assert first.status_code == again.status_code == 200
    assert (await refresh(public, again.json())).status_code == 200


async def test_an_older_token_ends_the_session(
    public: httpx.AsyncClient, register: Register, login: Login, kafka: Kafka
) -> None:
    """A token used two rotations later means that somebody else has it: the session ends, its
    newest token with it, and an event says so."""
    user = await register()
    stolen = await login(user.email)
    tokens = stolen
    for _ in range(2):
        tokens = (await refresh(public, tokens)).json()
    refused = await refresh(public, stolen)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-refresh-token")
    assert (await refresh(public, tokens)).status_code == 401

    async def published() -> bool:
        seen = await kafka.read("warehouse.auth.session.v1")
        ended = [one.payload["reason"] for one in seen if one.key == session_of(stolen)]
        return ended == ["refresh_token_reused"]

    assert await eventually(published)
    listed = (await public.get("/internal/revoked-sessions")).json()["items"]
    [at] = [one["revoked_at"] for one in listed if one["session_id"] == session_of(stolen)]
    later = await public.get("/internal/revoked-sessions", params={"since": "2126-01-01T00:00:00Z"})
    assert later.json()["items"] == []
    before = datetime.fromisoformat(at) - timedelta(seconds=1)
    since = await public.get("/internal/revoked-sessions", params={"since": before.isoformat()})
    assert session_of(stolen) in {one["session_id"] for one in since.json()["items"]}


@pytest.mark.parametrize("token", ["x", "whr_", "whr_" + "A" * 86, "é", "whr_" + "A" * 300])
async def test_a_made_up_refresh_token_is_refused(public: httpx.AsyncClient, token: str) -> None:
    """Whatever the text: 401, and no session ends."""
    answer = await public.post("/v1/auth/refresh", json={"refresh_token": token})
    assert answer.status_code == 401


async def test_logging_out_ends_the_session(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """After logout by refresh token the session is gone; again is no error."""
    user = await register()
    tokens = await login(user.email)
    for _ in range(2):
        answer = await public.post(
            "/v1/auth/logout", json={"refresh_token": tokens["refresh_token"]}
        )
        assert answer.status_code == 204
    assert (await refresh(public, tokens)).status_code == 401
    assert (await user.http.get("/v1/me/sessions")).json()["items"] == []


async def test_ones_own_sessions_are_listed_and_revoked(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """Two sign-ins are two sessions; one revoked, the other lives; another's is not found."""
    user, other = await register(), await register()
    first, second = await login(user.email), await login(user.email)
    listed = (await user.http.get("/v1/me/sessions")).json()["items"]
    assert {one["id"] for one in listed} == {session_of(first), session_of(second)}
    foreign = await other.http.delete(f"/v1/me/sessions/{session_of(first)}")
    assert foreign.status_code == 404
    assert (await user.http.delete(f"/v1/me/sessions/{session_of(first)}")).status_code == 204
    assert (await refresh(public, first)).status_code == 401
    assert (await refresh(public, second)).status_code == 200


async def test_a_new_password_ends_the_other_sessions(
    public: httpx.AsyncClient, register: Register, login: Login, caller: Callable[..., Any]
) -> None:
    """The old password is wrong from then on, and sessions elsewhere end; this one stays."""
    user = await register()
    here, elsewhere = await login(user.email), await login(user.email)
    client = caller("auth", user_id=user.id, session_id=session_of(here))
    body = {"current_password": "wrong password", "new_password": "another long passphrase"}
    assert (await client.post("/v1/me/password", json=body)).status_code == 422
    body["current_password"] = PASSWORD
    assert (await client.post("/v1/me/password", json=body)).status_code == 204
    assert (await refresh(public, elsewhere)).status_code == 401
    assert (await refresh(public, here)).status_code == 200
    old = await public.post("/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    assert old.status_code == 401
    await login(user.email, "another long passphrase")


async def test_a_profile_changes_by_field(register: Register) -> None:
    """PATCH /v1/me changes what was sent, with an ETag, and refuses what does not exist."""
    user = await register("Grace Hopper")
    answer = await user.http.patch(
        "/v1/me", json={"timezone": "Europe/Tallinn"}, headers={"If-Match": '"1"'}
    )
    assert (answer.status_code, answer.json()["timezone"]) == (200, "Europe/Tallinn")
    assert answer.json()["full_name"] == "Grace Hopper"
    stale = await user.http.patch("/v1/me", json={"theme": "dark"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    for body in ({"timezone": "Mars/Olympus"}, {"language": "xx"}, {"email": "a@example.org"}):
        assert (await user.http.patch("/v1/me", json=body)).status_code == 422


async def test_an_account_is_deleted_with_its_password(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """Deleting ends sessions and frees the e-mail; the only owner of a shared workspace can't."""
    user = await register()
    tokens = await login(user.email)
    workspace = await user.workspace("Shared")
    body = {"password": PASSWORD}
    refused = await user.http.request("DELETE", "/v1/me", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "sole-owner")
    await user.within(workspace, "owner").delete(f"/v1/workspaces/{workspace}")
    wrong = await user.http.request("DELETE", "/v1/me", json={"password": "wrong"})
    assert wrong.status_code == 422
    assert (await user.http.request("DELETE", "/v1/me", json=body)).status_code == 204
    assert (await refresh(public, tokens)).status_code == 401
    login_body = {"email": user.email, "password": PASSWORD}
    assert (await public.post("/v1/auth/login", json=login_body)).status_code == 401
    registration = login_body | {"full_name": "New"}
    assert (await public.post("/v1/auth/register", json=registration)).status_code == 201


async def test_one_key_registers_once_and_keeps_no_password(
    public: httpx.AsyncClient, connect: Callable[[str], Any]
) -> None:
    """A repeated registration under one Idempotency-Key gets the first answer; nothing that
    depends on the password stays with the key."""
    key = secrets.token_hex(8)
    body = {"email": f"{key}@example.org", "password": PASSWORD, "full_name": "Ada"}
    headers = {"Idempotency-Key": key}
    first = await public.post("/v1/auth/register", json=body, headers=headers)
    again = await public.post("/v1/auth/register", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    connection = await connect("auth")
    row = await connection.fetchrow("SELECT * FROM idempotency_keys WHERE key = $1", key)
    digest = hashlib.sha256(b"POST /v1/auth/register\n" + f"{body['email']}\nAda".encode())
    assert row["request_hash"] == digest.digest()
    assert b"argon2" not in row["body"]


async def test_logging_out_takes_the_access_token_as_well(
    register: Register, login: Login, caller: Callable[..., Any], public: httpx.AsyncClient
) -> None:
    """Without a refresh token the session that asks ends; with neither it is a 401."""
    user = await register()
    tokens = await login(user.email)
    client = caller("auth", user_id=user.id, session_id=session_of(tokens))
    assert (await client.post("/v1/auth/logout")).status_code == 204
    assert (await refresh(public, tokens)).status_code == 401
    assert (await public.post("/v1/auth/logout")).status_code == 401
