"""A household whose things stand in places: items, and stock of each."""

from collections.abc import Sequence
from typing import Any

from load.api.household import Household
from load.stack import Stack
from load.yardstick import LoadError
from support.callers import Person
from support.waiting import eventually

ROOMS, SHELVES = 20, 10  # locations below the house, and below each room
KNOWN = 20_000  # rows in one statement
DEADLINE = 120.0  # seconds for what was done to be known everywhere
# All of it as the API makes it, and as long ago: rows that no event is on its way of.
_PLACES = """
    WITH house AS (
        INSERT INTO locations (
            id, workspace_id, version, created_at, updated_at, parent_id, name, is_archived
        )
        VALUES (uuidv7(), $1::text::uuid, 1, now(), now(), NULL, 'House', false) RETURNING id
    ),
    rooms AS (
        INSERT INTO locations (
            id, workspace_id, version, created_at, updated_at, parent_id, name, is_archived
        )
        SELECT uuidv7(), $1::text::uuid, 1, now(), now(), house.id, 'Room ' || n, false
        FROM house, generate_series(1, $2::int) n RETURNING id
    )
    INSERT INTO locations (
        id, workspace_id, version, created_at, updated_at, parent_id, name, is_archived
    )
    SELECT uuidv7(), $1::text::uuid, 1, now(), now(), rooms.id, 'Shelf ' || n, false
    FROM rooms, generate_series(1, $3::int) n
"""
_ITEMS = """
    SELECT i.id, i.name, i.sku, i.external_id, i.category_id FROM items i
    WHERE i.workspace_id = $1::text::uuid AND i.sku LIKE 'L-%' AND i.id > $2::text::uuid
    ORDER BY i.id
"""
_CATEGORIES = "SELECT id, name FROM categories WHERE workspace_id = $1::text::uuid"
_KNOW_CATEGORIES = """
    INSERT INTO known_categories (id, workspace_id, version, name, is_archived, is_deleted)
    SELECT id, $1::text::uuid, 1, name, false, false
    FROM unnest($2::uuid[], $3::text[]) c (id, name)
"""
_KNOW = """
    INSERT INTO known_items (
        id, workspace_id, version, name, sku, external_id, category_id, is_archived, is_deleted
    )
    SELECT i.id, $1::text::uuid, 1, i.name, i.sku, i.external_id, i.category_id, false, false
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[])
        i (id, name, sku, external_id, category_id)
"""
_STORE = """
    WITH stored AS (
        INSERT INTO entries (
            id, workspace_id, version, created_at, updated_at, item_id, location_id, quantity,
            held_quantity, condition, status, date_acquired, purchase_price, currency, notes,
            external_id, is_archived
        )
        SELECT uuidv7(), $1::text::uuid, 1, now(), now(), i.id,
            shelves[1 + (n * 7919) % array_length(shelves, 1)], 100, 0, 'GOOD', 'AVAILABLE',
            '2024-03-02', 12900, 'EUR', 'From the first lot. ' || n, 'entry-' || i.id, false
        FROM unnest($2::uuid[]) WITH ORDINALITY i (id, n),
            (SELECT array_agg(id) AS shelves FROM locations
             WHERE workspace_id = $1::text::uuid AND name LIKE 'Shelf %') s
        RETURNING *
    ),
    moved AS (
        INSERT INTO movements (
            id, workspace_id, entry_id, item_id, kind, quantity, units_out, units_in, balance,
            to_location_id, actor, created_at
        )
        SELECT uuidv7(), workspace_id, id, item_id, 'created', quantity, 0, quantity, quantity,
            location_id, 'system', created_at
        FROM stored
    )
    INSERT INTO changes (workspace_id, kind, id, version, is_deleted, xid, place)
    SELECT workspace_id, 'stock', id, 1, false, pg_current_xact_id(), nextval('changes_place')
    FROM stored
"""
_TELL_ITEMS = """
    INSERT INTO changes (workspace_id, kind, id, version, is_deleted, xid, place)
    SELECT $1::text::uuid, 'item', id, 1, false, pg_current_xact_id(), nextval('changes_place')
    FROM unnest($2::uuid[]) i (id)
"""
_ROOMS = "SELECT id::text FROM locations WHERE workspace_id = $1::text::uuid AND name LIKE 'Room %'"
_SHELVES = (
    "SELECT id::text FROM locations WHERE workspace_id = $1::text::uuid AND name LIKE 'Shelf %'"
)
_SAMPLE = """
    SELECT id::text FROM entries WHERE workspace_id = $1::text::uuid AND version = 1
    ORDER BY md5(id::text) LIMIT 400
"""
_LEFT = "SELECT count(*) FROM outbox WHERE published_at IS NULL"
_STAGED = """
    SELECT count(*) FROM outbox WHERE workspace_id = $1::text::uuid
    AND topic IN ('warehouse.catalog.item.v1', 'warehouse.inventory.stock.v1')
"""
_TOLD = """
    SELECT count(*) FROM activity WHERE workspace_id = $1::text::uuid
    AND entity_type IN ('item', 'stock')
"""
_UNDER_WAY = """
    SELECT count(*) FROM pg_stat_activity
    WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND query_start < now() - interval '50 ms'
"""
_FIRST = "00000000-0000-0000-0000-000000000000"


