"""HTTP in for loans."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis import idempotency
from chassis.database import Source
from chassis.requests import ExpectedVersion, Member, Page, Reading, Tenant, Viewer, Writing
from chassis.responses import json_bytes, one
from services.loans.loans import repository, service
from services.loans.loans.lending import lend
from services.loans.loans.preferences import Patient
from services.loans.loans.schemas import (
    LoanExtend,
    LoanOut,
    LoanPage,
    LoanPatch,
    LoanRequest,
    LoanReturnBody,
    RefusedLoan,
)
from services.loans.loans.states import Status
from services.loans.reach import Route

_PREFIX = "/v1/workspaces/{workspace_id}/loans"

requests = APIRouter(prefix=_PREFIX, tags=["loans"])
router = APIRouter(prefix=_PREFIX, tags=["loans"], route_class=Route)

WHAT = "loan"


async def _loan(request: Request, source: Source, tenant: Tenant, loan_id: UUID) -> Response:
    rows = await repository.get(source, tenant.workspace_id, loan_id, tenant.locations)
    return one(request, rows, WHAT)


@requests.post(
    "",
    status_code=201,
    response_model=LoanOut,
    responses={
        202: {"model": LoanOut, "description": "Requested; the outcome is not known yet"},
        409: {"model": RefusedLoan, "description": "Inventory refused"},
    },
    openapi_extra={"parameters": [idempotency.PARAMETER]},
)
async def request_loan(
    request: Request, body: LoanRequest, _tenant: Member, patience: Patient
) -> Response:
    """Lend units of an inventory entry: answers once inventory holds them or has refused."""
    response = await lend(request, body, patience=patience.seconds)
    if patience.applied:
        response.headers["preference-applied"] = patience.applied
    return response


@router.get("", response_model=LoanPage)
async def list_loans(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    status: Status | None = None,
    borrower_id: UUID | None = None,
    inventory_id: UUID | None = None,
    item_id: UUID | None = None,
    overdue: bool | None = None,
) -> Response:
    """Loans, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            status=status,
            borrower_id=borrower_id,
            inventory_id=inventory_id,
            item_id=item_id,
            overdue=overdue,
            within=tenant.locations,
        )
    )


@router.get("/{loan_id}", response_model=LoanOut)
async def get_loan(request: Request, loan_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One loan."""
    return await _loan(request, reader, tenant, loan_id)


@router.patch("/{loan_id}", response_model=LoanOut)
async def update_loan(
    request: Request,
    loan_id: UUID,
    body: LoanPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a loan's notes."""
    await service.update(session, loan_id, body, version)
    return await _loan(request, session, tenant, loan_id)


@router.post("/{loan_id}/extend", response_model=LoanOut)
async def extend_loan(
    request: Request,
    loan_id: UUID,
    body: LoanExtend,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Let the borrower keep it longer."""
    await service.extend(session, loan_id, body, version)
    return await _loan(request, session, tenant, loan_id)


@router.post("/{loan_id}/return", response_model=LoanOut)
async def return_loan(
    request: Request,
    loan_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
    body: LoanReturnBody | None = None,
) -> Response:
    """Take all or some units back."""
    await service.take_back(session, loan_id, body or LoanReturnBody(), version)
    return await _loan(request, session, tenant, loan_id)


@router.post("/{loan_id}/cancel", response_model=LoanOut)
async def cancel_loan(
    request: Request, loan_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Withdraw a request that inventory has not answered yet."""
    await service.cancel(session, loan_id, version)
    return await _loan(request, session, tenant, loan_id)
