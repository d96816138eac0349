"""HTTP in for imports."""

import asyncio
import time
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from chassis.idempotency import PARAMETER, IdempotencyKey
from chassis.problems import NotFound, invalid
from chassis.requests import (
    DatabasePart,
    ExpectedVersion,
    Member,
    Overseer,
    Page,
    Reading,
    Restricted,
    Tenant,
    Writing,
    identity_of,
)
from chassis.responses import json_bytes, one
from chassis.scope import Scope
from chassis.unit_of_work import UnitOfWork, caller_of
from services.catalog.imports import repository, service, uploads
from services.catalog.imports.columns import Columns, UnfitError, Wanted
from services.catalog.imports.error_file import error_file
from services.catalog.imports.files import CSV, Form, form_of
from services.catalog.imports.files import Reading as FileReading
from services.catalog.imports.schemas import ImportOut, ImportPage, ImportRequest
from services.catalog.imports.stream import Streams, is_over
from services.catalog.imports.tables import UnreadableError
from services.catalog.workspaces.repository import currency

MOST_BYTES = 100_000_000  # of a file, whatever is configured
MOST_UNPACKED = 8 * MOST_BYTES
HEARSAY = 1.0  # seconds in which catalog hears of a workspace that was made
_FRAMING = 100_000  # bytes of a form around its file
_PREFIX = "/v1/workspaces/{workspace_id}/imports"

#: Handing a file in: its transaction begins when the file is there.
uploading = APIRouter(prefix=_PREFIX, tags=["imports"])
router = APIRouter(prefix=_PREFIX, tags=["imports"], route_class=UnitOfWork)

_FILE = {"type": "string", "format": "binary"}
#: As Homebox writes it: a file that says by itself what its rows are.
_EXAMPLE = "HB.name,HB.location,HB.quantity\nCordless drill,House / Garage,2\n"
_BODY: dict[str, Any] = {
    "required": True,
    "description": "CSV or XLSX; its columns are named by a row",
    "content": {
        uploads.FORM: {
            "schema": {
                "type": "object",
                "required": [uploads.PART],
                "properties": {uploads.PART: _FILE},
            }
        },
        **{kind: {"schema": _FILE, "example": _EXAMPLE} for kind in uploads.TYPES},
    },
}


async def most_bytes(request: Request) -> int:
    most: int = request.app.state.import_max_bytes
    return most


async def streams(request: Request) -> Streams:
    found: Streams = request.app.state.import_streams
    return found


async def unrestricted(tenant: Member) -> Tenant:
    """A member of the whole workspace: rows may go anywhere in it."""
    if tenant.locations is not None:
        raise Restricted
    return tenant


Importer = Annotated[Tenant, Depends(unrestricted)]


@uploading.post(
    "",
    status_code=202,
    response_model=ImportOut,
    openapi_extra={
        "parameters": [PARAMETER],
        "requestBody": _BODY,
        "x-max-body": MOST_BYTES + _FRAMING,
    },
    responses={
        202: {"description": "Its rows are brought in from now on; Location tells how far it is"},
        413: {"description": "The file is too large."},
        415: {"description": "The body is neither a form nor a table."},
    },
)
async def create_import(
    request: Request,
    wanted: Annotated[ImportRequest, Query()],
    tenant: Importer,
    database: DatabasePart,
    reader: Reading,
    most: Annotated[int, Depends(most_bytes)],
) -> Response:
    """Bring in a file of things: CSV or XLSX, as the body or as the part `file` of a form."""
    upload = await uploads.receive(request, most=most, name=wanted.name)
    try:
        form, columns, means = await _understood(upload, wanted, reader, tenant.workspace_id)
        caller = caller_of(identity_of(request))
        asked = upload.digest + wanted.model_dump_json().encode()
        key = await IdempotencyKey.of(request, caller, body=asked)
        scope = Scope(workspace_id=tenant.workspace_id)
        async with database.session(scope, named="request") as session:
            if key is not None:
                earlier = await key.claim(session)
                if earlier is not None and earlier.response is not None:
                    return earlier.response
            job = await service.request(
                session,
                wanted,
                requested_by=tenant.user_id,
                file=upload.file,
                name=upload.name,
                form=form,
                columns=columns,
                wanted=means,
            )
            [(version, body)] = await repository.get(session, tenant.workspace_id, job.id)
            headers = {
                "etag": f'"{version}"',
                "location": f"/v1/workspaces/{tenant.workspace_id}/imports/{job.id}",
            }
            response = json_bytes(body, 202, headers)
            if key is not None:
                await key.keep(session, response)
        request.app.state.import_wake()
        return response
    finally:
        upload.file.close()


