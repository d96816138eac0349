"""What the answer to a search holds beside the items."""

from uuid import UUID

from pydantic import BaseModel, Field


class SearchNotes(BaseModel):
    """How a search was read that found nothing as it was typed."""

    corrected: dict[str, list[str]] = Field(
        description="Words that were typed, and those that they were taken for",
        examples=[{"hemmingway": ["hemingway"]}],
    )
    ignored: list[str] = Field(
        description="Words that were left out: nothing has them, or not with the others",
        examples=[["paperback"]],
    )


class Part(BaseModel):
    text: str = Field(examples=["Cordless "])
    match: bool = Field(description="Whether this part matched")


class PlaceCount(BaseModel):
    id: UUID
    name: str
    parent_id: UUID | None = Field(description="Its parent, if that is counted, too")
    count: int = Field(description="Items in it and all below it")


class LabelCount(BaseModel):
    id: UUID
    name: str
    color: str
    count: int


class CompanyCount(BaseModel):
    id: UUID
    name: str
    count: int


class TextCount(BaseModel):
    value: str = Field(examples=["Makita"])
    count: int


class TruthCount(BaseModel):
    true: int
    false: int


class Facets(BaseModel):
    """Counts over everything found, not just this page; of a facet, the 100 most frequent values.
    Those that were not asked for are not there."""

    total: int = Field(description="How many items were found", examples=[42])
    approximate: bool = Field(description="More were found: every number is a lower bound")
    category: list[PlaceCount] | None = None
    label: list[LabelCount] | None = None
    location: list[PlaceCount] | None = Field(None, description="Where there is stock of them")
    brand: list[TextCount] | None = None
    manufacturer: list[TextCount] | None = None
    purchased_from: list[CompanyCount] | None = None
    insured: TruthCount | None = None
    needs_review: TruthCount | None = None
    has_image: TruthCount | None = None
    archived: TruthCount | None = None
