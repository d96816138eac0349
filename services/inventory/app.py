"""Inventory's composition root: settings in, service out."""

from chassis import changes
from chassis.changes import Kind
from chassis.clock import Schedule
from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.service import Service
from services.inventory.batches import routes as batches
from services.inventory.containers import repository as container_queries
from services.inventory.containers import routes as containers
from services.inventory.containers import service as container_rules
from services.inventory.deadlines import consumers as time_zones
from services.inventory.deadlines import service as deadlines
from services.inventory.exports import routes as exports
from services.inventory.history import routes as history
from services.inventory.holds import consumers as loans
from services.inventory.imports import consumers as imports
from services.inventory.items import consumers as items
from services.inventory.items import merging, naming
from services.inventory.labels import routes as labels
from services.inventory.labels.press import Press
from services.inventory.locations import repository as location_queries
from services.inventory.locations import routes as locations
from services.inventory.locations import service as location_rules
from services.inventory.maintenance import repository as maintenance_queries
from services.inventory.maintenance import routes as maintenance
from services.inventory.members import consumers as members
from services.inventory.movements import routes as movements
from services.inventory.repairs import repository as repair_queries
from services.inventory.repairs import routes as repairs
from services.inventory.settings import Settings
from services.inventory.short_codes import consumers as code_releases
from services.inventory.short_codes import repository as code_queries
from services.inventory.short_codes import routes as short_codes
from services.inventory.short_codes import service as code_rules
from services.inventory.stock import repository as stock_queries
from services.inventory.stock import routes as stock
from services.inventory.stock import service as stock_rules
from services.inventory.stock import undoing
from services.inventory.stocktakes import reconciling
from services.inventory.stocktakes import repository as stocktake_queries
from services.inventory.stocktakes import routes as stocktakes
from services.inventory.workspaces import consumers as workspaces

PROJECTIONS = Projections(
    tables=(
        *("known_items", "known_categories", "known_workspaces"),
        *("members", "deleted_workspaces"),
    ),
    listeners=(items.listener, workspaces.listener, members.listener),
)
KINDS = {
    "location": Kind(location_queries.SELECT, "l"),
    "container": Kind(container_queries.SELECT, "c"),
    "stock": Kind(stock_queries.SELECT, "e"),
    "stocktake": Kind(stocktake_queries.SELECT, "s"),
    "short_code": Kind(code_queries.SELECT, "s"),
    "repair": Kind(repair_queries.SELECT, "r"),
    "maintenance": Kind(maintenance_queries.SELECT, "m"),
}


def build() -> Service:
    """Inventory, wired from its environment."""
    settings = Settings()
    press = Press()
    database = Database(
        settings.database_url, name="inventory", pool_size=settings.database_pool_size
    )

    async def reconcile() -> None:
        await reconciling.reconcile(database)

    async def tell_of_deadlines() -> None:
        await deadlines.tell(database)

    reconciliation = Schedule("inventory-stocktakes", reconcile, settings.clock_interval)
    alerts = Schedule("inventory-deadlines", tell_of_deadlines, settings.clock_interval)
    return compose(
        "inventory",
        settings,
        database,
        description="Where things are and how many: locations, containers, stock, movements.",
        routers=[
            locations.router,
            containers.router,
            batches.router,
            stock.router,
            movements.router,
            history.router,
            stocktakes.router,
            short_codes.router,
            short_codes.resolver,
            labels.router,
            labels.sheets,
            repairs.router,
            repairs.summary,
            maintenance.router,
            exports.router,
            changes.router("inventory", KINDS, whole=True),
        ],
        listeners=[
            *PROJECTIONS.listeners,
            time_zones.listener,
            loans.listener,
            code_releases.listener,
            merging.listener,
            naming.listener,
            imports.listener,
        ],
        schedules=[reconciliation, alerts],
        feed=True,
        constraints={
            **location_rules.CONSTRAINTS,
            **container_rules.CONSTRAINTS,
            **stock_rules.CONSTRAINTS,
            **undoing.CONSTRAINTS,
            **code_rules.CONSTRAINTS,
        },
        serving=[press],
        state={
            "item_wait": settings.item_wait,
            "reconcile": reconciliation.wake,
            "press": press,
            "label_url": settings.labels_lead_to,
        },
    )
