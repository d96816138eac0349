"""Queries on what a scanned code means to a count: entries and items by their codes, and what
stands where."""

from dataclasses import dataclass
from uuid import UUID

from chassis.database import Source
from chassis.product_codes import forms
from services.inventory.short_codes.alphabet import readings

# The code as it stands there and as a made one is read; a barcode's forms; other codes' cases.
_KNOWN_AS = """
    WITH labelled AS (
        SELECT kind, target_id FROM short_codes
        WHERE workspace_id = $1 AND (code = $2 OR (code = $3 AND is_made)) AND state = 'claimed'
        ORDER BY code = $2 DESC LIMIT 1
    )
    SELECT e.id, NULL FROM labelled s JOIN entries e ON e.workspace_id = $1 AND e.id = s.target_id
    WHERE s.kind = 'entry' AND NOT e.is_archived
    UNION
    SELECT NULL, k.id FROM labelled s
    JOIN known_items k ON k.workspace_id = $1 AND k.id = s.target_id
    WHERE s.kind = 'item' AND NOT k.is_deleted
    UNION
    SELECT NULL, id FROM known_items
    WHERE workspace_id = $1 AND NOT is_deleted
      AND (barcode = ANY ($4) OR sku = ANY ($5) OR external_id = ANY ($5))
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """An entry as a count sees it."""

    entry_id: UUID
    item_id: UUID
    location_id: UUID
    container_id: UUID | None
    quantity: int


async def standing(
    source: Source,
    workspace_id: UUID,
    *,
    entry_id: UUID | None = None,
    item_id: UUID | None = None,
) -> list[Standing]:
    """An entry in use, or all of an item."""
    rows = await source.rows(
        """
        SELECT id, item_id, location_id, container_id, quantity FROM entries
        WHERE workspace_id = $1 AND NOT is_archived
          AND (id = $2::uuid OR item_id = $3::uuid)
        ORDER BY id
        """,
        workspace_id,
        entry_id,
        item_id,
    )
    return [Standing(*row) for row in rows]


def cases(code: str) -> list[str]:
    """A code as somebody may have typed it: scanners and people are of two minds about capitals."""
    return list({code, code.upper(), code.lower()})


async def known_as(source: Source, workspace_id: UUID, code: str) -> tuple[list[UUID], list[UUID]]:
    """What a scanned code may mean: entries in use and items by their short code, and items by
    their barcode in any of its forms, or their sku or external_id in either case."""
    rows = await source.rows(_KNOWN_AS, workspace_id, *readings(code), forms(code), cases(code))
    return [entry for entry, _ in rows if entry], [item for _, item in rows if item]


async def is_item(source: Source, workspace_id: UUID, item_id: UUID) -> bool:
    """Whether inventory knows of such an item that is not deleted."""
    return bool(
        await source.rows(
            "SELECT true FROM known_items WHERE workspace_id = $1 AND id = $2 AND NOT is_deleted",
            workspace_id,
            item_id,
        )
    )
