"""Exports of Homebox (`HB.*` columns): every row is an item where it lies.

Read off Homebox's own `ExportCSVRow`; older releases call some columns otherwise, and both names
are understood.
"""

import math
import re
from collections.abc import Sequence

from chassis.fields import ExternalId, Name, ShortName, Text
from services.catalog.imports import cells
from services.catalog.imports.columns import PLACE_ALONE, Fields, Source
from services.catalog.imports.kinds import ATTRIBUTE, MOST_LABELS, Field

_PREFIX = "hb."
_CUSTOM = "hb.field."
_NO_ASSET_ID = re.compile(r"[0-]+")
_SOLD = ("sold_to", "sold_price", "sold_date", "sold_notes")

_name, _short, _text, _external_id = (
    cells.text(each) for each in (Name, ShortName, Text, ExternalId)
)


def _date(form: str | None) -> cells.Reader:
    """A date; Homebox writes the first day of the year 1 for none."""
    read = cells.date(form)
    return lambda cell: None if cell.startswith("0001-") else read(cell)


def _amount(cell: str) -> object:
    """A price; Homebox writes 0 for none."""
    return cells.amount(cell) or None


def _threshold(cell: str) -> object:
    """Below how many it runs low; Homebox may have halves of one."""
    return cells.integer(0)(str(math.ceil(cells.amount(cell))))


def _yes(cell: str) -> object:
    """What matters only where it is so."""
    return cells.boolean(cell) or None


_FIELDS = {
    "import_ref": Field("external_id", _external_id),
    "parent_import_ref": Field(f"{ATTRIBUTE}parent", _text),
    "parent": Field(f"{ATTRIBUTE}parent", _text),
    "location": Field("location", cells.path),
    "tags": Field("labels", cells.names(Name, most=MOST_LABELS)),
    "labels": Field("labels", cells.names(Name, most=MOST_LABELS)),
    "asset_id": Field("_asset_id", _short),
    "url": Field("_url", _text),
    "archived": Field("_archived", _yes),
    "name": Field("name", _name),
    "quantity": Field("quantity", cells.integer(0)),
    "low_stock_threshold": Field("min_stock_level", _threshold),
    "description": Field("description", _text),
    "insured": Field("is_insured", cells.boolean),
    "notes": Field("notes", _text),
    "purchase_price": Field("purchase_price", _amount),
    "purchase_from": Field("purchased_from", _name),
    "purchase_time": Field("date_acquired", dated=_date),
    "purchase_date": Field("date_acquired", dated=_date),
    "manufacturer": Field("manufacturer", _short),
    "model_number": Field("model", _short),
    "serial_number": Field("serial_number", _short),
    "lifetime_warranty": Field("lifetime_warranty", cells.boolean),
    "warranty_expires": Field("warranty_expires", dated=_date),
    "warranty_details": Field("warranty_details", _text),
    "sold_to": Field(f"{ATTRIBUTE}sold_to", _text),
    "sold_price": Field("_sold_price", _amount),
    "sold_date": Field(f"{ATTRIBUTE}sold_date", dated=_date),
    "sold_time": Field(f"{ATTRIBUTE}sold_date", dated=_date),
    "sold_notes": Field(f"{ATTRIBUTE}sold_notes", _text),
}


def recognises(headings: Sequence[str]) -> bool:
    return "hb.name" in {heading.casefold() for heading in headings}


def knows(heading: str) -> bool:
    return heading.casefold().startswith(_PREFIX)


def hold(heading: str) -> Field | None:
    """What a column of Homebox's holds."""
    folded = heading.casefold()
    if folded.startswith(_CUSTOM) and len(heading) > len(_CUSTOM):
        return Field(f"{ATTRIBUTE}{heading[len(_CUSTOM) :].strip()}", _text)
    return _FIELDS.get(folded.removeprefix(_PREFIX)) if folded.startswith(_PREFIX) else None


def finish(fields: Fields) -> None:
    """The asset id is the sku, and what the entry is found by again; what was sold is disposed
    of. Newer exports have rows for places, too."""
    if "/location/" in fields.pop("_url", ""):
        path = [fields.get("location"), fields.get("name")]
        fields.clear()
        fields |= {"location": " / ".join(each for each in path if each), PLACE_ALONE: True}
        return
    asset_id = fields.pop("_asset_id", "")
    if asset_id and not _NO_ASSET_ID.fullmatch(asset_id):
        fields["sku"] = asset_id
    if own := fields.get("external_id") or fields.get("sku"):
        fields["entry_external_id"] = f"homebox:{own}"
    if fields.pop("_archived", None):
        fields[f"{ATTRIBUTE}archived"] = "true"
    if price := fields.pop("_sold_price", None):
        fields[f"{ATTRIBUTE}sold_price"] = str(price)
    if any(f"{ATTRIBUTE}{each}" in fields for each in _SOLD):
        fields["status"] = "DISPOSED"


SOURCE = Source("homebox", recognises, knows, hold, finish, date_format="MM/DD/YYYY")
