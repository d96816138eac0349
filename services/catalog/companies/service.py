"""The use cases of companies."""

from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem
from services.catalog.companies import repository
from services.catalog.companies.events import (
    CompanyArchived,
    CompanyCreated,
    CompanyDeleted,
    CompanyRestored,
    CompanyUpdated,
)
from services.catalog.companies.models import Company
from services.catalog.companies.schemas import CompanyCreate, CompanyPatch


class NameTaken(Conflict):
    code, title = "name-taken", "There is a company of this name"


class InUse(Conflict):
    code, title = "in-use", "Items were bought from this company"


def _name_taken() -> Problem:
    return NameTaken(
        "Choose another name, or restore the company if it is archived.",
        errors=[FieldError("name", "taken in this workspace", "taken")],
    )


def _external_id_taken() -> Problem:
    return Conflict(
        "Another company has this external_id.",
        errors=[FieldError("external_id", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {"company_name": _name_taken, "company_external_id": _external_id_taken}


async def create(session: TenantSession, body: CompanyCreate) -> UUID:
    """Add a company; the new one's id."""
    company = Company(**born(session.workspace_id), **body.model_dump(), is_archived=False)
    session.add(company)
    stage(session, CompanyCreated.of(company))
    return company.id


async def update(
    session: TenantSession, company_id: UUID, body: CompanyPatch, version: int | None
) -> None:
    """Change the fields that were sent; nothing happens when they say what is there already."""
    company = await lock(session, Company, company_id, "company", version=version)
    for name, value in sent(body).items():
        setattr(company, name, value)
    if changes := changes_of(company):
        touch(company)
        stage(session, CompanyUpdated.of(company, changes=changes))


async def archive(session: TenantSession, company_id: UUID, version: int | None) -> None:
    """Put a company out of use: items bought there keep saying so, and no other may."""
    company = await lock(session, Company, company_id, "company", version=version)
    if not company.is_archived:
        company.is_archived = True
        touch(company)
        stage(session, CompanyArchived.of(company))


async def restore(session: TenantSession, company_id: UUID, version: int | None) -> None:
    """Take an archived company into use again."""
    company = await lock(session, Company, company_id, "company", version=version)
    if company.is_archived:
        company.is_archived = False
        touch(company)
        stage(session, CompanyRestored.of(company))


async def delete(session: TenantSession, company_id: UUID, version: int | None) -> None:
    """Delete a company for good; raises `InUse` while items say that they were bought there."""
    company = await lock(session, Company, company_id, "company", version=version)
    if await repository.has_items(session, session.workspace_id, company_id):
        raise InUse("Archive it instead, or change where those items were bought.")
    touch(company)
    stage(session, CompanyDeleted.of(company))
    await session.flush()
    await session.delete(company)
