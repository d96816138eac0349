"""What signing in at another provider promises, at a real one that runs here."""

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

import httpx
import jwt
import pyotp
import pytest
from support.waiting import eventually

from .conftest import PASSWORD, Register, User, session_of

BACK = "https://app.example/signed-in"


@dataclass
class Provider:
    """The provider, and people who have an account there."""

    url: str
    http: httpx.AsyncClient

    async def knows(self, subject: str, **claims: object) -> None:
        answer = await self.http.put(f"/users/{subject}", json=claims)
        assert answer.status_code == 204, answer.text

    async def visit(self, started: dict[str, Any], subject: str) -> dict[str, str]:
        """Be sent there, sign in as `subject`, and what comes back at the redirect address."""
        url = started["authorization_url"]
        assert (await self.http.get(url)).status_code == 200
        answer = await self.http.post(url, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        back, _, query = answer.headers["location"].partition("?")
        assert back == BACK
        return {name: value for name, [value] in parse_qs(query).items()}


@pytest.fixture(scope="module")
def provider_process(provider_url: str) -> Iterator[None]:
    port = str(urlsplit(provider_url).port)
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", port, "--require-nonce", "1"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        yield
        running.terminate()


@pytest.fixture
async def provider(provider_url: str, provider_process: None) -> Any:  # noqa: ANN401, ARG001
    async with httpx.AsyncClient(base_url=provider_url, timeout=20) as http:

        async def answers() -> bool:
            try:
                return (await http.get("/jwks")).status_code == 200
            except httpx.TransportError:
                return False

        await eventually(answers)
        yield Provider(provider_url, http)


async def start(public: httpx.AsyncClient) -> dict[str, Any]:
    answer = await public.get("/v1/auth/oidc/mock/start", params={"redirect_uri": BACK})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    started: dict[str, Any] = answer.json()
    return started


async def finish(
    public: httpx.AsyncClient, started: dict[str, Any], back: dict[str, str], **change: str
) -> httpx.Response:
    body = back | {"secret": started["secret"]} | change
    return await public.post("/v1/auth/oidc/mock/callback", json=body)


async def sign_in(public: httpx.AsyncClient, provider: Provider, subject: str) -> httpx.Response:
    started = await start(public)
    return await finish(public, started, await provider.visit(started, subject))


def address() -> str:
    return f"{uuid4().hex}@example.org"


async def me(answer: httpx.Response, user_of: Callable[..., User]) -> dict[str, Any]:
    """The profile of who just signed in."""
    assert answer.status_code == 200, answer.text
    user = user_of(answer.json())
    profile: dict[str, Any] = (await user.signed_in.get("/v1/me")).json()
    return profile


@pytest.fixture
def user_of(caller: Callable[..., httpx.AsyncClient]) -> Callable[..., User]:
    def user_of(tokens: dict[str, Any]) -> User:
        claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
        return User(UUID(claims["sub"]), "", caller)

    return user_of


async def test_who_is_new_is_registered_and_known_from_then_on(
    public: httpx.AsyncClient, provider: Provider, user_of: Callable[..., User]
) -> None:
    """By the provider's name for them, though their e-mail changes; with a personal workspace."""
    subject, email = uuid4().hex, address()
    await provider.knows(subject, email=email, email_verified=True, name="Ada Lovelace")
    profile = await me(await sign_in(public, provider, subject), user_of)
    assert (profile["email"], profile["full_name"]) == (email, "Ada Lovelace")
    changed = address()
    await provider.knows(subject, email=changed, email_verified=True)
    again = await sign_in(public, provider, subject)
    assert (await me(again, user_of)) == profile
    user = user_of(again.json())
    [workspace] = (await user.signed_in.get("/v1/workspaces")).json()["items"]
    assert workspace["is_personal"]
    sessions = (await user.signed_in.get("/v1/me/sessions")).json()["items"]
    assert session_of(again.json()) in {one["id"] for one in sessions}
    [identity] = (await user.signed_in.get("/v1/me/identities")).json()["items"]
    assert (identity["provider"], identity["email"]) == ("mock", changed)


async def test_providers_are_listed_and_only_allowed_addresses_come_back(
    public: httpx.AsyncClient,
) -> None:
    listed = (await public.get("/v1/auth/oidc")).json()["items"]
    assert {"id": "mock", "name": "Mock"} in listed
    for uri in ("https://evil.example/", f"{BACK}/", f"{BACK}?x=1", "https://app.example"):
        answer = await public.get("/v1/auth/oidc/mock/start", params={"redirect_uri": uri})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "redirect_uri")
    unknown = await public.get("/v1/auth/oidc/none/start", params={"redirect_uri": BACK})
    assert unknown.status_code == 404


async def test_a_provider_that_is_away_is_a_503_that_says_what_to_do(
    public: httpx.AsyncClient,
) -> None:
    answer = await public.get("/v1/auth/oidc/away/start", params={"redirect_uri": BACK})
    assert (answer.status_code, answer.json()["code"]) == (503, "provider-unavailable")
    assert "password" in answer.json()["detail"]


