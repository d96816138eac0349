"""HTTP in for labels."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.fields import ExternalId, ShortName
from chassis.requests import ExpectedVersion, Member, Page, Reading, Viewer, Writing
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.labels import repository, service
from services.catalog.labels.schemas import LabelCreate, LabelOut, LabelPage, LabelPatch

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/labels", tags=["labels"], route_class=UnitOfWork
)


@router.post("", status_code=201, response_model=LabelOut)
async def create_label(body: LabelCreate, tenant: Member, session: Writing) -> Response:
    """Add a label."""
    label_id = await service.create(session, body)
    rows = await repository.get(session.last, tenant.workspace_id, label_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/labels/{label_id}")


@router.get("", response_model=LabelPage)
async def list_labels(
    tenant: Viewer,
    reader: Reading,
    page: Page,
    name: Annotated[ShortName | None, Query(description="The one of this name")] = None,
    archived: bool = False,
    external_id: ExternalId | None = None,
) -> Response:
    """Labels, newest first."""
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


@router.get("/{label_id}", response_model=LabelOut)
async def get_label(request: Request, label_id: UUID, tenant: Viewer, reader: Reading) -> Response:
    """One label."""
    return one(request, await repository.get(reader, tenant.workspace_id, label_id), "label")


@router.patch("/{label_id}", response_model=LabelOut)
async def update_label(
    request: Request,
    label_id: UUID,
    body: LabelPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Rename, recolor or describe a label."""
    await service.update(session, label_id, body, version)
    return one(request, await repository.get(session, tenant.workspace_id, label_id), "label")


@router.post("/{label_id}/archive", response_model=LabelOut)
async def archive_label(
    request: Request, label_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Put a label out of use; the items that carry it keep it."""
    await service.archive(session, label_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, label_id), "label")


@router.post("/{label_id}/restore", response_model=LabelOut)
async def restore_label(
    request: Request, label_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Take an archived label into use again."""
    await service.restore(session, label_id, version)
    return one(request, await repository.get(session, tenant.workspace_id, label_id), "label")


@router.delete("/{label_id}", status_code=204)
async def delete_label(
    label_id: UUID,
    _tenant: Member,
    session: Writing,
    version: ExpectedVersion,
    detach: Annotated[bool, Query(description="Take it off its items first")] = False,
) -> None:
    """Delete a label that no item carries, or with `detach` any."""
    await service.delete(session, label_id, version, detach=detach)
