"""The same with all services in one process, as a small machine at home has them: how much of the
yardstick one process reaches."""

from load.api import asking
from load.api.writes import BODY
from load.inventory import creates, lists, shares
from load.inventory.storehouse import Storehouse
from load.report import Figure
from load.stack import Stack
from load.yardstick import wrk

PART = "compact"
ITEMS = 1_000


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_compact()
    household = await Storehouse.founded(stack, items=ITEMS)
    try:
        questions = {"get one item": household.paths, **lists.questions(household)}
        questions["search items"] = [
            household.person.at(f"/items?q=drill%20{number}") for number in range(7, ITEMS, 97)
        ]
        figures = []
        for what, paths in questions.items():
            with asking.gets(paths) as options:
                figures += await shares.reads(stack, household, (PART, what), options, yardstick)
        return [*figures, *await _writes(household, yardstick)]
    finally:
        await household.close()


async def _writes(household: Storehouse, yardstick: float) -> list[Figure]:
    """Requests that change something, while their events are applied beside them."""
    moves = [household.person.at(f"/inventory/{one}/move") for one in household.entries[:200]]
    places: list[dict[str, object]] = [{"location_id": one} for one in household.shelves]
    figures = []
    with (
        asking.posts(BODY) as items,
        asking.posts(creates.entry(household)) as entries,
        asking.posts_to(moves, places) as moved,
    ):
        for what, url, options in (
            ("create an item", household.url, items),
            ("create an entry", household.entries_url, entries),
            ("move an entry", household.url, moved),
        ):
            await wrk(url, *options, seconds=shares.WARM, token=household.token)
            await household.applied()
            load = await wrk(url, *options, seconds=shares.SECONDS, token=household.token)
            await household.applied()
            figures += shares.shares(PART, what, load, yardstick)
    return figures
