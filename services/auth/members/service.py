"""The use cases of members, and who may do what to whom.

Nobody changes their own role or gives one above it, admins neither make nor unmake owners, and the
last owner stays. Viewers and members may be restricted to location subtrees; who is to be more is
first, or in the same request, relieved of that: no restriction is lifted unsaid.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import TenantSession
from chassis.events import Changes, now, touch
from chassis.fields import sent
from chassis.identity import MemberRole
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, Forbidden, Invalid, NotFound, Problem, invalid
from chassis.requests import Tenant, check_version
from services.auth.members import repository
from services.auth.members.events import (
    MemberAdded,
    MemberEvent,
    MemberRemoved,
    MemberRoleChanged,
    MemberUpdated,
)
from services.auth.members.models import Member
from services.auth.members.schemas import MemberAdd, MemberPatch
from services.auth.sessions import service as sessions
from services.auth.users import repository as users
from services.auth.users.kinds import UserKind
from services.auth.users.models import User


class AlreadyMember(Conflict):
    code, title = "already-member", "This user is a member already"


class LastOwner(Conflict):
    code, title = "last-owner", "A workspace keeps at least one owner"


class PersonalOwner(Conflict):
    code, title = "personal-workspace", "A personal workspace keeps the one it belongs to"


class IsServiceAccount(Conflict):
    code, title = "service-account", "This member is a service account"


class OwnRole(Forbidden):
    code, title = "own-role", "Nobody changes their own role or restriction"


def already_member() -> Problem:
    """The problem of one who can't come in again."""
    return AlreadyMember(
        "Change their role instead.", errors=[FieldError("email", "a member already", "taken")]
    )


def _restricted() -> Problem:
    message = (
        "Admins and owners have access to every location: lift the restriction, with location_ids "
        "null, or choose the role viewer or member."
    )
    return Invalid(message, errors=[FieldError("location_ids", message, "not-for-this-role")])


CONSTRAINTS = {"member_once": already_member, "member_restriction": _restricted}


async def add(session: TenantSession, tenant: Tenant, body: MemberAdd, *, need_proof: bool) -> UUID:
    """Make a registered user a member; their user id. With `need_proof`, one whose address nobody
    has shown to be theirs is as one who is not there: anybody registers with any address."""
    user = await users.by_email(session, body.email, locked=True)
    actor = await hold(session, tenant)
    check_may_give(actor, body.role)
    check_restriction(body.role, body.location_ids)
    if user is None or not user.is_active or (need_proof and user.email_verified_at is None):
        raise invalid(
            "email",
            "Nobody has registered with this e-mail and shown that it is theirs; invite them "
            "instead (…/invitations).",
            "not-found",
        )
    if await repository.member(session, tenant.workspace_id, user.id) is not None:
        raise already_member()
    begin(
        session,
        tenant.workspace_id,
        user,
        body.role,
        invited_by=tenant.user_id,
        location_ids=body.location_ids,
    )
    return user.id


async def change(
    session: TenantSession, tenant: Tenant, user_id: UUID, body: MemberPatch, version: int | None
) -> None:
    """Give a member another role or restriction, what of it was sent. Raises `OwnRole` for who asks
    for themselves, `LastOwner` for the only owner who would step down."""
    actor = await hold(session, tenant)
    member = await _member(session, tenant.workspace_id, user_id)
    await _check_is_person(session, member)
    if user_id == tenant.user_id:
        await _check_may_touch(session, actor, member)
        if "role" in sent(body):
            await _check_not_last_owner(session, member)
        raise OwnRole(
            "Ask another owner." if member.role == MemberRole.OWNER else "Ask an admin or owner."
        )
    check_version(member.version, version)
    fields = sent(body)
    role, location_ids = MemberRole(member.role), member.location_ids
    if "role" in fields:
        role = body.role
        check_may_give(actor, role)
        if role is MemberRole.OWNER and not (await session.get_one(User, user_id)).is_active:
            raise invalid(
                "role", "This account is closed; its owner has to come back first.", "inactive"
            )
    if "location_ids" in fields:
        location_ids = body.location_ids
    await _check_may_touch(session, actor, member)
    await set_access(session, member, role, location_ids)


async def transfer(session: TenantSession, tenant: Tenant, user_id: UUID) -> None:
    """Make another member an owner, of all of it, and the caller, who is one, an admin. Raises
    `PersonalOwner` for a personal workspace."""
    actor = await hold(session, tenant)
    actor.require(MemberRole.OWNER)
    if await repository.personal_of(session, tenant.workspace_id) is not None:
        raise PersonalOwner("Make a workspace to share, and transfer that one.")
    if user_id == tenant.user_id:
        raise invalid("user_id", "This is you; name another member.", "own-role")
    heir = await repository.member(session, tenant.workspace_id, user_id)
    if heir is None:
        raise invalid(
            "user_id", "There is no such member in this workspace; add them first.", "not-found"
        )
    await _check_is_person(session, heir)
    if not (await session.get_one(User, user_id)).is_active:
        raise invalid("user_id", "This account is closed; name somebody else.", "inactive")
    caller = await _member(session, tenant.workspace_id, tenant.user_id)
    await set_access(session, heir, MemberRole.OWNER, None)
    await set_access(session, caller, MemberRole.ADMIN, None)


