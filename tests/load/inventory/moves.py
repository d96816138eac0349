"""Moving entries to other places: all units, a part of them, a part that joins what is there."""

import time
from collections.abc import Sequence

from load.api import asking
from load.inventory.shares import SECONDS, WARM, shares
from load.inventory.storehouse import Storehouse
from load.report import Figure, costs
from load.stack import Stack
from load.yardstick import wrk

PART = "move"
ITEMS = 1_000
# What is moved once and again goes there and back.
ALL: dict[str, object] = {}
PART_OF: dict[str, object] = {"quantity": 1}
JOINING: dict[str, object] = {"quantity": 1, "merge": True}
_MOVED = "SELECT count(*) FROM movements WHERE workspace_id = $1::text::uuid AND kind <> 'created'"


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=ITEMS)
    try:
        whole, parted, joining = (household.entries[at : at + 100] for at in (0, 100, 200))
        return [
            *await _of(stack, household, "move an entry", whole, ALL, yardstick),
            *await _of(stack, household, "move a part", parted, PART_OF, yardstick),
            *await _of(stack, household, "move a part, merging", joining, JOINING, yardstick),
        ]
    finally:
        await household.close()


async def _of(
    stack: Stack,
    household: Storehouse,
    what: str,
    entries: Sequence[str],
    body: dict[str, object],
    yardstick: float,
) -> list[Figure]:
    paths = [household.person.at(f"/inventory/{one}/move") for one in entries]
    shelves = iter(household.shelves)

    def bodies() -> list[dict[str, object]]:
        """Two places where none of them stands yet."""
        return [{"location_id": next(shelves), **body} for _ in range(2)]

    with asking.posts_to(paths, bodies()) as options:
        await wrk(household.url, *options, seconds=WARM, token=household.token)
    await household.applied()
    before = await _count(stack, household)
    meter, began = stack.meter(), time.perf_counter()
    with asking.posts_to(paths, bodies()) as options:
        load = await wrk(household.url, *options, seconds=SECONDS, token=household.token)
    await household.applied()
    took = time.perf_counter() - began
    moved = await _count(stack, household) - before
    return [
        *shares(PART, what, load, yardstick, applied=moved / took),
        costs(PART, f"{what}, events applied", meter.each(moved)),
    ]


async def _count(stack: Stack, household: Storehouse) -> int:
    async with stack.database("inventory") as connection:
        return int(await connection.fetchval(_MOVED, household.person.workspace_id))
