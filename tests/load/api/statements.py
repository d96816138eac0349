"""Statements that a request is, counted in PostgreSQL's log: the same in every run."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable

from load.api.household import Household
from load.postgres_log import QUIET, logged, transactions
from load.report import Figure
from load.stack import Stack
from support.callers import PASSWORD

PART = "statements"
TIMES = 5


async def measure(stack: Stack) -> list[Figure]:
    await stack.run_everything()
    household = await Household.founded(stack, items=100)
    person = household.person

    async def create() -> None:
        await person.add("/items", {"name": "Cordless drill"})

    async def login() -> None:
        body = {"email": person.email, "password": PASSWORD}
        assert (await person.http.post("/v1/auth/login", json=body)).status_code == 200

    async def get() -> None:
        await person.see(f"/items/{household.ids[0]}")

    async def listing() -> None:
        await person.see("/items?limit=50")

    async def search() -> None:
        await person.see("/items?q=cordless%20drill")

    requests: dict[str, tuple[str, Callable[[], Awaitable[None]]]] = {
        "get one item": ("catalog", get),
        "list 50 items": ("catalog", listing),
        "search": ("catalog", search),
        "create an item": ("catalog", create),
        "login": ("auth", login),
    }
    try:
        async with stack.database("catalog") as connection, logged(connection):
            return [
                Figure(PART, what, await count(stack, service, request), "statements")
                for what, (service, request) in requests.items()
            ]
    finally:
        await household.close()


async def count(stack: Stack, service: str, request: Callable[[], Awaitable[object]]) -> int:
    """How many statements a request mostly is, of the service's own connections: what its relay
    does then is counted elsewhere."""
    counts = []
    for _ in range(TIMES):
        start = stack.postgres.log.stat().st_size
        await request()
        await asyncio.sleep(QUIET)
        found = [t for t in transactions(stack, start) if t.application == service]
        counts.append(sum(len(one.statements) for one in found))
    return statistics.mode(counts)
