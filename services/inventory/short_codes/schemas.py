"""Request and response bodies of short codes."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, model_validator

from chassis.fields import RequestBody, wrong
from services.inventory.locations.schemas import Crumb
from services.inventory.short_codes.alphabet import ShortCode
from services.inventory.short_codes.kinds import State, Thing

MAX_COUNT = 1_000
_WORKSPACE = "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01"
_SHELF = "019cad94-6a52-7d63-8c0f-b9e1d3f50709"


class ShortCodesCreate(RequestBody):
    """`count` codes on nothing, for labels printed ahead; or, with `kind` and `id`, one for a
    thing; or, with `kind` and `location_id`, one for each thing there that has none."""

    count: Annotated[int, Field(ge=1, le=MAX_COUNT, strict=True)] = 1
    kind: Thing | None = Field(None, description="What it is for", examples=[None])
    id: UUID | None = Field(None, description="The very thing it is for", examples=[None])
    location_id: UUID | None = Field(
        None,
        description="For all of the kind on this location, in it or below, that have no code and "
        f"are in use; {MAX_COUNT:,} at once",
        examples=[None],
    )
    code: ShortCode | None = Field(
        None, description="One of your choice; made when absent", examples=[None]
    )
    replace: StrictBool = Field(
        False, description="Whether it takes the place of the code that is there"
    )
    additional: StrictBool = Field(
        False, description="Whether an item has it beside the code of its own; with `code`"
    )

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if self.id is not None and self.location_id is not None:
            raise wrong("location_id", "Give id or location_id, not both.")
        chosen = self.id or self.location_id
        if (self.kind is None) != (chosen is None):
            missing = "id" if chosen is None else "kind"
            raise wrong(missing, "Give both kind and id, or neither for unused codes.", "missing")
        if self.location_id is not None and self.kind is Thing.ITEM:
            raise wrong("kind", "Items stand nowhere: choose entry, location or container.")
        if self.id is None and self.code is not None:
            raise wrong("id", "A code of your choice is for a thing: say which.", "missing")
        if self.additional and (self.kind is not Thing.ITEM or self.code is None):
            raise wrong("additional", "It is for a `code` of an item; other things have one code.")
        if chosen is not None and self.count != 1:
            raise wrong("count", "A thing has one code.")
        return self


class ShortCodeClaim(RequestBody):
    kind: Thing
    id: UUID
    replace: StrictBool = Field(
        False, description="Whether it takes the place of the code that is there"
    )


class ShortCodeOut(BaseModel):
    id: UUID
    workspace_id: UUID
    code: str = Field(examples=["K7QX2M"])
    is_made: bool = Field(description="Whether it was made here; else somebody chose it")
    state: State = Field(examples=["claimed"])
    kind: Thing | None = Field(description="What kind of thing it is on", examples=["location"])
    target_id: UUID | None = Field(description="The very thing it is on")
    is_additional: bool = Field(
        description="Whether it is on an item beside the code of its own, as after a merge"
    )
    name: str | None = Field(description="What that is called", examples=["Shelf 2"])
    is_archived: bool | None = Field(description="Whether that was put out of use")
    location_path: list[Crumb] = Field(description="From the root down to where it stands")
    path: str | None = Field(
        description="Where the API has it",
        examples=[f"/v1/workspaces/{_WORKSPACE}/locations/{_SHELF}"],
    )
    version: int
    created_at: datetime
    updated_at: datetime


class ShortCodeList(BaseModel):
    items: list[ShortCodeOut]


class ShortCodePage(BaseModel):
    items: list[ShortCodeOut]
    next_cursor: str | None
