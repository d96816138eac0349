"""What sessions promise beside going on: where they are used, and how all of them end."""

from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from .conftest import PASSWORD, At, Caller, Login, Mails, Register, signed_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def refresh(public: httpx.AsyncClient, tokens: dict[str, Any]) -> httpx.Response:
    return await public.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})


async def test_a_session_tells_where_it_is_used(at: At, register: Register) -> None:
    """The client's address as the gateway saw it, its user agent, and words for the device; after
    a refresh from elsewhere, the address there."""
    user = await register()
    body = {"email": user.email, "password": PASSWORD}
    here = at("192.0.2.7")
    tokens = (await here.post("/v1/auth/login", json=body, headers={"user-agent": FIREFOX})).json()
    client = signed_in(user, tokens)
    [listed] = (await client.get("/v1/me/sessions")).json()["items"]
    assert (listed["ip"], listed["device"]) == ("192.0.2.7", "Firefox on Linux")
    assert (listed["user_agent"], listed["is_current"]) == (FIREFOX, True)
    await refresh(at("192.0.2.8"), tokens)
    [moved] = (await client.get("/v1/me/sessions")).json()["items"]
    assert moved["ip"] == "192.0.2.8"
    assert moved["last_active_at"] > listed["last_active_at"]


@pytest.mark.parametrize("kept", [True, False])
async def test_logging_out_everywhere_ends_every_session(
    public: httpx.AsyncClient, register: Register, login: Login, kept: bool
) -> None:
    """All of one's own end, the one that asks as well unless it is kept; another's go on."""
    user, other = await register(), await register()
    here, there = await login(user.email), await login(user.email)
    foreign = await login(other.email)
    query = {"keep_current": "true"} if kept else {}
    answer = await signed_in(user, here).delete("/v1/me/sessions", params=query)
    assert answer.status_code == 204
    assert (await refresh(public, there)).status_code == 401
    assert (await refresh(public, here)).status_code == (200 if kept else 401)
    assert (await refresh(public, foreign)).status_code == 200


async def test_a_stolen_refresh_token_is_told_of_by_mail(
    at: At, public: httpx.AsyncClient, register: Register, login: Login, mails: Mails, kafka: Kafka
) -> None:
    """Once, to the owner, with the address of whoever used it; the mail is an event for notify."""
    user = await register()
    stolen = await login(user.email)
    tokens = stolen
    for _ in range(2):
        tokens = (await refresh(public, tokens)).json()
    for _ in range(2):
        assert (await refresh(at("198.51.100.9"), stolen)).status_code == 401
    [warning] = await mails(user.email, "security")
    assert warning["facts"]["what"] == "refresh_token_reused"
    assert warning["facts"]["address"] == "198.51.100.9"
    assert warning["user_id"] == str(user.id)
    assert (warning["sealed"], warning["workspace_id"]) == (None, None)

    async def published() -> bool:
        seen = await kafka.read("warehouse.auth.mail.v1")
        return any(one.key == warning["id"] and "token" not in one.payload for one in seen)

    assert await eventually(published)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/me/sessions"),
        ("DELETE", "/v1/me/sessions"),
        ("POST", "/v1/me/password"),
        ("POST", "/v1/me/deactivate"),
        ("POST", "/v1/me/verify-email"),
        ("PUT", "/v1/me/email"),
        ("GET", "/v1/me/second-factor"),
        ("POST", "/v1/me/second-factor"),
        ("DELETE", "/v1/me/second-factor"),
        ("DELETE", "/v1/me"),
    ],
)
async def test_no_access_token_guards_an_account(caller: Caller, method: str, path: str) -> None:
    """What guards an account takes a session: a caller without one is refused."""
    answer = await caller("auth", user_id=uuid4()).request(method, path, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
