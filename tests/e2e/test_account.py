"""An account through the gateway: a browser's cookie, its sessions, and logging out everywhere."""

from collections.abc import Awaitable, Callable
from http.cookies import SimpleCookie

import httpx
from support.callers import PASSWORD, Person
from support.waiting import eventually


async def test_a_browser_signs_in_goes_on_and_logs_out_everywhere(
    platform: str, person: Callable[..., Awaitable[Person]]
) -> None:
    """The cookie passes the gateway both ways; the session is where the gateway saw the client;
    once all sessions are ended, no access token of theirs is good."""
    ada = await person()
    async with httpx.AsyncClient(base_url=platform) as browser:
        body = {"email": ada.email, "password": PASSWORD, "cookie": True}
        cookie: SimpleCookie = SimpleCookie()
        cookie.load((await browser.post("/v1/auth/login", json=body)).headers["set-cookie"])
        [(name, kept)] = cookie.items()
        browser.cookies.clear()
        # By hand: what is Secure does not go over plain HTTP from here, as it does from browsers
        # to localhost.
        renewed = await browser.post("/v1/auth/refresh", headers={"cookie": f"{name}={kept.value}"})
        assert renewed.status_code == 200, renewed.text
        assert "refresh_token" not in renewed.json()
        browser.headers["authorization"] = f"Bearer {renewed.json()['access_token']}"
        sessions = (await browser.get("/v1/me/sessions")).json()["items"]
        assert {one["ip"] for one in sessions} == {"127.0.0.1"}
        assert [one["is_current"] for one in sessions] == [True, False]
        assert (await browser.delete("/v1/me/sessions")).status_code == 204

        async def out() -> bool:
            answers = [await client.get("/v1/me") for client in (browser, ada.http)]
            return {answer.json().get("code") for answer in answers} == {"session-revoked"}

        assert await eventually(out)
