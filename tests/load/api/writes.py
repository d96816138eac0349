"""Making items through the gateway, until everybody who hears of them has applied their events."""

import time

from load.api import asking
from load.api.household import Household
from load.api.reads import latencies
from load.report import Figure, at_least, costs
from load.stack import Stack
from load.yardstick import wrk
from support.waiting import eventually

PART = "creates"
SECONDS, WARM = 8, 1
BODY: dict[str, object] = {
    "name": "Cordless drill %s",
    "description": "Two batteries, charger and a case; keep it dry.",
    "brand": "Makita",
    "model": "DDF485",
    "attributes": {"colour": "teal", "watts": 18},
}
_MADE = "SELECT count(*) FROM items WHERE workspace_id = $1::text::uuid"
# Inventory's read model of items.
_KNOWN = "SELECT count(*) FROM known_items WHERE workspace_id = $1::text::uuid"


async def measure(stack: Stack, yardstick: float, *, part: str = PART) -> list[Figure]:
    await stack.run_everything()
    household = await Household.founded(stack, items=0)
    try:
        with asking.posts(BODY) as new:
            await wrk(household.url, *new, seconds=WARM, token=household.token)
            await _applied(stack, household)
            before = await _count(stack, "catalog", _MADE, household)
            meter, began = stack.meter(), time.perf_counter()
            load = await wrk(household.url, *new, seconds=SECONDS, token=household.token)
            await _applied(stack, household)
            took = time.perf_counter() - began
        made = await _count(stack, "catalog", _MADE, household) - before
        share = 100 * made / took / yardstick
        note = f"{made / took:,.0f} items/s until their events were applied everywhere"
        return [
            Figure(part, "create an item, of the yardstick", share, "%", at_least(2.5), note),
            *latencies(part, "create an item", load),
            costs(part, "an item, events applied", meter.each(made)),
        ]
    finally:
        await household.close()


async def _applied(stack: Stack, household: Household) -> None:
    """Return once inventory knows every item, and analytics has counted every one: those, too,
    that were under way when `wrk` ended."""

    async def everywhere() -> bool:
        made = await _count(stack, "catalog", _MADE, household)
        known = await _count(stack, "inventory", _KNOWN, household)
        return made == known == (await household.person.see("/dashboard"))["items"]

    await eventually(everywhere, deadline=60)


async def _count(stack: Stack, service: str, query: str, household: Household) -> int:
    async with stack.database(service) as connection:
        return int(await connection.fetchval(query, household.person.workspace_id))
