"""What reading costs while a workspace grows: flat, or it will not do."""

from load.api import asking
from load.api.household import Household
from load.report import Figure, at_most
from load.stack import Stack
from load.yardstick import Load, wrk

PART = "growth"
LEVELS, FULL = (1_000, 100_000), 1_000_000
SECONDS, ROUNDS, WARM = 3, 2, 1
FLAT = 1.3  # times the time at the least level: what a busy machine makes of the same


async def measure(stack: Stack, *, full: bool) -> list[Figure]:
    await stack.run_everything()
    levels = (*LEVELS, FULL) if full else LEVELS
    household = await Household.founded(stack, items=0)
    found: dict[str, dict[int, Load]] = {}
    try:
        for level in levels:
            await household.grow(level)
            for what, paths in (await _questions(household)).items():
                found.setdefault(what, {})[level] = await _asked(household, paths)
    finally:
        await household.close()
    return [figure for what, loads in found.items() for figure in _figures(what, loads)]


async def _questions(household: Household) -> dict[str, list[str]]:
    at = household.person.at
    return {
        "get one item": household.paths,
        "list 50 items": [at("/items?limit=50")],
        "list 50 more": [at(f"/items?limit=50&cursor={await household.cursor()}")],
    }


async def _asked(household: Household, paths: list[str]) -> Load:
    with asking.gets(paths) as options:
        await wrk(household.url, *options, seconds=WARM, token=household.token)
        rounds = [
            await wrk(household.url, *options, seconds=SECONDS, token=household.token)
            for _ in range(ROUNDS)
        ]
    return max(rounds, key=lambda one: one.rate)


def _figures(what: str, loads: dict[int, Load]) -> list[Figure]:
    least, most = min(loads), max(loads)
    each = [
        Figure(PART, f"{what}, {level:,} items, p99", load.p99, "ms", note=f"{load.rate:,.0f}/s")
        for level, load in loads.items()
    ]
    times = loads[least].rate / loads[most].rate
    against = f"{what}, {most:,} against {least:,}"
    return [*each, Figure(PART, against, times, "times", at_most(FLAT))]
