"""Auth's composition root: settings in, service out."""

from datetime import timedelta

from chassis.clock import Schedule
from chassis.composition import compose
from chassis.database import Database
from chassis.sealing import Sealer
from chassis.service import Service
from services.auth.credentials import routes as credentials
from services.auth.credentials.service import forget
from services.auth.internal import routes as internal
from services.auth.internal.repository import RECENT
from services.auth.keys import routes as keys
from services.auth.keys.service import Keyring
from services.auth.members import routes as members
from services.auth.members import service as member_rules
from services.auth.passwords import Passwords
from services.auth.sessions import routes as sessions
from services.auth.settings import Settings
from services.auth.users import routes as users
from services.auth.users import service as user_rules
from services.auth.workspaces import routes as workspaces
from services.auth.workspaces import service as workspace_rules

FORGET_EVERY = 600.0  # seconds between clean-ups of sessions


def build() -> Service:
    """Auth, wired from its environment."""
    settings = Settings()
    database = Database(settings.database_url, name="auth", pool_size=settings.database_pool_size)
    passwords = Passwords(
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
    )
    return compose(
        "auth",
        settings,
        database,
        description="Who somebody is and where they belong.",
        routers=[
            credentials.router,
            users.router,
            users.secret_router,
            sessions.router,
            workspaces.router,
            members.router,
            keys.router,
            internal.router,
        ],
        schedules=[
            Schedule("auth-forget-sessions", lambda: forget(database, RECENT), FORGET_EVERY)
        ],
        serving=[passwords],
        constraints={
            **user_rules.CONSTRAINTS,
            **workspace_rules.CONSTRAINTS,
            **member_rules.CONSTRAINTS,
        },
        state={
            "passwords": passwords,
            "keyring": Keyring.of(settings.signing_keys),
            "mail_sealer": Sealer(settings.mail_keys),
            "session_lifetime": timedelta(seconds=settings.session_lifetime),
        },
    )
