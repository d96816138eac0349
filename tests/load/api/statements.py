"""Statements that a request is, counted in PostgreSQL's log: the same in every run."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable

from load.api.household import Household
from load.postgres_log import QUIET, Transaction, logged, transactions
from load.report import Figure
from load.stack import Stack
from support.callers import PASSWORD

PART = "statements"
TIMES = 5
# What services do by themselves, whoever asks meanwhile: their schedules and workers.
_BY_ITSELF = (
    *("search_queue", "hashtext('search_words')", "FROM outbox WHERE published_at IS NULL"),
    *("imports SET leased", "FROM attachment_contents WHERE sweep", "DELETE FROM idempotency_keys"),
    *("stocktakes WHERE status", "FROM deadlines", "maintain_backbone", "mend_changes"),
)
# What the driver asks once on each connection, of types that it meets.
_SETTING_UP = ("set_config('jit', 'off'", "WITH RECURSIVE typeinfo_tree")


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
    """How many statements a request mostly is, of the service's own connections, without what the
    service does by itself then; what its relay does is counted elsewhere."""
    counts = []
    for _ in range(TIMES):
        start = stack.postgres.log.stat().st_size
        await request()
        await asyncio.sleep(QUIET)
        found = [
            each
            for each in transactions(stack, start)
            if each.application == service and not any(map(each.holds, _BY_ITSELF))
        ]
        counts.append(sum(map(_asked, found)))
    return statistics.mode(counts)


def _asked(transaction: Transaction) -> int:
    return sum(not any(one in each for one in _SETTING_UP) for each in transaction.statements)
