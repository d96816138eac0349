"""The use cases of approvals.

The gateway catches a member's change and has it stored here; once an admin approves, it carries
the change out and reports what came of it. Services know approvals by their id alone, under which
they make a change once (`chassis.idempotency`).
"""

import json
from datetime import timedelta
from uuid import UUID

from chassis.aggregate import born, lock
from chassis.database import TenantSession
from chassis.events import now, touch
from chassis.identity import MemberRole
from chassis.outbox import stage
from chassis.problems import Conflict, Forbidden, NotFound, Problem
from chassis.requests import Tenant, check_version
from services.auth.approvals import repository
from services.auth.approvals.events import (
    ApprovalApplied,
    ApprovalApproved,
    ApprovalCancelled,
    ApprovalEvent,
    ApprovalFailed,
    ApprovalRejected,
    ApprovalRequested,
)
from services.auth.approvals.models import PendingChange
from services.auth.approvals.schemas import ChangeRequest, Outcome
from services.auth.approvals.states import Status
from services.auth.approvals.summaries import summary
from services.auth.members import service as members
from services.auth.users.models import User

WHAT = "pending change"
# For so long an approved change that has no outcome yet is carried out when it is approved again;
# services remember what they applied for a day.
RESUMED = timedelta(hours=23)
MOST_WAITING = 500  # of one member

_EVENTS: dict[Status, type[ApprovalEvent]] = {
    Status.APPROVED: ApprovalApproved,
    Status.APPLIED: ApprovalApplied,
    Status.FAILED: ApprovalFailed,
    Status.REJECTED: ApprovalRejected,
    Status.CANCELLED: ApprovalCancelled,
}


class TooManyWaiting(Conflict):
    code, title = "too-many-waiting", "Too many of your changes wait for an approval"


class AlreadyDecided(Conflict):
    code, title = "already-decided", "This change was decided already"


class OutcomeUnknown(Problem):
    status, code, title = 504, "outcome-unknown", "Nobody knows whether this change was made"


async def request(
    session: TenantSession, tenant: Tenant, body: ChangeRequest, if_match: str | None
) -> UUID:
    """Store a member's change, and the version they saw, until somebody decides; its id.
    Raises `TooManyWaiting`."""
    if await repository.waiting_of(session, tenant.workspace_id, tenant.user_id) >= MOST_WAITING:
        raise TooManyWaiting(
            f"{MOST_WAITING} wait already: ask an admin to decide some, or cancel what you don't "
            "need."
        )
    change = PendingChange(
        **born(tenant.workspace_id),
        **body.model_dump(),
        if_match=if_match,
        requested_by=tenant.user_id,
        summary=summary(body.method, body.path, body.body),
        status=Status.PENDING,
    )
    session.add(change)
    await session.flush()
    await _stage(session, change, ApprovalRequested)
    return change.id


async def approve(
    session: TenantSession, tenant: Tenant, change_id: UUID, version: int | None
) -> None:
    """Let a change be carried out. One that is approved and has no outcome yet stays so for the
    gateway to try again, and fails when that is a day ago; one with an outcome stays as it is.
    Raises `AlreadyDecided` for one that was rejected or cancelled."""
    change = await _locked(session, tenant, change_id)
    match change.status:
        case Status.PENDING:
            check_version(change.version, version)
            await _decide(session, tenant, change, Status.APPROVED)
        case Status.APPROVED if change.decided_at and change.decided_at < now() - RESUMED:
            problem = OutcomeUnknown("Look at what it was to change, and change that if need be.")
            await _conclude(session, change, problem.status, json.dumps(problem.document()))
        case Status.REJECTED | Status.CANCELLED:
            raise AlreadyDecided(f"It was {change.status}; let it be sent again.")


async def reject(
    session: TenantSession, tenant: Tenant, change_id: UUID, reason: str, version: int | None
) -> None:
    """Refuse a change, and say why. Raises `AlreadyDecided` for one that is not pending."""
    change = await _locked(session, tenant, change_id)
    _check_pending(change, version)
    change.reason = reason
    await _decide(session, tenant, change, Status.REJECTED)


async def cancel(
    session: TenantSession, tenant: Tenant, change_id: UUID, version: int | None
) -> None:
    """Take one's own change back. Raises `AlreadyDecided` for one that is not pending."""
    change = await lock(session, PendingChange, change_id, WHAT)
    if change.requested_by != tenant.user_id:
        if tenant.role.allows(MemberRole.ADMIN):
            raise Forbidden("Only who asked for it can take it back; reject it instead.")
        raise NotFound(f"There is no such {WHAT} in this workspace.")
    _check_pending(change, version)
    await _decide(session, tenant, change, Status.CANCELLED)


async def conclude(session: TenantSession, change_id: UUID, outcome: Outcome) -> None:
    """Note what came of an approved change. That it was made is final; that it failed gives way
    to that it was made after all, by another attempt at the same time."""
    change = await lock(session, PendingChange, change_id, WHAT)
    made = outcome.status < 300
    if change.status == Status.APPROVED or (change.status == Status.FAILED and made):
        await _conclude(session, change, outcome.status, outcome.body)


async def _conclude(
    session: TenantSession, change: PendingChange, status: int, body: str | None
) -> None:
    change.outcome_status, change.outcome = status, body
    await _enter(session, change, Status.APPLIED if status < 300 else Status.FAILED)


async def _decide(
    session: TenantSession, tenant: Tenant, change: PendingChange, status: Status
) -> None:
    change.decided_by, change.decided_at = tenant.user_id, now()
    await _enter(session, change, status)


async def _enter(session: TenantSession, change: PendingChange, status: Status) -> None:
    change.status = status
    touch(change)
    await session.flush()
    await _stage(session, change, _EVENTS[status])


async def _stage(session: TenantSession, change: PendingChange, event: type[ApprovalEvent]) -> None:
    requester = await session.get_one(User, change.requested_by)
    stage(session, event.of(change, requester_name=requester.full_name))


async def _locked(session: TenantSession, tenant: Tenant, change_id: UUID) -> PendingChange:
    """The change, for who is an admin by now."""
    actor = await members.hold(session, tenant)
    actor.require(MemberRole.ADMIN)
    return await lock(session, PendingChange, change_id, WHAT)


def _check_pending(change: PendingChange, version: int | None) -> None:
    if change.status != Status.PENDING:
        raise AlreadyDecided(f"It is {change.status}.")
    check_version(change.version, version)
