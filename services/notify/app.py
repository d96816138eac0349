"""Notify's composition root: settings in, service out."""

from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.service import Service
from services.notify.audience import consumers as audience
from services.notify.inbox import consumers as happenings
from services.notify.inbox import routes as inbox
from services.notify.settings import Settings
from services.notify.stock import consumers as stock

PROJECTIONS = Projections(
    tables=("workspaces", "members", "borrowers", "items", "entries"),
    listeners=(audience.listener, stock.listener),
    scratch=("notifications",),  # who was to be told was told
)


def build() -> Service:
    """Notify, wired from its environment."""
    settings = Settings()
    database = Database(settings.database_url, name="notify", pool_size=settings.database_pool_size)
    return compose(
        "notify",
        settings,
        database,
        description="Who should know: the inbox of each user.",
        routers=[inbox.router],
        # The audience first: an event that both change it and tell of it is told to the new one.
        listeners=[*PROJECTIONS.listeners, happenings.listener],
        constraints={},
    )
