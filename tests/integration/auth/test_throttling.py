"""What throttling promises: guessing is slow, and nobody keeps another out of their account."""

import asyncio
import secrets
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest

from chassis.database import Database
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.credentials.service import InvalidCredentials, Login, forget, log_in
from services.auth.guard import Guard
from services.auth.passwords import Passwords
from services.auth.sessions.clients import Client
from services.auth.throttling.limits import Attempt, Limit, Limits, Purpose, limits
from services.auth.throttling.service import Throttle, TooManyAttempts

from .conftest import PASSWORD, At, Connection, Register

MakeGuard = Callable[[Mapping[Purpose, Limits]], Guard]
WRONG = "not the password"
HOME, ELSEWHERE = "192.0.2.1", "198.51.100.1"
MANY = Limit(1_000_000, timedelta(seconds=1))


async def attempt(client: httpx.AsyncClient, email: str, password: str = WRONG) -> httpx.Response:
    return await client.post("/v1/auth/login", json={"email": email, "password": password})


async def use_up(client: httpx.AsyncClient, email: str, times: int = 5) -> None:
    for _ in range(times):
        assert (await attempt(client, email)).status_code == 401


@pytest.fixture
def pass_time(auth_database: Connection) -> Callable[[float], Awaitable[None]]:
    """`await pass_time(61)`: as if so many seconds had gone by for every counter."""

    async def pass_time(seconds: float) -> None:
        await auth_database.execute(
            "UPDATE throttles SET drained_at = drained_at - $1::interval",
            timedelta(seconds=seconds),
        )

    return pass_time


@pytest.fixture
async def make_guard(environment: dict[str, str]) -> AsyncIterator[MakeGuard]:
    """Auth's use cases in this process, with limits of the test's own and a hash that takes a
    few milliseconds."""
    database = Database(environment["AUTH_DATABASE_URL"], name="auth-test", pool_size=2)
    passwords = Passwords(time_cost=1, memory_kib=8192, parallelism=1)

    def make_guard(limits: Mapping[Purpose, Limits]) -> Guard:
        return Guard(
            database=database,
            passwords=passwords,
            throttle=Throttle(limits),
            mail=Sealer(environment["WAREHOUSE_MAIL_KEYS"]),
            secrets=Sealer(environment["AUTH_ENCRYPTION_KEYS"]),
        )

    yield make_guard
    await passwords.stop()
    await database.stop()


@pytest.mark.parametrize("known", [True, False])
async def test_after_five_failures_even_the_right_password_waits(
    at: At, register: Register, pass_time: Callable[[float], Awaitable[None]], known: bool
) -> None:
    """429 with the seconds to wait, in the header and in words; alike for an account that nobody
    has. A minute later there is one more try, and the right one is right."""
    email = (await register()).email if known else f"{secrets.token_hex(8)}@example.org"
    client = at(HOME)
    await use_up(client, email)
    for password in (WRONG, PASSWORD):
        refused = await attempt(client, email.upper(), password)
        assert (refused.status_code, refused.json()["code"]) == (429, "too-many-attempts")
        wait = int(refused.headers["retry-after"])
        assert 30 <= wait <= 60
        assert f"{wait} seconds; until then even the right one" in refused.json()["detail"]
    await pass_time(61)
    assert (await attempt(client, email)).status_code == 401
    assert (await attempt(client, email)).status_code == 429
    await pass_time(61)
    assert (await attempt(client, email, PASSWORD)).status_code == (200 if known else 401)


async def test_a_right_password_clears_the_failures(at: At, register: Register) -> None:
    """Four failures and a success, twice over: nobody waits. Successes count nothing."""
    user = await register()
    client = at(HOME)
    for _ in range(2):
        await use_up(client, user.email, times=4)
        assert (await attempt(client, user.email, PASSWORD)).status_code == 200
    for _ in range(8):
        assert (await attempt(client, user.email, PASSWORD)).status_code == 200


async def test_a_stranger_does_not_keep_the_owner_out(at: At, register: Register) -> None:
    """Failures at one address leave the account open at another."""
    user = await register()
    await use_up(at(ELSEWHERE), user.email)
    assert (await attempt(at(ELSEWHERE), user.email, PASSWORD)).status_code == 429
    assert (await attempt(at(HOME), user.email, PASSWORD)).status_code == 200


