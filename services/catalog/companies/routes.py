"""HTTP in for companies."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.fields import ExternalId, Name
from chassis.requests import ExpectedVersion, Member, Page, Reading, Viewer, Writing
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.companies import repository, service
from services.catalog.companies.schemas import CompanyCreate, CompanyOut, CompanyPage, CompanyPatch

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/companies", tags=["companies"], route_class=UnitOfWork
)


@router.post("", status_code=201, response_model=CompanyOut)
async def create_company(body: CompanyCreate, tenant: Member, session: Writing) -> Response:
    """Add a company."""
    company_id = await service.create(session, body)
    rows = await repository.get(session.last, tenant.workspace_id, company_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/companies/{company_id}")


@router.get("", response_model=CompanyPage)
async def list_companies(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    name: Annotated[Name | None, Query(description="The one of this name")] = None,
    archived: bool = False,
    external_id: ExternalId | None = None,
) -> Response:
    """Companies, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            name=name,
            archived=archived,
            external_id=external_id,
        )
    )


@router.get("/{company_id}", response_model=CompanyOut)
async def get_company(
    request: Request, company_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One company."""
    return one(request, await repository.get(reader, tenant.workspace_id, company_id), "company")


@router.patch("/{company_id}", response_model=CompanyOut)
async def update_company(
    request: Request,
    company_id: UUID,
    body: CompanyPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change what is noted of a company."""
    await service.update(session, company_id, body, version)
    return one(request, await repository.get(session, tenant.workspace_id, company_id), "company")


@router.post("/{company_id}/archive", response_model=CompanyOut)
async def archive_company(
    request: Request, company_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put a company out of use."""
    await service.archive(session, company_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, company_id), "company")


@router.post("/{company_id}/restore", response_model=CompanyOut)
async def restore_company(
    request: Request, company_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived company into use again."""
    await service.restore(session, company_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, company_id), "company")


@router.delete("/{company_id}", status_code=204)
async def delete_company(
    company_id: UUID,
    _tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> None:
    """Delete a company that no item was bought from."""
    await service.delete(session, company_id, version)
