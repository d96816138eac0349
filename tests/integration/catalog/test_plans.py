"""What PostgreSQL makes of the list of items, in a small workspace among large ones."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from services.catalog.items import repository

_FILL = """
    INSERT INTO items (
        id, workspace_id, version, created_at, updated_at, sku, name, is_insured, lifetime_warranty,
        min_stock_level, needs_review, attributes, is_archived
    )
    SELECT uuidv7(), CASE WHEN n > 3000 THEN $1 ELSE gen_random_uuid() END, 1, now(), now(),
        'T-' || n, 'Thing', false, false, 0, false, '{}', false
    FROM generate_series(1, 3300) n
"""


async def test_a_page_of_a_small_workspace_is_read_in_order(
    connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    """And not sorted out of all it has."""
    database = await connect("catalog")
    sql = f"{repository.SELECT} WHERE i.workspace_id = '{workspace_id}'::uuid AND NOT i.is_archived"
    transaction = database.transaction()
    await transaction.start()
    try:
        await database.execute("SET LOCAL session_replication_role = replica")
        await database.execute(_FILL, workspace_id)
        await database.execute("ANALYZE items")
        await database.execute("SET LOCAL ROLE catalog_app")
        await database.execute(
            "SELECT set_config('warehouse.workspace_id', $1, true)", str(workspace_id)
        )
        plan = await database.fetch(f"EXPLAIN {sql} ORDER BY i.id DESC LIMIT 51")
    finally:
        await transaction.rollback()
    lines = [line[0].strip() for line in plan]
    assert not [line for line in lines if line.startswith("Sort Key: i.id")], lines
