"""The use cases of verification."""

from dataclasses import replace
from uuid import UUID

from chassis import context
from chassis.database import TenantSession
from chassis.events import now
from chassis.problems import Conflict, Unauthenticated
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.credentials.confirmation import Caller, confirm
from services.auth.guard import Guard
from services.auth.mails import service as mails
from services.auth.mails.events import Template
from services.auth.mails.security import Happening, warn
from services.auth.one_time_tokens import service as tokens
from services.auth.one_time_tokens.service import Purpose
from services.auth.sessions.clients import Client
from services.auth.throttling.limits import Attempt
from services.auth.throttling.limits import Purpose as Tried
from services.auth.throttling.service import Throttle
from services.auth.users import repository as users
from services.auth.users.changes import publish
from services.auth.users.models import User


class AlreadyVerified(Conflict):
    code, title = "already-verified", "This address is verified already"


def send(session: TenantSession, sealer: Sealer, user: User, client: Client) -> None:
    """Mail a link that verifies the user's present address."""
    token = tokens.issue(session, user, Purpose.VERIFY_EMAIL)
    mails.request(
        session,
        sealer,
        template=Template.VERIFY_EMAIL,
        email=user.email,
        full_name=user.full_name,
        language=user.language,
        user_id=user.id,
        facts=client.facts,
        token=token.text,
        expires_at=token.expires_at,
    )


async def send_again(
    session: TenantSession, sealer: Sealer, throttle: Throttle, user_id: UUID, client: Client
) -> None:
    """Mail another link. Raises `AlreadyVerified`, or `TooManyAttempts` for one too many."""
    user = await users.locked(session, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    if user.email_verified_at is not None:
        raise AlreadyVerified("There is nothing left to do.")
    await throttle.take(session, _mailing(user_id, client))
    send(session, sealer, user, client)


async def verify(session: TenantSession, token: str) -> None:
    """Note that mail to the address arrives. Raises `InvalidToken`."""
    user = await tokens.redeem(session, token, Purpose.VERIFY_EMAIL)
    context.enter(replace(context.current(), actor=str(user.id)))
    mark_verified(user)
    publish(session, user)
    await tokens.void(session, user.id, Purpose.VERIFY_EMAIL)


def mark_verified(user: User) -> None:
    """Mail to the user's address arrived."""
    user.email_verified_at = user.email_verified_at or now()


async def change_email(guard: Guard, caller: Caller, email: str, password: str) -> None:
    """Give the account another address, which is to be verified anew; the old one is told.
    Links that were mailed to the old one are good no more."""
    confirmed = await confirm(guard, caller, "password", password)
    if confirmed.user.email == email:
        return
    async with guard.database.session(SYSTEM) as session:
        # By itself: an address that is taken counts as well, or one could ask for them all.
        await guard.throttle.take(session, _mailing(caller.user_id, confirmed.client))
    async with guard.database.session(SYSTEM) as session:
        user = await users.locked(session, caller.user_id)
        if user is None or not user.is_active:
            raise Unauthenticated
        old, user.email = user.email, email
        user.email_verified_at = None
        publish(session, user)
        await session.flush()
        await tokens.void(session, user.id)
        what = Happening.EMAIL_CHANGED
        warn(session, guard.mail, user, what, confirmed.client, email=old)
        send(session, guard.mail, user, confirmed.client)


def _mailing(user_id: UUID, client: Client) -> Attempt:
    return Attempt(Tried.VERIFICATION, str(user_id), client.ip)
