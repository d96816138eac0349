"""When a consumer's own model fits what the producer publishes."""

from typing import Any, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field

from chassis.envelope import Received
from chassis.events import Event
from warehouse.contracts import checks
from warehouse.contracts.fitting import misfits
from warehouse.contracts.schemas import of_event, of_reader


class Hold(BaseModel):
    reference: UUID = Field(description="What holds")


class Lent(Event):
    """It was lent."""

    topic, type = "warehouse.test.thing.v1", "warehouse.test.thing.lent"

    name: str | None = Field(description="Its name")
    quantity: int = Field(ge=1, description="How many")
    state: Literal["active", "returned"] = Field(description="What it is now")
    hold: Hold = Field(description="The hold")
    tags: list[str] = Field(description="Words")
    since: UUID | None = Field(None, description="Added later")


PUBLISHED = of_event(Lent)


def found(model: type[BaseModel]) -> list[str]:
    return list(misfits(PUBLISHED, of_reader(model)))  # type: ignore[arg-type] # any model will do


def test_a_subset_that_takes_all_that_may_come_fits() -> None:
    class TheirHold(BaseModel):
        reference: str

    class Fits(Received):
        id: UUID
        version: float
        name: str | None
        quantity: int = Field(ge=0)
        state: Literal["active", "returned", "lost"]
        hold: TheirHold
        tags: list[Any]
        since: UUID | None = None
        reason: str | None = None

    assert found(Fits) == []


class Needs(Received):
    reason: str


class NeedsLate(Received):
    since: UUID | None


class NotNull(Received):
    name: str


class Closed(Received):
    state: Literal["active"]


class More(Received):
    quantity: int = Field(ge=2)


class Words(Received):
    tags: list[int]


class AnId(Received):
    name: UUID | None


class TheirHold(BaseModel):
    until: str


class Inner(Received):
    hold: TheirHold


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (Needs, "field reason: is required here and not published"),
        (NeedsLate, "field since: is required here and optional there; give it a default"),
        (NotNull, "field name: is published as null, read as string"),
        (Closed, "field state: is published as one of active, returned, read as one of active"),
        (More, "field quantity: is published as integer ≥ 1, read as integer ≥ 2"),
        (Words, "field tags[]: is published as string, read as integer"),
        (AnId, "field name: is published as string, read as UUID"),
        (Inner, "field hold.until: is required here and not published"),
    ],
)
def test_what_a_consumer_would_refuse_is_told(model: type[Received], told: str) -> None:
    assert found(model) == [told]


def test_an_event_that_nobody_publishes_is_told() -> None:
    heard = {"notify": {"warehouse.test.thing.eaten": [Needs]}}
    assert checks.unfit([Lent], heard) == [
        "notify hears warehouse.test.thing.eaten: nobody publishes it"
    ]


def test_a_field_that_no_event_has_is_told() -> None:
    """A misspelt field with a default would be empty for ever and nobody would notice."""

    class Misspelt(Received):
        nmae: str | None = None

    assert checks.unfit([Lent], {"notify": {Lent.type: [Misspelt]}}) == [
        "notify reads Misspelt: field nmae: no event that it hears has it"
    ]
