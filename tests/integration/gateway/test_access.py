"""Who comes in: tokens, revoked sessions, roles."""

import asyncio
import time
from uuid import UUID, uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from integration.gateway.rig import Auth, Echo, Start
from support.waiting import eventually

from chassis.identity import MemberRole


async def test_a_member_reaches_the_service_with_a_signed_identity(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    answer = await client.get(auth.path("items?limit=2&q=a%20b"), headers=auth.bearer())
    assert answer.status_code == 200
    assert answer.json() == {"ok": True}
    (seen,) = echo.seen
    assert seen.target == auth.path("items?limit=2&q=a%20b")
    assert seen.identity.user_id == UUID(auth.user)
    assert seen.identity.session_id == UUID(auth.session)
    assert seen.identity.workspace_id == UUID(auth.workspace)
    assert seen.identity.role is MemberRole.MEMBER
    assert seen.identity.address == ""


async def test_without_a_token_the_answer_is_401(client: httpx.AsyncClient, auth: Auth) -> None:
    answer = await client.get(auth.path())
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == "unauthenticated"
    assert problem["instance"] == auth.path()
    assert problem["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": int(time.time()) - 60},
        {"iss": "somebody-else"},
        {"aud": "another-audience"},
        {"sub": None},
        {"sid": None},
        {"jti": None},
        {"sub": "no-uuid"},
    ],
)
async def test_a_token_with_wrong_claims_is_refused(
    client: httpx.AsyncClient, auth: Auth, changes: dict[str, object], echo: Echo
) -> None:
    answer = await client.get(auth.path(), headers=auth.bearer(**changes))
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert echo.seen == []


async def test_clocks_may_differ_by_half_a_minute(client: httpx.AsyncClient, auth: Auth) -> None:
    answer = await client.get(auth.path(), headers=auth.bearer(exp=int(time.time()) - 20))
    assert answer.status_code == 200


async def test_a_token_that_auth_did_not_sign_is_refused(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    assert (await client.get(auth.path(), headers=auth.bearer())).status_code == 200
    forger = Auth()
    forger.user, forger.session, forger.workspace = auth.user, auth.session, auth.workspace
    forger.key = Ed25519PrivateKey.generate()
    answer = await client.get(auth.path(), headers=forger.bearer())
    assert answer.status_code == 401


async def test_unsigned_and_garbled_tokens_are_refused(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    for token in (
        "x",
        "a.b.c",
        "eyJhbGciOiJub25lIn0.e30.",
        "é".encode().decode("latin-1"),
        "x" * 9000,
    ):
        answer = await client.get(
            auth.path(), headers={b"Authorization": b"Bearer " + token.encode("latin-1")}
        )
        assert answer.status_code == 401, token[:20]


async def test_two_authorization_fields_are_refused(client: httpx.AsyncClient, auth: Auth) -> None:
    field = ("Authorization", f"Bearer {auth.token()}")
    assert (await client.get(auth.path(), headers=[field, field])).status_code == 401


async def test_a_rotated_key_is_learnt_when_its_first_token_comes(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    assert (await client.get(auth.path(), headers=auth.bearer())).status_code == 200
    auth.key, auth.kid = Ed25519PrivateKey.generate(), "second"
    assert (await client.get(auth.path(), headers=auth.bearer())).status_code == 200
    assert auth.key_fetches == 2


async def test_tokens_of_a_withdrawn_key_are_refused_though_they_were_verified(
    start_gateway: Start, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.signing_keys.REFRESH", 0.05)
    gateway = await start_gateway()
    headers = auth.bearer()
    assert (await gateway.get(auth.path(), headers=headers)).status_code == 503  # nobody listens
    auth.key, auth.kid = Ed25519PrivateKey.generate(), "second"

    async def refused() -> bool:
        return (await gateway.get(auth.path(), headers=headers)).status_code == 401

    await eventually(refused)
    assert (await gateway.get(auth.path(), headers=auth.bearer())).status_code == 503


async def test_a_stranger_learns_nothing_of_a_workspace(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    foreign = await client.get(auth.path(), headers=auth.bearer(sub=str(uuid4())))
    absent = await client.get(f"/v1/workspaces/{uuid4()}/items", headers=auth.bearer())
    malformed = await client.get("/v1/workspaces/7/items", headers=auth.bearer())
    for answer in (foreign, absent, malformed):
        assert answer.status_code == 404
        assert answer.json()["code"] == "not-found"
    assert echo.seen == []


async def test_a_role_is_looked_up_once_however_many_ask_at_once(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    headers = auth.bearer()
    answers = await asyncio.gather(*(client.get(auth.path(), headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert auth.lookups == 1


async def test_a_role_is_asked_again_after_its_lifetime(start_gateway: Start, auth: Auth) -> None:
    gateway = await start_gateway(role_lifetime=0.05)
    headers = auth.bearer()
    assert (await gateway.get(auth.path(), headers=headers)).status_code == 503  # nobody listens
    auth.roles.clear()

    async def locked_out() -> bool:
        return (await gateway.get(auth.path(), headers=headers)).status_code == 404

    await eventually(locked_out)


async def test_removing_a_member_through_the_gateway_counts_at_once(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    headers = auth.bearer()
    assert (await client.get(auth.path(), headers=headers)).status_code == 200
    removed = await client.delete(auth.path(f"members/{auth.user}"), headers=headers)
    assert removed.status_code == 204
    assert (await client.get(auth.path(), headers=headers)).status_code == 404


async def test_sessions_revoked_before_the_start_are_refused(
    start_gateway: Start, auth: Auth
) -> None:
    auth.revoked = [auth.session]
    gateway = await start_gateway()

    async def loaded() -> bool:
        return bool((await gateway.get("/readyz")).json()["checks"]["revoked_sessions"])

    await eventually(loaded)
    answer = await gateway.get(auth.path(), headers=auth.bearer())
    assert answer.status_code == 401
    assert answer.json()["code"] == "session-revoked"
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_public_routes_need_no_token_and_carry_the_address(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    answer = await client.post("/v1/auth/login", json={"email": "a@example.org"})
    assert answer.json() == {"address": "127.0.0.1"}
    assert auth.identities[0].user_id is None
    assert (await client.get("/.well-known/jwks.json")).json()["keys"][0]["kid"] == "first"


async def test_internal_addresses_of_services_are_not_reached(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    for path in ("/internal/revoked-sessions", "/v1/../internal/revoked-sessions", "/v2/me"):
        url = httpx.URL(str(client.base_url), raw_path=path.encode())
        answer = await client.get(url, headers=auth.bearer())
        assert answer.status_code in {400, 404}, path
