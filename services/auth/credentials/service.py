"""The use cases of signing in, going on and signing out.

Each opens its own transactions: passwords are hashed between them, and a re-used refresh token
must end its session although the answer is a refusal.
"""

from datetime import timedelta
from uuid import UUID

from chassis.database import SYSTEM, Database
from chassis.events import now
from chassis.problems import Unauthenticated
from services.auth.passwords import Passwords
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.sessions.events import Reason
from services.auth.sessions.refresh_tokens import RefreshToken
from services.auth.sessions.service import Grant
from services.auth.users import repository as users


class InvalidCredentials(Unauthenticated):
    code, title = "invalid-credentials", "E-mail or password is not right"


class InvalidRefreshToken(Unauthenticated):
    code, title = "invalid-refresh-token", "This refresh token is good no more"


async def log_in(
    database: Database,
    passwords: Passwords,
    *,
    email: str,
    password: str,
    client: Client,
    lifetime: timedelta,
) -> Grant:
    """Begin a session. Raises `InvalidCredentials`, in the same words and time whether it is the
    e-mail or the password that is wrong."""
    async with database.session(SYSTEM) as session:
        user = await users.by_email(session, email)
    usable = user is not None and user.is_active
    known_hash = user.password_hash if user is not None and usable else None
    if not await passwords.verify(known_hash, password) or user is None or known_hash is None:
        raise InvalidCredentials("Check both, or register if you are new here.")
    fresh_hash = await passwords.hash(password) if passwords.is_outdated(known_hash) else None
    async with database.session(SYSTEM) as session:
        current = await users.locked(session, user.id)
        if current is None or not current.is_active or current.password_hash != known_hash:
            raise InvalidCredentials("Check both, or register if you are new here.")
        if fresh_hash is not None:
            current.password_hash = fresh_hash
        return await sessions.begin(session, user.id, client, lifetime)


async def refresh(database: Database, text: str, *, client: Client, lifetime: timedelta) -> Grant:
    """Go on in a session. Raises `InvalidRefreshToken`; what the refusal ended stays ended."""
    token = RefreshToken.read(text)
    grant = None
    if token is not None:
        async with database.session(SYSTEM) as session:
            grant = await sessions.renew(session, token, client, lifetime)
    if grant is None:
        raise InvalidRefreshToken("Sign in again.")
    return grant


async def log_out(
    database: Database, text: str | None, *, user_id: UUID | None, session_id: UUID | None
) -> None:
    """End the session of a refresh token, or the one that asks; an unknown one is out already.
    Raises `Unauthenticated` when there is neither."""
    token = RefreshToken.read(text) if text is not None else None
    async with database.session(SYSTEM) as session:
        if token is not None:
            await sessions.log_out(session, token)
        elif text is None:
            if user_id is None or session_id is None:
                raise Unauthenticated("Send a refresh_token, or an access token.")
            await sessions.end_if_there(session, user_id, session_id, Reason.LOGGED_OUT)


async def forget(database: Database, kept: timedelta) -> None:
    """Drop the sessions that have expired, and revocations older than `kept`."""
    async with database.session(SYSTEM) as session:
        await sessions.forget(session, now() - kept)
