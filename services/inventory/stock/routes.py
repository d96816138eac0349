"""HTTP in for inventory entries."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.database import Source, TenantSession
from chassis.fields import ExternalId
from chassis.pages import LIMIT, Limit
from chassis.requests import (
    ExpectedVersion,
    Member,
    Reading,
    SearchText,
    Tenant,
    Viewer,
    Writing,
)
from chassis.responses import created, json_bytes, one
from services.inventory.reach import Route
from services.inventory.stock import listing, moving, repository, service
from services.inventory.stock.filters import Filters, filters
from services.inventory.stock.listing import Asked, LowStock
from services.inventory.stock.schemas import (
    EntryAdjust,
    EntryCount,
    EntryCreate,
    EntryMerge,
    EntryMove,
    EntryOut,
    EntryPage,
    EntryPatch,
    EntryUse,
)
from services.inventory.stock.sorting import Sort, SortCursor
from services.inventory.stock.states import Condition, Status

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/inventory", tags=["inventory"], route_class=Route
)

WHAT = "inventory entry"


async def item_wait(request: Request) -> float:
    """Seconds to wait for news of an item; set at the composition root."""
    seconds: float = request.app.state.item_wait
    return seconds


ItemWait = Annotated[float, Depends(item_wait)]


def _last(session: TenantSession, tenant: Tenant) -> Source:
    """What shows the entry after a change; of who is restricted it is asked first where that is."""
    return session.last if tenant.locations is None else session


async def _entry(request: Request, source: Source, tenant: Tenant, entry_id: UUID) -> Response:
    rows = await repository.get(source, tenant.workspace_id, entry_id, tenant.locations)
    return one(request, rows, WHAT)


@router.post("", status_code=201, response_model=EntryOut)
async def create_entry(
    body: EntryCreate, tenant: Member, session: Writing, reader: Reading, patience: ItemWait
) -> Response:
    """Take units of an item in at a place."""
    within = tenant.locations
    entry = await service.create_last(session, reader, body, within, patience=patience)
    return created(entry.rows, f"/v1/workspaces/{tenant.workspace_id}/inventory/{entry.id}")


@router.get("", response_model=EntryPage)
async def list_entries(
    tenant: Viewer,
    reader: Reading,
    q: SearchText,
    narrowed: Annotated[Filters, Depends(filters)],
    limit: Limit = LIMIT,
    cursor: SortCursor = None,
    sort: Annotated[
        Sort | None,
        Query(description="Newest first when absent; what has no date counts as the latest"),
    ] = None,
    item_id: UUID | None = None,
    location_id: Annotated[UUID | None, Query(description="This location and all below")] = None,
    container_id: UUID | None = None,
    condition: Condition | None = None,
    status: Status | None = None,
    archived: bool = False,
    external_id: ExternalId | None = None,
    low_stock: LowStock = None,
) -> Response:
    """Inventory entries; `q` looks for words, or their beginnings, in the item's name, SKU and
    barcode, and in the entry's serial number, lot and notes."""
    asked = Asked(
        q=q,
        item_id=item_id,
        location_id=location_id,
        container_id=container_id,
        condition=condition,
        status=status,
        archived=archived,
        external_id=external_id,
        low_stock=low_stock,
        filters=narrowed,
    )
    return json_bytes(
        await listing.find(
            reader,
            tenant.workspace_id,
            asked,
            tenant.locations,
            limit=limit,
            cursor=cursor,
            sort=sort,
        )
    )


@router.get("/{entry_id}", response_model=EntryOut)
async def get_entry(request: Request, entry_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One inventory entry."""
    return await _entry(request, reader, tenant, entry_id)


@router.patch("/{entry_id}", response_model=EntryOut)
async def update_entry(
    request: Request,
    entry_id: UUID,
    body: EntryPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change fields that are neither quantity nor place."""
    await service.update(session, entry_id, body, version)
    return await _entry(request, _last(session, tenant), tenant, entry_id)


@router.post(
    "/{entry_id}/move",
    response_model=EntryOut,
    responses={201: {"model": EntryOut, "description": "Part was moved: the new entry"}},
)
async def move_entry(
    request: Request,
    entry_id: UUID,
    body: EntryMove,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Move all units, or part of them into a new entry or, with `merge`, into one that is there
    already; answers with the entry that has them."""
    moved = await moving.move(session, entry_id, body, version, tenant.locations)
    rows = await repository.get(
        _last(session, tenant), tenant.workspace_id, moved.entry_id, tenant.locations
    )
    if moved.is_new:
        return created(rows, f"/v1/workspaces/{tenant.workspace_id}/inventory/{moved.entry_id}")
    return one(request, rows, WHAT)


@router.post("/{entry_id}/merge", response_model=EntryOut)
async def merge_entry(
    request: Request,
    entry_id: UUID,
    body: EntryMerge,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Let all units join another entry of the same item, and archive this one; what is lent of it
    is the other's then. Answers with that."""
    await moving.merge(session, entry_id, body, version, tenant.locations)
    return await _entry(request, _last(session, tenant), tenant, body.into)


@router.post("/{entry_id}/adjust", response_model=EntryOut)
async def adjust_entry(
    request: Request,
    entry_id: UUID,
    body: EntryAdjust,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Correct the quantity: so many more or fewer, and why."""
    await service.adjust(session, entry_id, body, version)
    return await _entry(request, _last(session, tenant), tenant, entry_id)


@router.post("/{entry_id}/count", response_model=EntryOut)
async def count_entry(
    request: Request,
    entry_id: UUID,
    body: EntryCount,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Say how many units there are, exactly; refused below what is held."""
    await service.count(session, entry_id, body.quantity, body.reason, version)
    return await _entry(request, _last(session, tenant), tenant, entry_id)


@router.post("/{entry_id}/use", response_model=EntryOut)
async def use_entry(
    request: Request,
    entry_id: UUID,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
    body: EntryUse | None = None,
) -> Response:
    """Note that it was used, now or at `used_at`."""
    await service.use(session, entry_id, body or EntryUse(), version)
    return await _entry(request, _last(session, tenant), tenant, entry_id)


@router.post("/{entry_id}/archive", response_model=EntryOut)
async def archive_entry(
    request: Request, entry_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put an entry out of use; refused while units of it are held."""
    await service.archive(session, entry_id, version)
    return await _entry(request, _last(session, tenant), tenant, entry_id)


@router.post("/{entry_id}/restore", response_model=EntryOut)
async def restore_entry(
    request: Request, entry_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived entry into use again."""
    await service.restore(session, entry_id, version)
    return await _entry(request, _last(session, tenant), tenant, entry_id)
