"""HTTP in for stocktakes."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from starlette.background import BackgroundTask

from chassis.database import Source
from chassis.requests import ExpectedVersion, Member, Page, Reading, Tenant, Viewer, Writing
from chassis.responses import created, json_bytes, one
from services.inventory.reach import Route
from services.inventory.stocktakes import repository, service
from services.inventory.stocktakes.schemas import (
    CountCreate,
    FindingOut,
    FindingPage,
    StocktakeClose,
    StocktakeCreate,
    StocktakePage,
    StocktakePatch,
    StocktakeWithSummary,
    UncountedPage,
)
from services.inventory.stocktakes.states import Found, Status

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/stocktakes", tags=["stocktakes"], route_class=Route
)


async def _stocktake(
    request: Request, source: Source, tenant: Tenant, stocktake_id: UUID
) -> Response:
    return one(
        request, await repository.get(source, tenant.workspace_id, stocktake_id), service.WHAT
    )


@router.post("", status_code=201, response_model=StocktakeWithSummary)
async def start_stocktake(body: StocktakeCreate, tenant: Member, session: Writing) -> Response:
    """Begin to count what stands at a location and below, or everything."""
    stocktake_id = await service.start(session, body, tenant.locations)
    rows = await repository.get(session, tenant.workspace_id, stocktake_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/stocktakes/{stocktake_id}")


@router.get("", response_model=StocktakePage)
async def list_stocktakes(
    tenant: Viewer, reader: Reading, page: Page, status: Status | None = None
) -> Response:
    """Stocktakes, newest first."""
    return json_bytes(
        await repository.find(
            reader, tenant.workspace_id, page, status=status, within=tenant.locations
        )
    )


@router.get("/{stocktake_id}", response_model=StocktakeWithSummary)
async def get_stocktake(
    request: Request, stocktake_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One stocktake and how far it is. Its ETag does not change with what is counted."""
    return await _stocktake(request, reader, tenant, stocktake_id)


@router.patch("/{stocktake_id}", response_model=StocktakeWithSummary)
async def update_stocktake(
    request: Request,
    stocktake_id: UUID,
    body: StocktakePatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename a stocktake or change its notes."""
    await service.update(session, stocktake_id, body, version)
    return await _stocktake(request, session, tenant, stocktake_id)


@router.post("/{stocktake_id}/counts", response_model=FindingOut)
async def count(
    stocktake_id: UUID, body: CountCreate, tenant: Member, session: Writing
) -> Response:
    """Tell what was found: scan a code, or name an entry or item; answers with what that means."""
    finding_id = await service.count(session, stocktake_id, body, tenant.locations)
    return json_bytes(await repository.finding(session, tenant.workspace_id, finding_id))


@router.get("/{stocktake_id}/findings", response_model=FindingPage)
async def list_findings(
    stocktake_id: UUID,
    tenant: Viewer,
    reader: Reading,
    page: Page,
    state: Found | None = None,
) -> Response:
    """What was found; once it is closed, also what was not."""
    await service.check_exists(reader, tenant.workspace_id, stocktake_id)
    return json_bytes(
        await repository.findings(reader, tenant.workspace_id, stocktake_id, page, state=state)
    )


@router.delete("/{stocktake_id}/findings/{finding_id}", status_code=204)
async def delete_finding(
    stocktake_id: UUID, finding_id: UUID, _tenant: Member, session: Writing
) -> None:
    """Take a count back, as long as the stocktake is open."""
    await service.take_back(session, stocktake_id, finding_id)


@router.get("/{stocktake_id}/uncounted", response_model=UncountedPage)
async def list_uncounted(
    stocktake_id: UUID, tenant: Viewer, reader: Reading, page: Page
) -> Response:
    """Entries that stand here by the books and that nobody has found yet."""
    await service.check_exists(reader, tenant.workspace_id, stocktake_id)
    return json_bytes(await repository.uncounted(reader, tenant.workspace_id, stocktake_id, page))


@router.post("/{stocktake_id}/reconcile", status_code=202, response_model=StocktakeWithSummary)
async def reconcile_stocktake(
    request: Request,
    stocktake_id: UUID,
    body: StocktakeClose,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """End the counting and put the books right; goes on by itself until `status` is `reconciled`,
    and its movements name the stocktake."""
    await service.close(session, stocktake_id, body, version)
    answer = await _stocktake(request, session, tenant, stocktake_id)
    answer.status_code = 202
    # After the answer, so after the commit; a worker in another process comes by itself.
    answer.background = BackgroundTask(request.app.state.reconcile)
    return answer


@router.post("/{stocktake_id}/cancel", response_model=StocktakeWithSummary)
async def cancel_stocktake(
    request: Request, stocktake_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Let a stocktake come to nothing; the books stay as they are."""
    await service.cancel(session, stocktake_id, version)
    return await _stocktake(request, session, tenant, stocktake_id)
