"""The feed of changes: a page from anywhere in it, and all of it by one who has nothing yet."""

import time

from load.api import asking
from load.inventory import shares
from load.inventory.storehouse import Storehouse
from load.report import Figure
from load.stack import Stack

PART = "changes"
ITEMS = 20_000
PAGE = 200  # the most there are in one
FEEDS = ("catalog", "inventory")


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=ITEMS)
    try:
        figures = []
        for feed in FEEDS:
            cursors, took = await read_all(household, feed)
            told = f"all of {feed}'s, by one who has nothing"
            note = f"{len(cursors) + 1} pages of {PAGE}, one after another"
            figures.append(Figure(PART, told, ITEMS / took, "changes/s", note=note))
            for what, paths in questions(household, feed, cursors).items():
                with asking.gets(paths) as options:
                    figures += await shares.reads(
                        stack, household, (PART, what), options, yardstick
                    )
        return figures
    finally:
        await household.close()


async def read_all(
    household: Storehouse, feed: str, *, pages: int | None = None
) -> tuple[list[str], float]:
    """The cursors on the way to its end, or after so many `pages`; the seconds it took."""
    cursors: list[str] = []
    began = time.perf_counter()
    since = ""
    while True:
        page = await household.person.see(f"/changes/{feed}?limit={PAGE}{since}")
        if not page["has_more"] or len(cursors) == pages:
            return cursors, time.perf_counter() - began
        cursors.append(page["next_cursor"])
        since = f"&since={cursors[-1]}"


def questions(household: Storehouse, feed: str, cursors: list[str]) -> dict[str, list[str]]:
    """Paths to ask for in turn, by what they are of."""
    at, last = household.person.at, cursors[-1]
    return {
        f"{PAGE} changes of {feed}": [
            at(f"/changes/{feed}?limit={PAGE}&since={cursor}") for cursor in cursors[:100]
        ],
        f"the newest of {feed}": [at(f"/changes/{feed}?limit=10&since={last}")],
    }
