"""The kinds of things a file may hold: their fields, by the platform's own names and by those that
people's files have for them, and what tells two of a kind apart."""

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from chassis.fields import ExternalId, Name, ShortName, Text
from chassis.product_codes import WrongCheckDigitError, normalised
from services.catalog.imports import cells
from services.catalog.imports.cells import Reader

CONDITIONS = ("NEW", "EXCELLENT", "GOOD", "FAIR", "POOR", "DAMAGED", "FOR_REPAIR")
STATUSES = ("AVAILABLE", "IN_USE", "IN_TRANSIT", "MISSING", "DISPOSED")
ATTRIBUTE = "attributes."
MOST_LABELS = 50

Fields = Mapping[str, Any]
Identity = tuple[object, ...]
Dated = Callable[[str | None], Reader]  # by the file's form of dates

_name, _short, _text, _external_id = (
    cells.text(each) for each in (Name, ShortName, Text, ExternalId)
)


def compared(name: str, value: str) -> str:
    """What says that two things are the same, as it is compared: however a barcode was written or
    scanned."""
    if name in ("name", "email"):
        return cells.folded(value)
    if name == "barcode":
        with contextlib.suppress(WrongCheckDigitError):
            return normalised(value)
    return value


@dataclass(frozen=True)
class Field:
    """What a column may hold. `called` are other words for it, folded."""

    name: str
    read: Reader | None = None
    dated: Dated | None = None
    called: tuple[str, ...] = ()
    required: bool = False

    def reader(self, date_format: str | None) -> Reader:
        if self.dated is not None:
            return self.dated(date_format)
        assert self.read is not None  # noqa: S101 - one of both is there
        return self.read


@dataclass(frozen=True)
class Kind:
    """`keys`: fields that rows may be found by, in the order in which they are tried. `identify`:
    what no two rows of a file may share, None where rows may. `unique`: fields of which no two
    things here have the same."""

    name: str
    fields: tuple[Field, ...]
    keys: tuple[str, ...]
    identify: Callable[[Fields], Identity | None] = lambda _: None
    free_fields: bool = False
    unique: tuple[str, ...] = ("external_id",)

    def field(self, name: str) -> Field | None:
        """The field of this name of the platform's."""
        if self.free_fields and name.startswith(ATTRIBUTE) and len(name) > len(ATTRIBUTE):
            return Field(name, _text)
        return next((field for field in self.fields if field.name == name), None)

    def recognised(self, heading: str) -> Field | None:
        """The field that a column of this heading holds, by any of its words."""
        prefix, dot, own = heading.partition(".")
        if dot and folded_heading(prefix) in ("attributes", "attribute"):
            return self.field(f"{ATTRIBUTE}{own.strip()}")
        word = folded_heading(heading)
        return next((f for f in self.fields if word in (f.name, *f.called)), None)


def folded_heading(heading: str) -> str:
    """A heading as it is compared: `Serial No.`, `serial-no` and `SERIAL_NO` alike."""
    return re.sub(r"[\W_]+", "_", heading.casefold()).strip("_")


