"""HTTP in for labels."""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from chassis.fields import storable
from chassis.problems import NotFound, invalid
from chassis.requests import Reading, Tenant, Viewer
from services.inventory.labels import service, single
from services.inventory.labels.formats import Format
from services.inventory.labels.jobs import Job
from services.inventory.labels.press import Press
from services.inventory.labels.service import Caption
from services.inventory.labels.single import Label
from services.inventory.labels.symbols import Symbology, draw
from services.inventory.short_codes.kinds import State, Thing
from services.inventory.short_codes.reach import CodeRoute

MAX_SCALE = 20

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/short-codes", tags=["labels"], route_class=CodeRoute
)
sheets = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/label-sheets", tags=["labels"], route_class=CodeRoute
)

ByScale = Annotated[int, Query(ge=1, le=MAX_SCALE, description="Pixels a module is wide")]
Codes = Annotated[
    list[str] | None,
    Query(max_length=service.MAX_LABELS, description="These codes, in this order; repeat it"),
]
Start = Annotated[int, Query(ge=1, description="The first label of the sheet that is left")]
Within = Annotated[
    UUID | None, Query(description="On this location, and what stands in it or below")
]


async def press_of(request: Request) -> Press:
    press: Press = request.app.state.press
    return press


async def label_url_of(request: Request) -> str:
    url: str = request.app.state.label_url
    return url


ThePress = Annotated[Press, Depends(press_of)]
LabelUrl = Annotated[str, Depends(label_url_of)]


def _binary(media_type: str, description: str) -> dict[int | str, dict[str, Any]]:
    schema = {"type": "string", "format": "binary"}
    return {200: {"description": description, "content": {media_type: {"schema": schema}}}}


def _answer(request: Request, tag: str) -> Response | None:
    """304 for a client that has this drawing already."""
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return None


@router.get(
    "/{short_code}/label.svg",
    response_class=Response,
    responses=_binary("image/svg+xml", "The label"),
)
async def get_label_svg(
    request: Request,
    short_code: str,
    tenant: Viewer,
    reader: Reading,
    press: ThePress,
    label_url: LabelUrl,
    symbology: Symbology = Symbology.QR,
    scale: ByScale = 8,
    caption: Caption = Caption.BOTH,
) -> Response:
    """The label of a code as SVG."""
    ask = (short_code, symbology, scale, caption, label_url)
    return await _label(request, tenant, reader, press, single.svg, "image/svg+xml", ask)


@router.get(
    "/{short_code}/label.png",
    response_class=Response,
    responses=_binary("image/png", "The label"),
)
async def get_label_png(
    request: Request,
    short_code: str,
    tenant: Viewer,
    reader: Reading,
    press: ThePress,
    label_url: LabelUrl,
    symbology: Symbology = Symbology.QR,
    scale: ByScale = 8,
    caption: Caption = Caption.BOTH,
) -> Response:
    """The label of a code as PNG."""
    ask = (short_code, symbology, scale, caption, label_url)
    return await _label(request, tenant, reader, press, single.png, "image/png", ask)


async def _label(
    request: Request,
    tenant: Tenant,
    reader: Reading,
    press: Press,
    picture: Callable[[Label, int], bytes],
    media_type: str,
    ask: tuple[str, Symbology, int, Caption, str],
) -> Response:
    typed, symbology, scale, caption, label_url = ask
    if not storable(typed):
        raise NotFound("There is no such short code in this workspace.")
    coded = await service.one(reader, tenant.workspace_id, typed, tenant.locations)
    lines = service.lines(coded, caption)
    tag = service.tag(media_type, symbology, scale, label_url, coded.code, *lines)
    if unchanged := _answer(request, tag):
        return unchanged

    def made() -> bytes:
        return picture(Label(draw(symbology, coded.code, label_url), lines), scale)

    return Response(await press.run(made), headers={"etag": tag}, media_type=media_type)


@sheets.get("", response_class=Response, responses=_binary("application/pdf", "The sheets"))
async def print_label_sheets(
    request: Request,
    tenant: Viewer,
    reader: Reading,
    press: ThePress,
    label_url: LabelUrl,
    format: Format = Format.L7160,  # noqa: A002 - the query's own word
    symbology: Symbology = Symbology.QR,
    start: Start = 1,
    code: Codes = None,
    kind: Thing | None = None,
    state: State | None = None,
    location_id: Within = None,
) -> Response:
    """Sheets of labels to print, as PDF: of these codes, or of all codes that fit, oldest first."""
    if not all(map(storable, code or ())):
        raise invalid("code", "A code has 4 to 12 characters of A-Z and 0-9.")
    job = await service.job(
        reader,
        tenant.workspace_id,
        format_=format,
        symbology=symbology,
        start=start,
        base_url=label_url,
        codes=code or (),
        kind=kind,
        state=state,
        location_id=location_id,
        within=tenant.locations,
    )
    tag = service.tag_of(job)
    if unchanged := _answer(request, tag):
        return unchanged
    return Response(
        await press.run(partial(_printed, job)),
        headers={"etag": tag, "content-disposition": 'inline; filename="labels.pdf"'},
        media_type="application/pdf",
    )


def _printed(job: Job) -> bytes:
    # Here, since fpdf2 takes 20 MB and most processes never print.
    from services.inventory.labels import printing  # noqa: PLC0415

    return printing.pdf(job)
