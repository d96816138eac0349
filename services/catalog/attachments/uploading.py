"""`POST …/items/{item_id}/attachments`: receive, look into, store, and only then tell of it.

The content is announced in one transaction, put into the store outside of any, and attached in
another. Whatever breaks off between them leaves a content that nothing needs, which the sweep
finds; an attachment whose content is not there whole never is.
"""

from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from uuid_utils.compat import uuid7

from chassis.database import Database
from chassis.idempotency import HEADER, IdempotencyKey
from chassis.problems import NotFound, PayloadTooLarge, Unavailable
from chassis.requests import Tenant, database_of, identity_of
from chassis.responses import created
from chassis.unit_of_work import caller_of
from services.catalog.attachments import names, receiving, repository, service
from services.catalog.attachments.examining import Examined
from services.catalog.attachments.kinds import Kind
from services.catalog.attachments.library import Library, path_of
from services.catalog.attachments.problems import FileTooLarge, NoSpaceLeft
from services.catalog.attachments.receiving import Received
from services.catalog.attachments.schemas import AttachmentUpload
from services.catalog.attachments.service import NewAttachment

_TRIES = 3
_TITLE = 200


async def upload(
    request: Request, tenant: Tenant, item_id: UUID, given: dict[str, Any]
) -> Response:
    """Attach the file of a request to an item; `given` is what its query says of it."""
    library: Library = request.app.state.attachments
    database = database_of(request)
    limit = library.max_bytes
    too_large: PayloadTooLarge = FileTooLarge.than(limit)
    if HEADER not in request.headers:  # else it may have been answered before, by other limits
        room = await repository.room(
            database.reader.within(tenant.scope), tenant.workspace_id, item_id
        )
        if room is None:
            raise NotFound("There is no such item in this workspace.")
        library.limits.check(room, 0)
        left = library.limits.quota - room.used
        if left < limit:
            limit = left
            too_large = NoSpaceLeft.of(library.limits.quota, room.used)
    async with receiving.receive(
        request, limit=limit, too_large=too_large, folder=library.store.upload_folder()
    ) as received:
        said = _said(given | received.fields)
        name = said.file_name or received.name
        examined = await library.examine(received, name)
        new = _new(said, name, received, examined)
        key = await IdempotencyKey.of(
            request, caller_of(identity_of(request)), body=_digest(said, received)
        )
        for _ in range(_TRIES):
            content_id = await _stored(database, library, tenant, received, examined)
            response = await _attached(database, library, tenant, item_id, content_id, new, key)
            if response is not None:
                return response
        raise Unavailable("Too much is going on with this file; try again.")


def _said(given: dict[str, Any]) -> AttachmentUpload:
    try:
        return AttachmentUpload.model_validate(given)
    except ValidationError as error:
        details = error.errors(include_url=False)
        for detail in details:
            detail["loc"] = ("body", *detail["loc"])
        raise RequestValidationError(details) from error


def _new(
    said: AttachmentUpload, name: str | None, received: Received, examined: Examined
) -> NewAttachment:
    picture = examined.picture
    kind = said.kind or (Kind.PHOTO if picture else Kind.OTHER)
    service.check_kind(kind, is_picture=picture is not None, is_primary=said.is_primary)
    file_name = names.clean(name, examined.media, kind.value)
    return NewAttachment(
        kind=kind,
        title=said.title or file_name.rpartition(".")[0][:_TITLE],
        caption=said.caption,
        file_name=file_name,
        media_type=examined.media.type,
        size=received.size,
        sha256=received.sha256,
        width=picture.width if picture else None,
        height=picture.height if picture else None,
        is_primary=said.is_primary,
    )


def _digest(said: AttachmentUpload, received: Received) -> bytes:
    """What makes two uploads the same: what they say, and what they bring."""
    told = said.model_dump_json(exclude_unset=True)
    return f"{received.sha256} {received.name!r} {told}".encode()


async def _stored(
    database: Database, library: Library, tenant: Tenant, received: Received, examined: Examined
) -> UUID:
    """A content that is in the store: one of the workspace that is the same, or a new one."""
    workspace_id = tenant.workspace_id
    known = await repository.alike(
        database.reader.within(tenant.scope), workspace_id, received.sha256
    )
    if known is not None:
        return known
    content_id = uuid7()
    async with database.session(tenant.scope) as session:
        await repository.announce(session, content_id, received.sha256)
    if examined.picture is not None:
        for size, thumbnail in examined.picture.thumbnails.items():
            await library.store.put(path_of(workspace_id, content_id, size), thumbnail)
    received.file.seek(0)
    await library.store.put(path_of(workspace_id, content_id), received.file)
    return content_id


async def _attached(
    database: Database,
    library: Library,
    tenant: Tenant,
    item_id: UUID,
    content_id: UUID,
    new: NewAttachment,
    key: IdempotencyKey | None,
) -> Response | None:
    """The answer; None when the content has left the store meanwhile."""
    async with database.session(tenant.scope, named="request") as session:
        earlier = await key.claim(session) if key else None
        if earlier is not None and earlier.response is not None:
            return earlier.response
        attachment_id = await service.add(session, item_id, content_id, new, library.limits)
        if attachment_id is None:
            await session.rollback()
            return None
        rows = await repository.get(session.last, tenant.workspace_id, attachment_id)
        response = created(
            rows, f"/v1/workspaces/{tenant.workspace_id}/attachments/{attachment_id}"
        )
        if key is not None:
            await key.keep(session, response)
        return response
