"""HTTP in for attachments."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis import idempotency
from chassis.problems import NotFound
from chassis.requests import ExpectedVersion, Member, Page, Reading, Viewer, Writing
from chassis.responses import json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.attachments import downloading, pictures, repository, service
from services.catalog.attachments.kinds import Kind, ThumbnailSize
from services.catalog.attachments.schemas import (
    AttachmentOut,
    AttachmentPage,
    AttachmentPatch,
    Caption,
    FileName,
)
from services.catalog.attachments.uploading import upload

MAX_UPLOAD = 1024**3 + 65_536  # bytes, at the gateway; the service's own limit is a setting below
WHAT = "attachment"
_BINARY = {"type": "string", "format": "binary"}
_FIELDS: dict[str, Any] = {
    "kind": {"type": "string", "enum": [kind.value for kind in Kind]},
    "title": {"type": "string", "minLength": 1, "maxLength": 200},
    "caption": {"type": "string", "maxLength": 2000},
    "file_name": {"type": "string", "maxLength": 5000},
    "is_primary": {"type": "boolean"},
}
_BODY = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "title": "AttachmentForm",
                "required": ["file"],
                "properties": {"file": _BINARY, **_FIELDS},
                "additionalProperties": False,
            }
        },
        "application/octet-stream": {"schema": _BINARY},
    },
}
_PARTIAL: list[dict[str, Any]] = [
    {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, **more}
    for name, more in {
        "Range": {"description": "One range of bytes (RFC 9110 section 14.2)"},
        "If-Range": {"description": "The ETag of what there is of it already"},
        "If-None-Match": {"description": "ETags; 304 when it has one of them"},
    }.items()
]


def _content(*types: str) -> dict[str, Any]:
    bodies = {one: {"schema": _BINARY} for one in types}
    return {"description": "The content", "content": bodies}


of_items = APIRouter(prefix="/v1/workspaces/{workspace_id}/items", tags=["attachments"])
router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/attachments",
    tags=["attachments"],
    route_class=UnitOfWork,
)


@of_items.post(
    "/{item_id}/attachments",
    status_code=201,
    response_model=AttachmentOut,
    responses={
        409: {"description": "The item has as many as it may have"},
        413: {"description": "The file is too large, or the workspace has no space left"},
        415: {"description": "Files of this kind are not taken"},
    },
    openapi_extra={
        "parameters": [idempotency.PARAMETER],
        "requestBody": _BODY,
        "x-max-body": MAX_UPLOAD,
    },
)
async def upload_attachment(
    request: Request,
    item_id: UUID,
    tenant: Member,
    kind: Annotated[Kind | None, Query(description="`photo` for pictures if not said")] = None,
    title: Annotated[str | None, Query(max_length=200)] = None,
    caption: Annotated[Caption | None, Query()] = None,
    file_name: Annotated[FileName | None, Query(description="The name to save it under")] = None,
    is_primary: Annotated[
        bool | None, Query(description="Whether it shows its item; the first photo does")
    ] = None,
) -> Response:
    """Attach a file: the body itself, or the field `file` of a form. What is said of it may be in
    the query or in the form."""
    given = {
        "kind": kind,
        "title": title,
        "caption": caption,
        "file_name": file_name,
        "is_primary": is_primary,
    }
    said = {name: value for name, value in given.items() if value is not None}
    return await upload(request, tenant, item_id, said)


@of_items.get("/{item_id}/attachments", response_model=AttachmentPage)
async def list_attachments_of_item(item_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """All attachments of an item, in their order."""
    found = await repository.of_item(reader, tenant.workspace_id, item_id)
    if found is None:
        raise NotFound("There is no such item in this workspace.")
    return json_bytes(found)


@router.get("", response_model=AttachmentPage)
async def list_attachments(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    item_id: UUID | None = None,
    kind: Kind | None = None,
) -> Response:
    """Attachments of all items, newest first."""
    return json_bytes(
        await repository.find(reader, tenant.workspace_id, page, item_id=item_id, kind=kind)
    )


@router.get("/{attachment_id}", response_model=AttachmentOut)
async def get_attachment(
    request: Request, attachment_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """What there is to know about an attachment, without its content."""
    return one(request, await repository.get(reader, tenant.workspace_id, attachment_id), WHAT)


@router.patch("/{attachment_id}", response_model=AttachmentOut)
async def update_attachment(
    request: Request,
    attachment_id: UUID,
    body: AttachmentPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename or describe an attachment, move it among those of its item, or let it show the
    item."""
    await service.update(session, attachment_id, body, version)
    return one(request, await repository.get(session, tenant.workspace_id, attachment_id), WHAT)


@router.delete("/{attachment_id}", status_code=204)
async def delete_attachment(
    attachment_id: UUID, _tenant: Member, session: Writing, version: ExpectedVersion
) -> None:
    """Delete an attachment for good."""
    await service.delete(session, attachment_id, version)


@router.get(
    "/{attachment_id}/content",
    response_class=Response,
    responses={
        200: _content("*/*"),
        206: _content("*/*") | {"description": "The part that Range asks for"},
        304: {"description": "What the client has is the same"},
        416: {"description": "There is nothing in this range"},
    },
    openapi_extra={"parameters": _PARTIAL},
)
async def get_content(
    request: Request,
    attachment_id: UUID,
    tenant: Viewer,
    reader: Reading,
    download: Annotated[bool, Query(description="Have it saved, whatever it is")] = False,
) -> Response:
    """The content of an attachment, or a part of it. It never changes."""
    found = await repository.stored(reader, tenant.workspace_id, attachment_id)
    return await downloading.content(request, tenant.workspace_id, found, save=download)


@router.get(
    "/{attachment_id}/thumbnails/{size}",
    response_class=Response,
    responses={
        200: _content(pictures.TYPE),
        304: {"description": "What the client has is the same"},
    },
    openapi_extra={"parameters": _PARTIAL[-1:]},
)
async def get_thumbnail(
    request: Request, attachment_id: UUID, size: ThumbnailSize, tenant: Viewer, reader: Reading
) -> Response:
    """A picture made small: its longer side has at most so many pixels."""
    found = await repository.stored(reader, tenant.workspace_id, attachment_id)
    return await downloading.thumbnail(request, tenant.workspace_id, found, size)
