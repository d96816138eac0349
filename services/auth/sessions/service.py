"""The use cases of sessions: begin, renew, end."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import TenantSession
from chassis.events import now
from chassis.logging import get_logger
from chassis.outbox import stage
from chassis.problems import NotFound, Unauthenticated
from chassis.sealing import Sealer
from services.auth.mails.security import Happening, warn
from services.auth.sessions import repository
from services.auth.sessions.clients import Client
from services.auth.sessions.events import Reason, SessionRevoked
from services.auth.sessions.models import IssuedToken, LoginSession, RevokedSession
from services.auth.sessions.refresh_tokens import RefreshToken

GRACE = timedelta(seconds=20)  # for a client that never got the answer to its last rotation

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a client goes on with: who it is, in which session, and its next refresh token."""

    user_id: UUID
    session_id: UUID
    refresh_token: RefreshToken


async def begin(
    session: TenantSession, user_id: UUID, client: Client, lifetime: timedelta
) -> Grant:
    """A new session of a user; it lasts `lifetime` from its last renewal."""
    time = now()
    token = RefreshToken.first(uuid7())
    row = LoginSession(
        id=token.session_id,
        user_id=user_id,
        created_at=time,
        last_active_at=time,
        expires_at=time + lifetime,
        device=client.device,
        ip=client.ip,
        user_agent=client.user_agent,
        family_hash=token.family_hash,
        generation=1,
        rotated_at=time,
    )
    session.add(row)
    await session.flush()
    _issue(session, row, token)
    return Grant(user_id, row.id, token)


async def renew(
    session: TenantSession, mail: Sealer, token: RefreshToken, client: Client, lifetime: timedelta
) -> Grant | None:
    """Rotate a refresh token; None when it is good no more.

    A token of the present generation begins the next one. One of the generation before gets
    another of the present within 20 seconds of the rotation. Any other re-use means that two hold
    what one was given: the session ends and a mail says so, once this transaction commits.
    """
    row = await _known(session, token)
    if row is None or row.expires_at <= now():
        return None
    user = await repository.user_of(session, row.user_id)
    if not user.is_active:
        return None
    time = now()
    generation = await repository.generation_of(session, token.token_hash)
    if generation == row.generation:
        row.generation += 1
        row.rotated_at = time
        await repository.forget_tokens(session, row.id, before=row.generation - 1)
    elif generation != row.generation - 1 or row.rotated_at + GRACE < time:
        log.warning("session.refresh_token_reused", session_id=row.id, user_id=row.user_id)
        await _end(session, row, Reason.REFRESH_TOKEN_REUSED)
        warn(session, mail, user, Happening.REFRESH_TOKEN_REUSED, client)
        return None
    row.last_active_at = time
    row.expires_at = time + lifetime
    row.ip = client.ip or row.ip
    renewed = token.next()
    _issue(session, row, renewed)
    return Grant(row.user_id, row.id, renewed)


async def log_out(session: TenantSession, token: RefreshToken) -> None:
    """End the session of a refresh token, current or old; nothing happens for any other text."""
    row = await _known(session, token)
    if row is not None:
        await _end(session, row, Reason.LOGGED_OUT)


async def revoke(
    session: TenantSession, user_id: UUID, session_id: UUID, reason: Reason = Reason.REVOKED
) -> None:
    """End one of a user's sessions. Raises `NotFound` when they have none such."""
    row = await repository.lock(session, session_id)
    if row is None or row.user_id != user_id:
        raise NotFound("You have no such session.")
    await _end(session, row, reason)


async def end_if_there(
    session: TenantSession, user_id: UUID, session_id: UUID, reason: Reason
) -> None:
    """End one of a user's sessions; nothing happens when they have none such."""
    row = await repository.lock(session, session_id)
    if row is not None and row.user_id == user_id:
        await _end(session, row, reason)


async def client_of(session: TenantSession, session_id: UUID | None) -> Client:
    """Where a session is used, as of its last renewal."""
    row = await session.get(LoginSession, session_id) if session_id is not None else None
    return Client(row.ip, row.user_agent) if row is not None else Client("", "")


async def check_going_on(session: TenantSession, session_id: UUID | None) -> None:
    """Raise `Unauthenticated` for a session that was ended. The gateway hears of that a moment
    late: what outlives a session is made only once this was asked, under a lock that whoever puts
    an end to all of it takes as well: the user's, or the workspace's."""
    if session_id is not None and await session.get(RevokedSession, session_id) is not None:
        raise Unauthenticated("This session was ended.")


async def is_at(session: TenantSession, email: str, ip: str) -> bool:
    """Whether the account with this e-mail is signed in at `ip`; False for an unknown e-mail."""
    return await repository.is_at(session, email, ip)


async def forget(session: TenantSession, before: datetime) -> None:
    """Drop the sessions that have expired, and what was revoked before `before`."""
    await repository.forget(session, before)


async def revoke_all(
    session: TenantSession, user_id: UUID, reason: Reason, *, but: UUID | None = None
) -> None:
    """End every session of a user, except `but`."""
    for row in await repository.lock_of_user(session, user_id):
        if row.id != but:
            await _end(session, row, reason)


async def _known(session: TenantSession, token: RefreshToken) -> LoginSession | None:
    row = await repository.lock(session, token.session_id)
    if row is None or not hmac.compare_digest(row.family_hash, token.family_hash):
        return None
    return row


def _issue(session: TenantSession, row: LoginSession, token: RefreshToken) -> None:
    session.add(
        IssuedToken(token_hash=token.token_hash, session_id=row.id, generation=row.generation)
    )


async def _end(session: TenantSession, row: LoginSession, reason: Reason) -> None:
    time = now()
    session.add(
        RevokedSession(session_id=row.id, user_id=row.user_id, reason=reason, revoked_at=time)
    )
    stage(
        session,
        SessionRevoked(
            id=row.id,
            workspace_id=None,
            version=1,
            user_id=row.user_id,
            reason=reason,
            created_at=row.created_at,
            updated_at=time,
        ),
    )
    await session.delete(row)
