"""The query parameters of a search that are more than plain values."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from chassis.problems import invalid
from services.catalog.search.facets import Facet

MOST_LABELS = 50

# Plain types, one value each: a list or a type of pydantic's would send every list of items the
# long way through FastAPI (`chassis.direct`).
LabelIds = Annotated[
    str | None,
    Query(
        max_length=37 * MOST_LABELS,
        description="Has this label, or with commas between: one of these, see `label_match`",
        examples=["019cad94-5b77-7c19-8e60-d4f2b6a81c07"],
    ),
]
SearchCursor = Annotated[
    str | None, Query(max_length=10_000, description="`next_cursor` of the page before")
]
FacetNames = Annotated[
    str | None,
    Query(
        max_length=200,
        description=f"What to count by, with commas between: {', '.join(Facet)}",
        examples=["category,label,location"],
    ),
]


def facets_of(names: str | None) -> list[Facet]:
    """The facets named, each once; raises `Invalid` for a name that is none."""
    found: dict[Facet, None] = {}
    for name in filter(None, (one.strip() for one in (names or "").split(","))):
        try:
            found[Facet(name)] = None
        except ValueError:
            known = ", ".join(Facet)
            raise invalid("facets", f"{name} can't be counted by; there are {known}.") from None
    return list(found)


def labels_of(ids: str | None) -> list[UUID]:
    """The labels named, each once; raises `Invalid` for what is no id."""
    found: dict[UUID, None] = {}
    for one in filter(None, (part.strip() for part in (ids or "").split(","))):
        try:
            found[UUID(one)] = None
        except ValueError:
            raise invalid("label_id", "Give ids of labels, with commas between.") from None
    return list(found)