class Storehouse(Household):
    """Each of its items has an entry of a hundred units on one of its shelves."""

    def __init__(self, stack: Stack, person: Person) -> None:
        super().__init__(stack, person)
        self._newest = _FIRST
        self.rooms: Sequence[str] = ()
        self.shelves: Sequence[str] = ()
        self.entries: Sequence[str] = ()

    async def grow(self, items: int) -> None:
        """Fill it until there are so many items, and as many entries."""
        if not self.shelves:
            await self._build()
        await super().grow(items)
        async with self._stack.database("catalog") as catalog:
            rows = await catalog.fetch(_ITEMS, self.person.workspace_id, self._newest)
            for new in _parts(rows):
                ids = [row["id"] for row in new]
                await catalog.execute(_TELL_ITEMS, self.person.workspace_id, ids)
            await catalog.execute("VACUUM (ANALYZE) changes")
        async with self._stack.database("inventory") as inventory:
            await inventory.execute("SET synchronous_commit = off")
            for new in _parts(rows):
                columns = [list(column) for column in zip(*new, strict=True)]
                await inventory.execute(_KNOW, self.person.workspace_id, *columns)
                await inventory.execute(_STORE, self.person.workspace_id, columns[0])
            await inventory.execute("VACUUM (ANALYZE) known_items, entries, movements, changes")
            await inventory.execute("CHECKPOINT")
            self.entries = await self._column(inventory, _SAMPLE)
        if rows:
            self._newest = str(rows[-1]["id"])

    async def applied(self) -> None:
        """Return once every outbox is drained, and the audit trail tells of every change of an item
        or an entry."""

        async def everywhere() -> bool:
            staged = 0
            for service in ("catalog", "inventory"):
                async with self._stack.database(service) as connection:
                    if await connection.fetchval(_LEFT):
                        return False
                    staged += await connection.fetchval(_STAGED, self.person.workspace_id)
            async with self._stack.database("analytics") as connection:
                told = await connection.fetchval(_TOLD, self.person.workspace_id)
            return bool(staged == told)

        await eventually(everywhere, deadline=DEADLINE)

    async def rested(self) -> None:
        """Return once no statement is under way: those that nobody waits for any more go on."""
        async with self._stack.database("catalog") as connection:

            async def at_rest() -> bool:
                return not await connection.fetchval(_UNDER_WAY)

            await eventually(at_rest, deadline=DEADLINE)

    @property
    def entries_url(self) -> str:
        return f"{self._stack.processes.url('gateway')}{self.person.at('/inventory')}"

    async def entry(self, quantity: int) -> str:
        """A new entry of so many units, made through the API."""
        body = {"item_id": self.ids[0], "location_id": self.shelves[0], "quantity": quantity}
        return str((await self.person.add("/inventory", body))["id"])

    async def _build(self) -> None:
        async with self._stack.database("catalog") as catalog:
            rows = await catalog.fetch(_CATEGORIES, self.person.workspace_id)
        if not rows:
            raise LoadError("the household has no categories")
        async with self._stack.database("inventory") as inventory:
            await inventory.execute(_PLACES, self.person.workspace_id, ROOMS, SHELVES)
            columns = [list(column) for column in zip(*rows, strict=True)]
            await inventory.execute(_KNOW_CATEGORIES, self.person.workspace_id, *columns)
            self.rooms = await self._column(inventory, _ROOMS)
            self.shelves = await self._column(inventory, _SHELVES)

    async def _column(self, connection: Any, query: str) -> list[str]:  # noqa: ANN401 - untyped
        rows = await connection.fetch(query, self.person.workspace_id)
        return [row["id"] for row in rows]


def _parts(rows: Sequence[Any]) -> list[Sequence[Any]]:
    return [rows[at : at + KNOWN] for at in range(0, len(rows), KNOWN)]
