"""What projections hear: every aggregate that is counted, as its full state after each change."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.statements import Row
from services.analytics.projections import repository
from services.analytics.projections.repository import Things

listener = Listener()


def _types(aggregate: str, *verbs: str) -> list[str]:
    return [f"warehouse.{aggregate}.{verb}" for verb in verbs]


_LIFE = ("created", "updated", "archived", "restored", "deleted")
_ITEM = _types("catalog.item", *_LIFE, "merged")
_LOCATION = _types("inventory.location", *_LIFE, "moved")
_CONTAINER = _types("inventory.container", *_LIFE, "moved")
_BORROWER = _types("loans.borrower", *_LIFE)
# Holds bump the version and change nothing that is counted; a rejected one is no state at all.
_STOCK = _types(
    "inventory.stock",
    *("created", "updated", "moved", "split", "joined", "merged", "adjusted", "counted"),
    *("archived", "restored"),
)
_LOAN = _types(
    "loans.loan",
    *("requested", "activated", "rejected", "cancelled", "updated"),
    *("extended", "partially_returned", "returned", "due_soon", "overdue"),
)


class Counted(Received):
    """What analytics reads of any event of what it counts. The workspace is the envelope's."""

    id: UUID
    version: int

    def state(self) -> Row:
        return {"workspace_id": self.envelope.workspace_id, **self.__dict__}


class Thing(Counted):
    """What analytics reads of an event of anything with a name."""

    name: str
    is_archived: bool

    def state(self) -> Row:
        gone = self.is_archived or self.envelope.type.endswith((".deleted", ".merged"))
        return {**super().state(), "is_in_use": not gone}


class ItemChanged(Thing):
    min_stock_level: int = 0


class StockChanged(Counted):
    """What analytics reads of an event of an inventory entry's state."""

    item_id: UUID
    location_id: UUID | None = None
    container_id: UUID | None = None
    quantity: int
    purchase_price: int | None = None
    currency: str | None = None
    expiration_date: date | None = None
    is_archived: bool


class LoanChanged(Counted):
    """What analytics reads of an event of a loan."""

    status: str
    item_id: UUID | None = None
    item_name: str | None = None
    borrower_id: UUID
    quantity: int
    due_at: datetime | None = None


@listener.on_batch(ItemChanged, *_ITEM)
async def note_items(session: TenantSession, events: Sequence[ItemChanged]) -> None:
    await repository.record_items(session, _states(events))


@listener.on_batch(Thing, *_LOCATION)
async def note_locations(session: TenantSession, events: Sequence[Thing]) -> None:
    await repository.record_things(session, Things.LOCATIONS, _states(events))


@listener.on_batch(Thing, *_CONTAINER)
async def note_containers(session: TenantSession, events: Sequence[Thing]) -> None:
    await repository.record_things(session, Things.CONTAINERS, _states(events))


@listener.on_batch(Thing, *_BORROWER)
async def note_borrowers(session: TenantSession, events: Sequence[Thing]) -> None:
    await repository.record_things(session, Things.BORROWERS, _states(events))


@listener.on_batch(StockChanged, *_STOCK)
async def note_entries(session: TenantSession, events: Sequence[StockChanged]) -> None:
    await repository.record_entries(session, _states(events))


@listener.on_batch(LoanChanged, *_LOAN)
async def note_loans(session: TenantSession, events: Sequence[LoanChanged]) -> None:
    await repository.record_loans(session, _states(events))


def _states(events: Sequence[Counted]) -> list[Row]:
    return [event.state() for event in events]
