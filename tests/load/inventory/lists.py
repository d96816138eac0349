"""Lists of what there is: items, and entries of all places, of one place, of one item."""

from load.api import asking
from load.inventory import shares
from load.inventory.storehouse import Storehouse
from load.report import Figure, at_least
from load.stack import Stack

PART = "list"
ITEMS = 1_000


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=ITEMS)
    try:
        figures = []
        for what, paths in questions(household).items():
            budget = at_least(7) if what == "list 50 items" else None
            with asking.gets(paths) as options:
                figures += await shares.reads(
                    stack, household, (PART, what), options, yardstick, budget=budget
                )
        return figures
    finally:
        await household.close()


def questions(household: Storehouse) -> dict[str, list[str]]:
    """Paths to ask for in turn, by what they are of."""
    at = household.person.at
    return {
        "list 50 items": [at("/items?limit=50")],
        "get one entry": [at(f"/inventory/{one}") for one in household.entries],
        "list 50 entries": [at("/inventory?limit=50")],
        "list 50 entries in a room": [
            at(f"/inventory?limit=50&location_id={one}") for one in household.rooms
        ],
        "list entries of an item": [at(f"/inventory?item_id={one}") for one in household.ids],
    }
