"""The use cases of invitations: who may invite whom as what, and who may accept.

An invitation is good once, for seven days, and for whoever has its address: the token comes by
mail, so that who accepts has shown that the address is theirs. It lets in nobody whom its inviter
may not let in by then.
"""

from datetime import timedelta
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import now, touch
from chassis.identity import MemberRole
from chassis.outbox import stage
from chassis.problems import (
    Conflict,
    Forbidden,
    NotFound,
    Problem,
    TooManyRequests,
    Unauthenticated,
)
from chassis.requests import Tenant
from chassis.scope import SYSTEM
from chassis.sealing import Sealer
from services.auth.invitations import repository
from services.auth.invitations.events import (
    InvitationAccepted,
    InvitationCreated,
    InvitationDeclined,
    InvitationEvent,
    InvitationRevoked,
)
from services.auth.invitations.models import Invitation
from services.auth.invitations.schemas import InvitationCreate
from services.auth.invitations.states import Status
from services.auth.invitations.tokens import hash_of, new_token
from services.auth.mails import service as mails
from services.auth.mails.events import Template
from services.auth.members import repository as membership
from services.auth.members import service as members
from services.auth.throttling.limits import Attempt, Purpose
from services.auth.throttling.service import Throttle, TooManyAttempts
from services.auth.users import repository as users
from services.auth.users.changes import publish
from services.auth.users.models import User
from services.auth.verification.service import mark_verified
from services.auth.workspaces.models import Workspace

LIFETIME = timedelta(days=7)
# So many mails can a workspace have sent in a day, and so many of them to one address; how many
# an address gets from all of them is throttled.
PERIOD, MOST, MOST_TO_ONE = timedelta(days=1), 500, 10
WHAT = "invitation"


class InvitationGone(Problem):
    status, code, title = 410, "invitation-gone", "This invitation is good no more"


class OtherAddress(Forbidden):
    code, title = "other-address", "This invitation is for another address"


class TooManyInvitations(TooManyRequests):
    code, title = "too-many-invitations", "Too many invitations within a day"


async def invite(
    session: TenantSession,
    tenant: Tenant,
    sealer: Sealer,
    throttle: Throttle,
    body: InvitationCreate,
) -> UUID:
    """Invite an address by mail, in place of a pending invitation to it; the new one's id. Raises
    `AlreadyMember` for the address of a member, `TooManyInvitations` for one mail too many."""
    actor = await members.hold(session, tenant)
    actor.require(MemberRole.ADMIN)
    members.check_may_give(actor, body.role)
    inviter = await session.get_one(User, tenant.user_id)
    invited = await users.by_email(session, body.email)
    if invited and await membership.member(session, tenant.workspace_id, invited.id):
        raise members.already_member()
    await _check_not_too_many(session, tenant.workspace_id, body.email)
    try:
        await throttle.take(session, Attempt(Purpose.INVITATION, body.email, ""))
    except TooManyAttempts as refusal:
        raise TooManyInvitations(
            f"{body.email} was invited to many workspaces; give them time to answer.",
            headers=refusal.headers,
        ) from refusal
    for earlier in await repository.pending(session, tenant.workspace_id, body.email):
        await _decide(session, earlier, Status.REVOKED, InvitationRevoked)
    token = new_token()
    invitation = Invitation(
        **born(tenant.workspace_id),
        email=body.email,
        role=body.role,
        status=Status.PENDING,
        token_hash=hash_of(token),
        expires_at=now() + LIFETIME,
        invited_by=inviter.id,
    )
    session.add(invitation)
    await session.flush()
    await _stage(session, invitation, InvitationCreated)
    workspace = await session.get_one(Workspace, tenant.workspace_id)
    mails.request(
        session,
        sealer,
        template=Template.INVITATION,
        email=body.email,
        full_name=invited.full_name if invited else "",
        language=(invited or inviter).language,
        user_id=invited.id if invited else None,
        workspace_id=tenant.workspace_id,
        facts={
            "workspace_name": workspace.name,
            "inviter_name": inviter.full_name,
            "role": body.role.value,
        },
        token=token,
        expires_at=invitation.expires_at,
    )
    return invitation.id


async def revoke(
    session: TenantSession, tenant: Tenant, invitation_id: UUID, version: int | None
) -> None:
    """Take an invitation back; one that nobody can accept any more stays as it is. Raises
    `Conflict` for one that was accepted."""
    actor = await members.hold(session, tenant)
    actor.require(MemberRole.ADMIN)
    invitation = await lock(session, Invitation, invitation_id, WHAT, version=version)
    if invitation.status == Status.ACCEPTED:
        raise Conflict("It was accepted; remove the member instead.")
    if invitation.role == MemberRole.OWNER and actor.role != MemberRole.OWNER:
        raise Forbidden("Only an owner can take back what invites an owner.")
    if invitation.status == Status.PENDING:
        await _decide(session, invitation, Status.REVOKED, InvitationRevoked)