async def test_many_strangers_keep_nobody_out_where_they_are_signed_in(
    at: At, register: Register
) -> None:
    """Failures at many addresses slow the account down everywhere, for half a minute at most, but
    not at an address where it is signed in."""
    user = await register()
    assert (await attempt(at(HOME), user.email, PASSWORD)).status_code == 200
    for number in range(6):
        await use_up(at(f"203.0.113.{number}"), user.email)
    refused = await attempt(at("203.0.113.99"), user.email, PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    assert (await attempt(at(HOME), user.email, PASSWORD)).status_code == 200


async def test_an_address_that_tries_many_accounts_waits(at: At, register: Register) -> None:
    """Thirty failures whatever the account; a /64 of IPv6 is one address."""
    user = await register()
    network = f"2001:db8:{secrets.token_hex(2)}:{secrets.token_hex(2)}"
    for number in range(30):
        answer = await attempt(at(f"{network}::{number + 1}"), f"{number}.{user.email}")
        assert answer.status_code == 401
    refused = await attempt(at(f"{network}::ffff"), user.email, PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["retry-after"]) <= 20
    assert (await attempt(at(HOME), user.email, PASSWORD)).status_code == 200


async def test_guesses_at_once_are_no_more_than_one_by_one(at: At, register: Register) -> None:
    """Of thirty at once, five are told that they are wrong; the rest are told to wait."""
    user = await register()
    client = at(HOME)
    answers = await asyncio.gather(*(attempt(client, user.email) for _ in range(30)))
    told = [answer.status_code for answer in answers]
    assert sorted(told) == [401] * 5 + [429] * 25


async def test_guesses_at_once_do_not_hide_the_right_one(
    make_guard: MakeGuard, register: Register
) -> None:
    """The right password behind twenty wrong ones is refused, though it came before any of them
    was found to be wrong."""
    guard = make_guard(limits(registrations_per_hour=1))
    user = await register()
    client = Client(HOME, "")

    async def sign_in(password: str) -> object:
        return await log_in(
            guard, Login(user.email, password), client=client, lifetime=timedelta(days=1)
        )

    guesses = [WRONG] * 20 + [PASSWORD]
    outcomes = await asyncio.gather(*map(sign_in, guesses), return_exceptions=True)
    assert isinstance(outcomes[-1], TooManyAttempts)
    assert sum(isinstance(one, InvalidCredentials) for one in outcomes) == 5


async def test_counters_and_tokens_go_once_they_say_nothing(
    make_guard: MakeGuard, at: At, register: Register, auth_database: Connection
) -> None:
    """What has drained or expired is dropped by the clock; what has not, stays."""
    guard = make_guard({})
    user = await register()
    await use_up(at(HOME), user.email)
    await auth_database.execute(
        "UPDATE one_time_tokens SET expires_at = now() WHERE user_id = $1", user.id
    )
    await auth_database.execute("INSERT INTO throttles VALUES ('drained', now())")
    await forget(guard.database, timedelta(minutes=15))
    left = await auth_database.fetchval(
        "SELECT count(*) FROM one_time_tokens WHERE user_id = $1", user.id
    )
    drained = await auth_database.fetchval("SELECT count(*) FROM throttles WHERE key = 'drained'")
    assert (left, drained) == (0, 0)
    assert (await attempt(at(HOME), user.email, PASSWORD)).status_code == 429


async def test_a_session_is_no_place_to_guess_the_password(register: Register) -> None:
    """Confirming with one's password counts as signing in does."""
    user = await register()
    client = user.http
    body = {"current_password": "wrong one", "new_password": "another long passphrase"}
    for _ in range(5):
        assert (await client.post("/v1/me/password", json=body)).status_code == 422
    body["current_password"] = PASSWORD
    assert (await client.post("/v1/me/password", json=body)).status_code == 429


async def test_password_resets_are_asked_for_three_times(at: At, register: Register) -> None:
    """Alike for an address that nobody has, so that it tells nothing."""
    user = await register()
    for email in (user.email, f"{secrets.token_hex(8)}@example.org"):
        answers = [
            await at(HOME).post("/v1/auth/password-reset", json={"email": email}) for _ in range(4)
        ]
        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert 200 < int(answers[-1].headers["retry-after"]) <= 300


async def test_an_address_registers_so_many_an_hour(make_guard: MakeGuard) -> None:
    """Whatever the e-mail; what was refused is not counted, and the wait is until the next."""
    guard = make_guard(limits(registrations_per_hour=4))
    here = f"2001:db8::{secrets.token_hex(2)}"

    async def take(address: str) -> None:
        async with guard.database.session(SYSTEM) as session:
            one = Attempt(Purpose.REGISTRATION, secrets.token_hex(8), address)
            await guard.throttle.take(session, one)

    for _ in range(4):
        await take(here)
    for _ in range(3):
        with pytest.raises(TooManyAttempts) as refused:
            await take(here)
        assert 800 < int(refused.value.headers["Retry-After"]) <= 900
    assert "15 minutes" in refused.value.detail
    await take(f"192.0.2.{secrets.randbelow(256)}")


async def test_how_long_it_takes_does_not_tell_who_has_an_account(
    make_guard: MakeGuard, register: Register
) -> None:
    """Wrong passwords of accounts that are there and not, by turns: the medians differ by less
    than half of what hashing takes, or than chance explains."""
    unlimited = Limits(MANY, MANY, MANY)
    guard = make_guard(dict.fromkeys(Purpose, unlimited))
    user = await register()
    client = Client(HOME, "")
    known = Login(user.email, WRONG)
    unknown = replace(known, email=f"{secrets.token_hex(8)}@example.org")
    # The account's hash has the parameters of this test, as it would have those of today.
    async with guard.database.session(SYSTEM) as session:
        fresh = await guard.passwords.hash(PASSWORD)
        await session.rows(
            "UPDATE users SET password_hash = $1 WHERE id = $2 RETURNING 1", fresh, user.id
        )
    took: dict[str, list[float]] = {known.email: [], unknown.email: [], "hash": []}
    for _ in range(20):
        for given in (known, unknown):
            begun = time.perf_counter()
            with pytest.raises(InvalidCredentials):
                await log_in(guard, given, client=client, lifetime=timedelta(days=1))
            took[given.email].append(time.perf_counter() - begun)
        begun = time.perf_counter()
        await guard.passwords.verify(fresh, WRONG)
        took["hash"].append(time.perf_counter() - begun)
    there, not_there = took[known.email], took[unknown.email]
    difference = abs(statistics.median(there) - statistics.median(not_there))
    # The standard error of a difference of medians, from quartiles that outliers leave alone.
    errors = [_spread(each) / 1.35 * 1.25 / len(each) ** 0.5 for each in (there, not_there)]
    chance = 3 * (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    assert difference < max(statistics.median(took["hash"]) / 2, chance)


def _spread(sample: list[float]) -> float:
    low, _, high = statistics.quantiles(sample, n=4)
    return high - low
