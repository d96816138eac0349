"""The kinds of things a file may hold: their fields, what tells two of a kind apart, and where
they live in the API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.fields import ExternalId, Name, ShortName, Text
from warehouse.importing import cells
from warehouse.importing.cells import Reader, folded

Fields = Mapping[str, Any]  # by the API's names: a request body, or a record that came back
Identity = tuple[str, ...]

CONDITIONS = ("NEW", "EXCELLENT", "GOOD", "FAIR", "POOR", "DAMAGED", "FOR_REPAIR")
STATUSES = ("AVAILABLE", "IN_USE", "IN_TRANSIT", "MISSING", "DISPOSED")

_sku = cells.text(ShortName)
_name, _short, _text, _external_id = (
    cells.text(each) for each in (Name, ShortName, Text, ExternalId)
)


@dataclass(frozen=True)
class Field:
    """A field that a column may hold; `refers_to` names the resource whose things it names."""

    name: str
    read: Reader
    required: bool = False
    refers_to: str | None = None

    @property
    def sent_as(self) -> str:
        """Its name in the API: a reference goes as an id."""
        return f"{self.name}_id" if self.refers_to else self.name


@dataclass(frozen=True)
class Kind:
    """`identities`: what a thing is found by when the file has no key, the first that it has; a
    row may not share its first with any other row. `free_fields`: columns may be mapped to
    `attributes.<name>`. `nested`: its rows refer to rows of the same file."""

    name: str
    path: str
    fields: tuple[Field, ...]
    identities: Callable[[Fields], list[Identity]]
    identified_by: str
    free_fields: bool = False
    nested: bool = False

    def field(self, name: str) -> Field | None:
        prefix, _, own = name.partition(".")
        if self.free_fields and prefix == "attributes" and own:
            return Field(name, _text)
        return next((field for field in self.fields if field.name == name), None)


def _by_sku_or_name(item: Fields) -> list[Identity]:
    sku = [("sku", item["sku"])] if item.get("sku") else []
    return [*sku, ("name", folded(item["name"]))]


def _by_name(thing: Fields) -> list[Identity]:
    return [("name", folded(thing["name"]))]


def _by_place(location: Fields) -> list[Identity]:
    return [("place", location.get("parent_id") or "", folded(location["name"]))]


def _by_what_and_where(entry: Fields) -> list[Identity]:
    parts = ("item_id", "location_id", "container_id", "serial_number", "lot")
    return [("stock", *(entry.get(part) or "" for part in parts))]


_ITEMS = Kind(
    "items",
    "items",
    (
        Field("name", _name, required=True),
        Field("sku", _sku),
        Field("external_id", _external_id),
        Field("description", _text),
        Field("category", _text, refers_to="categories"),
        Field("brand", _short),
        Field("model", _short),
        Field("manufacturer", _short),
        Field("serial_number", _short),
        Field("barcode", _short),
        Field("is_insured", cells.boolean),
        Field("warranty_details", _text),
        Field("lifetime_warranty", cells.boolean),
        Field("min_stock_level", cells.integer(0)),
        Field("needs_review", cells.boolean),
    ),
    _by_sku_or_name,
    "the same sku, or the same name without one",
    free_fields=True,
)
_BORROWERS = Kind(
    "borrowers",
    "borrowers",
    (
        Field("name", _name, required=True),
        Field("external_id", _external_id),
        Field("email", cells.email),
        Field("phone", _short),
        Field("notes", _text),
    ),
    _by_name,
    "the same name",
)
_LOCATIONS = Kind(
    "locations",
    "locations",
    (
        Field("name", _name, required=True),
        Field("parent", _text, refers_to="locations"),
        Field("external_id", _external_id),
        Field("description", _text),
    ),
    _by_place,
    "the same name in the same place",
    nested=True,
)
_INVENTORY = Kind(
    "inventory",
    "inventory",
    (
        Field("item", _text, required=True, refers_to="items"),
        Field("location", _text, required=True, refers_to="locations"),
        Field("container", _text, refers_to="containers"),
        Field("quantity", cells.integer(0)),
        Field("external_id", _external_id),
        Field("condition", cells.choice(*CONDITIONS)),
        Field("status", cells.choice(*STATUSES)),
        Field("serial_number", _short),
        Field("lot", _short),
        Field("date_acquired", cells.date),
        Field("purchase_price", cells.amount),
        Field("currency", cells.currency),
        Field("warranty_expires", cells.date),
        Field("expiration_date", cells.date),
        Field("notes", _text),
    ),
    _by_what_and_where,
    "the same item in the same place, with the same serial number and lot",
)

KINDS = {kind.name: kind for kind in (_ITEMS, _BORROWERS, _LOCATIONS, _INVENTORY)}


def keyed(thing: Fields) -> list[Identity]:
    """What a thing is found by when the file has a key."""
    external_id = thing.get("external_id")
    return [("key", external_id)] if external_id else []
