"""Queries on what rows of imports are about."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from chassis.database import Source


class Entry(NamedTuple):
    """What loans knows of an inventory entry."""

    item_id: UUID
    location_id: UUID
    item_name: str | None


class Loan(NamedTuple):
    """What tells loans of an entry to somebody apart."""

    entry_id: UUID
    borrower_id: UUID
    loaned_at: datetime
    is_open: bool
    quantity: int
    returned_quantity: int

    def is_of(self, quantity: int) -> bool:
        """Whether a row of so many units may tell of it, by now or before some came back."""
        return self.quantity - self.returned_quantity <= quantity <= self.quantity


async def entries(
    source: Source, workspace_id: UUID, entry_ids: Collection[UUID]
) -> dict[UUID, Entry]:
    """Those of the entries that loans has heard of."""
    rows = await source.rows(
        """
        SELECT e.id, e.item_id, e.location_id, i.name FROM known_entries e
        LEFT JOIN known_items i ON i.workspace_id = e.workspace_id AND i.id = e.item_id
        WHERE e.workspace_id = $1 AND e.id = ANY ($2)
        """,
        workspace_id,
        list(entry_ids),
    )
    return {row[0]: Entry(*row[1:]) for row in rows}


async def loans_of(source: Source, workspace_id: UUID, entry_ids: Collection[UUID]) -> list[Loan]:
    """All loans of these entries that came about or are asked for."""
    rows = await source.rows(
        """
        SELECT inventory_id, borrower_id, loaned_at,
               status IN ('requested', 'active', 'partially_returned'),
               quantity, returned_quantity
        FROM loans WHERE workspace_id = $1 AND inventory_id = ANY ($2)
          AND status NOT IN ('rejected', 'cancelled')
        """,
        workspace_id,
        list(entry_ids),
    )
    return [Loan(*row) for row in rows]


async def lock_borrowers(
    source: Source, workspace_id: UUID, borrower_ids: Collection[UUID]
) -> dict[UUID, tuple[str, bool]]:
    """Their names, and whether each is archived; they stay so until this transaction ends."""
    rows = await source.rows(
        """
        SELECT id, name, is_archived FROM borrowers WHERE workspace_id = $1 AND id = ANY ($2)
        ORDER BY id FOR SHARE
        """,
        workspace_id,
        list(borrower_ids),
    )
    return {id_: (name, archived) for id_, name, archived in rows}
