"""Queries on sign-ins on their way."""

from sqlalchemy import delete

from chassis.database import TenantSession
from chassis.events import now
from services.auth.oidc.models import Attempt


async def take(session: TenantSession, provider: str, state_hash: bytes) -> Attempt | None:
    """The sign-in with this state, which is over with it; None when there is none, or too late."""
    found: Attempt | None = await session.scalar(
        delete(Attempt)
        .where(
            Attempt.state_hash == state_hash,
            Attempt.provider == provider,
            Attempt.expires_at > now(),
        )
        .returning(Attempt)
    )
    return found


async def forget(session: TenantSession) -> None:
    """Drop the sign-ins that never came back."""
    await session.execute(delete(Attempt).where(Attempt.expires_at < now()))
