"""HTTP in for exports."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from chassis.exports import RESPONSES, Archived, Format, answer, nodes, records
from chassis.fields import Moment
from chassis.problems import invalid
from chassis.requests import Reading, Viewer
from services.catalog.categories import repository as categories
from services.catalog.companies import repository as companies
from services.catalog.exports import columns, repository
from services.catalog.labels import repository as labels
from services.catalog.search.filters import Filters
from services.catalog.search.parameters import LabelIds, labels_of
from services.catalog.search.service import places_within

MOST_ATTRIBUTES = 400  # columns; an import reads 500

router = APIRouter(prefix="/v1/workspaces/{workspace_id}/exports", tags=["exports"])


@router.get("/items", response_class=StreamingResponse, responses=RESPONSES)
async def export_items(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002 - what clients call it
    category_id: Annotated[UUID | None, Query(description="This category and all below")] = None,
    label_id: LabelIds = None,
    purchased_from: Annotated[UUID | None, Query(description="The company")] = None,
    location_id: Annotated[
        UUID | None, Query(description="There is stock in this location or below it")
    ] = None,
    created_from: Moment | None = None,
    created_before: Moment | None = None,
    updated_from: Moment | None = None,
    updated_before: Moment | None = None,
    archived: Archived = False,
    attributes: Annotated[
        bool, Query(description="With a column for each attribute that an item has")
    ] = True,
) -> Response:
    """Items as a file that an import of items reads."""
    where = repository.all_of("i", tenant.workspace_id, archived=archived)
    if wanted := labels_of(label_id):
        where.add("i.labels && {}::uuid[]", wanted)
    places = None
    if location_id is not None:
        places = await places_within(reader, tenant.workspace_id, tenant.locations)
    Filters(
        category_id=category_id,
        purchased_from=purchased_from,
        location_id=location_id,
        created_from=created_from,
        created_before=created_before,
        updated_from=updated_from,
        updated_before=updated_before,
        archived=None,
        places=places,
    ).add_to(where)
    names: list[str] = []
    if attributes:
        names = await repository.attributes(reader, where, MOST_ATTRIBUTES + 1)
        if len(names) > MOST_ATTRIBUTES:
            raise invalid(
                "attributes",
                f"These items have more than {MOST_ATTRIBUTES} different attributes, and a column "
                "for each were too many; narrow them, or leave them out with attributes=false.",
            )
    found = records(reader, repository.ITEMS, where, key="i.id")
    return await answer(request, "items", format, columns.items(names), found)


@router.get("/categories", response_class=StreamingResponse, responses=RESPONSES)
async def export_categories(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002
    archived: Archived = False,
) -> Response:
    """Categories as a file that an import of categories reads, each after its parent."""
    where = repository.all_of("c", tenant.workspace_id, archived=archived)
    found = nodes(reader, categories.SELECT, where, table="categories", key="c.id")
    return await answer(request, "categories", format, columns.CATEGORIES, found)


@router.get("/labels", response_class=StreamingResponse, responses=RESPONSES)
async def export_labels(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002
    archived: Archived = False,
) -> Response:
    """Labels as a file that an import of labels reads."""
    where = repository.all_of("l", tenant.workspace_id, archived=archived)
    found = records(reader, labels.SELECT, where, key="l.id")
    return await answer(request, "labels", format, columns.LABELS, found)


@router.get("/companies", response_class=StreamingResponse, responses=RESPONSES)
async def export_companies(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    format: Format = "csv",  # noqa: A002
    archived: Archived = False,
) -> Response:
    """Companies as a file that an import of companies reads."""
    where = repository.all_of("c", tenant.workspace_id, archived=archived)
    found = records(reader, companies.SELECT, where, key="c.id")
    return await answer(request, "companies", format, columns.COMPANIES, found)
