"""What lists of entries can be narrowed by, beside item, place and state."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query

from chassis.fields import Day, ShortName
from chassis.pages import Where
from chassis.trees import subtree

# What is in no bigint: a price times a quantity.
_VALUE = "e.purchase_price * e.quantity::numeric"
_OF_CATEGORY = f"""
    e.item_id IN (
        SELECT i.id FROM known_items i WHERE i.workspace_id = $1
        AND i.category_id IN ({subtree("known_categories", "$1", "{}")})
    )
"""
_MONEY = {"ge": 0, "le": 9_007_199_254_740_991}


@dataclass(frozen=True, slots=True)
class Filters:
    """Each is None where it narrows nothing."""

    category_id: UUID | None = None
    serial_number: str | None = None
    lot: str | None = None
    free: bool | None = None
    held: bool | None = None
    expires_before: date | None = None
    warranty_before: date | None = None
    acquired_from: date | None = None
    acquired_to: date | None = None
    min_value: int | None = None
    max_value: int | None = None

    def add_to(self, where: Where) -> None:
        """Add the conditions on entries `e`; the first value of `where` is the workspace."""
        for condition, value in (
            (_OF_CATEGORY, self.category_id),
            ("e.serial_number = {}", self.serial_number),
            ("e.lot = {}", self.lot),
            ("(e.quantity > e.held_quantity) = {}", self.free),
            ("(e.held_quantity > 0) = {}", self.held),
            ("e.expiration_date < {}", self.expires_before),
            ("e.warranty_expires < {}", self.warranty_before),
            ("e.date_acquired >= {}", self.acquired_from),
            ("e.date_acquired <= {}", self.acquired_to),
            (f"{_VALUE} >= {{}}", self.min_value),
            (f"{_VALUE} <= {{}}", self.max_value),
        ):
            if value is not None:
                where.add(condition, value)


async def filters(
    category_id: Annotated[
        UUID | None, Query(description="The item's category is this one or below")
    ] = None,
    serial_number: ShortName | None = None,
    lot: ShortName | None = None,
    free: Annotated[bool | None, Query(description="Whether any unit is free")] = None,
    held: Annotated[bool | None, Query(description="Whether any unit is held")] = None,
    expires_before: Annotated[
        Day | None, Query(description="Its `expiration_date` is before this day")
    ] = None,
    warranty_before: Annotated[
        Day | None, Query(description="Its `warranty_expires` is before this day")
    ] = None,
    acquired_from: Annotated[Day | None, Query(description="On this day or later")] = None,
    acquired_to: Annotated[Day | None, Query(description="On this day or earlier")] = None,
    min_value: Annotated[
        int | None, Query(description="All its units at their price, in minor units", **_MONEY)
    ] = None,
    max_value: Annotated[int | None, Query(description="As `min_value`, at most", **_MONEY)] = None,
) -> Filters:
    """The query parameters of lists of entries."""
    return Filters(
        category_id,
        serial_number,
        lot,
        free,
        held,
        expires_before,
        warranty_before,
        acquired_from,
        acquired_to,
        min_value,
        max_value,
    )
