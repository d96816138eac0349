"""Exports of Snipe-IT's assets: every row is one thing, where it is, and who has it.

The headings are those of its asset list and of its custom asset report in English, and the words
that its own importer takes for them.
"""

import calendar
import datetime as dt
import re
from collections.abc import Sequence

from chassis.fields import Name, ShortName, Text
from services.catalog.imports import cells
from services.catalog.imports.columns import Fields, Source
from services.catalog.imports.kinds import ATTRIBUTE, Field, folded_heading

_name, _short, _text = (cells.text(each) for each in (Name, ShortName, Text))
_MONTHS = re.compile(r"(\d{1,3})(\s*(months?|mo)\b)?\.?", re.IGNORECASE)
_PERSON = re.compile(r"(?P<name>.+?)\s*\((?P<username>[^()\s]+)\)")
_CUSTOM = re.compile(r"_snipeit_(?P<name>.+?)_\d+")

_STATUSES = {
    "lost": "MISSING",
    "stolen": "MISSING",
    "missing": "MISSING",
    "archived": "DISPOSED",
    "disposed": "DISPOSED",
    "retired": "DISPOSED",
    "sold": "DISPOSED",
    "transit": "IN_TRANSIT",
    "repair": "_repair",
    "diagnostics": "_repair",
    "broken": "_repair",
}

_FIELDS = {
    "asset_tag": Field("sku", _short),
    "asset_name": Field("name", _name),
    "item_name": Field("name", _name),
    "name": Field("name", _name),
    "serial": Field("serial_number", _short),
    "serial_number": Field("serial_number", _short),
    "model": Field("_model", _name),
    "model_name": Field("_model", _name),
    "asset_model": Field("_model", _name),
    "model_no": Field("_model_number", _short),
    "model_number": Field("_model_number", _short),
    "category": Field("category", cells.path),
    "manufacturer": Field("manufacturer", _short),
    "status": Field("_status", _short),
    "status_label": Field("_status", _short),
    "checked_out_to": Field("_holder", _name),
    "assigned_to": Field("_holder", _name),
    "checked_out": Field("_holder", _name),
    "full_name": Field("_full_name", _name),
    "checked_out_to_full_name": Field("_full_name", _name),
    "username": Field("_username", _name),
    "checked_out_to_username": Field("_username", _name),
    "email": Field("borrower_email", cells.email),
    "checked_out_to_email": Field("borrower_email", cells.email),
    "checkout_type": Field("_held_by", _short),
    "type": Field("_held_by", _short),
    "location": Field("_location", cells.path),
    "checkout_location": Field("_location", cells.path),
    "default_location": Field("_home", cells.path),
    "purchase_date": Field("date_acquired", dated=cells.date),
    "purchased": Field("date_acquired", dated=cells.date),
    "purchase_cost": Field("purchase_price", cells.amount),
    "cost": Field("purchase_price", cells.amount),
    "supplier": Field("purchased_from", _name),
    "order_number": Field(f"{ATTRIBUTE}order_number", _text),
    "warranty": Field("_warranty", _text),
    "warranty_months": Field("_warranty", _text),
    "warranty_expires": Field("warranty_expires", dated=cells.date),
    "eol": Field(f"{ATTRIBUTE}eol", _text),
    "eol_date": Field(f"{ATTRIBUTE}eol", _text),
    "asset_eol_date": Field(f"{ATTRIBUTE}eol", _text),
    "quantity": Field("quantity", cells.integer(0)),
    "qty": Field("quantity", cells.integer(0)),
    "notes": Field("notes", _text),
    "asset_notes": Field("notes", _text),
    "item_notes": Field("notes", _text),
    "company": Field(f"{ATTRIBUTE}company", _text),
    "checkout_date": Field("loaned_at", dated=cells.moment),
    "last_checkout": Field("loaned_at", dated=cells.moment),
    "last_checkout_date": Field("loaned_at", dated=cells.moment),
    "expected_checkin": Field("due_at", dated=cells.moment),
    "expected_checkin_date": Field("due_at", dated=cells.moment),
    "byod": Field(f"{ATTRIBUTE}byod", _text),
}
# Columns of a list on a screen, of counts, of people's and places' own data, and of what follows
# from the rest.
_LEFT_OUT = {
    *("id", "device_image", "image", "in_out", "checkin_checkout", "actions", "change", "age"),
    *("current_value", "book_value", "diff", "monthly_depreciation", "depreciation", "checkouts"),
    *("checkins", "requests", "user_requests", "requestable", "created_at", "updated_at"),
    *("last_audit", "next_audit_date", "last_checkin_date", "employee_number", "icon"),
    *("employee_no", "manager", "department", "title", "job_title", "phone", "address", "city"),
    *("state", "country", "zip", "user_address", "user_city", "user_state", "user_country"),
    *("user_zip", "fully_depreciated", "deleted", "url", "total_components_cost", "eol_rate"),
}
_SURELY = {"asset_tag", "serial", "model", "status", "checked_out_to", "category", "model_no"}


