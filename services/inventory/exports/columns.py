"""The columns of inventory's kinds: what an import of the kind reads, and what says it of a thing.
Items are told by their sku, as inventory has heard of them."""

from collections.abc import Callable, Mapping

from chassis.exports import Record, field, fields, parent, path_of
from chassis.money import amount_of
from chassis.tables import Cell

Columns = Mapping[str, Callable[[Record], Cell]]

LOCATIONS: Columns = {"name": field("name"), "parent": parent} | fields(
    "description", "external_id"
)
CONTAINERS: Columns = {
    "name": field("name"),
    "location": lambda of: path_of(of["location_path"]),
    "parent": field("parent_name"),
    **fields("description", "capacity", "external_id"),
}


def _price(of: Record) -> Cell:
    price = of["purchase_price"]
    return None if price is None else amount_of(price, of["currency"])


ENTRIES: Columns = {
    "item": field("item"),
    "location": lambda of: path_of(of["location_path"]),
    "container": field("container_name"),
    **fields("quantity", "condition", "status", "serial_number", "lot", "date_acquired"),
    "purchase_price": _price,
    **fields("currency", "warranty_expires", "expiration_date", "notes", "external_id"),
}
