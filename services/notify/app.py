"""Notify's composition root: settings in, service out."""

from chassis.clock import Schedule
from chassis.composition import compose
from chassis.database import Database
from chassis.projections import Projections
from chassis.sealing import Sealer
from chassis.service import Service
from services.notify.alerts import consumers as alerts
from services.notify.audience import consumers as audience
from services.notify.inbox import consumers as happenings
from services.notify.inbox import routes as inbox
from services.notify.inbox import service as notices
from services.notify.mail import consumers as mail
from services.notify.mail import office
from services.notify.mail import service as mails
from services.notify.mail.courier import Courier
from services.notify.mail.message import sender_of
from services.notify.settings import Settings
from services.notify.stock import consumers as stock

PROJECTIONS = Projections(
    tables=("workspaces", "members", "borrowers", "items", "entries"),
    listeners=(audience.listener, stock.listener),
    scratch=("notifications", "notices"),  # who was to be told was told
)
FORGET_EVERY = 3600.0  # seconds between clean-ups of mails and notices


def build() -> Service:
    """Notify, wired from its environment."""
    settings = Settings()
    database = Database(settings.database_url, name="notify", pool_size=settings.database_pool_size)
    courier = _courier(settings, database)
    database.on_commit.append(courier.wake)
    return compose(
        "notify",
        settings,
        database,
        description="Who should know: the inbox of each user.",
        routers=[inbox.router],
        # The audience first: an event that both change it and tell of it is told to the new one.
        listeners=[*PROJECTIONS.listeners, happenings.listener, alerts.listener, mail.listener],
        schedules=[
            Schedule("notify-forget-mails", lambda: mails.forget(database), FORGET_EVERY),
            Schedule(
                "notify-forget-notices", lambda: notices.forget_notices(database), FORGET_EVERY
            ),
        ],
        working=[courier],
        constraints={},
    )


def _courier(settings: Settings, database: Database) -> Courier:
    sender = sender_of(settings.mail_from)
    return Courier(
        database,
        office.composer(Sealer(settings.mail_keys), sender, settings.public_url),
        office.transport(settings.smtp_url, settings.mail_folder, sender.domain),
        interval=settings.clock_interval,
        lease=settings.mail_lease,
        pause=settings.mail_pause,
    )
