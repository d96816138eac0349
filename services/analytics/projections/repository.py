"""The projections and their totals, each set of states in one statement.

A statement takes states in the order of their events, keeps the newest version of each aggregate,
and adds the *difference* between the row before and the row after (PostgreSQL's `old` and `new`)
to the totals of its workspace. An older version, or the same again, makes no difference.

Where the states are cut into statements makes none either. Rows that only a passing state asked
for (an item whose stock has left it, a currency that nothing is priced in any more) are made from
all states given, not from the newest alone; a sum of nothing is a row of zeroes; and of several
names for an item that has not spoken for itself, one is chosen by its value. So any re-delivery
and any rebuild comes to the same rows.

Replicas take turns: two batches that touch the same workspaces in different orders would run into
deadlocks, which cost more than the turns do. A rebuild in its own schema waits for nobody.
"""

from collections.abc import Sequence
from enum import StrEnum

from chassis.database import TenantSession
from chassis.statements import Row, Statement


class Things(StrEnum):
    """What is counted by being there: the name of the table and of the total."""

    LOCATIONS = "locations"
    CONTAINERS = "containers"
    BORROWERS = "borrowers"


async def record_items(session: TenantSession, states: Sequence[Row]) -> None:
    """Note items: version, name, min_stock_level, is_in_use."""
    await _RECORD_ITEMS.execute(session, states)


async def record_things(session: TenantSession, things: Things, states: Sequence[Row]) -> None:
    """Note locations, containers or borrowers: version, name, is_in_use."""
    await _RECORD_THINGS[things].execute(session, states)


async def record_entries(session: TenantSession, states: Sequence[Row]) -> None:
    """Note inventory entries: version, item, place, quantity, price, expiration_date,
    is_archived."""
    await _RECORD_ENTRIES.execute(session, states)


async def record_loans(session: TenantSession, states: Sequence[Row]) -> None:
    """Note loans: version, status, item, borrower, quantity, due_at."""
    await _RECORD_LOANS.execute(session, states)


_AGGREGATE = {"workspace_id": "uuid", "id": "uuid", "version": "integer"}
# The `states`, once it is this transaction's turn, and `given`: the newest of each aggregate, of
# equal versions the first.
_GIVEN = """
    WITH states AS MATERIALIZED (
        SELECT r.* FROM
            pg_advisory_xact_lock(hashtextextended('projections ' || current_schema(), 0)),
            {rows}
    ),
    given AS (
        SELECT DISTINCT ON (workspace_id, id) * FROM states
        ORDER BY workspace_id, id, version DESC, ordinality
    )"""


def _add(differences: str, *totals: str) -> str:
    """Add the sums of `differences` (one column per total, by name) to the totals; a change that
    makes no difference leaves a row that is there as it is."""
    sums = ", ".join(f"sum({total}) AS {total}" for total in totals)
    added = ", ".join(f"{total} = workspace_totals.{total} + excluded.{total}" for total in totals)
    any_difference = " OR ".join(f"excluded.{total} <> 0" for total in totals)
    return f"""
        INSERT INTO workspace_totals (workspace_id, {", ".join(totals)})
        SELECT workspace_id, {sums} FROM ({differences}) differences
        GROUP BY workspace_id ORDER BY workspace_id
        ON CONFLICT (workspace_id) DO UPDATE SET {added} WHERE {any_difference}
    """


_LOW = "new.is_low::int - coalesce(old.is_low, false)::int AS low_stock_items"

_RECORD_ITEMS = Statement(
    f"""
    {_GIVEN},
    item AS (
        INSERT INTO items (workspace_id, id, version, name, min_stock_level, is_in_use)
        SELECT workspace_id, id, version, name, min_stock_level, is_in_use FROM given
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            version = excluded.version, name = excluded.name,
            min_stock_level = excluded.min_stock_level, is_in_use = excluded.is_in_use
        WHERE items.version < excluded.version
        RETURNING new.workspace_id, {_LOW},
            new.is_in_use::int - coalesce(old.is_in_use, false)::int AS items
    )
    {_add("SELECT workspace_id, items, low_stock_items FROM item", "items", "low_stock_items")}
    """,
    _AGGREGATE | {"name": "text", "min_stock_level": "integer", "is_in_use": "boolean"},
)

_RECORD_THINGS = {
    things: Statement(
        f"""
        {_GIVEN},
        thing AS (
            INSERT INTO {things} (workspace_id, id, version, name, is_in_use)
            SELECT workspace_id, id, version, name, is_in_use FROM given
            ON CONFLICT (workspace_id, id) DO UPDATE SET
                version = excluded.version, name = excluded.name, is_in_use = excluded.is_in_use
            WHERE {things}.version < excluded.version
            RETURNING new.workspace_id,
                new.is_in_use::int - coalesce(old.is_in_use, false)::int AS {things}
        )
        {_add(f"SELECT workspace_id, {things} FROM thing", things)}
        """,
        _AGGREGATE | {"name": "text", "is_in_use": "boolean"},
    )
    for things in Things
}