async def test_a_sign_in_is_good_once_for_who_began_it(
    public: httpx.AsyncClient, provider: Provider
) -> None:
    """Another's secret (which is what signing somebody in with a link comes to), an unknown state,
    another provider, a used state, a made-up code: 401, and the attempt is over."""
    subject = uuid4().hex
    await provider.knows(subject, email=address(), email_verified=True)
    mine, theirs = await start(public), await start(public)
    answers = [
        await finish(public, mine, await provider.visit(mine, subject), secret=theirs["secret"]),
        await finish(public, theirs, {"code": "x", "state": "unknown"}),
    ]
    started = await start(public)
    back = await provider.visit(started, subject)
    body = back | {"secret": started["secret"]}
    answers.append(await public.post("/v1/auth/oidc/away/callback", json=body))
    assert (await finish(public, started, back)).status_code == 200
    answers.append(await finish(public, started, back))
    started = await start(public)
    back = await provider.visit(started, subject)
    answers.append(await finish(public, started, back, code="made-up"))
    answers.append(await finish(public, started, back))
    started = await start(public)
    back = await provider.visit(started, subject)
    answers.append(await finish(public, started, back, iss="https://evil.example"))
    assert [answer.status_code for answer in answers] == [401] * 7
    assert {answer.json()["code"] for answer in answers} == {"sign-in-failed"}


async def test_a_sign_in_takes_ten_minutes_at_most_and_nothing_of_it_is_kept_in_the_clear(
    public: httpx.AsyncClient, provider: Provider, connect: Callable[[str], Any]
) -> None:
    started = await start(public)
    query = parse_qs(urlsplit(started["authorization_url"]).query)
    database = await connect("auth")
    row = await database.fetchval("SELECT max(t::text) FROM oidc_attempts t")
    for secret in (*query["state"], *query["nonce"], started["secret"]):
        assert secret not in row
    assert query["code_challenge_method"] == ["S256"]
    await database.execute("UPDATE oidc_attempts SET expires_at = now()")
    back = await provider.visit(started, "late")
    assert (await finish(public, started, back)).status_code == 401


@pytest.mark.parametrize("claims", [{}, {"email_verified": False}, {"email_verified": "no"}])
async def test_an_address_that_the_provider_does_not_vouch_for_opens_nothing(
    public: httpx.AsyncClient, provider: Provider, register: Register, claims: dict[str, Any]
) -> None:
    """Neither the account that has it here nor a new one."""
    victim = await register()
    subject = uuid4().hex
    await provider.knows(subject, email=victim.email, **claims)
    taken = await sign_in(public, provider, subject)
    await provider.knows(subject, email=address(), **claims)
    new = await sign_in(public, provider, subject)
    assert [taken.status_code, new.status_code] == [403, 403]
    assert new.json()["code"] == "email-not-verified"


async def test_a_verified_account_is_linked_and_keeps_its_password(
    public: httpx.AsyncClient,
    provider: Provider,
    register: Register,
    user_of: Callable[..., User],
    connect: Callable[[str], Any],
) -> None:
    """Whatever the case of the address; unlinked, the password is left as a way in."""
    user, subject = await register(), uuid4().hex
    database = await connect("auth")
    await database.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", user.id)
    await provider.knows(subject, email=user.email.upper(), email_verified=True)
    profile = await me(await sign_in(public, provider, subject), user_of)
    assert profile["id"] == str(user.id)
    body = {"email": user.email, "password": PASSWORD}
    assert (await public.post("/v1/auth/login", json=body)).status_code == 200
    [identity] = (await user.signed_in.get("/v1/me/identities")).json()["items"]
    path = f"/v1/me/identities/{identity['id']}"
    assert (await (await register()).signed_in.delete(path)).status_code == 404
    assert (await user.signed_in.delete(path)).status_code == 204
    assert (await user.signed_in.delete(path)).status_code == 404


async def test_a_deleted_account_leaves_its_identity_free(
    public: httpx.AsyncClient,
    provider: Provider,
    register: Register,
    user_of: Callable[..., User],
    connect: Callable[[str], Any],
) -> None:
    """Who signs in with it again begins anew."""
    user, subject = await register(), uuid4().hex
    database = await connect("auth")
    await database.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", user.id)
    await provider.knows(subject, email=user.email, email_verified=True)
    assert (await sign_in(public, provider, subject)).status_code == 200
    deleted = await user.signed_in.request("DELETE", "/v1/me", json={"password": PASSWORD})
    assert deleted.status_code == 204, deleted.text
    profile = await me(await sign_in(public, provider, subject), user_of)
    assert (profile["email"], profile["id"] == str(user.id)) == (user.email, False)


