"""The use cases of service accounts.

One is a user that nobody signs in as, with a membership of one workspace: so roles, revocation and
the trail of who did what hold for it as for anybody. It has no password, no mailbox and no
workspace of its own, is never an owner, and ends with its workspace.
"""

from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.identity import MemberRole
from chassis.outbox import stage
from chassis.problems import Conflict, Forbidden, NotFound
from chassis.requests import Tenant, check_version
from services.auth.access_tokens import service as tokens
from services.auth.access_tokens.schemas import ServiceTokenCreate
from services.auth.members import repository as member_rows
from services.auth.members import service as members
from services.auth.members.models import Member
from services.auth.passwords import UNUSABLE
from services.auth.service_accounts import repository
from services.auth.service_accounts.schemas import ServiceAccountCreate, ServiceAccountPatch
from services.auth.users import repository as users
from services.auth.users.events import UserDeleted, UserRegistered, UserUpdated
from services.auth.users.kinds import UserKind
from services.auth.users.models import User

MOST = 50  # service accounts of a workspace
_DOMAIN = "service-account.invalid"  # RFC 2606: no mail ever arrives there


class TooManyServiceAccounts(Conflict):
    code, title = "too-many-service-accounts", f"There are {MOST} service accounts already"


async def create(session: TenantSession, tenant: Tenant, body: ServiceAccountCreate) -> UUID:
    """Make a service account with a role up to the caller's own; its user id."""
    await _hold(session, tenant)
    if len(await repository.ids(session, tenant.workspace_id)) >= MOST:
        raise TooManyServiceAccounts("Delete one that is not needed any more.")
    time, account_id = now(), uuid7()
    user = User(
        id=account_id,
        version=1,
        created_at=time,
        updated_at=time,
        email=f"{account_id}@{_DOMAIN}",
        full_name=body.name,
        password_hash=UNUSABLE,
        is_active=True,
        kind=UserKind.SERVICE,
        language="en",
        timezone="UTC",
        date_format="YYYY-MM-DD",
        time_format="24h",
        theme="system",
    )
    session.add(user)
    await session.flush()
    stage(session, UserRegistered.of(user))
    role = MemberRole(body.role)
    members.check_restriction(role, body.location_ids)
    members.begin(
        session,
        tenant.workspace_id,
        user,
        role,
        invited_by=tenant.user_id,
        location_ids=body.location_ids,
    )
    return account_id


async def update(
    session: TenantSession,
    tenant: Tenant,
    account_id: UUID,
    body: ServiceAccountPatch,
    version: int | None,
) -> None:
    """Change the fields that were sent; a role goes up to the caller's own, who is an admin."""
    await _hold(session, tenant)
    user, member = await _locked(session, tenant.workspace_id, account_id)
    check_version(user.version + member.version - 1, version)
    if "name" in body.model_fields_set:
        user.full_name = body.name
        if changes := changes_of(user):
            touch(user)
            stage(session, UserUpdated.of(user, changes=changes))
    fields = sent(body)
    if fields.keys() & {"role", "location_ids"}:
        if tenant.user_id == account_id:
            raise members.OwnRole("Ask an admin or owner.")
        role = MemberRole(fields.get("role", member.role))
        location_ids = fields.get("location_ids", member.location_ids)
        await members.set_access(session, member, role, location_ids)


async def delete(
    session: TenantSession, tenant: Tenant, account_id: UUID, version: int | None
) -> None:
    """End a service account with its tokens and its membership."""
    await _hold(session, tenant)
    user, member = await _locked(session, tenant.workspace_id, account_id)
    check_version(user.version + member.version - 1, version)
    await _end(session, tenant.workspace_id, user)


async def end_all(session: TenantSession, workspace_id: UUID) -> None:
    """End every service account of a workspace that is held."""
    for account_id in await repository.ids(session, workspace_id):
        user, _ = await _locked(session, workspace_id, account_id)
        await _end(session, workspace_id, user)


async def issue_token(
    session: TenantSession, tenant: Tenant, account_id: UUID, body: ServiceTokenCreate
) -> tuple[UUID, str]:
    """Make a token of a service account; its id and its text, which is not kept."""
    await _hold(session, tenant)
    user, _ = await _locked(session, tenant.workspace_id, account_id)
    return await tokens.issue(session, user, body, tenant.workspace_id)


async def revoke_token(
    session: TenantSession, tenant: Tenant, account_id: UUID, token_id: UUID, version: int | None
) -> None:
    """End a token of a service account. Raises `NotFound` when it has none such."""
    await _hold(session, tenant)
    await _locked(session, tenant.workspace_id, account_id)
    await tokens.revoke(session, account_id, token_id, version)


async def _hold(session: TenantSession, tenant: Tenant) -> None:
    """Hold the workspace's members; the caller has to be an admin still, whatever the gateway
    found, and so has no lower role than any that a service account may have."""
    role = (await members.hold(session, tenant)).role
    if not role.allows(MemberRole.ADMIN):
        raise Forbidden(f"Your role {role.value} can't make or change service accounts.")


async def _locked(
    session: TenantSession, workspace_id: UUID, account_id: UUID
) -> tuple[User, Member]:
    member = await member_rows.member(session, workspace_id, account_id)
    user = await users.locked(session, account_id) if member is not None else None
    if member is None or user is None or user.kind != UserKind.SERVICE:
        raise NotFound("There is no such service account in this workspace.")
    return user, member


async def _end(session: TenantSession, workspace_id: UUID, user: User) -> None:
    await tokens.revoke_all(session, user.id)
    await members.end(session, workspace_id, user)
    touch(user)
    user.is_active = False
    stage(session, UserDeleted.of(user))
