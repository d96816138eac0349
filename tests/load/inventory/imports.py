"""Rows of files a second, from the upload until everybody who hears of them has applied their
events: items, and inventory entries of them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from load import memory
from load.api.household import Household
from load.report import Figure, at_least, costs
from load.stack import Stack

PART = "import"
ROWS = 100_000
GOAL = 2_000  # rows a second, everything included
DEADLINE, PAUSE = 600.0, 0.25  # seconds
_LEFT = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_ITEMS = (
    "name,sku,description,category,labels,brand,model,manufacturer,serial_number,min_stock_level,"
    "purchased_from,attributes.colour\n"
)
_ENTRIES = "item,location,quantity,condition,date_acquired,purchase_price,currency,notes\n"


async def measure(stack: Stack, *, rows: int = ROWS) -> list[Figure]:
    """Import so many items, and as many entries, into a workspace of their own."""
    await stack.run_everything()
    household = await Household.founded(stack, items=0)
    try:
        return [
            *await _measured(stack, household, "items", _ITEMS, item_row, rows),
            *await _measured(stack, household, "inventory", _ENTRIES, entry_row, rows),
        ]
    finally:
        await household.close()


def item_row(number: int) -> str:
    return (
        f"Cordless drill no. {number},L-{number},Two batteries and a case; keep it dry. {number},"
        f"Tools / Category {number % 20},red;rent,Makita,DDF{number % 1000},Makita,SN-{number},1,"
        f"Toolshop {number % 7},teal\n"
    )


def entry_row(number: int) -> str:
    place = f"House / Room {number % 30} / Shelf {number % 300}"
    return f"L-{number},{place},2,GOOD,2024-03-02,129.00,EUR,From the first lot. {number}\n"


async def bring_in(household: Household, kind: str, content: bytes) -> dict[str, Any]:
    """Hand in a file and wait until its job has ended; the job."""
    http, at = household.person.http, household.person.at
    answer = await http.post(
        at("/imports"),
        content=content,
        params={"kind": kind, "create_missing": "true"},
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 202, answer.text
    path = at(f"/imports/{answer.json()['id']}")

    job: dict[str, Any] = {}

    async def ended() -> bool:
        job.update((await http.get(path)).json())
        return bool(job["state"] not in ("queued", "running"))

    await _until(ended)
    assert job["state"] == "completed", job
    return job


async def _measured(
    stack: Stack,
    household: Household,
    kind: str,
    headings: str,
    row: Callable[[int], str],
    rows: int,
) -> list[Figure]:
    content = b"".join((headings.encode(), *(row(number).encode() for number in range(rows))))
    size = len(content)

    meter, began = stack.meter(), time.perf_counter()
    async with memory.peak(stack.pid("catalog")) as held:
        job = await bring_in(household, kind, content)
        done = time.perf_counter() - began
        assert job["rows_failed"] == 0, job
        await _quiet(stack, household, kind, rows)
    took = time.perf_counter() - began
    note = f"the job itself {rows / done:,.0f} rows/s; {rows:,} rows"
    return [
        Figure(PART, f"{kind}, events applied", rows / took, "rows/s", at_least(GOAL), note),
        costs(PART, f"a row of {kind}", meter.each(rows)),
        Figure(
            *(PART, f"{kind}, catalog's most memory", held.most, "MB"),
            note=f"{held.before:.0f} before; the file has {size / 1e6:.0f} MB",
        ),
    ]


async def _quiet(stack: Stack, household: Household, kind: str, rows: int) -> None:
    """Return once every outbox is drained and analytics has counted every row."""

    async def applied() -> bool:
        for service in ("catalog", "inventory", "loans"):
            async with stack.database(service) as connection:
                if await connection.fetchval(_LEFT):
                    return False
        dashboard = await household.person.see("/dashboard")
        counted = dashboard["items" if kind == "items" else "inventory_entries"]
        return bool(counted == rows)

    await _until(applied)


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Look seldom: to look costs, too."""
    until = time.monotonic() + DEADLINE
    while not await holds():
        assert time.monotonic() < until, f"not within {DEADLINE:.0f} s"
        await asyncio.sleep(PAUSE)
