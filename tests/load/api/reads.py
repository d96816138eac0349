"""Reading through the gateway: one item, and a page of fifty."""

from load.api import asking
from load.api.household import Household
from load.report import Figure, at_least, costs
from load.stack import Stack
from load.yardstick import Load, wrk

PART = "reads"
SECONDS, ROUNDS, WARM = 4, 2, 1


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_everything()
    household = await Household.founded(stack)
    try:
        with asking.gets(household.paths) as each:
            figures = await _of(stack, household, "get one item", household.url, *each, budget=10)
        with asking.gets([household.person.at("/items?limit=50")]) as page:
            figures += await _of(stack, household, "list 50 items", household.url, *page, budget=7)
    finally:
        await household.close()
    return [_share(one, yardstick) for one in figures]


async def _of(
    stack: Stack, household: Household, what: str, url: str, *options: str, budget: float
) -> list[Figure]:
    await wrk(url, *options, seconds=WARM, token=household.token)
    meter = stack.meter()
    rounds = [
        await wrk(url, *options, seconds=SECONDS, token=household.token) for _ in range(ROUNDS)
    ]
    spent = meter.each(sum(one.requests for one in rounds))
    best = max(rounds, key=lambda one: one.rate)
    return [
        Figure(PART, f"{what}, of the yardstick", best.rate, "%", at_least(budget)),
        *latencies(PART, what, best),
        costs(PART, what, spent),
    ]


def latencies(part: str, what: str, load: Load) -> list[Figure]:
    note = f"{load.rate:,.0f} requests/s, 32 connections"
    return [
        Figure(part, f"{what}, p50", load.p50, "ms", note=note),
        Figure(part, f"{what}, p99", load.p99, "ms"),
    ]


def _share(figure: Figure, yardstick: float) -> Figure:
    if figure.unit != "%":
        return figure
    share = 100 * figure.value / yardstick
    return Figure(figure.part, figure.what, share, "%", figure.budget)
