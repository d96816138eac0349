"""HTTP in for short codes."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from chassis.database import Source
from chassis.fields import storable
from chassis.problems import NotFound
from chassis.requests import (
    DatabasePart,
    ExpectedVersion,
    Member,
    Page,
    Reading,
    Tenant,
    UserId,
    Viewer,
    Writing,
    identity_of,
)
from chassis.responses import json_bytes, one
from chassis.scope import Scope
from services.inventory.short_codes import repository, service
from services.inventory.short_codes.kinds import State, Thing
from services.inventory.short_codes.reach import CodeRoute
from services.inventory.short_codes.schemas import (
    ShortCodeClaim,
    ShortCodeList,
    ShortCodeOut,
    ShortCodePage,
    ShortCodesCreate,
)
from services.inventory.stock.routes import ItemWait

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/short-codes", tags=["short codes"], route_class=CodeRoute
)
resolver = APIRouter(prefix="/v1/r", tags=["short codes"])

WHAT = "short code"


async def _code(request: Request, source: Source, tenant: Tenant, typed: str) -> Response:
    rows = await repository.get(source, tenant.workspace_id, typed, tenant.locations)
    return one(request, rows, WHAT)


@router.post("", status_code=201, response_model=ShortCodeList)
async def create_short_codes(
    body: ShortCodesCreate, tenant: Member, session: Writing, reader: Reading, patience: ItemWait
) -> Response:
    """Make codes for labels to come, or give a thing its code."""
    ids = await service.create(session, reader, body, tenant.locations, patience=patience)
    codes = await repository.get_all(session, tenant.workspace_id, ids, tenant.locations)
    where = f"/v1/workspaces/{tenant.workspace_id}/short-codes"
    return json_bytes(b'{"items":' + codes + b"}", 201, {"location": where})


@router.get("", response_model=ShortCodePage)
async def list_short_codes(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    state: State | None = None,
    kind: Thing | None = None,
    target_id: UUID | None = None,
) -> Response:
    """Short codes, newest first."""
    return json_bytes(
        await repository.find(
            reader,
            tenant.workspace_id,
            page,
            state=state,
            kind=kind,
            target_id=target_id,
            within=tenant.locations,
        )
    )


@router.get("/{short_code}", response_model=ShortCodeOut)
async def get_short_code(
    request: Request, short_code: str, tenant: Viewer, reader: Reading
) -> Response:
    """One short code and what it is on."""
    return await _code(request, reader, tenant, short_code)


@router.post("/{short_code}/claim", response_model=ShortCodeOut)
async def claim_short_code(
    request: Request,
    short_code: str,
    body: ShortCodeClaim,
    tenant: Member,
    session: Writing,
    reader: Reading,
    patience: ItemWait,
) -> Response:
    """Put an unused code on a thing: stick the label on, scan it, say what it is on."""
    await service.claim(session, reader, short_code, body, tenant.locations, patience=patience)
    return await _code(request, session, tenant, short_code)


@router.post("/{short_code}/release", response_model=ShortCodeOut)
async def release_short_code(
    request: Request, short_code: str, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take a code off what it is on; it can be put on something else of this workspace."""
    await service.release(session, short_code, version)
    return await _code(request, session, tenant, short_code)


@resolver.get("/{short_code}", response_model=ShortCodeOut)
async def resolve_short_code(
    request: Request, short_code: str, user_id: UserId, database: DatabasePart
) -> Response:
    """What a code is on, in whichever of your workspaces that is; with a token that is good for one
    workspace alone, in that one."""
    unknown = NotFound("No workspace of yours has this code, or it is on what you do not reach.")
    if not storable(short_code):
        raise unknown
    who = identity_of(request)
    if who.workspace_id is not None:  # the gateway tells which, of such a token
        workspace_id, code, within = who.workspace_id, short_code, who.locations
    else:
        mine = database.reader.within(Scope(user_id=user_id))
        found = await repository.resolve(mine, user_id, short_code)
        if found is None:
            raise unknown
        workspace_id, code, within = found
    theirs = database.reader.within(Scope(workspace_id=workspace_id))
    rows = await repository.get(theirs, workspace_id, code, within)
    if not rows:
        raise unknown
    return json_bytes(rows[0][1])
