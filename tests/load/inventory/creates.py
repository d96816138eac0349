"""Making items, and taking units of one in, until everybody has applied the events."""

import time

from load.api import asking, writes
from load.inventory.shares import SECONDS, WARM, shares
from load.inventory.storehouse import Storehouse
from load.report import Figure, costs
from load.stack import Stack
from load.yardstick import wrk

PART = "create"
_MADE = "SELECT count(*) FROM entries WHERE workspace_id = $1::text::uuid"


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    return [
        *await writes.measure(stack, yardstick, part=PART),
        *await _entries(stack, yardstick),
    ]


async def _entries(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=100)
    try:
        with asking.posts(entry(household)) as new:
            await wrk(household.entries_url, *new, seconds=WARM, token=household.token)
            await household.applied()
            before = await _count(stack, household)
            meter, began = stack.meter(), time.perf_counter()
            load = await wrk(household.entries_url, *new, seconds=SECONDS, token=household.token)
            await household.applied()
            took = time.perf_counter() - began
        made = await _count(stack, household) - before
        spent = meter.each(made)
        what = "create an entry"
        return [
            *shares(PART, what, load, yardstick, applied=made / took),
            costs(PART, "an entry, events applied", spent),
        ]
    finally:
        await household.close()


def entry(household: Storehouse) -> dict[str, object]:
    """The body of a new one, the `%s` in it for something new each time."""
    return {
        "item_id": household.ids[0],
        "location_id": household.shelves[0],
        "quantity": 2,
        "date_acquired": "2024-03-02",
        "purchase_price": 12900,
        "currency": "EUR",
        "notes": "From the second lot. %s",
    }


async def _count(stack: Stack, household: Storehouse) -> int:
    async with stack.database("inventory") as connection:
        return int(await connection.fetchval(_MADE, household.person.workspace_id))
