"""What closing an account for the time being promises, and opening it again."""

from typing import Any

import httpx
from support.kafka import Kafka
from support.waiting import eventually

from .conftest import PASSWORD, Login, Mails, Register, User, signed_in


async def deactivate(user: User, tokens: dict[str, Any]) -> None:
    client = signed_in(user, tokens)
    wrong = await client.post("/v1/me/deactivate", json={"password": "not the password"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "password")
    answer = await client.post("/v1/me/deactivate", json={"password": PASSWORD})
    assert answer.status_code == 204


async def test_a_deactivated_account_looks_like_a_wrong_password(
    public: httpx.AsyncClient, register: Register, login: Login, mails: Mails, kafka: Kafka
) -> None:
    """Every session ends, signing in is refused in the same words, and events and a mail tell of
    it."""
    user = await register()
    here, there = await login(user.email), await login(user.email)
    await deactivate(user, here)
    for tokens in (here, there):
        body = {"refresh_token": tokens["refresh_token"]}
        assert (await public.post("/v1/auth/refresh", json=body)).status_code == 401
    right = await public.post("/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    wrong = await public.post(
        "/v1/auth/login", json={"email": user.email, "password": "not the password"}
    )
    assert (right.status_code, right.json()) == (wrong.status_code, wrong.json())
    for _ in range(3):
        await public.post("/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    counted = await public.post("/v1/auth/login", json={"email": user.email, "password": PASSWORD})
    assert counted.status_code == 429
    [told] = await mails(user.email, "security")
    assert told["facts"]["what"] == "account_deactivated"
    again = await signed_in(user, here).post("/v1/me/deactivate", json={"password": PASSWORD})
    assert again.status_code == 401

    async def published() -> bool:
        users = await kafka.read("warehouse.auth.user.v1")
        told = [
            one.payload["is_active"]
            for one in users
            if one.key == str(user.id) and one.type == "warehouse.auth.user.deactivated"
        ]
        sessions = await kafka.read("warehouse.auth.session.v1")
        ended = [one for one in sessions if one.payload["user_id"] == str(user.id)]
        assert [one.payload["reason"] for one in ended] == ["account_deactivated"] * 2
        return told == [False]

    assert await eventually(published)


async def test_a_password_reset_opens_it_again(
    public: httpx.AsyncClient, register: Register, login: Login, mails: Mails
) -> None:
    """What belonged to the account is still there, but for its access tokens."""
    user = await register()
    workspace = await user.workspace("Club")
    await user.http.post("/v1/me/tokens", json={"name": "Export", "scopes": ["read"]})
    await deactivate(user, await login(user.email))
    assert (
        await public.post("/v1/auth/password-reset", json={"email": user.email})
    ).status_code == 202

    async def mailed() -> list[dict[str, Any]]:
        return await mails(user.email, "password_reset")

    [mail] = await eventually(mailed)
    body = {"token": mail["token"], "password": "a new long passphrase"}
    answer = await public.post("/v1/auth/password-reset/confirm", json=body)
    assert answer.status_code == 204, answer.text
    await login(user.email, "a new long passphrase")
    assert (await user.http.get("/v1/me/tokens")).json()["items"] == []
    me = (await user.http.get("/v1/me")).json()
    assert (me["is_active"], me["version"]) == (True, 3)
    owned = (await user.http.get("/v1/workspaces")).json()["items"]
    assert workspace in {one["id"] for one in owned}


async def test_a_deleted_account_stays_deleted(
    public: httpx.AsyncClient,
    register: Register,
    login: Login,
    mails: Mails,
) -> None:
    """No mail goes to what is left of it, links that were sent are good no more, and its second
    factor is gone."""
    user = await register()
    client = signed_in(user, await login(user.email))
    await client.post("/v1/me/second-factor", json={"password": PASSWORD})
    answer = await client.request("DELETE", "/v1/me", json={"password": PASSWORD})
    assert answer.status_code == 204
    left = f"{user.id}@deleted.invalid"
    for email in (user.email, left):
        asked = await public.post("/v1/auth/password-reset", json={"email": email})
        assert asked.status_code == 202
    [registered] = await mails(user.email)
    verified = await public.post("/v1/auth/verify-email", json={"token": registered["token"]})
    assert verified.status_code == 422
    assert await mails(left) == []


async def test_who_is_away_is_no_workspaces_only_owner(register: Register, login: Login) -> None:
    """A closed account is not made an owner, and does not count as the other one: neither leaving
    nor deleting one's own account leaves a workspace to nobody."""
    owner, friend = await register(), await register()
    here, there = await login(owner.email), await login(friend.email)
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    base = f"/v1/workspaces/{workspace}/members"
    body = {"email": friend.email, "role": "owner"}
    assert (await client.post(base, json=body)).status_code == 201
    await deactivate(friend, there)
    left = await client.delete(f"{base}/{owner.id}")
    assert (left.status_code, left.json()["code"]) == (409, "last-owner")
    gone = await signed_in(owner, here).request("DELETE", "/v1/me", json={"password": PASSWORD})
    assert (gone.status_code, gone.json()["code"]) == (409, "sole-owner")
    path = f"{base}/{friend.id}"
    assert (await client.patch(path, json={"role": "member"})).status_code == 200
    again = await client.patch(path, json={"role": "owner"})
    assert (again.status_code, again.json()["errors"][0]["code"]) == (422, "inactive")
