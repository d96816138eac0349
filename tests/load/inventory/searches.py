"""Searching at a thousand, a hundred thousand and a million items: how long it takes whoever asks,
and how much longer than in a small workspace."""

from collections.abc import Mapping, Sequence

from load.api import asking
from load.api.household import Household
from load.api.search import Shop
from load.report import Figure, at_most, costs
from load.stack import Stack
from load.yardstick import Load, wrk

PART = "search"
LEVELS, FULL = (1_000, 100_000), 1_000_000
SECONDS, WARM, CONNECTIONS = 4, 1, 4  # few, so that what is measured is an answer and no queue
SHOWN = 20  # answers whose rows are counted
FLAT = 2.0  # times the time at the least level
# Filled as a restore would: with the index made anew, and what follows from an item aside.
_BEGIN = "DROP INDEX IF EXISTS items_search"
_END = "CREATE INDEX items_search ON items USING gin (search) WITH (gin_pending_list_limit = 256)"
_KNOW = """
    INSERT INTO search_words (workspace_id, word, keys)
    SELECT $1::text::uuid, w,
        search_keys(search_space($1::text::uuid), search_variants(w))
    FROM unnest($2::text[]) w ON CONFLICT DO NOTHING
"""


async def measure(stack: Stack, *, full: bool) -> list[Figure]:
    await stack.run_everything()
    levels = (*LEVELS, FULL) if full else LEVELS
    household = await Household.founded(stack, items=0)
    found: dict[str, dict[int, Load]] = {}
    rows: dict[str, dict[int, float]] = {}
    spent: dict[str, Mapping[str, float]] = {}
    try:
        shop = Shop(stack, household)
        for level in levels:
            await _fill(stack, household, shop, level)
            await stack.forget("catalog")
            for what, paths in (await shop.questions()).items():
                rows.setdefault(what, {})[level] = await _rows(household, paths[:SHOWN])
                with asking.gets(paths) as options:
                    await _ask(household, options, WARM)
                    meter = stack.meter()
                    load = await _ask(household, options, SECONDS)
                    spent[f"{what}, {level:,} items"] = meter.each(load.requests)
                found.setdefault(what, {})[level] = load
    finally:
        await household.close()
    return [
        *(f for what, loads in found.items() for f in _figures(what, loads, rows[what])),
        *(costs(PART, what, each) for what, each in spent.items()),
    ]


async def _fill(stack: Stack, household: Household, shop: Shop, level: int) -> None:
    async with stack.database("catalog") as connection:
        await connection.execute(_BEGIN)
    await shop.fill(level, untold=True)
    async with stack.database("catalog") as connection:
        await connection.execute("SET maintenance_work_mem = '512MB'")
        await connection.execute(_END)
        await connection.execute(_KNOW, household.person.workspace_id, shop.words)
        await connection.execute("VACUUM (ANALYZE) items")
        await connection.execute("VACUUM (ANALYZE) search_words")
        await connection.execute("CHECKPOINT")


async def _ask(household: Household, options: tuple[str, ...], seconds: int) -> Load:
    return await wrk(
        household.url,
        *options,
        seconds=seconds,
        token=household.token,
        connections=CONNECTIONS,
    )


async def _rows(household: Household, paths: Sequence[str]) -> float:
    """What an answer holds: one of fifty items is more work than one of five, whatever else there
    is."""
    answers = [await household.person.http.get(path) for path in paths]
    return sum(len(answer.json()["items"]) for answer in answers) / len(answers)


def _figures(what: str, loads: Mapping[int, Load], rows: Mapping[int, float]) -> list[Figure]:
    least, most = min(loads), max(loads)
    against = f"{what}, {most:,} against {least:,}"
    return [
        *(
            Figure(
                *(PART, f"{what}, {level:,} items, p99", load.p99, "ms"),
                note=f"p50 {load.p50:.1f} ms, {load.rate:,.0f}/s, {CONNECTIONS} connections, "
                f"{rows[level]:.0f} rows an answer",
            )
            for level, load in loads.items()
        ),
        Figure(PART, f"{against}, p50", loads[most].p50 / loads[least].p50, "times", at_most(FLAT)),
        Figure(PART, f"{against}, p99", loads[most].p99 / loads[least].p99, "times", at_most(FLAT)),
    ]
