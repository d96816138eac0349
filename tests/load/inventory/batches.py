"""A thousand changes of items in one request: made, changed, archived."""

import secrets
import statistics
import time
from collections.abc import Callable, Sequence

from load.inventory.storehouse import Storehouse
from load.report import Figure, costs
from load.stack import Stack
from load.yardstick import LoadError

PART = "batch"
ROWS, BATCHES = 1_000, 6

Operations = list[dict[str, object]]


async def measure(stack: Stack, yardstick: float) -> list[Figure]:
    await stack.run_everything()
    household = await Storehouse.founded(stack, items=100)
    try:
        await batch(household, creations(10))  # what is slow once
        made: list[str] = []
        figures = await _of(
            stack, household, "made", yardstick, lambda _: creations(ROWS), remember=made
        )
        rounds = [made[at : at + ROWS] for at in range(0, len(made), ROWS)]
        figures += await _of(
            stack, household, "changed", yardstick, lambda number: changes(rounds[number])
        )
        figures += await _of(
            stack, household, "archived", yardstick, lambda number: archivals(rounds[number])
        )
        return figures
    finally:
        await household.close()


async def batch(household: Storehouse, operations: Operations) -> list[str]:
    """Do them, and all of them; the items' ids."""
    path = household.person.at("/items/batch")
    answer = await household.person.http.post(path, json={"operations": operations})
    if answer.status_code != 200 or answer.json()["failed"]:
        raise LoadError(f"a batch was answered {answer.status_code}: {answer.text[:500]}")
    return [result["id"] for result in answer.json()["results"]]


def creations(rows: int) -> Operations:
    lot = secrets.token_hex(4)
    return [
        {
            "op": "create",
            "body": {
                "name": f"Cordless drill no. {number} of {lot}",
                "description": "Two batteries, charger and a case; keep it dry.",
                "brand": "Makita",
                "model": f"DDF{number}",
                "external_id": f"{lot}-{number}",
                "attributes": {"colour": "teal", "watts": 18},
            },
        }
        for number in range(rows)
    ]


def changes(ids: Sequence[str]) -> Operations:
    return [
        {"op": "update", "id": id_, "body": {"model": "DDF485", "min_stock_level": 2}}
        for id_ in ids
    ]


def archivals(ids: Sequence[str]) -> Operations:
    return [{"op": "archive", "id": id_} for id_ in ids]


async def _of(
    stack: Stack,
    household: Storehouse,
    what: str,
    yardstick: float,
    operations: Callable[[int], Operations],
    *,
    remember: list[str] | None = None,
) -> list[Figure]:
    await household.applied()
    milliseconds: list[float] = []
    meter, began = stack.meter(), time.perf_counter()
    for number in range(BATCHES):
        prepared = operations(number)
        asked = time.perf_counter()
        ids = await batch(household, prepared)
        milliseconds.append(1000 * (time.perf_counter() - asked))
        if remember is not None:
            remember += ids
    await household.applied()
    rate = ROWS * BATCHES / (time.perf_counter() - began)
    name = f"{ROWS:,} items {what}"
    note = f"{rate:,.0f} items/s until their events were applied"
    return [
        Figure(PART, f"{name}, of the yardstick", 100 * rate / yardstick, "%", note=note),
        Figure(PART, f"{name}, p50", statistics.median(milliseconds), "ms"),
        costs(PART, f"an item {what}, events applied", meter.each(ROWS * BATCHES)),
    ]
