"""Analytics making its projections from the topics: as a consumer that starts far behind, and by
`warehouse rebuild`, which begins at offset 0."""

import asyncio
import json
import sys
import time
from typing import Any

from load.events import records
from load.report import Figure, at_least
from load.stack import Stack
from load.yardstick import LoadError

PART = "replay"
EVENTS = 50_000
SERVICE = "analytics"
DEADLINE = 120.0  # seconds
_APPLIED = "SELECT coalesce(sum(next_offset), 0) FROM consumer_positions"


async def measure(stack: Stack) -> list[Figure]:
    await stack.run()
    published = await records.publish(stack.bootstrap_servers, records.history(EVENTS))
    rate = await catch_up(stack, published)
    rebuilt = await _rebuild(stack)
    read, seconds = rebuilt["records"], rebuilt["seconds"]
    note = f"{read:,} events in {seconds:.1f} s, into {len(rebuilt['tables'])} tables"
    behind = f"{published:,} events"
    return [
        Figure(PART, "warehouse rebuild", read / seconds, "events/s", at_least(10_000), note),
        Figure(PART, "the consumer, far behind", rate, "events/s", note=behind),
    ]


async def catch_up(stack: Stack, events: int) -> float:
    """Start analytics, which rests and is `events` behind; events a second from its first batch to
    its last."""
    async with stack.database(SERVICE) as connection:
        start = await connection.fetchval(_APPLIED)
        starting = asyncio.create_task(stack.run(SERVICE))
        moments = [(time.perf_counter(), start)]
        until = time.monotonic() + DEADLINE
        while moments[-1][1] < start + events:
            await asyncio.sleep(0.01)
            moments.append((time.perf_counter(), await connection.fetchval(_APPLIED)))
            if time.monotonic() > until:
                raise LoadError(f"{moments[-1][1] - start} of {events} events were applied")
        await starting
    # From when the first batch was seen to be in, and without that one.
    began, first = next((at, applied) for at, applied in moments if applied > start)
    ended, last = moments[-1]
    return float(last - first) / (ended - began)


async def _rebuild(stack: Stack) -> dict[str, Any]:
    """What `warehouse rebuild` says of it, run as an operator would."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", "from warehouse.cli import main; main()"),
        *("rebuild", SERVICE, "--json"),
        env=stack.environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, warned = await asyncio.wait_for(process.communicate(), DEADLINE)
    if process.returncode:
        raise LoadError(f"warehouse rebuild: {warned.decode()}")
    answer: dict[str, Any] = json.loads(said)
    return answer
