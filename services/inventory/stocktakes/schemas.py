"""Request and response bodies of stocktakes."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from chassis.fields import OMITTED, TYPED, Count, Name, PositiveCount, RequestBody, Text, wrong
from services.inventory.stocktakes.states import Found, Misplaced, Missing, Status, Unexpected

_ENTRY = "019cad94-7f15-7a8c-b3e2-f6d8c0a1920b"

Code = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    TYPED,
    Field(description="What was scanned: a short code, or the item's barcode, sku, external_id"),
]


class StocktakeCreate(RequestBody):
    name: Name = Field(examples=["Workshop, spring"])
    location_id: UUID | None = Field(
        None, description="What stands there or below is counted; absent: everything"
    )
    notes: Text | None = None


class StocktakePatch(RequestBody):
    """Only the fields that are sent change."""

    name: Name = Field(OMITTED, examples=["Workshop, spring"])
    notes: Text | None = None


class CountCreate(RequestBody):
    """What was found: an entry by `entry_id`, an item by `item_id`, or either by a scanned `code`.
    Without `quantity` and `add`, one more of it was found."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"entry_id": _ENTRY, "quantity": 3}]},
    )

    entry_id: UUID | None = None
    item_id: UUID | None = None
    code: Code | None = None
    location_id: UUID | None = Field(
        None, description="Where it was found; absent: where its entry stands"
    )
    container_id: UUID | None = Field(None, description="A container in that location")
    quantity: Count | None = Field(None, description="There are exactly so many here")
    add: PositiveCount | None = Field(None, description="So many more were found here")

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        named = [name for name in ("entry_id", "item_id", "code") if getattr(self, name)]
        if len(named) != 1:
            field = named[1] if named else "code"
            raise wrong(field, "Give one of `entry_id`, `item_id` and `code`.")
        if self.quantity is not None and self.add is not None:
            raise wrong("add", "Give `quantity` or `add`, not both.")
        if self.container_id is not None and self.location_id is None:
            raise wrong("location_id", "Say in which location the container stands.")
        return self


class StocktakeClose(RequestBody):
    """What to do about what is not as the books say; what was counted is put right in any case."""

    missing: Missing = Field(
        Missing.LEAVE,
        description="Entries nobody found: leave them, mark them MISSING, or remove their units",
    )
    misplaced: Misplaced = Field(Misplaced.MOVE, description="Move them to where they were found")
    unexpected: Unexpected = Field(Unexpected.CREATE, description="Make entries of them")


class Summary(BaseModel):
    expected_entries: int = Field(description="Entries with units that stand here, by the books")
    found: int = Field(description="Counts that agree with the books")
    different: int = Field(description="Counts of more or fewer than the books say")
    misplaced: int = Field(description="Counts elsewhere than the books say")
    unexpected: int = Field(description="Items counted where no entry of them stands")
    missing: int = Field(description="Entries that nobody found yet, or that nobody found")
    units_counted: int
    settled: int = Field(description="Of these, how many are put right")
    problems: int = Field(description="How many could not be put right; the findings say why")


class StocktakeOut(BaseModel):
    id: UUID
    workspace_id: UUID
    name: str = Field(examples=["Workshop, spring"])
    location_id: UUID | None
    location_name: str | None
    notes: str | None
    status: Status
    started_by: str = Field(examples=["019cad8f-9a10-7c3e-8a51-0d2f6b7e9c0a"])
    closed_by: str | None = Field(examples=["019cad8f-9a10-7c3e-8a51-0d2f6b7e9c0a"])
    closed_at: datetime | None
    missing: Missing | None = Field(description="What was asked to be done about it")
    misplaced: Misplaced | None
    unexpected: Unexpected | None
    version: int
    created_at: datetime
    updated_at: datetime


class StocktakeWithSummary(StocktakeOut):
    summary: Summary


class StocktakePage(BaseModel):
    items: list[StocktakeOut]
    next_cursor: str | None


class FindingOut(BaseModel):
    id: UUID
    entry_id: UUID | None = Field(description="Null where no entry of the item stood there")
    item_id: UUID
    item_name: str | None
    item_sku: str | None
    location_id: UUID = Field(description="Where it was found; of what is missing, where it stands")
    location_name: str | None
    container_id: UUID | None
    container_name: str | None
    state: Found
    counted: int
    expected: int = Field(description="By the books when it was counted")
    counted_by: str = Field(examples=["019cad8f-9a10-7c3e-8a51-0d2f6b7e9c0a"])
    counted_at: datetime
    settled_at: datetime | None
    problem: str | None = Field(
        description="Why it could not be put right",
        examples=["2 of these units are held, so there can't be 1 only."],
    )


class FindingPage(BaseModel):
    items: list[FindingOut]
    next_cursor: str | None


class UncountedOut(BaseModel):
    id: UUID = Field(description="The entry")
    item_id: UUID
    item_name: str | None
    item_sku: str | None
    location_id: UUID
    location_name: str
    container_id: UUID | None
    container_name: str | None
    quantity: int
    held_quantity: int = Field(description="Lent or held otherwise: perhaps rightly not here")


class UncountedPage(BaseModel):
    items: list[UncountedOut]
    next_cursor: str | None
