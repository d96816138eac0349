"""HTTP in for custom fields."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from chassis.requests import Admin, ExpectedVersion, Member, Reading, Viewer, Writing
from chassis.responses import created, json_bytes, one
from chassis.unit_of_work import UnitOfWork
from services.catalog.custom_fields import repository, service
from services.catalog.custom_fields.schemas import (
    CustomFieldCreate,
    CustomFieldOut,
    CustomFieldPage,
    CustomFieldPatch,
    PolicyBody,
    PolicyOut,
)

_UNDECIDED = b'{"only_defined":false,"version":0,"updated_at":null}'

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/custom-fields",
    tags=["custom fields"],
    route_class=UnitOfWork,
)
policy = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/custom-field-policy",
    tags=["custom fields"],
    route_class=UnitOfWork,
)


@router.post("", status_code=201, response_model=CustomFieldOut)
async def create_custom_field(
    body: CustomFieldCreate, tenant: Member, session: Writing
) -> Response:
    """Define what an attribute of items has to be like, for all of them or those of a category."""
    field_id = await service.create(session, body)
    rows = await repository.get(session, tenant.workspace_id, field_id)
    return created(rows, f"/v1/workspaces/{tenant.workspace_id}/custom-fields/{field_id}")


@router.get("", response_model=CustomFieldPage)
async def list_custom_fields(
    tenant: Viewer,
    reader: Reading,
    category_id: Annotated[
        UUID | None, Query(description="Those that hold for an item in this category")
    ] = None,
    archived: bool = False,
) -> Response:
    """Custom fields in the order of a form."""
    return json_bytes(
        await repository.find(
            reader, tenant.workspace_id, category_id=category_id, archived=archived
        )
    )


@policy.get("", response_model=PolicyOut)
async def get_custom_field_policy(tenant: Viewer, reader: Reading) -> Response:
    """Which attributes items may have."""
    return json_bytes(await repository.policy(reader, tenant.workspace_id) or _UNDECIDED)


@policy.put("", response_model=PolicyOut)
async def put_custom_field_policy(body: PolicyBody, tenant: Admin, session: Writing) -> Response:
    """Decide whether items take defined attributes only. What they have already stays."""
    await service.decide(session, only_defined=body.only_defined)
    return json_bytes(await repository.policy(session, tenant.workspace_id) or _UNDECIDED)


@router.get("/{field_id}", response_model=CustomFieldOut)
async def get_custom_field(
    request: Request, field_id: UUID, tenant: Viewer, reader: Reading
) -> Response:
    """One custom field."""
    return one(request, await repository.get(reader, tenant.workspace_id, field_id), "custom field")


@router.patch("/{field_id}", response_model=CustomFieldOut)
async def update_custom_field(
    request: Request,
    field_id: UUID,
    body: CustomFieldPatch,
    tenant: Member,
    session: Writing,
    version: ExpectedVersion,
) -> Response:
    """Change a definition, as far as the values that items have allow it."""
    await service.update(session, field_id, body, version)
    rows = await repository.get(session, tenant.workspace_id, field_id)
    return one(request, rows, "custom field")


@router.post("/{field_id}/archive", response_model=CustomFieldOut)
async def archive_custom_field(
    request: Request, field_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Let a custom field hold no more; the values stay."""
    await service.archive(session, field_id, version)
    rows = await repository.get(session, tenant.workspace_id, field_id)
    return one(request, rows, "custom field")


@router.post("/{field_id}/restore", response_model=CustomFieldOut)
async def restore_custom_field(
    request: Request, field_id: UUID, tenant: Member, session: Writing, version: ExpectedVersion
) -> Response:
    """Let an archived custom field hold again."""
    await service.restore(session, field_id, version)
    rows = await repository.get(session, tenant.workspace_id, field_id)
    return one(request, rows, "custom field")


@router.delete("/{field_id}", status_code=204)
async def delete_custom_field(
    field_id: UUID, _tenant: Member, session: Writing, version: ExpectedVersion
) -> None:
    """Delete a custom field that no item has a value of."""
    await service.delete(session, field_id, version)
