"""Why something can't be done with an inventory entry."""

from chassis.problems import Conflict
from services.inventory.stock.models import Entry


class InsufficientStock(Conflict):
    code, title = "insufficient-stock", "There are not that many free units"

    def __init__(self, entry: Entry) -> None:
        free = entry.free_quantity
        super().__init__(
            f"This entry has {entry.quantity} units: {entry.held_quantity} held, {free} free.",
            free_quantity=free,
        )


class StillHeld(Conflict):
    code, title = "held", "Units of this entry are lent or held otherwise"


class Archived(Conflict):
    code, title = "archived", "This entry is archived"


class Unlike(Conflict):
    code, title = "unlike", "These entries are not alike"
