"""An account through the gateway: a browser's cookie, its sessions, and the way back by mail."""

import re
from collections.abc import Awaitable, Callable
from email import message_from_bytes, policy
from http.cookies import SimpleCookie
from pathlib import Path

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


async def test_a_forgotten_password_is_set_anew_by_mail(
    platform: str, person: Callable[..., Awaitable[Person]], mail_folder: Path
) -> None:
    """From the request to the mail's link to a sign-in with the new password: auth seals the
    token, notify opens it."""
    ada = await person()
    async with httpx.AsyncClient(base_url=platform) as http:
        asked = await http.post("/v1/auth/password-reset", json={"email": ada.email})
        assert asked.status_code == 202, asked.text

        def mailed() -> str | None:
            for file in mail_folder.glob("*.eml"):
                message = message_from_bytes(file.read_bytes(), policy=policy.default)
                if ada.email in message["to"]:
                    found = re.search(r"/password-reset\?token=([\w-]+)", file.read_text())
                    if found is not None:
                        return found[1]
            return None

        token = await eventually(mailed)
        body = {"token": token, "password": "a new long passphrase"}
        answer = await http.post("/v1/auth/password-reset/confirm", json=body)
        assert answer.status_code == 204, answer.text
        body = {"email": ada.email, "password": "a new long passphrase"}
        assert (await http.post("/v1/auth/login", json=body)).status_code == 200
