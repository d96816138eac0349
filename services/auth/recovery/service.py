"""The use cases of recovery."""

from dataclasses import replace

from chassis import context
from chassis.problems import Conflict, invalid
from chassis.scope import SYSTEM
from services.auth.guard import Guard
from services.auth.mails import service as mails
from services.auth.mails.events import Template
from services.auth.mails.security import Happening, warn
from services.auth.one_time_tokens import service as tokens
from services.auth.one_time_tokens.service import Purpose
from services.auth.passwords import check_strength
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.sessions.events import Reason
from services.auth.throttling.limits import Attempt
from services.auth.throttling.limits import Purpose as Tried
from services.auth.users import repository as users
from services.auth.users.changes import publish
from services.auth.users.eviction import evict
from services.auth.verification import service as verification


async def ask(guard: Guard, email: str, client: Client) -> None:
    """Count a request for a mail. Raises `TooManyAttempts`, whether or not anybody has the
    address; `send` is for after the answer."""
    async with guard.database.session(SYSTEM) as session:
        await guard.throttle.take(session, Attempt(Tried.PASSWORD_RESET, email, client.ip))


async def send(guard: Guard, email: str, client: Client) -> None:
    """Mail a link to the account that has this address, if one has. A deactivated one gets it as
    well: that is how it is opened again."""
    async with guard.database.session(SYSTEM) as session:
        user = await users.by_email(session, email)
        if user is None or user.deleted_at is not None:
            return
        token = tokens.issue(session, user, Purpose.PASSWORD_RESET)
        mails.request(
            session,
            guard.mail,
            template=Template.PASSWORD_RESET,
            email=user.email,
            full_name=user.full_name,
            language=user.language,
            user_id=user.id,
            facts=client.facts,
            token=token.text,
            expires_at=token.expires_at,
        )


async def reset(guard: Guard, token: str, password: str, client: Client) -> None:
    """Set a new password, end every session and the other links, and open a deactivated account
    again; that the mail arrived also verifies the address. Where nobody had proved it before, all
    else that lets somebody in ends as well. Raises `InvalidToken`."""
    async with guard.database.session(SYSTEM) as session:
        found = await tokens.owner(session, token, Purpose.PASSWORD_RESET)
    check_strength("password", password, found.email, found.full_name)
    if await guard.passwords.verify(found.password_hash, password):
        raise invalid("password", "This is the old one; choose another.", "unchanged")
    password_hash = await guard.passwords.hash(password)
    async with guard.database.session(SYSTEM) as session:
        user = await tokens.redeem(session, token, Purpose.PASSWORD_RESET)
        if user.password_hash != found.password_hash:
            raise Conflict("Your password was changed meanwhile; ask for a new mail.")
        context.enter(replace(context.current(), actor=str(user.id)))
        was_proved = user.email_verified_at is not None
        user.password_hash = password_hash
        user.is_active = True
        verification.mark_verified(user)
        publish(session, user)
        await tokens.void(session, user.id, Purpose.PASSWORD_RESET)
        await sessions.revoke_all(session, user.id, Reason.PASSWORD_CHANGED)
        if not was_proved:
            await evict(session, user)
        # Whoever forgot it has tried a few; the new one is not to wait for that.
        await guard.throttle.forgive(session, Attempt(Tried.PASSWORD, user.email, client.ip))
        warn(session, guard.mail, user, Happening.PASSWORD_CHANGED, client)
