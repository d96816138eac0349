"""Queries of reports; each is read from counters that projections keep."""

from uuid import UUID

from chassis.database import Source

_MOST_LENT = """
    SELECT coalesce(json_agg(lent), '[]') FROM (
        SELECT id AS item_id, coalesce(name, '') AS name, loans FROM items
        WHERE workspace_id = $1 AND loans > 0
        ORDER BY loans DESC, name, id LIMIT $2
    ) lent
"""


async def most_lent_items(source: Source, workspace_id: UUID, limit: int) -> bytes:
    """The items lent most often, most first, then by name; as `{"items": [...]}`."""
    rows = await source.rows(_MOST_LENT, workspace_id, limit)
    items: bytes = rows[0][0]
    return b'{"items":' + items + b"}"