async def test_two_first_sign_ins_at_once_make_one_user(
    public: httpx.AsyncClient, provider: Provider, user_of: Callable[..., User]
) -> None:
    subject = uuid4().hex
    await provider.knows(subject, email=address(), email_verified=True)
    answers = await asyncio.gather(*(sign_in(public, provider, subject) for _ in range(3)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({user_of(answer.json()).id for answer in answers}) == 1


async def test_an_account_that_never_proved_its_address_goes_to_who_does(
    public: httpx.AsyncClient,
    provider: Provider,
    register: Register,
    login: Callable[..., Any],
    user_of: Callable[..., User],
) -> None:
    """And nothing is left to who registered with it: no password, session, token, or place in the
    personal workspace."""
    squatter, accomplice, subject = await register(), await register(), uuid4().hex
    tokens = await login(squatter.email)
    made = await squatter.signed_in.post("/v1/me/tokens", json={"name": "x", "scopes": ["read"]})
    [personal] = (await squatter.http.get("/v1/workspaces")).json()["items"]
    inside = squatter.within(personal["id"], "owner")
    path = f"/v1/workspaces/{personal['id']}"
    for where, body in (
        ("/members", {"email": accomplice.email, "role": "admin"}),
        ("/service-accounts", {"name": "x"}),
    ):
        assert (await inside.post(path + where, json=body)).status_code == 201
    await provider.knows(subject, email=squatter.email, email_verified=True)
    profile = await me(await sign_in(public, provider, subject), user_of)
    assert profile["id"] == str(squatter.id)
    body = {"email": squatter.email, "password": PASSWORD}
    assert (await public.post("/v1/auth/login", json=body)).status_code == 401
    refreshed = await public.post(
        "/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]}
    )
    assert refreshed.status_code == 401
    assert (await squatter.signed_in.get(f"/v1/me/tokens/{made.json()['id']}")).status_code == 404
    members = (await inside.get(f"{path}/members")).json()["items"]
    assert [one["user_id"] for one in members] == [str(squatter.id)]
    [identity] = (await squatter.signed_in.get("/v1/me/identities")).json()["items"]
    last = await squatter.signed_in.delete(f"/v1/me/identities/{identity['id']}")
    assert (last.status_code, last.json()["code"]) == (409, "last-way-in")


async def test_a_browser_may_keep_its_refresh_token_in_a_cookie(
    public: httpx.AsyncClient, provider: Provider
) -> None:
    """As with a password: it is set for the browser, and not in the body."""
    subject = uuid4().hex
    await provider.knows(subject, email=address(), email_verified=True)
    started = await start(public)
    back = await provider.visit(started, subject) | {"secret": started["secret"]}
    answer = await public.post("/v1/auth/oidc/mock/callback", json={**back, "cookie": True})
    assert answer.status_code == 200, answer.text
    assert "refresh_token" not in answer.json()
    assert answer.headers["set-cookie"].startswith("warehouse_refresh=whr_")


async def test_an_inactive_account_stays_shut(
    public: httpx.AsyncClient,
    provider: Provider,
    user_of: Callable[..., User],
    connect: Callable[[str], Any],
) -> None:
    """By its identity as by its address."""
    first, second, email = uuid4().hex, uuid4().hex, address()
    await provider.knows(first, email=email, email_verified=True)
    await provider.knows(second, email=email, email_verified=True)
    profile = await me(await sign_in(public, provider, first), user_of)
    database = await connect("auth")
    await database.execute("UPDATE users SET is_active = false WHERE id = $1", UUID(profile["id"]))
    for subject in (first, second):
        answer = await sign_in(public, provider, subject)
        assert (answer.status_code, answer.json()["code"]) == (403, "account-inactive")


async def test_a_second_factor_is_asked_for_before_an_account_is_linked(
    public: httpx.AsyncClient,
    provider: Provider,
    register: Register,
    connect: Callable[[str], Any],
    user_of: Callable[..., User],
) -> None:
    """Whoever has got into the mailbox of an account can have a provider vouch for its address."""
    user, subject, path = await register(), uuid4().hex, "/v1/me/second-factor"
    database = await connect("auth")
    await database.execute("UPDATE users SET email_verified_at = now() WHERE id = $1", user.id)
    begun = await user.signed_in.post(path, json={"password": PASSWORD})
    code = pyotp.TOTP(begun.json()["secret"]).now()
    confirmed = await user.signed_in.post(f"{path}/confirm", json={"code": code})
    recovery = confirmed.json()["recovery_codes"][0]
    await provider.knows(subject, email=user.email, email_verified=True)
    for change, problem in (
        ({}, "second-factor-required"),
        ({"second_factor": "000000"}, "invalid-code"),
    ):
        started = await start(public)
        refused = await finish(public, started, await provider.visit(started, subject), **change)
        assert (refused.status_code, refused.json().get("code")) == (401, problem)
    assert (await user.signed_in.get("/v1/me/identities")).json()["items"] == []
    started = await start(public)
    back = await provider.visit(started, subject)
    linked = await finish(public, started, back, second_factor=recovery)
    assert (await me(linked, user_of))["id"] == str(user.id)
    assert (await sign_in(public, provider, subject)).status_code == 200
    assert (await user.signed_in.get(path)).json()["recovery_codes_left"] == 9
