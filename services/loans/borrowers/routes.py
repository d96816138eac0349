"""HTTP in for borrowers."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.fields import ExternalId
from chassis.requests import ExpectedVersion, Member, Page, Reading, SearchText, Viewer, Writing
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.loans.borrowers import repository, service
from services.loans.borrowers.schemas import (
    BorrowerCreate,
    BorrowerOut,
    BorrowerPage,
    BorrowerPatch,
)

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/borrowers", tags=["borrowers"], route_class=UnitOfWork
)

WHAT = "borrower"


@router.post("", status_code=201, response_model=BorrowerOut)
async def create_borrower(body: BorrowerCreate, tenant: Member, session: Writing) -> Response:
    """Add somebody whom things are lent to."""
    borrower_id = await service.create(session, body)
    rows = await repository.get(session, tenant.workspace_id, borrower_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/borrowers/{borrower_id}")


@router.get("", response_model=BorrowerPage)
async def list_borrowers(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    q: SearchText,
    external_id: ExternalId | None = None,
    archived: bool = False,
) -> Response:
    """Borrowers, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            q=q,
            external_id=external_id,
            archived=archived,
        )
    )


@router.get("/{borrower_id}", response_model=BorrowerOut)
async def get_borrower(
    request: Request, borrower_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One borrower."""
    return one(request, await repository.get(reader, tenant.workspace_id, borrower_id), WHAT)


@router.patch("/{borrower_id}", response_model=BorrowerOut)
async def update_borrower(
    request: Request,
    borrower_id: UUID,
    body: BorrowerPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a borrower's fields."""
    await service.update(session, borrower_id, body, version)
    return one(request, await repository.get(session, tenant.workspace_id, borrower_id), WHAT)


@router.post("/{borrower_id}/archive", response_model=BorrowerOut)
async def archive_borrower(
    request: Request, borrower_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Lend nothing more to a borrower; open loans go on."""
    await service.archive(session, borrower_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, borrower_id), WHAT)


@router.post("/{borrower_id}/restore", response_model=BorrowerOut)
async def restore_borrower(
    request: Request, borrower_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Let an archived borrower borrow again."""
    await service.restore(session, borrower_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, borrower_id), WHAT)


@router.delete("/{borrower_id}", status_code=204)
async def delete_borrower(
    borrower_id: UUID, _tenant: Member, session: Writing, version: ExpectedVersion
) -> None:
    """Delete a borrower who never had a loan."""
    await service.delete(session, borrower_id, version)
