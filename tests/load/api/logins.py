"""Signing in: as many as the cores can hash, and how others fare meanwhile."""

import asyncio
import time

from argon2 import PasswordHasher
from load.api import asking
from load.api.household import Household
from load.report import Figure, at_least, at_most
from load.stack import Stack
from load.yardstick import Load, wrk
from support.callers import PASSWORD

PART = "logins"
SECONDS, AT_ONCE, HASHES = 6, 16, 12


async def measure(stack: Stack) -> list[Figure]:
    await stack.run_everything()
    household = await Household.founded(stack)
    try:
        alone = await _reading(household)
        hashed = await asyncio.to_thread(_hashes_per_second)
        flood = asyncio.create_task(_flood(stack, household.person.email))
        await asyncio.sleep(0.5)  # until it is at its height
        beside = await _reading(household)
        logins = await flood
    finally:
        await household.close()
    note = f"one core hashes {hashed:.0f}/s; {AT_ONCE} ask at once, beside 4 who read"
    return [
        Figure(PART, "logins", logins, "/s", note=note),
        Figure(PART, "logins, of one core's hashes", 100 * logins / hashed, "%", at_least(50)),
        Figure(PART, "get one item, p50, alone", alone.p50, "ms", note="4 connections"),
        Figure(PART, "get one item, p50, beside the flood", beside.p50, "ms", at_most(25)),
        Figure(PART, "get one item, p99, beside the flood", beside.p99, "ms"),
    ]


async def _reading(household: Household) -> Load:
    with asking.gets(household.paths) as each:
        return await wrk(household.url, *each, seconds=3, token=household.token, connections=4)


async def _flood(stack: Stack, email: str) -> float:
    """Logins a second, closed loop."""
    with asking.posts({"email": email, "password": PASSWORD}) as login:
        url = f"{stack.processes.url('gateway')}/v1/auth/login"
        load = await wrk(url, *login, seconds=SECONDS, connections=AT_ONCE)
    return load.rate


def _hashes_per_second() -> float:
    """What one core does with OWASP's parameters, and nothing else to do."""
    hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    began = time.perf_counter()
    for _ in range(HASHES):
        hasher.hash(PASSWORD)
    return HASHES / (time.perf_counter() - began)
