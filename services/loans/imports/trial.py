"""What is free of each entry in a dry run, where inventory is not asked: what it said that is free,
without what earlier rows of the file would have lent of it."""

from collections.abc import Collection, Sequence
from uuid import UUID

from chassis.bulk import State
from chassis.database import TenantSession
from chassis.imports import ImportRow
from chassis.problems import invalid
from chassis.statements import Statement
from services.loans.imports.settling import reason
from services.loans.loans.states import Refusal

_LENT = """
    SELECT entry_id, quantity FROM import_lent
    WHERE workspace_id = $1 AND import_id = $2 AND entry_id = ANY ($3)
"""
_LEND = Statement(
    """
    INSERT INTO import_lent (workspace_id, import_id, entry_id, quantity)
    SELECT workspace_id, import_id, entry_id, sum(quantity) FROM {rows}
    GROUP BY workspace_id, import_id, entry_id
    ON CONFLICT (workspace_id, import_id, entry_id) DO UPDATE
    SET quantity = import_lent.quantity + excluded.quantity
    """,
    {"workspace_id": "uuid", "import_id": "uuid", "entry_id": "uuid", "quantity": "bigint"},
)
_FORGET = "DELETE FROM import_lent WHERE workspace_id = $1 AND import_id = $2"


class Free:
    """Of the entries of some rows; without `lent`, of a file that is no dry run, it counts
    nothing."""

    def __init__(self, lent: dict[UUID, int] | None) -> None:
        self._lent = lent

    def take(self, row: ImportRow, loan: State) -> None:
        """Raises `Invalid` for more than there is."""
        told = row.fields.get("_free")
        if self._lent is None or not isinstance(told, int):
            return
        entry_id = loan["inventory_id"]
        left = max(told - self._lent.get(entry_id, 0), 0)
        if loan["quantity"] > left:
            why = reason(Refusal.INSUFFICIENT_STOCK, loan["quantity"], left)
            raise invalid("row", why, "insufficient-stock")
        self._lent[entry_id] = self._lent.get(entry_id, 0) + loan["quantity"]


async def free(session: TenantSession, import_id: UUID, entry_ids: Collection[UUID]) -> Free:
    """What the chunks before have left."""
    rows = await session.rows(_LENT, session.workspace_id, import_id, list(entry_ids))
    return Free(dict(rows))


async def lend(session: TenantSession, import_id: UUID, rows: Sequence[ImportRow]) -> None:
    """Keep what the rows of a chunk would have lent, for those to come."""
    about = {"workspace_id": session.workspace_id, "import_id": import_id}
    lent = [
        {**about, "entry_id": row.found["entry_id"], "quantity": row.fields.get("quantity", 1)}
        for row in rows
    ]
    if lent:
        await _LEND.execute(session, lent)


async def forget(session: TenantSession, import_id: UUID) -> None:
    """The file is at its end."""
    await session.rows(_FORGET, session.workspace_id, import_id)