async def accept(session: TenantSession, user_id: UUID, token: str) -> UUID:
    """Make the signed-in user a member by their invitation, and their address a verified one: the
    token came there by mail. Returns the workspace's id. Raises `InvitationGone` for one that is
    good no more, `OtherAddress` for somebody else's."""
    await session.enter(SYSTEM)
    user = await users.locked(session, user_id)
    if user is None or not user.is_active:
        raise Unauthenticated
    invitation = await _held(session, token)
    if invitation.email.lower() != user.email.lower():
        raise OtherAddress(
            f"It was sent to {invitation.email}, and you are signed in as {user.email}. Sign in "
            "with that address, or ask for an invitation to yours."
        )
    await _check_may_still_invite(session, invitation)
    mark_verified(user)
    publish(session, user)
    invitation.accepted_by = user.id
    await _decide(session, invitation, Status.ACCEPTED, InvitationAccepted)
    # Somebody may have added them meanwhile: then they stay what they are.
    if await membership.member(session, invitation.workspace_id, user.id) is None:
        role = MemberRole(invitation.role)
        members.begin(
            session, invitation.workspace_id, user, role, invited_by=invitation.invited_by
        )
    return invitation.workspace_id


async def decline(session: TenantSession, token: str) -> None:
    """Refuse an invitation; whoever has its token may. Raises `InvitationGone` for one that is
    good no more."""
    await session.enter(SYSTEM)
    await _decide(session, await _held(session, token), Status.DECLINED, InvitationDeclined)


async def revoke_all(session: TenantSession, workspace_id: UUID) -> None:
    """Take back every pending invitation to a workspace that is held."""
    for invitation in await repository.pending(session, workspace_id):
        await _decide(session, invitation, Status.REVOKED, InvitationRevoked)


def check_usable(status: str) -> None:
    """Raise `InvitationGone` unless an invitation of this status can be accepted."""
    match status:
        case Status.PENDING:
            return
        case Status.ACCEPTED:
            raise InvitationGone("It was accepted already; sign in, and find the workspace there.")
        case Status.EXPIRED:
            raise InvitationGone("It was good for seven days; ask for a new one.")
    raise InvitationGone(f"It was {status}; ask for a new one if you want to come in.")


async def _check_may_still_invite(session: TenantSession, invitation: Invitation) -> None:
    """Raise `InvitationGone` when the inviter's role is less than inviting takes by now, or they
    left: or whoever is removed would come in again by what they sent themselves before."""
    inviter = await membership.member(session, invitation.workspace_id, invitation.invited_by)
    role = MemberRole(inviter.role) if inviter is not None else MemberRole.VIEWER
    if not (role.allows(MemberRole.ADMIN) and role.allows(MemberRole(invitation.role))):
        raise InvitationGone("Who invited you may do so no more; ask somebody else to invite you.")


async def _check_not_too_many(session: TenantSession, workspace_id: UUID, email: str) -> None:
    sent, to_address = await repository.sent_since(session, workspace_id, email, now() - PERIOD)
    retry = {"Retry-After": str(int(PERIOD.total_seconds()))}
    if to_address >= MOST_TO_ONE:
        raise TooManyInvitations(
            f"{email} was invited {to_address} times; give them time to answer.", headers=retry
        )
    if sent >= MOST:
        raise TooManyInvitations(f"A workspace invites {MOST} times a day.", headers=retry)


async def _held(session: TenantSession, token: str) -> Invitation:
    """The pending invitation of a token, locked, and its workspace before it."""
    token_hash = hash_of(token)
    workspace_id = await repository.workspace_of(session, token_hash)
    if workspace_id is not None:
        await membership.hold(session, workspace_id)
    invitation = await repository.by_token(session, token_hash)
    if invitation is None:
        raise unknown()
    expired = invitation.status == Status.PENDING and invitation.expires_at <= now()
    check_usable(Status.EXPIRED if expired else invitation.status)
    return invitation


def unknown() -> NotFound:
    """The problem of a token that no invitation has."""
    return NotFound("There is no such invitation; check that the link is whole.")


async def _decide(
    session: TenantSession, invitation: Invitation, status: Status, event: type[InvitationEvent]
) -> None:
    invitation.status = status
    touch(invitation)
    await session.flush()
    await _stage(session, invitation, event)


async def _stage(
    session: TenantSession, invitation: Invitation, event: type[InvitationEvent]
) -> None:
    inviter = await session.get_one(User, invitation.invited_by)
    user_id = invitation.accepted_by
    if user_id is None:
        invited = await users.by_email(session, invitation.email)
        # Who registered with an address that is not theirs is told nothing.
        user_id = invited.id if invited and invited.email_verified_at else None
    stage(session, event.of(invitation, user_id=user_id, inviter_name=inviter.full_name))
