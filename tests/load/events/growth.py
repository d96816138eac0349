"""What an event costs the relay and a consumer while much lies in the outbox and the inbox.

Both are filled by SQL, over as many daily partitions as are kept: published rows that wait for
their day to go, and ids of events that were applied.
"""

import statistics
from typing import Any

from load.events import records, relay, replay
from load.report import Figure, at_most
from load.stack import BENCH_TOPIC, Stack

PART = "growth"
LEVELS, FULL = (10_000, 1_000_000), 10_000_000
EVENTS, ROUNDS = 5_000, 3
FLAT = 1.3  # times the cost at the least level: what a busy machine makes of the same
_DAYS = 7
_PARTITIONS = """
    DO $$
    DECLARE day date;
    BEGIN
        FOR day IN SELECT current_date - n FROM generate_series(0, 6) n LOOP
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS outbox_%s PARTITION OF outbox '
                'FOR VALUES FROM (%L) TO (%L)',
                to_char(day, 'YYYYMMDD'), day::timestamptz, (day + 1)::timestamptz);
            EXECUTE format(
                'CREATE TABLE IF NOT EXISTS inbox_%s PARTITION OF inbox '
                'FOR VALUES FROM (%L) TO (%L)',
                to_char(day, 'YYYYMMDD'), first_event_id(day), first_event_id(day + 1));
        END LOOP;
    END $$
"""
_FILL_OUTBOX = f"""
    INSERT INTO outbox (
        event_id, workspace_id, topic, key, type, aggregate_version, headers, payload, shard,
        created_at, published_at
    )
    SELECT uuidv7(), workspace, '{BENCH_TOPIC}', n::text, 'warehouse.bench.thing.created', 1,
        '{{"ce_specversion": "1.0"}}', repeat('x', 200), n % 16, at, at
    FROM gen_random_uuid() workspace, generate_series(1, $1::bigint) n,
        LATERAL (SELECT now() - n % {_DAYS} * interval '1 day' AS at) moment
"""
_FILL_INBOX = f"""
    INSERT INTO inbox (event_id)
    SELECT uuidv7(-(n % {_DAYS}) * interval '1 day') FROM generate_series(1, $1::bigint) n
"""


async def measure(stack: Stack, *, full: bool) -> list[Figure]:
    levels = (*LEVELS, FULL) if full else LEVELS
    published = dict.fromkeys(levels, 0.0)
    consumed = dict.fromkeys(levels, 0.0)
    filled = 0
    for level in levels:
        await stack.run()
        for service, fill in ((relay.SERVICE, _FILL_OUTBOX), (replay.SERVICE, _FILL_INBOX)):
            async with stack.database(service) as connection:
                await _fill(connection, fill, level - filled)
        filled = level
        published[level] = await _cost_of_relaying(stack)
        consumed[level] = await _cost_of_consuming(stack)
    return [
        *_figures("relay", published, "published rows in the outbox"),
        *_figures("consumer (analytics)", consumed, "rows in the inbox"),
    ]


async def _fill(connection: Any, statement: str, rows: int) -> None:  # noqa: ANN401 - asyncpg is untyped
    await connection.execute(_PARTITIONS)
    await connection.execute("SET synchronous_commit = off")
    await connection.execute(statement, rows)
    # As it lies there after days: nothing is left for autovacuum to do meanwhile.
    await connection.execute("VACUUM (ANALYZE) outbox, inbox")
    await connection.execute("CHECKPOINT")


async def _cost_of_relaying(stack: Stack) -> float:
    """Microseconds an event."""
    rows = records.items(EVENTS, topic=BENCH_TOPIC)
    async with relay.relaying(stack) as running, stack.database(relay.SERVICE) as connection:
        took = [await relay.drain(running, connection, rows) for _ in range(ROUNDS)]
    return statistics.median(took) / EVENTS * 1e6


async def _cost_of_consuming(stack: Stack) -> float:
    """Microseconds an event."""
    costs = []
    for _ in range(ROUNDS):
        await stack.run()
        published = await records.publish(stack.bootstrap_servers, records.history(EVENTS))
        costs.append(1e6 / await replay.catch_up(stack, published))
    return statistics.median(costs)


def _figures(who: str, costs: dict[int, float], of_what: str) -> list[Figure]:
    least, most = min(costs), max(costs)
    each = [
        Figure(PART, f"{who}, {level:,} {of_what}", cost, "µs/event")
        for level, cost in costs.items()
    ]
    against, times = f"{who}, {most:,} against {least:,}", costs[most] / costs[least]
    return [*each, Figure(PART, against, times, "times", at_most(FLAT))]
