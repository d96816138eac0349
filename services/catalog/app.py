"""Catalog's composition root: settings in, service out."""

from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.service import Service
from services.catalog.categories import routes as categories
from services.catalog.categories import service as category_rules
from services.catalog.companies import routes as companies
from services.catalog.companies import service as company_rules
from services.catalog.favorites import routes as favorites
from services.catalog.items import consumers as stock
from services.catalog.items import routes as items
from services.catalog.items import service as item_rules
from services.catalog.labels import routes as labels
from services.catalog.labels import service as label_rules
from services.catalog.settings import Settings
from services.catalog.wishlist import routes as wishlist
from services.catalog.wishlist import service as wish_rules

PROJECTIONS = Projections(tables=("stocked_entries",), listeners=(stock.listener,))


def build() -> Service:
    """Catalog, wired from its environment."""
    settings = Settings()
    database = Database(
        settings.database_url, name="catalog", pool_size=settings.database_pool_size
    )
    return compose(
        "catalog",
        settings,
        database,
        description="What a thing is: items, categories, labels, companies, favorites, wishes.",
        routers=[
            items.router,
            categories.router,
            labels.router,
            companies.router,
            favorites.router,
            wishlist.router,
        ],
        listeners=PROJECTIONS.listeners,
        constraints={
            **item_rules.CONSTRAINTS,
            **category_rules.CONSTRAINTS,
            **label_rules.CONSTRAINTS,
            **company_rules.CONSTRAINTS,
            **wish_rules.CONSTRAINTS,
        },
    )
