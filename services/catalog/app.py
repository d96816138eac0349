"""Catalog's composition root: settings in, service out."""

from datetime import timedelta

from chassis import changes
from chassis.changes import Kind
from chassis.clock import Schedule
from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.service import Service
from services.catalog.attachments import repository as attachment_queries
from services.catalog.attachments import routes as attachments
from services.catalog.attachments import sweeping
from services.catalog.attachments.library import Library
from services.catalog.attachments.service import Limits
from services.catalog.attachments.store import S3, ContentStore
from services.catalog.barcodes import routes as barcodes
from services.catalog.barcodes.lookup import Lookup
from services.catalog.barcodes.provider import JsonProvider
from services.catalog.batches import routes as batches
from services.catalog.categories import repository as category_queries
from services.catalog.categories import routes as categories
from services.catalog.categories import service as category_rules
from services.catalog.companies import repository as company_queries
from services.catalog.companies import routes as companies
from services.catalog.companies import service as company_rules
from services.catalog.custom_fields import repository as custom_field_queries
from services.catalog.custom_fields import routes as custom_fields
from services.catalog.custom_fields import service as custom_field_rules
from services.catalog.exports import routes as exports
from services.catalog.favorites import routes as favorites
from services.catalog.imports import consumers as returning_rows
from services.catalog.imports import repository as import_rows
from services.catalog.imports import routes as imports
from services.catalog.imports.stream import Streams
from services.catalog.imports.worker import ImportWorker
from services.catalog.items import consumers as stock
from services.catalog.items import repository as item_queries
from services.catalog.items import routes as items
from services.catalog.items import service as item_rules
from services.catalog.labels import repository as label_queries
from services.catalog.labels import routes as labels
from services.catalog.labels import service as label_rules
from services.catalog.search import consumers as places
from services.catalog.search import words
from services.catalog.settings import Settings
from services.catalog.wishlist import repository as wish_queries
from services.catalog.wishlist import routes as wishlist
from services.catalog.wishlist import service as wish_rules
from services.catalog.workspaces import consumers as workspaces

FORGET_IMPORTS_EVERY = 3600.0  # seconds

KINDS = {
    "item": Kind(item_queries.SELECT, "i"),
    "category": Kind(category_queries.SELECT, "c"),
    "label": Kind(label_queries.SELECT, "l"),
    "company": Kind(company_queries.SELECT, "c"),
    "wish": Kind(wish_queries.SELECT, "w"),
    "attachment": Kind(attachment_queries.SELECT, "a"),
    "custom_field": Kind(custom_field_queries.SELECT, "f"),
}
PROJECTIONS = Projections(
    tables=("stocked_entries", "known_locations", "known_workspaces"),
    listeners=(stock.listener, places.listener, workspaces.listener),
)
WORDS_EVERY = 2.0  # seconds between looks for items whose words are not known yet


def build() -> Service:
    """Catalog, wired from its environment."""
    settings = Settings()
    database = Database(
        settings.database_url, name="catalog", pool_size=settings.database_pool_size
    )
    library = _library(settings)

    async def sweep() -> None:
        await sweeping.sweep(database, library.store)

    url = settings.barcode_lookup_url
    lookup = Lookup(JsonProvider(url) if url else None)
    importing = ImportWorker(database, timedelta(seconds=settings.import_lease))
    streams = Streams()

    async def forget_imports() -> None:
        async with database.system() as session:
            await import_rows.forget_old(session, settings.import_days)

    async def take_in_words() -> None:
        await words.take_in(database)

    return compose(
        "catalog",
        settings,
        database,
        description="What a thing is: items, their attachments and custom fields, categories, "
        "labels, companies, favorites, wishes; and imports of files.",
        routers=[
            batches.router,
            items.router,
            categories.router,
            labels.router,
            companies.router,
            favorites.router,
            wishlist.router,
            attachments.of_items,
            attachments.router,
            custom_fields.router,
            custom_fields.policy,
            barcodes.router,
            imports.uploading,
            imports.router,
            exports.router,
            changes.router("catalog", KINDS, whole=False),
        ],
        listeners=[*PROJECTIONS.listeners, returning_rows.listener],
        feed=True,
        serving=[lookup],
        schedules=[
            Schedule("catalog-sweep-attachments", sweep, settings.clock_interval),
            Schedule("catalog-words", take_in_words, WORDS_EVERY),
            Schedule("catalog-forget-imports", forget_imports, FORGET_IMPORTS_EVERY),
        ],
        working=[importing],
        draining=[streams.drain],
        state={
            "attachments": library,
            "barcodes": lookup,
            "import_max_bytes": settings.import_max_bytes,
            "import_streams": streams,
            "import_wake": importing.wake,
        },
        constraints={
            **item_rules.CONSTRAINTS,
            **category_rules.CONSTRAINTS,
            **label_rules.CONSTRAINTS,
            **company_rules.CONSTRAINTS,
            **wish_rules.CONSTRAINTS,
            **custom_field_rules.CONSTRAINTS,
        },
    )


def _library(settings: Settings) -> Library:
    s3 = S3(
        endpoint=settings.attachments_s3_endpoint,
        region=settings.attachments_s3_region,
        access_key=settings.attachments_s3_access_key,
        secret_key=settings.attachments_s3_secret_key.get_secret_value(),
    )
    return Library(
        store=ContentStore(settings.attachments_url, s3),
        limits=Limits(
            quota=settings.attachments_quota_bytes, of_item=settings.attachments_per_item
        ),
        max_bytes=settings.max_attachment_bytes,
        max_pixels=settings.max_picture_pixels,
        at_once=settings.attachments_at_once,
    )