_ENTRY = {
    "item_id": "uuid",
    "location_id": "uuid",
    "container_id": "uuid",
    "quantity": "integer",
    "purchase_price": "bigint",
    "currency": "text",
    "expiration_date": "date",
    "is_archived": "boolean",
}
_ENTRY_DIFFERENCES = """
    SELECT workspace_id, inventory_entries, units - coalesce(units_before, 0) AS units,
        0 AS low_stock_items
    FROM entry UNION ALL SELECT workspace_id, 0, 0, low_stock_items FROM item
"""
_RECORD_ENTRIES = Statement(
    f"""
    {_GIVEN},
    entry AS (
        INSERT INTO entries (
            workspace_id, id, version, item_id, location_id, container_id, quantity,
            purchase_price, currency, expiration_date, is_archived
        )
        SELECT workspace_id, id, version, item_id, location_id, container_id, quantity,
            purchase_price, currency, expiration_date, is_archived
        FROM given
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            version = excluded.version, item_id = excluded.item_id,
            location_id = excluded.location_id, container_id = excluded.container_id,
            quantity = excluded.quantity, purchase_price = excluded.purchase_price,
            currency = excluded.currency, expiration_date = excluded.expiration_date,
            is_archived = excluded.is_archived
        WHERE entries.version < excluded.version
        RETURNING new.workspace_id,
            (NOT new.is_archived)::int - coalesce(NOT old.is_archived, false)::int
                AS inventory_entries,
            new.item_id, new.units, new.currency, new.value,
            old.item_id AS item_before, old.units AS units_before,
            old.currency AS currency_before, old.value AS value_before
    ),
    item AS (
        INSERT INTO items (workspace_id, id, version, units)
        SELECT workspace_id, item_id, 0, sum(units) FROM (
            SELECT workspace_id, item_id, units FROM entry
            UNION ALL SELECT workspace_id, item_before, -units_before FROM entry
            UNION ALL SELECT workspace_id, item_id, 0 FROM states
        ) sides
        WHERE item_id IS NOT NULL
        GROUP BY workspace_id, item_id ORDER BY workspace_id, item_id
        ON CONFLICT (workspace_id, id)
            DO UPDATE SET units = items.units + excluded.units WHERE excluded.units <> 0
        RETURNING new.workspace_id, {_LOW}
    ),
    priced AS (
        INSERT INTO workspace_values (workspace_id, currency, amount)
        SELECT workspace_id, currency, sum(value) FROM (
            SELECT workspace_id, currency, value FROM entry
            UNION ALL SELECT workspace_id, currency_before, -value_before FROM entry
            UNION ALL SELECT workspace_id, currency, 0 FROM states
        ) sides
        WHERE currency IS NOT NULL
        GROUP BY workspace_id, currency ORDER BY workspace_id, currency
        ON CONFLICT (workspace_id, currency)
            DO UPDATE SET amount = workspace_values.amount + excluded.amount
            WHERE excluded.amount <> 0
    )
    {_add(_ENTRY_DIFFERENCES, "inventory_entries", "units", "low_stock_items")}
    """,
    _AGGREGATE | _ENTRY,
)

_LOAN = {
    "status": "text",
    "item_id": "uuid",
    "item_name": "text",
    "borrower_id": "uuid",
    "quantity": "integer",
    "due_at": "timestamptz",
}
# A loan counts for its item once, from when it is first known to have been active; so it does even
# where the event that said so is not the newest that is recorded. It counts for the item that the
# newest of these names: that changes when its item is merged into another.
_RECORD_LOANS = Statement(
    f"""
    {_GIVEN},
    lent AS (
        SELECT workspace_id, id, version, ordinality, item_id, item_name FROM states
        WHERE status IN ('active', 'partially_returned', 'returned') AND item_id IS NOT NULL
    ),
    counted AS (
        SELECT DISTINCT ON (workspace_id, id) workspace_id, id, item_id AS counted_item_id
        FROM lent ORDER BY workspace_id, id, version DESC, ordinality
    ),
    loan AS (
        INSERT INTO loans (
            workspace_id, id, version, status, item_id, item_name, borrower_id, quantity, due_at,
            counted_item_id
        )
        SELECT workspace_id, id, version, status, item_id, item_name, borrower_id, quantity,
            due_at, counted_item_id
        FROM given LEFT JOIN counted USING (workspace_id, id)
        ORDER BY workspace_id, id
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            version = excluded.version, status = excluded.status, item_id = excluded.item_id,
            item_name = excluded.item_name, borrower_id = excluded.borrower_id,
            quantity = excluded.quantity, due_at = excluded.due_at,
            counted_item_id = coalesce(excluded.counted_item_id, loans.counted_item_id)
        WHERE loans.version < excluded.version
        RETURNING new.workspace_id,
            new.is_open::int - coalesce(old.is_open, false)::int AS active_loans,
            new.counted_item_id AS item_id, old.counted_item_id AS item_before
    ),
    item AS (
        INSERT INTO items (workspace_id, id, version, name, loans)
        SELECT workspace_id, item_id, 0, max(name), sum(loans) FROM (
            SELECT workspace_id, item_id, NULL AS name, 1 AS loans FROM loan
            UNION ALL SELECT workspace_id, item_before, NULL, -1 FROM loan
            UNION ALL SELECT workspace_id, item_id, item_name, 0 FROM lent
        ) named
        WHERE item_id IS NOT NULL
        GROUP BY workspace_id, item_id ORDER BY workspace_id, item_id
        ON CONFLICT (workspace_id, id) DO UPDATE SET
            loans = items.loans + excluded.loans,
            name = CASE WHEN items.version = 0 THEN greatest(items.name, excluded.name)
                ELSE items.name END
        WHERE excluded.loans <> 0 OR items.version = 0
    )
    {_add("SELECT workspace_id, active_loans FROM loan", "active_loans")}
    """,
    _AGGREGATE | _LOAN,
)
