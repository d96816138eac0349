"""The use cases of one-time tokens: kept as SHA-256 only, good once and for an hour."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from chassis.database import TenantSession
from chassis.events import now
from chassis.problems import FieldError, Invalid
from services.auth.one_time_tokens import repository
from services.auth.one_time_tokens.models import OneTimeToken
from services.auth.users import repository as users
from services.auth.users.models import User

LIFETIME = timedelta(hours=1)
PREFIX = "who_"  # for scanners that look for leaked secrets


class Purpose(StrEnum):
    """What a token is good for; none is good for another's."""

    VERIFY_EMAIL = "verify_email"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a purpose, no secret


class InvalidToken(Invalid):
    code, title = "invalid-token", "This link is good no more"

    def __init__(self) -> None:
        super().__init__(
            "It was used already, or is older than an hour; ask for a new mail.",
            errors=[FieldError("token", "used, expired or made up", "invalid")],
        )


@dataclass(frozen=True, slots=True)
class Issued:
    """A token in the clear, for the mail alone."""

    text: str
    expires_at: datetime


def issue(session: TenantSession, user: User, purpose: Purpose) -> Issued:
    """A new token, for the user's present address. Those issued before stay good: whoever asks
    for mails in somebody's name must not make the one useless that they wait for."""
    text, time = PREFIX + secrets.token_urlsafe(32), now()
    session.add(
        OneTimeToken(
            token_hash=_hash(text),
            user_id=user.id,
            purpose=purpose,
            email=user.email,
            created_at=time,
            expires_at=time + LIFETIME,
        )
    )
    return Issued(text, time + LIFETIME)


async def owner(session: TenantSession, text: str, purpose: Purpose) -> User:
    """Whose good token it is, which stays good. Raises `InvalidToken`."""
    token = await repository.living(session, _hash(text), purpose, now())
    user = await session.get(User, token.user_id) if token is not None else None
    if token is None or user is None or not _is_meant(user, token):
        raise InvalidToken
    return user


async def redeem(session: TenantSession, text: str, purpose: Purpose) -> User:
    """Use a token up; its user, locked. Raises `InvalidToken`."""
    token = await repository.living(session, _hash(text), purpose, now())
    # The user first: whatever else ends tokens has locked their user before.
    user = await users.locked(session, token.user_id) if token is not None else None
    if token is None or user is None or not _is_meant(user, token):
        raise InvalidToken
    if not await repository.remove(session, token.token_hash):
        raise InvalidToken
    return user


async def void(session: TenantSession, user_id: UUID, purpose: Purpose | None = None) -> None:
    """End every token of a user, or those for one purpose."""
    await repository.remove_all_of(session, user_id, purpose)


async def forget(session: TenantSession) -> None:
    """Drop the tokens that have expired."""
    await repository.forget(session, now())


def _is_meant(user: User, token: OneTimeToken) -> bool:
    return user.deleted_at is None and user.email == token.email


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
