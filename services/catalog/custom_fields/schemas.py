"""Request and response bodies of custom fields."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from chassis.fields import OMITTED, TYPED, Count, RequestBody, ShortName, Text
from services.catalog.custom_fields.kinds import ValueType

MAX_OPTIONS = 200


def _undotted(name: str) -> str:
    if "." in name:
        raise PydanticCustomError("dotted_name", "Leave out the dots; filters end in one.")
    return name


def _each_once(options: list[str]) -> list[str]:
    if len(set(options)) < len(options):
        raise PydanticCustomError("repeated_option", "Name each option once.")
    return options


FieldName = Annotated[ShortName, AfterValidator(_undotted)]
Unit = Annotated[str, StringConstraints(min_length=1, max_length=30), TYPED]
Options = Annotated[
    list[ShortName],
    Field(max_length=MAX_OPTIONS, examples=[[]], description="What may be chosen of; for an enum"),
    AfterValidator(_each_once),
]


class CustomFieldCreate(RequestBody):
    name: FieldName = Field(
        description="Its name in an item's `attributes`; unique here, whatever the case",
        examples=["voltage"],
    )
    value_type: ValueType = Field(examples=["integer"])
    category_id: UUID | None = Field(
        None, description="It holds in this category and all below; for every item when absent"
    )
    label: ShortName | None = Field(None, description="What people read", examples=["Voltage"])
    description: Text | None = Field(None, examples=["As printed on the battery."])
    unit: Unit | None = Field(None, examples=["V"])
    options: Options = Field(default_factory=list)
    is_required: StrictBool = Field(False, description="Whether each item has to have a value")
    position: Count | None = Field(
        None, description="Its place in forms, lowest first; last when absent", examples=[1]
    )


class CustomFieldPatch(RequestBody):
    """Only the fields that are sent change. What items have values for keeps its name and type, and
    the options that are chosen."""

    name: FieldName = Field(OMITTED, examples=["voltage"])
    value_type: ValueType = Field(OMITTED, examples=["integer"])
    category_id: UUID | None = None
    label: ShortName | None = Field(None, examples=["Voltage"])
    description: Text | None = Field(None, examples=["As printed on the battery."])
    unit: Unit | None = Field(None, examples=["V"])
    options: Options = OMITTED
    is_required: StrictBool = OMITTED
    position: Count = Field(OMITTED, examples=[1])


class CustomFieldOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["voltage"])
    label: str | None = Field(examples=["Voltage"])
    description: str | None = Field(examples=["As printed on the battery."])
    value_type: ValueType = Field(examples=["integer"])
    unit: str | None = Field(examples=["V"])
    options: list[str] = Field(examples=[[]])
    is_required: bool
    position: int
    category_id: UUID | None
    category_name: str | None
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime


class CustomFieldPage(BaseModel):
    """All of them, in their order: a workspace has 200 at most."""

    items: list[CustomFieldOut]
    next_cursor: str | None


class PolicyBody(RequestBody):
    only_defined: StrictBool = Field(
        description="Whether items take no attributes but those that a custom field defines"
    )


class PolicyOut(BaseModel):
    only_defined: bool
    version: int = Field(description="0: nobody decided yet")
    updated_at: datetime | None
