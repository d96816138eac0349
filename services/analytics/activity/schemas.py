"""Query types and response bodies of the activity."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field


class EntityType(StrEnum):
    """What changed: the aggregate as its events call it."""

    WORKSPACE = "workspace"
    MEMBER = "member"
    ITEM = "item"
    CATEGORY = "category"
    LABEL = "label"
    COMPANY = "company"
    CUSTOM_FIELD = "custom_field"
    CUSTOM_FIELD_POLICY = "custom_field_policy"
    WISH = "wish"
    ATTACHMENT = "attachment"
    IMPORT = "import"
    LOCATION = "location"
    CONTAINER = "container"
    STOCK = "stock"
    STOCKTAKE = "stocktake"
    REPAIR = "repair"
    MAINTENANCE = "maintenance"
    SHORT_CODE = "short_code"
    BORROWER = "borrower"
    LOAN = "loan"


# Whose events tell of it; an event's type names the service, too.
_SERVICES = {
    EntityType.WORKSPACE: "auth",
    EntityType.MEMBER: "auth",
    EntityType.ITEM: "catalog",
    EntityType.CATEGORY: "catalog",
    EntityType.LABEL: "catalog",
    EntityType.COMPANY: "catalog",
    EntityType.CUSTOM_FIELD: "catalog",
    EntityType.CUSTOM_FIELD_POLICY: "catalog",
    EntityType.WISH: "catalog",
    EntityType.ATTACHMENT: "catalog",
    EntityType.IMPORT: "catalog",
    EntityType.LOCATION: "inventory",
    EntityType.CONTAINER: "inventory",
    EntityType.STOCK: "inventory",
    EntityType.STOCKTAKE: "inventory",
    EntityType.REPAIR: "inventory",
    EntityType.MAINTENANCE: "inventory",
    EntityType.SHORT_CODE: "inventory",
    EntityType.BORROWER: "loans",
    EntityType.LOAN: "loans",
}
_EVENT_TYPE = re.compile(rf"(warehouse\.[a-z]+\.)?({'|'.join(EntityType)})\.([a-z_]+)")


def _full(type_: str) -> str:
    """`warehouse.loans.loan.returned` for itself and for `loan.returned`."""
    if match := _EVENT_TYPE.fullmatch(type_):
        prefix, entity, verb = match.groups()
        service = f"warehouse.{_SERVICES[EntityType(entity)]}."
        if prefix in {None, service}:
            return f"{service}{entity}.{verb}"
    raise ValueError(
        "This is no type of event; give one like warehouse.loans.loan.returned or loan.returned."
    )


EventType = Annotated[str, AfterValidator(_full)]


class Change(BaseModel):
    field: str = Field(
        description="Which one; of an item's attributes and the like each by itself, as "
        "`attributes.colour`"
    )
    from_: Any = Field(alias="from")
    to: Any


class ActivityOut(BaseModel):
    id: UUID = Field(description="The event's id")
    occurred_at: datetime
    actor_id: UUID | None = Field(description="The user who did it; null: it happened by itself")
    actor_name: str | None
    type: str = Field(description="The event's type, such as warehouse.catalog.item.updated")
    entity_type: EntityType
    entity_id: UUID
    entity_name: str | None = Field(description="The name of it, or of the item it is about")
    changes: list[Change]


class ActivityPage(BaseModel):
    items: list[ActivityOut]
    next_cursor: str | None
