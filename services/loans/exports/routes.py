"""HTTP in for exports."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from chassis.exports import RESPONSES, Archived, Format, answer, records
from chassis.pages import Where
from chassis.requests import Reading, Viewer
from chassis.trees import breadcrumb
from services.loans.borrowers import repository as borrowers
from services.loans.exports import columns
from services.loans.reach import limit_loans

router = APIRouter(prefix="/v1/workspaces/{workspace_id}/exports", tags=["exports"])


def _loans(way: str) -> str:
    return f"""
        SELECT l.id, coalesce(i.sku, i.name) AS item, {way} AS location_path,
               l.inventory_id AS entry,
               coalesce(
                   b.external_id, b.name || ' <' || b.email || '>', b.name
               ) AS borrower,
               l.quantity - l.returned_quantity AS quantity, l.loaned_at, l.due_at, l.notes
        FROM loans l
        JOIN borrowers b ON b.workspace_id = l.workspace_id AND b.id = l.borrower_id
        LEFT JOIN known_items i ON i.workspace_id = l.workspace_id AND i.id = l.item_id
    """


@router.get("/borrowers", response_class=StreamingResponse, responses=RESPONSES)
async def export_borrowers(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002 - what clients call it
    archived: Archived = False,
) -> Response:
    """Borrowers as a file that an import of borrowers reads."""
    where = Where()
    where.add("b.workspace_id = {}", tenant.workspace_id)
    where.add("b.is_archived = {}", archived)
    found = records(reader, borrowers.SELECT, where, key="b.id")
    return await answer(request, "borrowers", format, columns.BORROWERS, found)


@router.get("/loans", response_class=StreamingResponse, responses=RESPONSES)
async def export_loans(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002
    borrower_id: UUID | None = None,
) -> Response:
    """Loans that are out as a file that an import of loans reads, each with what is not back."""
    where = Where()
    where.add("l.workspace_id = {}", tenant.workspace_id)
    await limit_loans(reader, where, tenant.workspace_id, tenant.locations)
    where.also("l.status IN ('active', 'partially_returned')")
    if borrower_id is not None:
        where.add("l.borrower_id = {}", borrower_id)
    within = None if tenant.locations is None else "$2"
    select = _loans(breadcrumb("known_locations", "l", "location_id", within=within))
    return await answer(
        request, "loans", format, columns.LOANS, records(reader, select, where, key="l.id")
    )
