"""Queries on one-time tokens."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from chassis.database import TenantSession
from services.auth.one_time_tokens.models import OneTimeToken


async def living(
    session: TenantSession, token_hash: bytes, purpose: str, at: datetime
) -> OneTimeToken | None:
    """A token that is good at that time."""
    found: OneTimeToken | None = await session.scalar(
        select(OneTimeToken).where(
            OneTimeToken.token_hash == token_hash,
            OneTimeToken.purpose == purpose,
            OneTimeToken.expires_at > at,
        )
    )
    return found


async def remove(session: TenantSession, token_hash: bytes) -> bool:
    """Whether the token was still there."""
    found = await session.scalar(
        delete(OneTimeToken)
        .where(OneTimeToken.token_hash == token_hash)
        .returning(OneTimeToken.user_id)
    )
    return found is not None


async def remove_all_of(session: TenantSession, user_id: UUID, purpose: str | None = None) -> None:
    statement = delete(OneTimeToken).where(OneTimeToken.user_id == user_id)
    if purpose is not None:
        statement = statement.where(OneTimeToken.purpose == purpose)
    await session.execute(statement)


async def forget(session: TenantSession, at: datetime) -> None:
    """Drop those that are good no more."""
    await session.execute(delete(OneTimeToken).where(OneTimeToken.expires_at <= at))
