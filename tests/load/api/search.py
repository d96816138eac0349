"""Searching through the gateway: words as typed, their beginnings, typos, codes and facets, while
a workspace grows; and, with the library at hand, how well it finds."""

import random
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from load.api import asking
from load.api.household import BATCH, Household
from load.report import Budget, Figure, at_least, at_most, costs
from load.search import relevance
from load.stack import Stack
from load.yardstick import Load, LoadError, wrk
from support.waiting import eventually

from warehouse.demo.dataset import BOOKS, FOLDER

PART = "search"
BUDGETED = 20_000  # items that the budgets are for
LEVELS, FULL = (1_000, BUDGETED, 100_000), 1_000_000
SECONDS, WARM = 4, 1
FLAT = 1.5  # times the time at the least level
TAKEN_IN = 600.0  # seconds for the words of all items to be known
NOUNS, KINDS, MAKERS, OTHERS = 200, 100, 60, 3_000
QUERIES = 60
_SYLLABLES = (
    *("ba", "ce", "di", "fo", "gu", "ha", "ji", "ke", "lo", "mu", "na", "pe", "qui", "ro", "su"),
    *("ta", "ve", "wi", "xo", "zu", "bri", "cla", "dre", "fli"),
)
# Names and makers evenly, the rest as languages have it: few words often, most seldom.
_FILL = """
    INSERT INTO items (
        id, workspace_id, version, created_at, updated_at, sku, external_id, name, description,
        category_id, brand, model, manufacturer, serial_number, is_insured, lifetime_warranty,
        min_stock_level, needs_review, attributes, is_archived
    )
    SELECT uuidv7(), $1::text::uuid, 1, now(), now(), 'L-' || n, 'ext-' || n,
        kinds[1 + (random() * 1e6)::int % array_length(kinds, 1)] || ' '
            || nouns[1 + (random() * 1e6)::int % array_length(nouns, 1)] || ' ' || n % 5000,
        (SELECT string_agg(others[1 + g * 0 + (random() ^ 3 * (most - 1))::int], ' ')
         FROM generate_series(1, 8 + n % 2) g),
        categories[1 + n % array_length(categories, 1)],
        makers[1 + n % array_length(makers, 1)], 'DDF' || n % 1000, NULL, 'SN-' || n,
        n % 10 = 0, false, 0, n % 500 = 0, '{"colour": "teal", "watts": 18}', false
    FROM generate_series($2::int, $3::int) n,
        (SELECT array_agg(id) AS categories FROM categories WHERE workspace_id = $1::text::uuid) c,
        (SELECT $4::text[] AS kinds, $5::text[] AS nouns, $6::text[] AS makers,
                $7::text[] AS others, array_length($7::text[], 1) AS most) w
"""
_SAMPLE = """
    SELECT name, sku FROM items WHERE workspace_id = $1::text::uuid ORDER BY md5(sku) LIMIT $2::int
"""
_WAITING = "SELECT count(*) FROM search_queue"


class Shop:
    """A household whose items have words as items have them."""

    def __init__(self, stack: Stack, household: Household) -> None:
        self._stack = stack
        self._household = household
        self._items = 0
        self._random = random.Random(1)
        found = self._words(NOUNS + KINDS + MAKERS + OTHERS)
        self.nouns, found = found[:NOUNS], found[NOUNS:]
        self.kinds, found = found[:KINDS], found[KINDS:]
        self.makers, self.others = found[:MAKERS], found[MAKERS:]

    @property
    def words(self) -> list[str]:
        return [*self.nouns, *self.kinds, *self.makers, *self.others]

    async def grow(self, items: int) -> None:
        """Fill it until there are so many, and their words are known."""
        await self.fill(items)
        async with self._stack.database("catalog") as connection:
            await connection.execute("VACUUM (ANALYZE) items")
            await connection.execute("CHECKPOINT")

            async def known() -> bool:
                return not await connection.fetchval(_WAITING)

            await eventually(known, deadline=TAKEN_IN)
            await connection.execute("VACUUM (ANALYZE) search_words")

    async def fill(self, items: int, *, untold: bool = False) -> None:
        """Fill it until there are so many; `untold`: nothing else in the database hears of them."""
        async with self._stack.database("catalog") as connection:
            await connection.execute("SET synchronous_commit = off")
            if untold:
                await connection.execute("SET session_replication_role = replica")
            for first in range(self._items + 1, items + 1, BATCH):
                await connection.execute(
                    _FILL,
                    self._household.person.workspace_id,
                    *(first, min(first + BATCH - 1, items)),
                    *(self.kinds, self.nouns, self.makers, self.others),
                )
        self._items = items

    async def questions(self) -> dict[str, list[str]]:
        """Paths of searches for things that are there, by what they are of."""
        at = self._household.person.at
        async with self._stack.database("catalog") as connection:
            rows = await connection.fetch(_SAMPLE, self._household.person.workspace_id, QUERIES)
        named = [(row["name"].split()[:2], row["sku"]) for row in rows]
        asked = {
            "words as typed": [
                noun if n % 2 else f"{noun} {kind}" for n, ((kind, noun), _) in enumerate(named)
            ],
            "beginnings of words": [f"{noun[:5]} {kind[:3]}" for (kind, noun), _ in named],
            "words with typos": [f"{self._mistyped(noun)} {kind}" for (kind, noun), _ in named],
            "a code": [sku.lower() for _, sku in named],
        }
        paths = {
            what: [at(f"/items?q={quote(q)}") for q in queries] for what, queries in asked.items()
        }
        typed = paths["words as typed"]
        paths["words, with facets"] = [f"{path}&facets=category,label,brand" for path in typed]
        common = [at(f"/items?q={self.others[n % 10]}") for n in range(QUERIES)]
        paths["common words"] = common
        paths["common words, insured, by name"] = [
            f"{path}&insured=true&sort=name" for path in common
        ]
        paths["words, by name"] = [f"{path}&sort=name" for path in typed]
        return paths

    def _mistyped(self, word: str) -> str:
        at = self._random.randint(2, len(word) - 3)
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]

    def _words(self, count: int) -> list[str]:
        found: dict[str, None] = {}
        while len(found) < count:
            word = "".join(self._random.choices(_SYLLABLES, k=self._random.randint(3, 4)))
            if len(word) > 5:
                found[word] = None
        return list(found)


