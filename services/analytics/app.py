"""Analytics' composition root: settings in, service out."""

from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.service import Service
from services.analytics.activity import consumers as audit_trail
from services.analytics.activity import routes as activity
from services.analytics.dashboard import routes as dashboard
from services.analytics.projections import consumers as projections
from services.analytics.reports import routes as reports
from services.analytics.settings import Settings

PROJECTIONS = Projections(
    tables=(
        *("items", "entries", "locations", "containers", "borrowers", "loans"),
        *("workspace_totals", "workspace_values", "activity", "users"),
    ),
    listeners=(projections.listener, audit_trail.listener),
)


def build() -> Service:
    """Analytics, wired from its environment."""
    settings = Settings()
    database = Database(
        settings.database_url, name="analytics", pool_size=settings.database_pool_size
    )
    return compose(
        "analytics",
        settings,
        database,
        description="What it all adds up to: dashboard, reports and activity.",
        routers=[dashboard.router, reports.router, activity.router],
        listeners=PROJECTIONS.listeners,
        constraints={},
        max_batch=1000,
        linger=0.05,  # a transaction for what happened meanwhile, not one for each event
    )