_ITEM = (
    Field("name", _name, called=("item_name", "title", "product", "product_name", "thing")),
    Field(
        "sku", _short, called=("item_sku", "stock_keeping_unit", "article_number", "item_number")
    ),
    Field("external_id", _external_id, called=("item_external_id", "own_id", "reference")),
    Field("description", _text, called=("details", "item_description")),
    Field("category", cells.path, called=("category_name", "category_path", "group", "type")),
    Field(
        "labels",
        cells.names(Name, most=MOST_LABELS),
        called=("label", "tags", "tag", "keywords"),
    ),
    Field("brand", _short, called=("brand_name", "make")),
    Field("model", _short, called=("model_name", "model_number", "model_no")),
    Field("manufacturer", _short, called=("maker", "producer", "vendor_name")),
    Field("serial_number", _short, called=("serial", "serial_no", "serialnumber", "s_n", "sn")),
    Field("barcode", _short, called=("ean", "upc", "gtin", "isbn", "ean13", "bar_code")),
    Field("is_insured", cells.boolean, called=("insured", "insurance")),
    Field(
        "purchased_from",
        _name,
        called=("supplier", "company", "vendor", "shop", "store", "purchased_at", "bought_from"),
    ),
    Field("warranty_details", _text, called=("warranty", "warranty_notes")),
    Field("lifetime_warranty", cells.boolean),
    Field(
        "min_stock_level",
        cells.integer(0),
        called=("min_stock", "minimum_stock", "minimum_quantity", "reorder_level", "min_quantity"),
    ),
    Field("needs_review", cells.boolean, called=("review",)),
)
_STOCK = (
    Field("quantity", cells.integer(0), called=("qty", "count", "amount", "pieces", "units")),
    Field("condition", cells.choice(*CONDITIONS), called=("item_condition",)),
    Field("status", cells.choice(*STATUSES), called=("item_status",)),
    Field("lot", _short, called=("batch", "lot_number", "batch_number")),
    Field(
        "date_acquired",
        dated=cells.date,
        called=("acquired", "purchase_date", "purchased", "date_of_purchase", "bought"),
    ),
    Field(
        "purchase_price",
        cells.amount,
        called=("price", "cost", "purchase_cost", "unit_price", "value"),
    ),
    Field("currency", cells.currency, called=("currency_code",)),
    Field("warranty_expires", dated=cells.date, called=("warranty_until", "warranty_end")),
    Field(
        "expiration_date",
        dated=cells.date,
        called=("expires", "expiry", "expiry_date", "best_before", "use_by"),
    ),
    Field("notes", _text, called=("note", "comment", "comments", "remarks")),
)
MIXED = "mixed"
_OF_ITEM = frozenset(field.name for field in _ITEM)
ITEM_CODES = ("external_id", "sku", "barcode")
STOCK_ALONE = frozenset({"quantity", "container", "borrower"})
_PLACE = (
    Field(
        "location",
        cells.path,
        called=("location_path", "location_name", "place", "room", "where", "storage"),
    ),
    Field("container", _name, called=("container_name", "box", "bin")),
)
_NAMED = Field("name", _name, called=("title",), required=True)
_EXTERNAL_ID = Field("external_id", _external_id, called=("id", "own_id", "reference", "ref"))
_DESCRIPTION = Field("description", _text, called=("details", "notes"))


def _required(fields: tuple[Field, ...], *names: str) -> tuple[Field, ...]:
    return tuple(
        Field(f.name, f.read, f.dated, f.called, required=True) if f.name in names else f
        for f in fields
    )


def _first_of(*names: str) -> Callable[[Fields], Identity | None]:
    """What a row goes by: the first of these fields that it has."""

    def identify(fields: Fields) -> Identity | None:
        for name in names:
            if value := fields.get(name):
                return name, compared(name, value)
        return None

    return identify


def _in_its_place(*place: str) -> Callable[[Fields], Identity | None]:
    """By its own identifier, or else by its name where it stands."""

    def identify(fields: Fields) -> Identity | None:
        if own := fields.get("external_id"):
            return "external_id", own
        return "name", *(cells.folded(fields.get(each, "")) for each in (*place, "name"))

    return identify


def item_of(fields: Fields, key: str | None) -> tuple[Identity | None, Mapping[str, object]]:
    """Which item a mixed row is about, found by `key` or by what it has, and what it says of it
    beside that: rows of one item have to agree."""
    told = {
        name: _as_compared(name, value)
        for name, value in fields.items()
        if (name in _OF_ITEM or name.startswith(ATTRIBUTE)) and name not in ITEM_CODES
    }
    return _first_of(*([key] if key else (*ITEM_CODES, "name")))(fields), told


def _as_compared(name: str, value: Any) -> object:  # noqa: ANN401 - a field's
    """Labels in any order, and names of other things whatever the case."""
    if isinstance(value, list):
        return tuple(sorted(one.casefold() for one in value))
    return value.casefold() if name in ("category", "purchased_from") else value


def _somebody(fields: Fields) -> Identity | None:
    """By their own identifier, or else by name and e-mail: a family may share the one."""
    if own := fields.get("external_id"):
        return "external_id", own
    if not (name := fields.get("name")):
        return None
    return "name", cells.folded(name), cells.folded(fields.get("email", ""))


def _entry(fields: Fields) -> Identity | None:
    if own := fields.get("external_id"):
        return "external_id", own
    what = ("item", "location", "container", "serial_number", "lot")
    return "entry", *(cells.folded(fields.get(each, "")) for each in what)