async def measure(stack: Stack, yardstick: float, *, full: bool) -> list[Figure]:
    await stack.run_everything()
    household = await Household.founded(stack, items=0)
    levels = (*LEVELS, FULL) if full else LEVELS
    found: dict[str, dict[int, Load]] = {}
    spent: dict[str, Mapping[str, float]] = {}
    try:
        shop = Shop(stack, household)
        for level in levels:
            await shop.grow(level)
            await stack.forget("catalog")
            for what, paths in (await shop.questions()).items():
                load, each = await _asked(stack, household, paths)
                found.setdefault(what, {})[level] = load
                spent[f"{what}, {level:,} items"] = each
        figures = await _relevance(stack)
    finally:
        await household.close()
    budgets = {"words as typed": at_least(3), "words with typos": at_least(0.5)}
    for what, loads in found.items():
        figures += _figures(what, loads, yardstick, budgets.get(what))
    return [*figures, *(costs(PART, what, each) for what, each in spent.items())]


async def _asked(
    stack: Stack, household: Household, paths: Sequence[str]
) -> tuple[Load, Mapping[str, float]]:
    """What came of asking, and the CPU that each request took."""
    with asking.gets(paths) as options:
        await wrk(household.url, *options, seconds=WARM, token=household.token)
        meter = stack.meter()
        load = await wrk(household.url, *options, seconds=SECONDS, token=household.token)
        return load, meter.each(load.requests)


def _figures(
    what: str, loads: dict[int, Load], yardstick: float, budget: Budget | None
) -> list[Figure]:
    figures = []
    for level, load in loads.items():
        share, bound = 100 * load.rate / yardstick, budget if level == BUDGETED else None
        name = f"{what}, {level:,} items"
        figures.append(Figure(PART, f"{name}, of the yardstick", share, "%", bound))
        note = f"p50 {load.p50:.1f} ms, {load.rate:,.0f}/s, 32 connections"
        figures.append(Figure(PART, f"{name}, p99", load.p99, "ms", note=note))
    least, most = BUDGETED, max(loads)
    times = loads[least].rate / loads[most].rate
    against = f"{what}, {most:,} against {least:,}"
    return [*figures, Figure(PART, against, times, "times", at_most(FLAT))]


async def _relevance(stack: Stack) -> list[Figure]:
    """Of the library's titles, where they are at hand."""
    if not (FOLDER / BOOKS).is_file():
        return []
    library = await Household.founded(stack, items=0)
    workspace_id = library.person.workspace_id
    try:
        async with stack.database("catalog") as connection:
            await relevance.fill(connection, workspace_id, FOLDER / BOOKS)

            async def known() -> bool:
                return await relevance.is_known(connection, workspace_id)

            if not await eventually(known, deadline=60):
                raise LoadError("the words of the titles are not known")
        found = await relevance.measure(library.person.http, library.person.at("/items"))
    finally:
        await library.close()
    note = f"{found.count} queries over a library's titles"
    return [
        Figure(PART, "mean reciprocal rank", found.mean_reciprocal_rank, "of 1", note=note),
        *(
            Figure(PART, f"found among the first {n}", 100 * found.recall(n), "%")
            for n in (1, 5, 10)
        ),
    ]
