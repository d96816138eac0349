"""Mails that warn of what was done with an account, to whoever owns it."""

from enum import StrEnum

from chassis.database import TenantSession
from chassis.sealing import Sealer
from services.auth.mails import service
from services.auth.mails.events import Template
from services.auth.sessions.clients import Client
from services.auth.users.models import User


class Happening(StrEnum):
    """What such a mail tells, as the fact `what`."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - no secret
    EMAIL_CHANGED = "email_changed"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"  # noqa: S105 - no secret
    SECOND_FACTOR_ENABLED = "second_factor_enabled"
    SECOND_FACTOR_DISABLED = "second_factor_disabled"
    RECOVERY_CODE_USED = "recovery_code_used"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    TOKEN_CREATED = "token_created"  # noqa: S105 - no secret


def warn(
    session: TenantSession,
    sealer: Sealer,
    user: User,
    what: Happening,
    client: Client,
    *,
    email: str | None = None,
) -> None:
    """Tell a user what was done from where; at another address than their present one if given."""
    service.request(
        session,
        sealer,
        template=Template.SECURITY,
        email=email or user.email,
        full_name=user.full_name,
        language=user.language,
        user_id=user.id,
        facts={"what": what, **client.facts},
    )