async def _understood(
    upload: uploads.Upload, wanted: ImportRequest, reader: Reading, workspace_id: UUID
) -> tuple[Form, Columns, Wanted]:
    """What the file is, what its columns hold, and what was meant with them; raises problems that
    say what would help. Of a workspace that is made just now, its currency may come after it."""
    until = time.monotonic() + HEARSAY
    while True:
        own = None if wanted.currency else await currency(reader, workspace_id)
        means = wanted.wanted(own)
        try:
            form, columns = await asyncio.to_thread(_looked_at, upload, wanted, means)
        except UnreadableError as error:
            raise invalid("file", str(error)) from error
        except UnfitError as error:
            if error.parameter != "currency" or time.monotonic() > until:
                raise invalid(error.parameter, str(error)) from error
            await asyncio.sleep(0.1)
        else:
            return form, columns, means


def _looked_at(
    upload: uploads.Upload, wanted: ImportRequest, means: Wanted
) -> tuple[Form, Columns]:
    delimiter = "\t" if wanted.delimiter == "tab" else wanted.delimiter
    form = form_of(
        upload.file,
        encoding=wanted.encoding,
        delimiter=delimiter,
        sheet=wanted.sheet,
        most_unpacked=MOST_UNPACKED,
    )
    if wanted.sheet is not None and form.format == CSV:
        raise UnfitError("sheet", "The file is a CSV, which has no sheets; leave it out.")
    return form, FileReading(upload.file, form, means).columns


@router.get("", response_model=ImportPage)
async def list_imports(
    tenant: Overseer,
    reader: Reading,
    page: Page,
    state: Literal["queued", "running", "completed", "failed", "cancelled"] | None = None,
) -> Response:
    """Imports, newest first; they are kept for some weeks after their end."""
    return json_bytes(await repository.find(reader, tenant.workspace_id, page, state=state))


@router.get("/{import_id}", response_model=ImportOut)
async def get_import(
    request: Request, import_id: UUID, tenant: Overseer, reader: Reading
) -> Response:
    """How far an import is, and what came of it."""
    rows = await repository.get(reader, tenant.workspace_id, import_id)
    return one(request, rows, service.WHAT)


@router.post("/{import_id}/cancel", response_model=ImportOut)
async def cancel_import(
    request: Request,
    import_id: UUID,
    tenant: Importer,
    session: Writing,
    version: ExpectedVersion,
    force: Annotated[
        bool,
        Query(description="Not to wait for rows that are on their way, whatever comes of them"),
    ] = False,
) -> Response:
    """Read no further row. What went in stays, and so do rows that are on their way: `ending` says
    that they are waited for."""
    await service.cancel(session, import_id, version, force=force)
    rows = await repository.get(session, tenant.workspace_id, import_id)
    return one(request, rows, service.WHAT)


@router.get(
    "/{import_id}/errors.csv",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "One line for each row that did not go in: `import:line`, "
            "`import:faults` with all that is wrong with it, and the row's own cells",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        }
    },
)
async def get_import_errors(import_id: UUID, tenant: Overseer, reader: Reading) -> Response:
    """The rows that did not go in, and why, as a file to mend and to hand in again."""
    found = await repository.headings(reader, tenant.workspace_id, import_id)
    if found is None:
        raise NotFound(f"There is no such {service.WHAT} in this workspace.")
    return StreamingResponse(
        error_file(reader, tenant.workspace_id, import_id, found),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": 'attachment; filename="errors.csv"'},
    )


@router.get(
    "/{import_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Server-sent events: each has the job as GET tells it for its data, its "
            "version for an id, its state for a name. The stream ends with the job, or after less "
            "than a minute: ask again with Last-Event-ID, as browsers do by themselves",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        204: {"description": "The job has ended, and Last-Event-ID names its last state"},
    },
)
async def follow_import(
    import_id: UUID,
    tenant: Overseer,
    reader: Reading,
    open_streams: Annotated[Streams, Depends(streams)],
    last_event_id: Annotated[
        str | None, Header(max_length=20, description="The version that was seen last")
    ] = None,
) -> Response:
    """How an import goes on, as it does."""
    rows = await repository.get(reader, tenant.workspace_id, import_id)
    if not rows:
        raise NotFound(f"There is no such {service.WHAT} in this workspace.")
    [(version, body)] = rows
    known = (last_event_id or "").strip()
    seen = int(known) if known.isascii() and known.isdigit() else 0
    if seen >= version and is_over(body):
        return Response(status_code=204)
    return StreamingResponse(
        open_streams.of(reader, tenant.workspace_id, import_id, seen),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )
