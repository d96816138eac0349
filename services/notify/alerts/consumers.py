"""What alerts hear: inventory tells when a day has come, each once; the staff is told, each of them
once for an event. Nobody of the staff is restricted to locations."""

from datetime import date
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.notify.alerts import messages
from services.notify.alerts.messages import Thing
from services.notify.inbox import service

listener = Listener()

_STOCK = "warehouse.inventory.stock."


class StockEnding(Received):
    """What notify reads of units that expire, or whose warranty ends."""

    id: UUID
    workspace_id: UUID
    quantity: int
    expiration_date: date | None = None
    warranty_expires: date | None = None
    days_left: int
    item_name: str | None = None
    location_name: str | None = None

    def thing(self) -> Thing:
        return Thing(
            self.workspace_id,
            self.id,
            self.item_name or "A thing",
            self.quantity,
            self.location_name,
        )


class MaintenanceDue(Received):
    """What notify reads of maintenance that is due."""

    id: UUID
    workspace_id: UUID
    inventory_id: UUID
    name: str
    next_due: date
    days_overdue: int = 0
    item_name: str | None = None
    location_name: str | None = None


class RepairOverdue(Received):
    """What notify reads of a repair that is late."""

    id: UUID
    workspace_id: UUID
    inventory_id: UUID
    quantity: int
    description: str
    provider: str | None = None
    expected_back: date | None = None
    item_name: str | None = None


@listener.on(StockEnding, _STOCK + "expiring")
async def tell_expiring(session: TenantSession, event: StockEnding) -> None:
    if event.expiration_date is not None:
        notice = messages.expiring(event.thing(), event.expiration_date, event.days_left)
        await service.tell_staff(session, event.envelope, notice)


@listener.on(StockEnding, _STOCK + "warranty_ending")
async def tell_warranty_ending(session: TenantSession, event: StockEnding) -> None:
    if event.warranty_expires is not None:
        notice = messages.warranty_ending(event.thing(), event.warranty_expires, event.days_left)
        await service.tell_staff(session, event.envelope, notice)


@listener.on(MaintenanceDue, "warehouse.inventory.maintenance.due")
async def tell_maintenance_due(session: TenantSession, event: MaintenanceDue) -> None:
    name, place = event.item_name or "A thing", event.location_name
    thing = Thing(event.workspace_id, event.inventory_id, name, 1, place)
    notice = messages.maintenance_due(
        thing, event.id, event.name, event.next_due, event.days_overdue
    )
    await service.tell_staff(session, event.envelope, notice)


@listener.on(RepairOverdue, "warehouse.inventory.repair.overdue")
async def tell_repair_overdue(session: TenantSession, event: RepairOverdue) -> None:
    name = event.item_name or "A thing"
    thing = Thing(event.workspace_id, event.inventory_id, name, event.quantity)
    notice = messages.repair_overdue(
        thing, event.id, event.description, event.provider, event.expected_back
    )
    await service.tell_staff(session, event.envelope, notice)
