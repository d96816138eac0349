"""The use cases of users."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis import context
from chassis.database import TenantSession
from chassis.events import now, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, NotFound, Problem, Unauthenticated, invalid
from chassis.requests import check_version
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.access_tokens import service as access_tokens
from services.auth.credentials.confirmation import Caller, confirm
from services.auth.guard import Guard
from services.auth.identities import repository as identities
from services.auth.mails.security import Happening, warn
from services.auth.one_time_tokens import service as tokens
from services.auth.one_time_tokens.service import Purpose
from services.auth.passwords import UNUSABLE, check_strength
from services.auth.second_factor import repository as second_factors
from services.auth.sessions import service as sessions
from services.auth.sessions.clients import Client
from services.auth.sessions.events import Reason
from services.auth.users import repository
from services.auth.users.changes import publish
from services.auth.users.events import UserDeactivated, UserDeleted, UserRegistered
from services.auth.users.kinds import UserKind
from services.auth.users.models import User
from services.auth.users.schemas import PasswordChange, Registration, UserPatch
from services.auth.verification import service as verification
from services.auth.workspaces import service as workspaces


class EmailTaken(Conflict):
    code, title = "email-taken", "Somebody registered with this e-mail already"


class OwnsWorkspaces(Conflict):
    code, title = "sole-owner", "You are the only owner of a shared workspace"


def _email_taken() -> Problem:
    return EmailTaken(
        "Give another address; if this one is yours, sign in with it, or reset its password, which "
        "also opens a closed account again.",
        errors=[FieldError("email", "This address is registered already.", "taken")],
    )


CONSTRAINTS = {"user_email": _email_taken}


async def register(
    session: TenantSession, sealer: Sealer, body: Registration, password_hash: str, client: Client
) -> UUID:
    """Add a user with a personal workspace of theirs, and mail them a link that verifies their
    address; the user's id."""
    user = await add(
        session, email=body.email, full_name=body.full_name, password_hash=password_hash
    )
    verification.send(session, sealer, user, client)
    return user.id


async def add(
    session: TenantSession,
    *,
    email: str,
    full_name: str,
    password_hash: str,
    email_verified_at: datetime | None = None,
) -> User:
    """Add a person with a personal workspace of theirs."""
    time = now()
    user = User(
        id=uuid7(),
        version=1,
        created_at=time,
        updated_at=time,
        email=email,
        full_name=full_name,
        password_hash=password_hash,
        email_verified_at=email_verified_at,
        is_active=True,
        kind=UserKind.PERSON,
        language="en",
        timezone="UTC",
        date_format="YYYY-MM-DD",
        time_format="24h",
        theme="system",
    )
    session.add(user)
    await session.flush()
    context.enter(replace(context.current(), actor=str(user.id)))
    stage(session, UserRegistered.of(user))
    await workspaces.create_personal(session, user)
    return user


async def update(
    session: TenantSession, user_id: UUID, body: UserPatch, version: int | None
) -> None:
    """Change the fields of one's own profile that were sent."""
    user = await _locked(session, user_id)
    check_version(user.version, version)
    for name, value in sent(body).items():
        setattr(user, name, value)
    publish(session, user)


async def change_password(guard: Guard, caller: Caller, body: PasswordChange) -> None:
    """Set a new password, end every other session, and say so by mail. Hashing happens between
    transactions."""
    confirmed = await confirm(guard, caller, "current_password", body.current_password)
    user = confirmed.user
    if body.new_password == body.current_password:
        raise invalid("new_password", "This is the old one; choose another.", "unchanged")
    check_strength("new_password", body.new_password, user.email, user.full_name)
    password_hash = await guard.passwords.hash(body.new_password)
    async with guard.database.session(SYSTEM) as session:
        current = await _locked(session, user.id)
        if current.password_hash != user.password_hash:
            raise Conflict("Your password was changed meanwhile; sign in again.")
        current.password_hash = password_hash
        await sessions.revoke_all(session, user.id, Reason.PASSWORD_CHANGED, but=caller.session_id)
        await tokens.void(session, user.id, Purpose.PASSWORD_RESET)
        warn(session, guard.mail, current, Happening.PASSWORD_CHANGED, confirmed.client)


async def deactivate(guard: Guard, caller: Caller, password: str) -> None:
    """Close an account for the time being: sessions and access tokens end, and signing in is
    refused until a password reset opens it again. Memberships stay."""
    confirmed = await confirm(guard, caller, "password", password)
    async with guard.database.session(SYSTEM) as session:
        user = await _locked(session, caller.user_id)
        await sessions.revoke_all(session, user.id, Reason.ACCOUNT_DEACTIVATED)
        await access_tokens.revoke_all(session, user.id)
        await tokens.void(session, user.id)
        user.is_active = False
        touch(user)
        stage(session, UserDeactivated.of(user))
        warn(session, guard.mail, user, Happening.ACCOUNT_DEACTIVATED, confirmed.client)


async def delete_account(guard: Guard, caller: Caller, password: str) -> None:
    """Delete a user with their sessions, memberships and personal workspace. Raises
    `OwnsWorkspaces` for the only owner of a shared one."""
    await confirm(guard, caller, "password", password)
    async with guard.database.session(SYSTEM) as session:
        user = await _locked(session, caller.user_id)
        await workspaces.hold_all_of(session, user.id)
        if names := await repository.shared_workspaces_owned_alone(session, user.id):
            raise OwnsWorkspaces(
                f"Make somebody else an owner of {', '.join(names)} first, or delete it."
            )
        await workspaces.leave_all(session, user)
        await sessions.revoke_all(session, user.id, Reason.ACCOUNT_DELETED)
        await access_tokens.revoke_all(session, user.id)
        await identities.forget_all(session, user.id)
        await tokens.void(session, user.id)
        await second_factors.remove(session, user.id)
        touch(user)
        user.is_active = False
        stage(session, UserDeleted.of(user))
        # The row stays, nameless: what others did with this user keeps its reference.
        user.email = f"{user.id}@deleted.invalid"
        user.email_verified_at = None
        user.full_name = "Deleted user"
        user.password_hash = UNUSABLE
        user.deleted_at = now()


async def _locked(session: TenantSession, user_id: UUID) -> User:
    user = await repository.locked(session, user_id)
    if user is None or not user.is_active:
        raise NotFound("There is no such user.")
    return user


async def active(session: TenantSession, user_id: UUID) -> User:
    """The signed-in user; raises `Unauthenticated` for one who is gone."""
    user = await session.get(User, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    return user
