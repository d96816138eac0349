"""What the refresh token as a cookie promises to browsers."""

from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from .conftest import PASSWORD, Login, Register, session_of

NAME = "warehouse_refresh"


def cookie_of(answer: httpx.Response) -> Morsel[str]:
    """The refresh cookie that an answer sets."""
    cookies: SimpleCookie = SimpleCookie(answer.headers["set-cookie"])
    return cookies[NAME]


async def sign_in(public: httpx.AsyncClient, email: str, **headers: str) -> httpx.Response:
    body = {"email": email, "password": PASSWORD, "cookie": True}
    return await public.post("/v1/auth/login", json=body, headers=headers)


async def send(public: httpx.AsyncClient, verb: str, text: str, **more: str) -> httpx.Response:
    """A request as a browser sends it: the cookie and no body."""
    public.cookies.clear()
    headers = {"cookie": f"{NAME}={text}"} | {
        name.replace("_", "-"): value for name, value in more.items()
    }
    return await public.post(f"/v1/auth/{verb}", headers=headers)


async def test_a_browser_gets_its_refresh_token_where_no_script_reads_it(
    public: httpx.AsyncClient, register: Register
) -> None:
    """HttpOnly, Secure, SameSite=Strict, for /v1/auth alone, as long as the session; and not in
    the body."""
    user = await register()
    answer = await sign_in(public, user.email)
    assert answer.status_code == 200, answer.text
    assert "refresh_token" not in answer.json()
    cookie = cookie_of(answer)
    assert cookie["httponly"] is cookie["secure"] is True
    assert (cookie["samesite"].lower(), cookie["path"]) == ("strict", "/v1/auth")
    assert (cookie["max-age"], cookie["domain"]) == (str(30 * 24 * 3600), "")
    assert answer.headers["cache-control"] == "no-store"


async def test_a_client_that_asks_for_no_cookie_gets_none(
    public: httpx.AsyncClient, register: Register, login: Login
) -> None:
    """API clients have the token in the body, at refresh as well, though a cookie is there."""
    user = await register()
    browser = cookie_of(await sign_in(public, user.email)).value
    tokens = await login(user.email)
    answer = await public.post(
        "/v1/auth/refresh",
        json={"refresh_token": tokens["refresh_token"]},
        headers={"cookie": f"{NAME}={browser}"},
    )
    assert answer.status_code == 200
    assert answer.json()["refresh_token"].startswith("whr_")
    assert "set-cookie" not in answer.headers
    assert session_of(answer.json()) == session_of(tokens)


async def test_a_browser_goes_on_with_its_cookie_and_out(
    public: httpx.AsyncClient, register: Register
) -> None:
    """Refresh rotates the cookie; logout ends the session and clears it; a refused refresh
    clears it, too."""
    user = await register()
    first = cookie_of(await sign_in(public, user.email)).value
    renewed = await send(public, "refresh", first)
    assert renewed.status_code == 200, renewed.text
    assert "refresh_token" not in renewed.json()
    second = cookie_of(renewed).value
    assert second != first
    out = await send(public, "logout", second)
    assert out.status_code == 204
    assert (cookie_of(out).value, cookie_of(out)["max-age"]) == ("", "0")
    assert cookie_of(out)["path"] == "/v1/auth"
    refused = await send(public, "refresh", second)
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid-refresh-token")
    assert (cookie_of(refused).value, cookie_of(refused)["max-age"]) == ("", "0")


async def test_without_cookie_and_body_there_is_nothing_to_go_on_with(
    public: httpx.AsyncClient,
) -> None:
    for more in ({}, {"json": {}}):
        public.cookies.clear()
        answer = await public.post("/v1/auth/refresh", **more)  # type: ignore[arg-type]
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid-refresh-token")


@pytest.mark.parametrize("verb", ["refresh", "logout"])
async def test_another_site_can_not_use_the_cookie(
    public: httpx.AsyncClient, register: Register, verb: str
) -> None:
    """Where a browser says that another site asks, nothing happens; the session goes on."""
    user = await register()
    text = cookie_of(await sign_in(public, user.email)).value
    refused = await send(public, verb, text, sec_fetch_site="cross-site")
    assert (refused.status_code, refused.json()["code"]) == (403, "cross-site")
    assert "set-cookie" not in refused.headers
    assert (await send(public, "refresh", text, sec_fetch_site="same-origin")).status_code == 200


async def test_another_site_can_not_sign_a_browser_in(
    public: httpx.AsyncClient, register: Register
) -> None:
    user = await register()
    refused = await sign_in(public, user.email, **{"sec-fetch-site": "cross-site"})
    assert (refused.status_code, refused.json()["code"]) == (403, "cross-site")
    assert (await user.http.get("/v1/me/sessions")).json()["items"] == []


@pytest.mark.parametrize("text", ["", "x", '"', "whr_" + "A" * 86, "whr_" + "A" * 3000])
async def test_a_made_up_cookie_is_refused(public: httpx.AsyncClient, text: str) -> None:
    assert (await send(public, "refresh", text)).status_code == 401
    assert (await send(public, "logout", text)).status_code in {204, 401}
