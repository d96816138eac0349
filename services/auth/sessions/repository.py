"""Queries on sessions; the representation of a session is the SQL here."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select

from chassis.database import Source, TenantSession
from chassis.events import now
from chassis.pages import Paging, Where, page
from services.auth.sessions.models import IssuedToken, LoginSession, RevokedSession
from services.auth.users.models import User


async def find(
    source: Source, user_id: UUID, paging: Paging, *, current: UUID | None, at: datetime
) -> bytes:
    """A page of a user's living sessions."""
    where = Where()
    where.add("s.user_id = {}", user_id)
    where.add("s.expires_at > {}", at)
    where.values.append(current)
    select_ = f"""
        SELECT s.id, s.device, s.ip, s.user_agent,
               s.id IS NOT DISTINCT FROM ${len(where.values)}::uuid AS is_current,
               s.created_at, s.last_active_at, s.expires_at
        FROM sessions s
    """
    return await page(source, select_, where, paging, key="s.id")


async def lock(session: TenantSession, session_id: UUID) -> LoginSession | None:
    """The session, locked until this transaction ends."""
    return await session.get(LoginSession, session_id, with_for_update=True, populate_existing=True)


async def lock_of_user(session: TenantSession, user_id: UUID) -> Sequence[LoginSession]:
    """All sessions of a user, locked, always in the same order."""
    found = await session.scalars(
        select(LoginSession)
        .where(LoginSession.user_id == user_id)
        .order_by(LoginSession.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def generation_of(session: TenantSession, token_hash: bytes) -> int | None:
    """The generation of an issued token; None for one that was never issued, or long ago."""
    return await session.scalar(
        select(IssuedToken.generation).where(IssuedToken.token_hash == token_hash)
    )


async def forget_tokens(session: TenantSession, session_id: UUID, before: int) -> None:
    """Drop the tokens of generations before `before`."""
    await session.execute(
        delete(IssuedToken).where(
            IssuedToken.session_id == session_id, IssuedToken.generation < before
        )
    )


async def user_of(session: TenantSession, user_id: UUID) -> User:
    """The user of a session."""
    return (await session.scalars(select(User).where(User.id == user_id))).one()


async def is_at(session: TenantSession, email: str, ip: str) -> bool:
    """Whether a session of the account with this e-mail, if there is one, lives at `ip`."""
    found = await session.scalar(
        select(LoginSession.id)
        .join(User, User.id == LoginSession.user_id)
        .where(
            func.lower(User.email) == email.lower(),
            LoginSession.ip == ip,
            LoginSession.expires_at > now(),
        )
        .limit(1)
    )
    return found is not None


async def forget(session: TenantSession, before: datetime) -> None:
    """Drop the sessions that have expired, and revocations older than `before`."""
    await session.execute(delete(LoginSession).where(LoginSession.expires_at < now()))
    await session.execute(delete(RevokedSession).where(RevokedSession.revoked_at < before))
