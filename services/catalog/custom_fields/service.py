"""The use cases of custom fields.

What items have values for is not changed under them: a field keeps its name and type, and the
options that are chosen, as long as any item has a value of it. Items are checked when their
attributes or category change; a new definition changes none.
"""

from typing import Any
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession, lock_key
from chassis.events import changes_of, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Problem, invalid
from services.catalog.custom_fields import repository
from services.catalog.custom_fields.events import (
    CustomFieldArchived,
    CustomFieldCreated,
    CustomFieldDeleted,
    CustomFieldPolicyUpdated,
    CustomFieldRestored,
    CustomFieldUpdated,
)
from services.catalog.custom_fields.kinds import ValueType
from services.catalog.custom_fields.models import CustomField
from services.catalog.custom_fields.schemas import CustomFieldCreate, CustomFieldPatch

MOST = 200  # custom fields of a workspace: all of them are read to check an item
_FIELDS = "custom_fields"


class HasValues(Conflict):
    code, title = "has-values", "Items have values of this field"


class TooMany(Conflict):
    code, title = "too-many", "This workspace has as many custom fields as it may"


def _name_taken() -> Problem:
    return Conflict(
        "Another custom field has this name; choose another, or change that one.",
        errors=[FieldError("name", "taken in this workspace", "taken")],
    )


CONSTRAINTS = {
    "custom_field_name": _name_taken,
    "custom_field_category": lambda: Conflict(
        "A custom field is of this category; change or delete that first."
    ),
}


async def create(session: TenantSession, body: CustomFieldCreate) -> UUID:
    """Define a field; the new one's id. Raises `TooMany` beyond 200."""
    _check_options(body.value_type, body.options)
    await _check_category(session, body.category_id)
    await lock_key(session, _FIELDS)
    there, last = await repository.count(session, session.workspace_id)
    if there >= MOST:
        raise TooMany(f"{MOST} at most; delete one that no item has values of.")
    fields = body.model_dump()
    fields["position"] = last if body.position is None else body.position
    field = CustomField(**born(session.workspace_id), **fields, is_archived=False)
    session.add(field)
    await session.flush()
    stage(session, CustomFieldCreated.of(field))
    return field.id


async def update(
    session: TenantSession, field_id: UUID, body: CustomFieldPatch, version: int | None
) -> None:
    """Change the fields that were sent. Raises `HasValues` for a change of name, of type, or of
    options that items have chosen."""
    field = await lock(session, CustomField, field_id, "custom field", version=version)
    fields: dict[str, Any] = sent(body)
    if fields.get("category_id") != field.category_id:
        await _check_category(session, fields.get("category_id"))
    name, options = field.name, field.options
    for attribute, value in fields.items():
        setattr(field, attribute, value)
    _check_options(ValueType(field.value_type), field.options)
    changes = changes_of(field)
    if not changes:
        return
    if "value_type" in changes or "name" in changes:
        await _check_valueless(session, name, "name" if "name" in changes else "value_type")
    elif dropped := [one for one in options if one not in field.options]:
        await _check_unchosen(session, name, dropped)
    touch(field)
    stage(session, CustomFieldUpdated.of(field, changes=changes))


async def archive(session: TenantSession, field_id: UUID, version: int | None) -> None:
    """Let a field hold no more; the values that items have of it stay. One that is archived already
    stays as it is."""
    field = await lock(session, CustomField, field_id, "custom field", version=version)
    if not field.is_archived:
        field.is_archived = True
        touch(field)
        stage(session, CustomFieldArchived.of(field))


async def restore(session: TenantSession, field_id: UUID, version: int | None) -> None:
    """Let an archived field hold again."""
    field = await lock(session, CustomField, field_id, "custom field", version=version)
    if field.is_archived:
        await _check_category(session, field.category_id)
        field.is_archived = False
        touch(field)
        stage(session, CustomFieldRestored.of(field))


async def delete(session: TenantSession, field_id: UUID, version: int | None) -> None:
    """Delete a field for good; raises `HasValues` while items have values of it."""
    field = await lock(session, CustomField, field_id, "custom field", version=version)
    items = await repository.items_with(session, session.workspace_id, field.name)
    if items:
        raise HasValues(
            f"{_items(items)} a value; archive the field instead: the values stay.", items=items
        )
    touch(field)
    stage(session, CustomFieldDeleted.of(field))
    await session.flush()
    await session.delete(field)


async def decide(session: TenantSession, *, only_defined: bool) -> None:
    """Say whether items take defined attributes only; nothing happens when it was said before."""
    for version, updated_at in await repository.decide(
        session, session.workspace_id, only_defined=only_defined
    ):
        stage(
            session,
            CustomFieldPolicyUpdated(
                id=session.workspace_id,
                workspace_id=session.workspace_id,
                version=version,
                only_defined=only_defined,
                updated_at=updated_at,
                changes={"only_defined": (not only_defined, only_defined)},
            ),
        )


async def _check_valueless(session: TenantSession, name: str, what: str) -> None:
    items = await repository.items_with(session, session.workspace_id, name)
    if items:
        raise HasValues(
            f"{_items(items)} a value, so the {what} stays. Define a new field, give the items "
            "their values there, and archive this one.",
            errors=[FieldError(what, "items have values of this field", "has-values")],
            items=items,
        )


async def _check_unchosen(session: TenantSession, name: str, options: list[str]) -> None:
    items = await repository.items_with(session, session.workspace_id, name, options)
    if items:
        raise HasValues(
            f"{_items(items)} chosen what you leave out ({', '.join(options[:5])}); change these "
            f"first: `GET …/items?attribute.{name}=…` finds them.",
            errors=[FieldError("options", "items have chosen these", "has-values")],
            items=items,
        )


def _items(count: int) -> str:
    return "1 item has" if count == 1 else f"{count} items have"


def _check_options(type_: ValueType, options: list[str]) -> None:
    if type_ is ValueType.ENUM and not options:
        raise invalid("options", "Give what may be chosen of: an enum has at least one option.")
    if type_ is not ValueType.ENUM and options:
        raise invalid("options", "Only an enum has options; leave them out.")


async def _check_category(session: TenantSession, category_id: UUID | None) -> None:
    if category_id is None:
        return
    in_use = await repository.category_in_use(session, session.workspace_id, category_id)
    if in_use is None:
        raise invalid("category_id", "There is no such category here.", "not-found")
    if not in_use:
        raise invalid("category_id", "This category is archived; restore it first.", "archived")
