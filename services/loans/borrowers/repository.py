"""Queries on borrowers; the representation of a borrower is the SQL here."""

from typing import Any
from uuid import UUID

from chassis.database import Source
from chassis.pages import Paging, Where, page

SELECT = """
    SELECT b.id, b.workspace_id, b.name, b.external_id, b.email, b.phone, b.notes, b.user_id,
           b.is_archived, b.version, b.created_at, b.updated_at
    FROM borrowers b
"""
_GET = f"""
    SELECT r.version, to_json(r) FROM ({SELECT} WHERE b.workspace_id = $1 AND b.id = $2) r
"""
_SEARCHED = "concat_ws(' ', b.name, b.external_id, b.email, b.phone)"


async def get(source: Source, workspace_id: UUID, borrower_id: UUID) -> list[Any]:
    """One borrower as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, borrower_id)


async def find(
    source: Source,
    workspace_id: UUID,
    paging: Paging,
    *,
    q: str | None,
    external_id: str | None,
    archived: bool,
) -> bytes:
    """A page of borrowers. `q`: each word somewhere in name, external_id, email or phone."""
    where = Where()
    where.add("b.workspace_id = {}", workspace_id)
    where.add("b.is_archived = {}", archived)
    for word in (q or "").split():
        where.add(f"{_SEARCHED} ILIKE {{}}", f"%{_literal(word)}%")
    if external_id is not None:
        where.add("b.external_id = {}", external_id)
    return await page(source, SELECT, where, paging, key="b.id")


async def has_loans(source: Source, workspace_id: UUID, borrower_id: UUID) -> bool:
    """Whether anything was ever lent to them, or asked for."""
    [(lent,)] = await source.rows(
        "SELECT EXISTS (SELECT FROM loans WHERE workspace_id = $1 AND borrower_id = $2)",
        workspace_id,
        borrower_id,
    )
    return bool(lent)


def _literal(word: str) -> str:
    """`word` with LIKE's wildcards taken literally."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
