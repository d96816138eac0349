"""Request and response bodies of items."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    Field,
    StrictBool,
    StringConstraints,
)
from pydantic_core import PydanticCustomError

from chassis.fields import OMITTED, TYPED, Count, ExternalId, Name, RequestBody, ShortName, Text
from chassis.product_codes import WrongCheckDigitError, normalised
from chassis.typed_text import tidy
from services.catalog.search.schemas import Facets, Part, SearchNotes

MAX_LABELS, MAX_ATTRIBUTES = 50, 100

Sku = Annotated[str, StringConstraints(min_length=1, max_length=50), TYPED]


def _plain(value: object) -> object:
    """Ahead of the union below, which would name a problem of each of its types."""
    if value is not None and not isinstance(value, str | int | float):
        raise PydanticCustomError("plain_value", "Give text, a number, true, false or null.")
    return value


def _named(attributes: object) -> object:
    """With names that are kept as any other; two that look the same would be one."""
    if not isinstance(attributes, dict):
        return attributes
    named = {tidy(name): value for name, value in attributes.items()}
    if "" in named:
        raise PydanticCustomError("empty_name", "Give each attribute a name that can be seen.")
    if len(named) < len(attributes):
        raise PydanticCustomError("repeated_name", "Two of its names look the same.")
    return named


Attributes = Annotated[
    dict[str, Annotated[str | int | float | bool | None, BeforeValidator(_plain)]],
    Field(max_length=MAX_ATTRIBUTES, description="Your own fields: a flat object of plain values"),
    BeforeValidator(_named),
]


def _with_check_digit(code: str) -> str:
    try:
        return normalised(code)
    except WrongCheckDigitError as error:
        raise PydanticCustomError(
            "wrong_check_digit", "{message}", {"message": str(error)}
        ) from None


Barcode = Annotated[ShortName, AfterValidator(_with_check_digit)]


def _each_once(labels: list[UUID]) -> list[UUID]:
    return list(dict.fromkeys(labels))


Labels = Annotated[
    list[UUID],
    Field(max_length=50, description="The ids of its labels", examples=[[]]),
    AfterValidator(_each_once),
]


class ItemCreate(RequestBody):
    name: Name
    sku: Sku | None = Field(None, description="Unique in the workspace; made for you when absent")
    external_id: ExternalId | None = Field(None, description="Your own identifier, unique here")
    description: Text | None = None
    category_id: UUID | None = None
    labels: Labels = Field(default_factory=list)
    brand: ShortName | None = None
    model: ShortName | None = None
    manufacturer: ShortName | None = None
    serial_number: ShortName | None = None
    barcode: Barcode | None = Field(
        None,
        description="Unique among items that are not archived; with the check digit of an EAN, "
        "UPC, ISBN or GTIN where it has the form of one, and kept as EAN-13 where that is one",
    )
    is_insured: StrictBool = False
    purchased_from: UUID | None = Field(None, description="The company it was bought from")
    warranty_details: Text | None = None
    lifetime_warranty: StrictBool = False
    min_stock_level: Count = Field(0, description="Below this many units it counts as low")
    needs_review: StrictBool = False
    attributes: Attributes = Field(default_factory=dict)


class ItemPatch(RequestBody):
    """Only the fields that are sent change."""

    name: Name = OMITTED
    sku: Sku = OMITTED
    external_id: ExternalId | None = None
    description: Text | None = None
    category_id: UUID | None = None
    labels: Labels = OMITTED
    brand: ShortName | None = None
    model: ShortName | None = None
    manufacturer: ShortName | None = None
    serial_number: ShortName | None = None
    barcode: Barcode | None = None
    is_insured: StrictBool = OMITTED
    purchased_from: UUID | None = None
    warranty_details: Text | None = None
    lifetime_warranty: StrictBool = OMITTED
    min_stock_level: Count = OMITTED
    needs_review: StrictBool = OMITTED
    attributes: Attributes = OMITTED


class ItemClone(RequestBody):
    name: Name | None = Field(None, description="The same name when absent")
    sku: Sku | None = Field(None, description="Made for you when absent")


class ItemMerge(RequestBody):
    duplicates: Annotated[list[UUID], AfterValidator(_each_once)] = Field(
        min_length=1,
        max_length=50,
        description="The items that are the same as this one; what this one lacks is taken from "
        "the first that has it",
        examples=[["019cad94-5b77-7c19-8e60-d4f2b6a81c99"]],
    )


class LabelOnItem(BaseModel):
    id: UUID
    name: str
    color: str = Field(description="#RRGGBB")


class ItemOut(BaseModel):
    id: UUID
    workspace_id: UUID
    sku: str
    external_id: str | None
    name: str
    description: str | None
    category_id: UUID | None
    category_name: str | None
    labels: list[LabelOnItem]
    brand: str | None
    model: str | None
    manufacturer: str | None
    serial_number: str | None
    barcode: str | None
    image: UUID | None = Field(description="The attachment that shows it")
    is_insured: bool
    purchased_from: UUID | None
    purchased_from_name: str | None
    warranty_details: str | None
    lifetime_warranty: bool
    min_stock_level: int
    needs_review: bool
    attributes: dict[str, Any]
    is_archived: bool
    version: int
    created_at: datetime
    updated_at: datetime


class ItemPage(BaseModel):
    items: list[ItemOut]
    next_cursor: str | None
    search: SearchNotes | None = Field(None, description="Where it was not read as it was typed")
    facets: Facets | None = Field(None, description="With `facets`")
    highlights: dict[UUID, dict[str, list[Part]]] | None = Field(
        None, description="With `highlight`: by item and field, its text in parts"
    )
