"""What PostgreSQL makes of the queries of lists, in a large workspace among many small ones."""

from integration.inventory.rig import Shelf

from services.inventory.stock import repository

_FILL = """
    INSERT INTO locations (id, workspace_id, version, created_at, updated_at, name, is_archived)
    SELECT uuidv7(), CASE WHEN n > 3000 THEN $1 ELSE gen_random_uuid() END, 1, now(), now(),
           'Shelf ' || n, false
    FROM generate_series(1, 3300) n
"""

_FILL_ENTRIES = """
    INSERT INTO entries (
        id, workspace_id, version, created_at, updated_at, item_id, location_id, quantity,
        held_quantity, condition, status, is_archived
    )
    SELECT uuidv7(), CASE WHEN n > 3000 THEN $1 ELSE gen_random_uuid() END, 1, now(), now(),
           gen_random_uuid(), gen_random_uuid(), 1, 0, 'GOOD', 'AVAILABLE', false
    FROM generate_series(1, 3300) n
"""


async def test_a_page_of_a_small_workspace_is_read_in_order(shelf: Shelf) -> None:
    """And not sorted out of all it has."""
    sql = f"{repository.SELECT} WHERE e.workspace_id = '{shelf.workspace_id}'::uuid"
    transaction = shelf.database.transaction()
    await transaction.start()
    try:
        await shelf.database.execute("SET LOCAL session_replication_role = replica")
        await shelf.database.execute(_FILL_ENTRIES, shelf.workspace_id)
        await shelf.database.execute("ANALYZE entries")
        await shelf.database.execute("SET LOCAL ROLE inventory_app")
        await shelf.database.execute(
            "SELECT set_config('warehouse.workspace_id', $1, true)", str(shelf.workspace_id)
        )
        plan = await shelf.database.fetch(
            f"EXPLAIN {sql} AND NOT e.is_archived ORDER BY e.id DESC LIMIT 51"
        )
    finally:
        await transaction.rollback()
    lines = [line[0].strip() for line in plan]
    assert not [line for line in lines if line.startswith("Sort Key: e.id")], lines


async def test_places_of_entries_are_looked_up_one_by_one(shelf: Shelf) -> None:
    """By their ids: to the planner a workspace is one of average size, so that it would read all
    places of this one, for each level above each entry."""
    sql = f"{repository.SELECT} WHERE e.workspace_id = $1 AND NOT e.is_archived LIMIT 51"
    transaction = shelf.database.transaction()
    await transaction.start()
    try:
        await shelf.database.execute(_FILL, shelf.workspace_id)
        await shelf.database.execute("ANALYZE locations")
        await shelf.database.execute("SET LOCAL ROLE inventory_app")
        await shelf.database.execute(
            "SELECT set_config('warehouse.workspace_id', $1, true)", str(shelf.workspace_id)
        )
        plan = await shelf.database.fetch(f"EXPLAIN {sql}", shelf.workspace_id)
    finally:
        await transaction.rollback()
    lines = [line[0].strip() for line in plan]
    conditions = [
        lines[number + 1] for number, line in enumerate(lines) if "on locations a" in line
    ]
    assert conditions == ["Index Cond: (id = e.location_id)", "Index Cond: (id = up.parent_id)"]
