"""How much of the yardstick a request reaches, how long it takes, and what it costs."""

from collections.abc import Sequence

from load.api.household import Household
from load.report import Budget, Figure, costs
from load.stack import Stack
from load.yardstick import Load, wrk

SECONDS, WARM = 4, 1


async def reads(
    stack: Stack,
    household: Household,
    what: tuple[str, str],
    options: Sequence[str],
    yardstick: float,
    *,
    budget: Budget | None = None,
) -> list[Figure]:
    """Ask for a while, after a while that does not count. `what`: the part, and what is asked."""
    await wrk(household.url, *options, seconds=WARM, token=household.token)
    meter = stack.meter()
    load = await wrk(household.url, *options, seconds=SECONDS, token=household.token)
    spent = meter.each(load.requests)
    part, said = what
    return [*shares(part, said, load, yardstick, budget=budget), costs(part, said, spent)]


def shares(
    part: str,
    what: str,
    load: Load,
    yardstick: float,
    *,
    budget: Budget | None = None,
    applied: float | None = None,
) -> list[Figure]:
    """Of requests that change something, `applied` is how many a second were known everywhere."""
    rate = load.rate if applied is None else applied
    note = f"{rate:,.0f}/s, 32 connections" + ("" if applied is None else ", events applied")
    return [
        Figure(part, f"{what}, of the yardstick", 100 * rate / yardstick, "%", budget, note),
        Figure(part, f"{what}, p99", load.p99, "ms", note=f"p50 {load.p50:.1f} ms"),
    ]
