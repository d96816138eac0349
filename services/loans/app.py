"""Loans' composition root: settings in, service out."""

from chassis import changes
from chassis.changes import Kind
from chassis.clock import Schedule
from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.service import Service
from services.loans.borrowers import repository as borrower_queries
from services.loans.borrowers import routes as borrowers
from services.loans.borrowers import service as borrower_rules
from services.loans.exports import routes as exports
from services.loans.imports import consumers as imports
from services.loans.known import consumers as known
from services.loans.loans import consumers as saga
from services.loans.loans import repository as loan_queries
from services.loans.loans import routes as loans
from services.loans.loans import service as loan_rules
from services.loans.loans.outcomes import Outcomes
from services.loans.reminders import service as reminders
from services.loans.settings import Settings

PROJECTIONS = Projections(
    tables=("known_entries", "known_items", "known_locations"), listeners=(known.listener,)
)
KINDS = {
    "borrower": Kind(borrower_queries.SELECT, "b"),
    "loan": Kind(loan_queries.SELECT, "l"),
}


def build() -> Service:
    """Loans, wired from its environment."""
    settings = Settings()
    database = Database(settings.database_url, name="loans", pool_size=settings.database_pool_size)
    outcomes = Outcomes(settings.database_url)

    async def remind() -> None:
        await reminders.remind(database)

    return compose(
        "loans",
        settings,
        database,
        description="Who has what: borrowers and loans.",
        routers=[
            borrowers.router,
            loans.requests,
            loans.router,
            exports.router,
            changes.router("loans", KINDS, whole=True),
        ],
        listeners=[*PROJECTIONS.listeners, saga.listener, imports.listener],
        schedules=[Schedule("loans-reminders", remind, settings.clock_interval)],
        serving=[outcomes],
        feed=True,
        constraints={**borrower_rules.CONSTRAINTS, **loan_rules.CONSTRAINTS},
        state={"outcomes": outcomes},
    )
