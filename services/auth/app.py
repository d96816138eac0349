"""Auth's composition root: settings in, service out."""

from datetime import timedelta

from chassis.clock import Schedule
from chassis.composition import compose
from chassis.database import Database
from chassis.sealing import Sealer
from chassis.service import Service
from services.auth.access_tokens import routes as access_tokens
from services.auth.access_tokens import service as token_rules
from services.auth.approvals import routes as approvals
from services.auth.credentials import routes as credentials
from services.auth.credentials.service import forget
from services.auth.guard import Guard
from services.auth.identities import routes as identities
from services.auth.internal import routes as internal
from services.auth.internal.repository import RECENT
from services.auth.invitations import routes as invitations
from services.auth.keys import routes as keys
from services.auth.keys.service import Keyring
from services.auth.keys.signing import private_keys_of
from services.auth.members import routes as members
from services.auth.members import service as member_rules
from services.auth.oidc import routes as oidc
from services.auth.oidc import service as oidc_rules
from services.auth.oidc.providers import Providers
from services.auth.passwords import Passwords
from services.auth.recovery import routes as recovery
from services.auth.second_factor import routes as second_factor
from services.auth.service_accounts import routes as service_accounts
from services.auth.sessions import routes as sessions
from services.auth.settings import Settings
from services.auth.throttling.limits import limits
from services.auth.throttling.service import Throttle
from services.auth.users import routes as users
from services.auth.users import service as user_rules
from services.auth.verification import routes as verification
from services.auth.workspaces import routes as workspaces
from services.auth.workspaces import service as workspace_rules

FORGET_EVERY = 600.0  # seconds between clean-ups of what has expired
MAINTAIN_KEYS_EVERY = 3600.0  # seconds between looks at the age of the signing key


def build() -> Service:
    """Auth, wired from its environment."""
    settings = Settings()
    database = Database(settings.database_url, name="auth", pool_size=settings.database_pool_size)
    passwords = Passwords(
        time_cost=settings.argon2_time_cost,
        memory_kib=settings.argon2_memory_kib,
        parallelism=settings.argon2_parallelism,
        queue=settings.argon2_queue,
    )
    guard = Guard(
        database=database,
        passwords=passwords,
        throttle=Throttle(limits(settings.registrations_per_hour)),
        mail=Sealer(settings.mail_keys),
        secrets=Sealer(settings.encryption_keys),
    )
    providers = Providers(settings.oidc_providers)
    keyring = Keyring(database, guard.secrets, private_keys_of(settings.signing_keys))
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
            recovery.router,
            verification.router,
            verification.secret_router,
            second_factor.router,
            workspaces.router,
            members.router,
            access_tokens.router,
            access_tokens.secret_router,
            service_accounts.router,
            service_accounts.secret_router,
            identities.router,
            oidc.router,
            invitations.router,
            invitations.by_token,
            approvals.router,
            approvals.internal,
            keys.router,
            internal.router,
        ],
        schedules=[
            Schedule("auth-forget-sessions", lambda: forget(database, RECENT), FORGET_EVERY),
            Schedule("auth-forget-tokens", lambda: token_rules.forget(database), FORGET_EVERY),
            Schedule("auth-forget-oidc", lambda: oidc_rules.forget(database), FORGET_EVERY),
            Schedule(
                "auth-maintain-signing-keys",
                lambda: keyring.maintain(settings.signing_key_days),
                MAINTAIN_KEYS_EVERY,
            ),
        ],
        serving=[passwords, providers],
        constraints={
            **user_rules.CONSTRAINTS,
            **workspace_rules.CONSTRAINTS,
            **member_rules.CONSTRAINTS,
            **token_rules.CONSTRAINTS,
        },
        state={
            "providers": providers,
            "redirect_uris": frozenset(settings.oidc_redirect_uris),
            "sealer": guard.secrets,
            "keyring": keyring,
            "guard": guard,
            "mail_sealer": guard.mail,
            "cookie_secure": settings.cookie_secure,
            "members_need_proof": settings.members_need_proof,
            "session_lifetime": timedelta(seconds=settings.session_lifetime),
        },
    )