def recognises(headings: Sequence[str]) -> bool:
    """An asset tag, and enough of what stands beside it there."""
    folded = {folded_heading(heading) for heading in headings}
    return "asset_tag" in folded and len(folded & _SURELY) >= 3


def knows(heading: str) -> bool:
    """Whether it is one of its own columns, not a custom field's."""
    folded = folded_heading(heading)
    return folded in _FIELDS or folded in _LEFT_OUT or bool(_CUSTOM.fullmatch(heading))


def hold(heading: str) -> Field | None:
    """What a column of Snipe-IT's holds; one that is none of its own is a custom field."""
    custom = _CUSTOM.fullmatch(heading.strip())
    if custom is not None:
        return Field(f"{ATTRIBUTE}{custom['name']}", _text)
    folded = folded_heading(heading)
    if folded in _FIELDS:
        return _FIELDS[folded]
    if not folded or folded in _LEFT_OUT:
        return None
    return Field(f"{ATTRIBUTE}{heading}", _text)


def finish(fields: Fields) -> None:
    """One unit where it belongs, by its tag; a loan where a person has it."""
    _name_it(fields)
    _state(fields)
    _warranty(fields)
    location, home = fields.pop("_location", None), fields.pop("_home", None)
    holder = _holder(fields)
    if holder is not None:
        fields["borrower"] = holder
    else:
        for each in ("borrower_email", "loaned_at", "due_at"):
            fields.pop(each, None)
    # Where a thing that somebody has "is", is where they are: what it goes back to is its place.
    place = (home or location) if holder else (location or home)
    if place is not None:
        fields["location"] = place
    fields.setdefault("quantity", 1)
    if tag := fields.get("sku"):
        fields["entry_external_id"] = f"snipe-it:{tag}"


def _name_it(fields: Fields) -> None:
    model, number = fields.pop("_model", None), fields.pop("_model_number", None)
    if "name" not in fields and (name := model or fields.get("sku")):
        fields["name"] = name
    if known := number or model:
        fields["model"] = known[:100]


def _state(fields: Fields) -> None:
    status = fields.pop("_status", None)
    if status is None:
        return
    fields[f"{ATTRIBUTE}status"] = status
    words = re.findall(r"\w+", status.casefold())
    found = next((_STATUSES[word] for word in words if word in _STATUSES), "AVAILABLE")
    if found == "_repair":
        fields["condition"], found = "FOR_REPAIR", "AVAILABLE"
    fields["status"] = found


def _warranty(fields: Fields) -> None:
    """A warranty is told in months; with the day of purchase that is a day."""
    warranty = fields.pop("_warranty", None)
    if warranty is None:
        return
    fields["warranty_details"] = warranty
    found, bought = _MONTHS.fullmatch(warranty.strip()), fields.get("date_acquired")
    if found is None:
        return
    months = int(found[1])
    if not months:
        del fields["warranty_details"]
        return
    fields["warranty_details"] = f"{months} months"
    if bought is not None and "warranty_expires" not in fields:
        fields["warranty_expires"] = _later(dt.date.fromisoformat(bought), months).isoformat()


def _later(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + year, month + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _holder(fields: Fields) -> str | None:
    """The person who has it; what is checked out to a place or to another asset is lent to
    nobody."""
    held_by = fields.pop("_held_by", "user")
    told, full_name = fields.pop("_holder", None), fields.pop("_full_name", None)
    username = fields.pop("_username", None)
    if held_by.casefold() not in ("user", "person", "checked out", "employee"):
        if told and held_by.casefold() == "location" and "_location" not in fields:
            fields["location"] = told
        return None
    person = _PERSON.fullmatch(told) if told else None
    name = full_name or (person["name"] if person else told) or username
    return str(name) if name else None


SOURCE = Source("snipe-it", recognises, knows, hold, finish)