def _loan(fields: Fields) -> Identity | None:
    what = ("item", "location", "entry", "borrower", "loaned_at")
    return "loan", *(cells.folded(fields.get(each, "")) for each in what)


_ALL = (
    Kind(
        "items",
        _required(_ITEM, "name"),
        ("external_id", "sku", "barcode", "name"),
        _first_of("external_id", "sku", "barcode", "name"),
        free_fields=True,
        unique=ITEM_CODES,
    ),
    Kind(
        "categories",
        (
            _NAMED,
            Field("parent", cells.path, called=("parent_category", "parent_path", "parent_name")),
            _DESCRIPTION,
            _EXTERNAL_ID,
        ),
        ("external_id", "name"),
        _in_its_place("parent"),
    ),
    Kind(
        "labels",
        (_NAMED, Field("color", cells.color, called=("colour",)), _DESCRIPTION, _EXTERNAL_ID),
        ("external_id", "name"),
        _first_of("external_id", "name"),
        unique=("external_id", "name"),
    ),
    Kind(
        "companies",
        (
            _NAMED,
            Field("website", cells.web_address, called=("url", "web", "homepage", "site")),
            Field("notes", _text, called=("note", "comment", "description")),
            _EXTERNAL_ID,
        ),
        ("external_id", "name"),
        _first_of("external_id", "name"),
        unique=("external_id", "name"),
    ),
    Kind(
        "locations",
        (
            _NAMED,
            Field("parent", cells.path, called=("parent_location", "parent_path", "parent_name")),
            _DESCRIPTION,
            _EXTERNAL_ID,
        ),
        ("external_id", "name"),
        _in_its_place("parent"),
    ),
    Kind(
        "containers",
        (
            _NAMED,
            Field("location", cells.path, called=_PLACE[0].called, required=True),
            Field("parent", _name, called=("parent_container", "parent_name")),
            _DESCRIPTION,
            Field("capacity", cells.integer(1)),
            _EXTERNAL_ID,
        ),
        ("external_id", "name"),
        _in_its_place("location", "parent"),
    ),
    Kind(
        "inventory",
        (
            Field(
                "item",
                _external_id,
                called=("item_name", "item_sku", "sku", "thing"),
                required=True,
            ),
            *_required(_PLACE, "location"),
            *_STOCK,
            Field("serial_number", _short, called=("serial", "serial_no", "s_n", "sn")),
            _EXTERNAL_ID,
        ),
        ("external_id",),
        _entry,
    ),
    Kind(
        "borrowers",
        (
            Field("name", _name, called=("full_name", "borrower", "member_name"), required=True),
            _EXTERNAL_ID,
            Field("email", cells.email, called=("e_mail", "mail", "email_address")),
            Field("phone", _short, called=("telephone", "mobile", "phone_number", "tel")),
            Field("notes", _text, called=("note", "comment", "comments")),
        ),
        ("external_id", "email", "name"),
        _somebody,
    ),
    Kind(
        "loans",
        (
            Field("item", _external_id, called=("item_name", "item_sku", "sku", "thing")),
            Field("location", cells.path, called=_PLACE[0].called),
            Field("entry", _external_id, called=("entry_external_id", "inventory")),
            Field(
                "borrower",
                _external_id,
                called=("borrower_name", "borrower_email", "lent_to", "member"),
                required=True,
            ),
            Field("quantity", cells.integer(1), called=("qty", "count")),
            Field("loaned_at", dated=cells.moment, called=("loaned", "lent_at", "checkout_date")),
            Field("due_at", dated=cells.moment, called=("due", "due_date", "expected_return")),
            Field("notes", _text, called=("note", "comment", "comments")),
        ),
        (),
        _loan,
        unique=(),
    ),
    Kind(
        MIXED,
        (
            *_required(_ITEM, "name"),
            *_PLACE,
            *_STOCK,
            Field("entry_external_id", _external_id, called=("inventory_external_id",)),
            Field("borrower", _name, called=("borrower_name", "lent_to", "checked_out_to")),
            Field("borrower_email", cells.email),
            Field("loaned_at", dated=cells.moment, called=("loaned", "lent_at", "checkout_date")),
            Field("due_at", dated=cells.moment, called=("due", "due_date", "expected_return")),
        ),
        ("external_id", "sku", "barcode", "name"),
        free_fields=True,
        unique=ITEM_CODES,
    ),
)
KINDS = {kind.name: kind for kind in _ALL}
