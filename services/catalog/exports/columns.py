"""The columns of catalog's kinds: what an import of the kind reads, and what says it of a thing."""

from collections.abc import Callable, Mapping, Sequence

from chassis.exports import Record, fields, parent, path_of
from chassis.tables import Cell

ATTRIBUTE = "attributes."
Columns = Mapping[str, Callable[[Record], Cell]]

CATEGORIES: Columns = {"name": lambda of: of["name"], "parent": parent} | fields(
    "description", "external_id"
)
LABELS: Columns = fields("name", "color", "description", "external_id")
COMPANIES: Columns = fields("name", "website", "notes", "external_id")


def items(attributes: Sequence[str]) -> Columns:
    """With a column for each of these `attributes`."""
    return {
        **fields("name", "sku", "external_id", "description"),
        "category": lambda of: path_of(of["category"] or ()) or None,
        "labels": lambda of: _names(of["labels"]),
        **fields("brand", "model", "manufacturer", "serial_number", "barcode", "is_insured"),
        "purchased_from": lambda of: of["purchased_from_name"],
        **fields("warranty_details", "lifetime_warranty", "min_stock_level", "needs_review"),
        **{f"{ATTRIBUTE}{name}": _attribute(name) for name in attributes},
    }


def _attribute(name: str) -> Callable[[Record], Cell]:
    def read(of: Record) -> Cell:
        value: str | int | float | bool | None = of["attributes"].get(name)
        return value

    return read


def _names(labels: Sequence[Record]) -> str | None:
    """Between semicolons, in quotes where a name has a mark that would part it."""
    return "; ".join(_quoted(str(label["name"])) for label in labels) or None


def _quoted(name: str) -> str:
    if not any(mark in name for mark in ';,"'):
        return name
    return '"' + name.replace('"', '""') + '"'
