"""A workspace that is asked about: somebody signed in, and items with categories."""

from collections.abc import Sequence
from typing import Any, Self

from load.stack import Stack
from support import callers
from support.callers import Person

ITEMS, CATEGORIES = 1_000, 20
BATCH = 50_000
# As the API makes them: what a list shows is there, so that a row has its usual size.
_CATEGORIES = """
    INSERT INTO categories (id, workspace_id, version, created_at, updated_at, name, is_archived)
    SELECT uuidv7(), $1::text::uuid, 1, now(), now(), 'Category ' || n, false
    FROM generate_series(1, $2::int) n
"""
_FILL = """
    INSERT INTO items (
        id, workspace_id, version, created_at, updated_at, sku, external_id, name, description,
        category_id, brand, model, manufacturer, serial_number, is_insured, lifetime_warranty,
        min_stock_level, needs_review, attributes, is_archived
    )
    SELECT uuidv7(), $1::text::uuid, 1, now(), now(), 'L-' || n, 'ext-' || n,
        'Cordless drill no. ' || n, 'Two batteries, charger and a case; keep it dry. ' || n,
        categories[1 + n % array_length(categories, 1)], 'Makita', 'DDF' || n % 1000, 'Makita',
        'SN-' || n, n % 10 = 0, false, 0, false, '{"colour": "teal", "watts": 18}', false
    FROM generate_series($2::int, $3::int) n,
        (SELECT array_agg(id) AS categories FROM categories WHERE workspace_id = $1::text::uuid) c
"""
_SAMPLE = """
    SELECT id::text FROM items WHERE workspace_id = $1::text::uuid ORDER BY md5(id::text) LIMIT 200
"""


class Household:
    """`items` of them are there."""

    def __init__(self, stack: Stack, person: Person) -> None:
        self._stack = stack
        self.person = person
        self.items = 0
        self.ids: Sequence[str] = ()

    @classmethod
    async def founded(cls, stack: Stack, items: int = ITEMS) -> Self:
        """A new one with so many items."""
        household = cls(stack, await callers.register(stack.processes.url("gateway")))
        async with stack.database("catalog") as connection:
            await connection.execute(_CATEGORIES, household.person.workspace_id, CATEGORIES)
        await household.grow(items)
        return household

    async def grow(self, items: int) -> None:
        """Fill it until there are so many: straight into catalog's table, as long ago."""
        async with self._stack.database("catalog") as connection:
            await connection.execute("SET synchronous_commit = off")
            for first in range(self.items + 1, items + 1, BATCH):
                last = min(first + BATCH - 1, items)
                await connection.execute(_FILL, self.person.workspace_id, first, last)
            await connection.execute("VACUUM (ANALYZE) items, categories")
            await connection.execute("CHECKPOINT")
            rows = await connection.fetch(_SAMPLE, self.person.workspace_id)
        self.items = items
        self.ids = [row["id"] for row in rows]

    @property
    def token(self) -> str:
        return str(self.person.http.headers["authorization"].removeprefix("Bearer "))

    @property
    def url(self) -> str:
        """The items' own."""
        return f"{self._stack.processes.url('gateway')}{self.person.at('/items')}"

    @property
    def paths(self) -> list[str]:
        """Paths of some items, from anywhere among them."""
        return [self.person.at(f"/items/{one}") for one in self.ids]

    async def cursor(self) -> Any:  # noqa: ANN401 - opaque
        """Of the second page of a list."""
        return (await self.person.see("/items?limit=50"))["next_cursor"]

    async def close(self) -> None:
        await self.person.http.aclose()
