"""What passwords promise: hashed by today's parameters, changed with care, and hashed aside."""

import asyncio

import httpx
from argon2 import PasswordHasher, extract_parameters

from .conftest import PASSWORD, Connection, Login, Mails, Register, signed_in


async def test_a_hash_of_lower_parameters_is_made_anew_at_sign_in(
    register: Register, login: Login, auth_database: Connection
) -> None:
    """The next sign-in replaces it; one after that leaves it."""
    user = await register()
    older = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await auth_database.execute("UPDATE users SET password_hash = $1 WHERE id = $2", older, user.id)

    async def kept() -> str:
        return str(
            await auth_database.fetchval("SELECT password_hash FROM users WHERE id = $1", user.id)
        )

    await login(user.email)
    renewed = await kept()
    assert extract_parameters(renewed).memory_cost == 4096
    await login(user.email)
    assert await kept() == renewed


async def test_sign_ins_at_once_may_all_make_the_hash_anew(
    register: Register, login: Login, auth_database: Connection
) -> None:
    """None of them is taken for one whose password was changed meanwhile."""
    user = await register()
    older = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    await auth_database.execute("UPDATE users SET password_hash = $1 WHERE id = $2", older, user.id)
    await asyncio.gather(*(login(user.email) for _ in range(6)))


async def test_a_new_password_is_another_and_is_told_of_by_mail(
    register: Register, login: Login, mails: Mails
) -> None:
    """The old one again, a common one, one's own name: named. The mail says where it was done."""
    user = await register("Grace Brewster Hopper")
    client = signed_in(user, await login(user.email))
    for new, code in (
        (PASSWORD, "unchanged"),
        ("password123", "common"),
        ("Grace Brewster Hopper", "personal"),
    ):
        body = {"current_password": PASSWORD, "new_password": new}
        refused = await client.post("/v1/me/password", json=body)
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["field"], error["code"]) == (422, "new_password", code)
    assert await mails(user.email, "security") == []
    body = {"current_password": PASSWORD, "new_password": "another long passphrase"}
    assert (await client.post("/v1/me/password", json=body)).status_code == 204
    [warning] = await mails(user.email, "security")
    assert warning["facts"]["what"] == "password_changed"
    assert warning["facts"]["address"].startswith("2001:db8:")


async def test_a_flood_of_sign_ins_leaves_other_routes_answering(
    public: httpx.AsyncClient, register: Register
) -> None:
    """While forty sign-ins wait for their hash, a profile is read before most of them; and every
    sign-in is answered."""
    user = await register()
    order: list[str] = []

    async def sign_in() -> None:
        body = {"email": user.email, "password": PASSWORD}
        answer = await public.post("/v1/auth/login", json=body)
        assert answer.status_code in {200, 503}
        order.append("login")

    async def read() -> None:
        assert (await user.http.get("/v1/me")).status_code == 200
        order.append("me")

    flood = [asyncio.create_task(sign_in()) for _ in range(40)]
    await asyncio.sleep(0)
    await read()
    await asyncio.gather(*flood)
    assert order.index("me") < 20
