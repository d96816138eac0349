"""The use cases of users."""

from dataclasses import replace
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis import context
from chassis.database import SYSTEM, Database, TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, NotFound, Problem, Unauthenticated, invalid
from chassis.requests import check_version
from services.auth.access_tokens import service as access_tokens
from services.auth.identities import repository as identities
from services.auth.passwords import UNUSABLE, Passwords, check_strength
from services.auth.sessions import service as sessions
from services.auth.sessions.events import Reason
from services.auth.users import repository
from services.auth.users.events import UserDeleted, UserRegistered, UserUpdated
from services.auth.users.kinds import UserKind
from services.auth.users.models import User
from services.auth.users.schemas import PasswordChange, Registration, UserPatch
from services.auth.workspaces import service as workspaces


class EmailTaken(Conflict):
    code, title = "email-taken", "Somebody registered with this e-mail already"


class OwnsWorkspaces(Conflict):
    code, title = "sole-owner", "You are the only owner of a shared workspace"


def _email_taken() -> Problem:
    return EmailTaken(
        "Sign in instead, or register with another address.",
        errors=[FieldError("email", "taken", "taken")],
    )


CONSTRAINTS = {"user_email": _email_taken}


async def register(session: TenantSession, body: Registration, password_hash: str) -> UUID:
    """Add a user with a personal workspace of theirs; the user's id."""
    user = await add(
        session, email=body.email, full_name=body.full_name, password_hash=password_hash
    )
    return user.id


async def add(session: TenantSession, *, email: str, full_name: str, password_hash: str) -> User:
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
    if changes := changes_of(user):
        touch(user)
        stage(session, UserUpdated.of(user, changes=changes))


async def change_password(
    database: Database,
    passwords: Passwords,
    user_id: UUID,
    session_id: UUID | None,
    body: PasswordChange,
) -> None:
    """Set a new password and end every other session. Hashing happens between transactions."""
    user = await _confirm(database, passwords, user_id, "current_password", body.current_password)
    check_strength("new_password", body.new_password, user.email, user.full_name)
    password_hash = await passwords.hash(body.new_password)
    async with database.session(SYSTEM) as session:
        current = await _locked(session, user_id)
        if current.password_hash != user.password_hash:
            raise Conflict("Your password was changed meanwhile; sign in again.")
        current.password_hash = password_hash
        await sessions.revoke_all(session, user_id, Reason.PASSWORD_CHANGED, but=session_id)


async def delete_account(
    database: Database, passwords: Passwords, user_id: UUID, password: str
) -> None:
    """Delete a user with their sessions, memberships and personal workspace. Raises
    `OwnsWorkspaces` for the only owner of a shared one."""
    await _confirm(database, passwords, user_id, "password", password)
    async with database.session(SYSTEM) as session:
        user = await _locked(session, user_id)
        await workspaces.hold_all_of(session, user_id)
        if names := await repository.shared_workspaces_owned_alone(session, user_id):
            raise OwnsWorkspaces(
                f"Make somebody else an owner of {', '.join(names)} first, or delete it."
            )
        await workspaces.leave_all(session, user)
        await sessions.revoke_all(session, user_id, Reason.ACCOUNT_DELETED)
        await access_tokens.revoke_all(session, user_id)
        await identities.forget_all(session, user_id)
        touch(user)
        user.is_active = False
        stage(session, UserDeleted.of(user))
        # The row stays, nameless: what others did with this user keeps its reference.
        user.email = f"{user.id}@deleted.invalid"
        user.full_name = "Deleted user"
        user.password_hash = UNUSABLE


async def _confirm(
    database: Database, passwords: Passwords, user_id: UUID, field: str, password: str
) -> User:
    async with database.session(SYSTEM) as session:
        user = await session.get(User, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    if not await passwords.verify(user.password_hash, password):
        raise invalid(field, "This is not your current password.", "wrong")
    return user


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
