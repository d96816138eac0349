"""What the second factor promises."""

import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet
from support.waiting import eventually

from .conftest import PASSWORD, Connection, Login, Mails, Register, User, signed_in

PATH = "/v1/me/second-factor"


@dataclass
class Protected:
    """Somebody with a second factor in force, in a session."""

    user: User
    http: httpx.AsyncClient
    totp: pyotp.TOTP
    recovery_codes: list[str]

    def code(self, steps: int = 0) -> str:
        """The code of now, or of so many steps from now."""
        return self.totp.at(time.time(), counter_offset=steps)


@pytest.fixture
async def protected(register: Register, login: Login, auth_database: Connection) -> Protected:
    """Confirmed some time ago: the code of now was not used yet."""
    user = await register("Grace Hopper")
    client = signed_in(user, await login(user.email))
    begun = await client.post(PATH, json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    totp = pyotp.TOTP(begun.json()["secret"])
    confirmed = await client.post(f"{PATH}/confirm", json={"code": totp.now()})
    assert confirmed.status_code == 200, confirmed.text
    await auth_database.execute(
        "UPDATE second_factors SET last_step = last_step - 10 WHERE user_id = $1", user.id
    )
    return Protected(user, client, totp, confirmed.json()["recovery_codes"])


async def sign_in(public: httpx.AsyncClient, email: str, **more: str) -> httpx.Response:
    body = {"email": email, "password": PASSWORD} | more
    return await public.post("/v1/auth/login", json=body)


async def test_enrolment_gives_a_secret_and_keeps_it_sealed(
    register: Register, public: httpx.AsyncClient, auth_database: Connection
) -> None:
    """An otpauth URI with account and issuer; nothing is asked for before it is confirmed, and a
    second start replaces the first."""
    user = await register()
    wrong = await user.http.post(PATH, json={"password": "not the password"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "password")
    first = (await user.http.post(PATH, json={"password": PASSWORD})).json()
    begun = await user.http.post(PATH, json={"password": PASSWORD})
    secret, uri = begun.json()["secret"], urlsplit(begun.json()["uri"])
    assert secret != first["secret"]
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert parse_qs(uri.query)["secret"] == [secret]
    assert parse_qs(uri.query)["issuer"] == ["Warehouse"]
    assert user.email in uri.path.replace("%40", "@")
    assert begun.headers["cache-control"] == "no-store"
    kept = await auth_database.fetchval(
        "SELECT sealed_secret FROM second_factors WHERE user_id = $1", user.id
    )
    assert secret not in kept
    assert (await sign_in(public, user.email)).status_code == 200
    seen = (await user.http.get(PATH)).json()
    assert seen == {"is_enabled": False, "confirmed_at": None, "recovery_codes_left": 0}
    refused = await user.http.post(f"{PATH}/confirm", json={"code": "000000"})
    assert refused.json()["errors"][0]["field"] == "code"
    old = pyotp.TOTP(first["secret"]).now()
    assert (await user.http.post(f"{PATH}/confirm", json={"code": old})).status_code == 422


async def test_signing_in_takes_a_code_once(
    protected: Protected, public: httpx.AsyncClient, mails: Mails
) -> None:
    """Without: 401 that says so. With the right one: tokens; with the same again: refused."""
    email = protected.user.email
    without = await sign_in(public, email)
    assert (without.status_code, without.json()["code"]) == (401, "second-factor-required")
    code = protected.code()
    assert (await sign_in(public, email, code=code)).status_code == 200
    again = await sign_in(public, email, code=code)
    assert (again.status_code, again.json()["code"]) == (401, "invalid-code")
    # The clock of the app may be a step ahead; what comes before a code that was used is not good.
    assert (await sign_in(public, email, code=protected.code(1))).status_code == 200
    assert (await sign_in(public, email, code=protected.code())).status_code == 401
    assert (await sign_in(public, email, code=protected.code(3))).status_code == 401
    [told] = await mails(email, "security")
    assert told["facts"]["what"] == "second_factor_enabled"


async def test_a_wrong_password_tells_nothing_of_a_second_factor(
    protected: Protected, public: httpx.AsyncClient
) -> None:
    body = {"email": protected.user.email, "password": "not the password"}
    for more in ({}, {"code": protected.code()}):
        answer = await public.post("/v1/auth/login", json=body | more)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid-credentials")
    assert (await sign_in(public, protected.user.email, code=protected.code())).status_code == 200


async def test_a_recovery_code_signs_in_once_and_is_told_of(
    protected: Protected, public: httpx.AsyncClient, mails: Mails, auth_database: Connection
) -> None:
    """Ten of them, kept by their hash, typed in any case and grouping."""
    email, codes = protected.user.email, protected.recovery_codes
    assert len(set(codes)) == 10
    typed = codes[0].upper().replace("-", " ")
    assert (await sign_in(public, email, code=typed)).status_code == 200
    assert (await sign_in(public, email, code=codes[0])).status_code == 401
    assert (await sign_in(public, email, code=codes[1])).status_code == 200
    told = [one["facts"]["what"] for one in await mails(email, "security")]
    assert told == ["second_factor_enabled", "recovery_code_used", "recovery_code_used"]
    seen = (await protected.http.get(PATH)).json()
    assert (seen["is_enabled"], seen["recovery_codes_left"]) == (True, 8)
    kept = await auth_database.fetch(
        "SELECT code_hash FROM recovery_codes WHERE user_id = $1", protected.user.id
    )
    assert all(len(row["code_hash"]) == 32 for row in kept)


async def test_another_accounts_recovery_code_is_none(
    protected: Protected, register: Register, public: httpx.AsyncClient
) -> None:
    user = await register()
    secret = (await user.http.post(PATH, json={"password": PASSWORD})).json()["secret"]
    code = pyotp.TOTP(secret).now()
    confirmed = await user.http.post(f"{PATH}/confirm", json={"code": code})
    [foreign, *_] = confirmed.json()["recovery_codes"]
    answer = await sign_in(public, protected.user.email, code=foreign)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-code")


async def test_codes_are_not_guessed(protected: Protected, public: httpx.AsyncClient) -> None:
    """After five wrong ones even the right one waits, for five minutes at most."""
    email = protected.user.email
    for _ in range(5):
        assert (await sign_in(public, email, code="recovery-guess")).status_code == 401
    refused = await sign_in(public, email, code=protected.code())
    assert (refused.status_code, refused.json()["code"]) == (429, "too-many-attempts")
    assert 200 < int(refused.headers["retry-after"]) <= 300


async def test_new_recovery_codes_replace_the_old(
    protected: Protected, public: httpx.AsyncClient
) -> None:
    """They take password and code."""
    body = {"password": PASSWORD, "code": "000000x"}
    refused = await protected.http.post(f"{PATH}/recovery-codes", json=body)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "code")
    body["code"] = protected.code()
    fresh = await protected.http.post(f"{PATH}/recovery-codes", json=body)
    assert fresh.status_code == 200, fresh.text
    codes = fresh.json()["recovery_codes"]
    assert set(codes).isdisjoint(protected.recovery_codes)
    email = protected.user.email
    assert (await sign_in(public, email, code=protected.recovery_codes[0])).status_code == 401
    assert (await sign_in(public, email, code=codes[0])).status_code == 200


async def test_it_is_removed_with_password_and_code(
    protected: Protected, public: httpx.AsyncClient, mails: Mails
) -> None:
    """Then the password is enough again, the old recovery codes are gone, and a mail says so."""
    body: dict[str, Any] = {"password": "not the password", "code": protected.code()}
    assert (await protected.http.request("DELETE", PATH, json=body)).status_code == 422
    body = {"password": PASSWORD, "code": "123456789"}
    assert (await protected.http.request("DELETE", PATH, json=body)).status_code == 422
    twice = await protected.http.post(PATH, json={"password": PASSWORD})
    assert (twice.status_code, twice.json()["code"]) == (409, "second-factor-enabled")
    body["code"] = protected.code()
    assert (await protected.http.request("DELETE", PATH, json=body)).status_code == 204
    assert (await sign_in(public, protected.user.email)).status_code == 200
    told = await mails(protected.user.email, "security")
    assert told[-1]["facts"]["what"] == "second_factor_disabled"
    gone = await protected.http.request("DELETE", PATH, json=body)
    assert (gone.status_code, gone.json()["code"]) == (409, "no-second-factor")


async def test_a_password_reset_leaves_the_second_factor_in_force(
    protected: Protected, public: httpx.AsyncClient, mails: Mails
) -> None:
    """Whoever reads the mails has not the app. Of an address that was proved before: else whoever
    registered with it need not be its owner (`test_recovery.py`)."""
    email = protected.user.email
    [registered] = await mails(email, "verify_email")
    proved = await public.post("/v1/auth/verify-email", json={"token": registered["token"]})
    assert proved.status_code == 204
    assert (await public.post("/v1/auth/password-reset", json={"email": email})).status_code == 202

    async def mailed() -> list[dict[str, Any]]:
        return await mails(email, "password_reset")

    [mail] = await eventually(mailed)
    body = {"token": mail["token"], "password": "a new long passphrase"}
    assert (await public.post("/v1/auth/password-reset/confirm", json=body)).status_code == 204
    answer = await sign_in(public, email, password="a new long passphrase")
    assert (answer.status_code, answer.json()["code"]) == (401, "second-factor-required")


async def test_nothing_secret_is_published(
    protected: Protected, auth_database: Connection, environment: dict[str, str]
) -> None:
    """No event has the secret, a recovery code or a code; what is sealed at rest is sealed with
    the keys of the tables, not with those of mails."""
    rows = await auth_database.fetch("SELECT payload FROM outbox")
    text = "\n".join(row["payload"] for row in rows)
    for secret in (protected.totp.secret, *protected.recovery_codes):
        assert secret not in text
    kept = await auth_database.fetchval(
        "SELECT sealed_secret FROM second_factors WHERE user_id = $1", protected.user.id
    )
    opened = Fernet(environment["AUTH_ENCRYPTION_KEYS"]).decrypt(kept)
    assert opened.decode() == protected.totp.secret
