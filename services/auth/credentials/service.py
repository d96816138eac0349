"""The use cases of signing in, going on and signing out.

Each opens its own transactions: passwords are hashed between them, failures are counted and a
re-used refresh token ends its session although the answer is a refusal.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.database import Database, TenantSession
from chassis.events import now
from chassis.problems import Unauthenticated
from chassis.scope import SYSTEM
from services.auth.guard import Guard
from services.auth.one_time_tokens import service as one_time_tokens
from services.auth.second_factor import service as second_factors
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.sessions.events import Reason
from services.auth.sessions.refresh_tokens import RefreshToken
from services.auth.sessions.service import Grant
from services.auth.throttling import service as throttling
from services.auth.throttling.limits import Attempt, Purpose
from services.auth.users import repository as users
from services.auth.users.models import User


class InvalidCredentials(Unauthenticated):
    code, title = "invalid-credentials", "E-mail or password is not right"
    advice = "Check both, or register if you are new here."


class SecondFactorRequired(Unauthenticated):
    code, title = "second-factor-required", "This account has a second factor"
    advice = "Send `code` as well: six digits of your authenticator app, or a recovery code."


class WrongCode(Unauthenticated):
    code, title = "invalid-code", "The code is not right"
    advice = "Each is good once and for a minute or so; send the one that the app shows now."


class InvalidRefreshToken(Unauthenticated):
    code, title = "invalid-refresh-token", "This refresh token is good no more"
    advice = "Sign in again."


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody signs in with."""

    email: str
    password: str
    code: str | None = None


async def log_in(guard: Guard, given: Login, *, client: Client, lifetime: timedelta) -> Grant:
    """Begin a session. Raises `InvalidCredentials`, in the same words and time whether it is the
    e-mail or the password that is wrong; `SecondFactorRequired` or `WrongCode` only once both are
    right; and `TooManyAttempts` after too many failures, whatever is right this time."""
    attempt = Attempt(Purpose.PASSWORD, given.email, client.ip)
    async with guard.database.session(SYSTEM) as session:
        attempt = attempt.at_home(await sessions.is_at(session, given.email, client.ip))
        await guard.throttle.check(session, attempt)
        user = await users.by_email(session, given.email)
    known_hash = user.password_hash if user is not None and user.is_active else None
    right = await guard.passwords.verify(known_hash, given.password)
    if not right or user is None or known_hash is None:
        async with guard.database.session(SYSTEM) as session:
            await guard.throttle.take(session, attempt)
        raise InvalidCredentials
    fresh_hash = None
    if guard.passwords.is_outdated(known_hash):
        fresh_hash = await guard.passwords.hash(given.password)
    grant = None
    async with guard.database.session(SYSTEM) as session:
        # Again: of many guesses at once, those that come after too many failures tell nothing.
        await guard.throttle.check(session, attempt)
        current = await users.locked(session, user.id)
        if current is None or not current.is_active:
            raise InvalidCredentials
        unchanged = current.password_hash == known_hash
        if unchanged:
            grant = await _enter(session, guard, current, given.code, client, lifetime)
            if grant is not None:
                await guard.throttle.forgive(session, attempt)
                current.password_hash = fresh_hash or known_hash
    if not unchanged:
        # By another sign-in at the same time that made it anew, or for good: see which.
        return await log_in(guard, given, client=client, lifetime=lifetime)
    if grant is None:
        raise WrongCode
    return grant


async def refresh(guard: Guard, text: str, *, client: Client, lifetime: timedelta) -> Grant:
    """Go on in a session. Raises `InvalidRefreshToken`; what the refusal ended stays ended."""
    token = RefreshToken.read(text)
    grant = None
    if token is not None:
        async with guard.database.session(SYSTEM) as session:
            grant = await sessions.renew(session, guard.mail, token, client, lifetime)
    if grant is None:
        raise InvalidRefreshToken
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
    """Drop what has expired: sessions, revocations older than `kept`, one-time tokens, and
    counters of attempts."""
    async with database.session(SYSTEM) as session:
        await sessions.forget(session, now() - kept)
        await one_time_tokens.forget(session)
        await throttling.forget(session)


async def _enter(
    session: TenantSession,
    guard: Guard,
    user: User,
    code: str | None,
    client: Client,
    lifetime: timedelta,
) -> Grant | None:
    """A session for a user whose password was right; None when the code of their second factor
    was not."""
    if await second_factors.is_asked_for(session, user.id):
        if code is None:
            raise SecondFactorRequired
        if not await second_factors.check(session, guard, user, code, client):
            return None
    return await sessions.begin(session, user.id, client, lifetime)
