"""What reading and changing cost while a workspace grows: flat, or it will not do."""

import statistics
import time
from collections.abc import Sequence

from load.api import asking
from load.inventory import batches, creates, feeds, lists
from load.inventory.storehouse import Storehouse
from load.report import Figure, at_most
from load.stack import Stack
from load.yardstick import Load, wrk

PART = "growth"
LEVELS, FULL = (1_000, 100_000), 1_000_000
SECONDS, ROUNDS, WARM = 2, 2, 1
READS, WRITES = 1.3, 1.5  # times the time at the least level: what a busy machine makes of the same


async def measure(stack: Stack, *, full: bool) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=0)
    levels = (*LEVELS, FULL) if full else LEVELS
    read: dict[str, dict[int, Load]] = {}
    written: dict[str, dict[int, Load]] = {}
    batched: dict[int, float] = {}
    try:
        for level in levels:
            await household.grow(level)
            for what, paths in (await _questions(household)).items():
                with asking.gets(paths) as options:
                    read.setdefault(what, {})[level] = await _asked(household, options)
            with asking.posts(creates.entry(household)) as new:
                load = await _asked(household, new, household.entries_url)
                written.setdefault("create an entry", {})[level] = load
            written.setdefault("move an entry", {})[level] = await _moved(household)
            batched[level] = await _batched(household)
            await household.applied()
    finally:
        await household.close()
    return [
        *(one for what, loads in read.items() for one in _figures(what, loads, READS)),
        *(one for what, loads in written.items() for one in _figures(what, loads, WRITES)),
        *_of_batches(batched),
    ]


async def _questions(household: Storehouse) -> dict[str, list[str]]:
    at = household.person.at
    found = lists.questions(household)
    page = await household.person.see("/inventory?limit=50")
    found["list 50 more entries"] = [at(f"/inventory?limit=50&cursor={page['next_cursor']}")]
    found["entries by words"] = [
        at(f"/inventory?limit=50&q=drill%20L-{number}") for number in range(7, household.items, 97)
    ][:50]
    found["entries in a state that is rare"] = [at("/inventory?limit=50&status=MISSING")]
    for order in ("name", "-quantity", "expiration_date"):
        found[f"entries by {order}"] = [at(f"/inventory?limit=50&sort={order}")]
    found["stock of a room, a moment ago"] = [
        at(f"/stock?by=item&limit=50&location_id={one}") for one in household.rooms
    ]
    for feed in feeds.FEEDS:
        cursors, _ = await feeds.read_all(household, feed, pages=50)
        newest = feeds.questions(household, feed, cursors)
        found |= {what: paths for what, paths in newest.items() if what.startswith("200")}
    return found


async def _asked(household: Storehouse, options: Sequence[str], url: str = "") -> Load:
    url = url or household.url
    await household.rested()
    await wrk(url, *options, seconds=WARM, token=household.token)
    rounds = [
        await wrk(url, *options, seconds=SECONDS, token=household.token) for _ in range(ROUNDS)
    ]
    return max(rounds, key=lambda one: one.rate)


async def _moved(household: Storehouse) -> Load:
    paths = [household.person.at(f"/inventory/{one}/move") for one in household.entries[:200]]
    bodies: list[dict[str, object]] = [{"location_id": one} for one in household.shelves]
    with asking.posts_to(paths, bodies) as options:
        return await _asked(household, options)


async def _batched(household: Storehouse) -> float:
    """Milliseconds for a thousand new items."""
    took = []
    for _ in range(3):
        operations = batches.creations(batches.ROWS)
        began = time.perf_counter()
        await batches.batch(household, operations)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def _figures(what: str, loads: dict[int, Load], flat: float) -> list[Figure]:
    least, most = min(loads), max(loads)
    each = [
        Figure(PART, f"{what}, {level:,}, p99", load.p99, "ms", note=f"{load.rate:,.0f}/s")
        for level, load in loads.items()
    ]
    # What took longer than the whole measurement was answered less than once in it.
    times = loads[least].rate / max(loads[most].rate, 1 / SECONDS)
    against = f"{what}, {most:,} against {least:,}"
    return [*each, Figure(PART, against, times, "times", at_most(flat))]


def _of_batches(took: dict[int, float]) -> list[Figure]:
    what, least, most = "a batch of 1,000 items", min(took), max(took)
    return [
        *(Figure(PART, f"{what}, {level:,}", each, "ms") for level, each in took.items()),
        Figure(
            *(PART, f"{what}, {most:,} against {least:,}"),
            *(took[most] / took[least], "times", at_most(WRITES)),
        ),
    ]
