"""HTTP in for barcodes."""

import json
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from chassis.database import Source as Readings
from chassis.fields import storable
from chassis.problems import invalid
from chassis.product_codes import (
    CodeType,
    WrongCheckDigitError,
    normalised,
    type_of,
)
from chassis.requests import Reading, Tenant, Viewer
from chassis.responses import json_bytes
from chassis.typed_text import tidied
from chassis.unit_of_work import UnitOfWork
from services.catalog.barcodes import repository
from services.catalog.barcodes.lookup import Found, Lookup, Source
from services.catalog.barcodes.schemas import BarcodeOut

router = APIRouter(
    prefix="/v1/workspaces/{workspace_id}/barcodes", tags=["barcodes"], route_class=UnitOfWork
)


@router.get("", response_model=BarcodeOut)
async def look_up_any_barcode(
    request: Request,
    code: Annotated[
        str,
        Query(
            min_length=1,
            max_length=100,
            description="As it was scanned",
            examples=["4006381333931"],
        ),
    ],
    tenant: Viewer,
    reader: Reading,
) -> Response:
    """As `…/barcodes/{code}`, of any code: one with a slash in it fits into no path."""
    return await _found(request, code, tenant, reader)


@router.get("/{code}", response_model=BarcodeOut)
async def look_up_barcode(
    request: Request,
    code: Annotated[str, Path(min_length=1, max_length=100, description="As it was scanned")],
    tenant: Viewer,
    reader: Reading,
) -> Response:
    """What a barcode is the code of: an item here, or else a product that the provider knows."""
    return await _found(request, code, tenant, reader)


async def _found(request: Request, code: str, tenant: Tenant, reader: Readings) -> Response:
    if not storable(code):
        raise invalid("code", "It has a character that no barcode has (NUL).")
    try:
        kept = normalised(tidied(code))
    except WrongCheckDigitError as error:
        raise invalid("code", str(error), "wrong-check-digit") from error
    if not kept:
        raise invalid("code", "There is nothing in it that can be seen.")
    items = await repository.items(reader, tenant.workspace_id, kept)
    code_type, found = type_of(kept), Found(Source.NOT_ASKED)
    # A code of the owner's own is nobody else's business.
    if items == b"[]" and code_type is not CodeType.OTHER:
        lookup: Lookup = request.app.state.barcodes
        found = await lookup.ask(kept)
    product = found.product.model_dump() if found.product else None
    answer = {
        "code": kept,
        "code_type": code_type,
        "found": items != b"[]" or product is not None,
        "product": product,
        "provider": found.source,
    }
    return json_bytes(json.dumps(answer).encode()[:-1] + b', "items": ' + items + b"}")
