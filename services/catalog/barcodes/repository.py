"""Queries by barcode."""

from uuid import UUID

from chassis.database import Source
from chassis.product_codes import forms
from services.catalog.items.repository import SELECT

_ITEMS = f"""
    SELECT coalesce(json_agg(r), '[]') FROM (
        {SELECT} WHERE i.workspace_id = $1 AND i.barcode = ANY ($2::text[]) AND NOT i.is_archived
        ORDER BY i.id DESC
    ) r
"""


async def items(source: Source, workspace_id: UUID, code: str) -> bytes:
    """The items in use with this barcode, in any of its forms, as a JSON list."""
    [(found,)] = await source.rows(_ITEMS, workspace_id, forms(code))
    return bytes(found)