async def remove(
    session: TenantSession, tenant: Tenant, user_id: UUID, version: int | None
) -> None:
    """Remove a member, or leave oneself. Raises `LastOwner` for the only owner."""
    if user_id != tenant.user_id:
        tenant.require(MemberRole.ADMIN)
    actor = await hold(session, tenant)
    member = await _member(session, tenant.workspace_id, user_id)
    check_version(member.version, version)
    await _check_is_person(session, member)
    if user_id != tenant.user_id:
        actor.require(MemberRole.ADMIN)
    await _check_may_touch(session, actor, member)
    await _check_not_last_owner(session, member)
    await _end(session, member)


def begin(
    session: TenantSession,
    workspace_id: UUID,
    user: User,
    role: MemberRole,
    *,
    invited_by: UUID | None,
    location_ids: Sequence[UUID] | None = None,
) -> None:
    """Begin a membership; its workspace is held, or new."""
    time = now()
    member = Member(
        id=uuid7(),
        workspace_id=workspace_id,
        version=1,
        created_at=time,
        updated_at=time,
        user_id=user.id,
        role=role,
        location_ids=location_ids,
        invited_by=invited_by,
    )
    session.add(member)
    stage(session, MemberAdded.of(member, **_of_user(user)))


async def set_access(
    session: TenantSession, member: Member, role: MemberRole, location_ids: list[UUID] | None
) -> None:
    """Give a member, whose workspace is held, another role or restriction; whether the caller may
    is asked before."""
    check_restriction(role, location_ids)
    changes: Changes = {}
    if member.role != role:
        changes["role"] = (member.role, role.value)
    if member.location_ids != location_ids:
        changes["location_ids"] = (member.location_ids, location_ids)
    if changes:
        member.role, member.location_ids = role, location_ids
        touch(member)
        happened = MemberRoleChanged if "role" in changes else MemberUpdated
        await _stage(session, member, happened, changes=changes)


async def end(session: TenantSession, workspace_id: UUID, user: User) -> None:
    """End a user's membership of a workspace that is held."""
    member = await repository.member(session, workspace_id, user.id)
    if member is not None:
        await _end(session, member)


async def end_all(session: TenantSession, workspace_id: UUID, *, but: UUID | None = None) -> None:
    """End every membership of a workspace that is held, except that of the user `but`."""
    for member in await repository.members(session, workspace_id):
        if member.user_id != but:
            await _end(session, member)


async def _end(session: TenantSession, member: Member) -> None:
    touch(member)
    await _stage(session, member, MemberRemoved)
    await session.flush()
    await session.delete(member)


async def _stage(
    session: TenantSession,
    member: Member,
    event: type[MemberEvent],
    *,
    changes: Changes | None = None,
) -> None:
    user = await session.get_one(User, member.user_id)
    facts = {} if changes is None else {"changes": changes}
    stage(session, event.of(member, **_of_user(user), **facts))


def _of_user(user: User) -> dict[str, str]:
    return {"email": user.email, "full_name": user.full_name, "kind": user.kind}


async def _member(session: TenantSession, workspace_id: UUID, user_id: UUID) -> Member:
    member = await repository.member(session, workspace_id, user_id)
    if member is None:
        raise NotFound("There is no such member in this workspace.")
    return member


def check_may_give(tenant: Tenant, role: MemberRole) -> None:
    """Raise `Forbidden` for a role above the caller's own."""
    if not tenant.role.allows(role):
        raise Forbidden(f"Your role {tenant.role.value} can't make anybody {role.value}.")


def check_restriction(role: MemberRole, location_ids: Sequence[UUID] | None) -> None:
    """Raise a problem on `location_ids` for a role that can't be restricted."""
    if location_ids is not None and role.allows(MemberRole.ADMIN):
        raise _restricted()


async def _check_may_touch(session: TenantSession, actor: Tenant, member: Member) -> None:
    if member.role == MemberRole.OWNER and actor.role != MemberRole.OWNER:
        raise Forbidden("Only an owner can change or remove an owner.")
    if await repository.personal_of(session, member.workspace_id) == member.user_id:
        raise PersonalOwner("It goes with their account.")


async def _check_is_person(session: TenantSession, member: Member) -> None:
    user = await session.get_one(User, member.user_id)
    if user.kind == UserKind.SERVICE:
        raise IsServiceAccount("Change or delete it among the workspace's service-accounts.")


async def _check_not_last_owner(session: TenantSession, member: Member) -> None:
    if member.role == MemberRole.OWNER and not await repository.other_owners(
        session, member.workspace_id, member.user_id
    ):
        raise LastOwner("Make somebody else an owner first, or delete the workspace.")


async def hold(session: TenantSession, tenant: Tenant) -> Tenant:
    """Hold the workspace's members, and the caller with the role they have by now: it may have
    changed since the gateway looked it up. Raises `Unauthenticated` if their session ended."""
    await repository.hold(session, tenant.workspace_id)
    await sessions.check_going_on(session, tenant.session_id)
    member = await repository.member(session, tenant.workspace_id, tenant.user_id)
    if member is None:
        raise NotFound("There is no such workspace, or you are no member of it.")
    return replace(tenant, role=MemberRole(member.role))
