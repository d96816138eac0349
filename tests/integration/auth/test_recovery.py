"""What a password reset promises."""

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pyotp
import pytest
from support.waiting import eventually

from .conftest import PASSWORD, At, Connection, Login, Mails, Register

MailedToken = Callable[[str], Awaitable[str]]
NEW = "a new long passphrase"


async def ask(public: httpx.AsyncClient, email: str) -> httpx.Response:
    return await public.post("/v1/auth/password-reset", json={"email": email})


async def reset(public: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    body = {"token": token, "password": password}
    return await public.post("/v1/auth/password-reset/confirm", json=body)


@pytest.fixture
def mailed_token(public: httpx.AsyncClient, mails: Mails) -> MailedToken:
    """`await mailed_token(email)`: the token of a reset mail that was just asked for."""

    async def mailed_token(email: str) -> str:
        before = len(await mails(email, "password_reset"))
        assert (await ask(public, email)).status_code == 202

        async def arrived() -> str | None:
            found = await mails(email, "password_reset")
            return str(found[-1]["token"]) if len(found) > before else None

        token = await eventually(arrived)
        assert token is not None
        return token

    return mailed_token


async def test_a_mailed_token_sets_a_new_password_once(
    public: httpx.AsyncClient,
    register: Register,
    login: Login,
    mails: Mails,
    mailed_token: MailedToken,
    auth_database: Connection,
) -> None:
    """Every session ends, a mail says so, the address counts as verified, and the token is good no
    more, nor is another that was asked for before."""
    user = await register()
    tokens = await login(user.email)
    earlier, token = await mailed_token(user.email), await mailed_token(user.email.upper())
    assert (await reset(public, token)).status_code == 204
    gone = await public.post("/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert gone.status_code == 401
    old = {"email": user.email, "password": PASSWORD}
    assert (await public.post("/v1/auth/login", json=old)).status_code == 401
    await login(user.email, NEW)
    [warning] = await mails(user.email, "security")
    assert warning["facts"]["what"] == "password_changed"
    assert (await user.http.get("/v1/me")).json()["email_verified_at"] is not None
    published = await auth_database.fetch("SELECT payload FROM outbox WHERE key = $1", str(user.id))
    assert len(published) == 2
    assert not any("argon2" in row["payload"] for row in published)
    for used in (token, earlier):
        refused = await reset(public, used, "yet another passphrase")
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-token")
        assert refused.json()["errors"][0]["field"] == "token"


async def test_the_mail_says_who_asked_and_how_long_it_is_good(
    at: At, register: Register, mails: Mails, mailed_token: MailedToken
) -> None:
    """The token is sealed, good for an hour, and kept by its hash alone."""
    user = await register("Grace Hopper")
    await mailed_token(user.email)
    agent = {"user-agent": "curl/8.14"}
    await at("192.0.2.44").post(
        "/v1/auth/password-reset", json={"email": user.email}, headers=agent
    )

    async def both() -> list[dict[str, Any]] | None:
        found = await mails(user.email, "password_reset")
        return found if len(found) == 2 else None

    found = await eventually(both)
    assert found is not None
    mail = found[-1]
    assert mail["facts"] == {"address": "192.0.2.44", "device": "curl"}
    assert (mail["full_name"], mail["language"]) == ("Grace Hopper", "en")
    assert mail["expires_at"] > mail["created_at"]
    assert mail["token"] not in str({**mail, "token": None})


async def test_nobody_learns_who_has_an_account(
    public: httpx.AsyncClient, register: Register, mails: Mails, mailed_token: MailedToken
) -> None:
    """The same answer for an address that nobody has, where no mail goes."""
    user = await register()
    nobody = f"{secrets.token_hex(8)}@example.org"
    there, not_there = await ask(public, user.email), await ask(public, nobody)
    assert there.status_code == not_there.status_code == 202
    assert there.content == not_there.content
    await mailed_token(user.email)  # asked for after it
    assert await mails(nobody) == []


@pytest.mark.parametrize(
    ("password", "code"),
    [(PASSWORD, "unchanged"), ("password123", "common"), ("short", "string_too_short")],
)
async def test_a_password_that_will_not_do_uses_no_token_up(
    public: httpx.AsyncClient,
    register: Register,
    mailed_token: MailedToken,
    password: str,
    code: str,
) -> None:
    """The old one, a common one, a short one: named, and the token is still good."""
    user = await register()
    token = await mailed_token(user.email)
    refused = await reset(public, token, password)
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    assert refused.json()["errors"][0]["field"] == "password"
    assert (await reset(public, token)).status_code == 204


async def test_a_token_is_good_for_an_hour_and_for_one_purpose(
    public: httpx.AsyncClient,
    register: Register,
    mails: Mails,
    mailed_token: MailedToken,
    auth_database: Connection,
) -> None:
    """One that verifies an address sets no password; one that has expired does nothing."""
    user = await register()
    [registered] = await mails(user.email, "verify_email")
    assert (await reset(public, registered["token"])).status_code == 422
    token = await mailed_token(user.email)
    swapped = await public.post("/v1/auth/verify-email", json={"token": token})
    assert (swapped.status_code, swapped.json()["code"]) == (422, "invalid-token")
    await auth_database.execute(
        "UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1", user.id
    )
    assert (await reset(public, token)).status_code == 422
    assert (await reset(public, "who_" + "x" * 43)).status_code == 422


@pytest.mark.parametrize("was_verified", [True, False])
async def test_who_never_proved_the_address_is_out_for_good(
    public: httpx.AsyncClient,
    register: Register,
    mails: Mails,
    mailed_token: MailedToken,
    was_verified: bool,
) -> None:
    """Anybody may have registered with it: their access tokens end, and who they let into the
    personal workspace is out. Of an account that was verified, both stay."""
    user, accomplice = await register(), await register()
    if was_verified:
        [mail] = await mails(user.email)
        verified = await public.post("/v1/auth/verify-email", json={"token": mail["token"]})
        assert verified.status_code == 204
    await user.http.post("/v1/me/tokens", json={"name": "Export", "scopes": ["read"]})
    [personal] = (await user.http.get("/v1/workspaces")).json()["items"]
    inside, members = (
        user.within(personal["id"], "owner"),
        f"/v1/workspaces/{personal['id']}/members",
    )
    await inside.post(members, json={"email": accomplice.email, "role": "admin"})
    assert (await reset(public, await mailed_token(user.email))).status_code == 204
    tokens = (await user.http.get("/v1/me/tokens")).json()["items"]
    left = (await inside.get(members)).json()["items"]
    assert (len(tokens), len(left)) == ((1, 2) if was_verified else (0, 1))


async def test_a_second_factor_of_who_never_proved_the_address_keeps_its_owner_out_no_more(
    public: httpx.AsyncClient, register: Register, mailed_token: MailedToken
) -> None:
    """Whoever registered with it may have set one up; the owner of the address has no code."""
    squatter = await register()
    begun = await squatter.http.post("/v1/me/second-factor", json={"password": PASSWORD})
    code = pyotp.TOTP(begun.json()["secret"]).now()
    confirmed = await squatter.http.post("/v1/me/second-factor/confirm", json={"code": code})
    assert confirmed.status_code == 200, confirmed.text
    assert (await reset(public, await mailed_token(squatter.email))).status_code == 204
    login = {"email": squatter.email, "password": NEW}
    assert (await public.post("/v1/auth/login", json=login)).status_code == 200
