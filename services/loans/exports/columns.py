"""The columns of loans' kinds: what an import of the kind reads, and what says it of a thing."""

from collections.abc import Callable, Mapping

from chassis.exports import Record, field, fields, path_of
from chassis.tables import Cell

Columns = Mapping[str, Callable[[Record], Cell]]

BORROWERS: Columns = fields("name", "external_id", "email", "phone", "notes")
LOANS: Columns = {
    "item": field("item"),
    "location": lambda of: path_of(of["location_path"]) or None,
    "entry": field("entry"),
    "borrower": field("borrower"),
    **fields("quantity", "loaned_at", "due_at", "notes"),
}
