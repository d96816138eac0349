"""The use cases of the inbox.

Told are the owners and admins of the workspace, whoever of them did it, and of a loan also its
borrower where that is a user and a member; of an invitation, who is invited; of a decision on a
change, who asked for it. Each is told once per event, and told of the staff are those who were
members when it happened.
"""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Envelope
from chassis.events import now
from chassis.problems import NotFound
from services.notify.audience import repository as audience
from services.notify.inbox import repository
from services.notify.inbox.messages import Notice


async def tell_staff(
    session: TenantSession, event: Envelope, notice: Notice, *, but: UUID | None = None
) -> None:
    """Tell the owners and admins, all but one if one is named."""
    staff = await audience.staff(session, session.workspace_id, event.time)
    notices = {user_id: notice for user_id in staff if user_id != but}
    await repository.deliver(session, event.id, event.time, notices)


async def tell(session: TenantSession, event: Envelope, user_id: UUID, notice: Notice) -> None:
    """Tell one user."""
    await repository.deliver(session, event.id, event.time, {user_id: notice})


async def tell_of_loan(
    session: TenantSession,
    event: Envelope,
    borrower_id: UUID,
    *,
    to_staff: Notice,
    to_borrower: Notice,
) -> None:
    """Tell the owners and admins, and the borrower, who reads what is meant for them even if they
    are both."""
    staff = await audience.staff(session, session.workspace_id, event.time)
    notices = dict.fromkeys(staff, to_staff)
    borrower = await audience.user_of(session, session.workspace_id, borrower_id)
    if borrower is not None:
        notices[borrower] = to_borrower
    await repository.deliver(session, event.id, event.time, notices)


async def read(session: TenantSession, user_id: UUID, notification_id: UUID) -> bytes:
    """Mark one notification read, if it is not, and give it; raises `NotFound` when the user has
    none such."""
    await repository.mark_read(session, user_id, now(), notification_id=notification_id)
    rows = await repository.get(session, user_id, notification_id)
    if not rows:
        raise NotFound("You have no such notification.")
    body: bytes = rows[0][0]
    return body


async def read_all(session: TenantSession, user_id: UUID, workspace_id: UUID | None) -> int:
    """Mark all of a user's notifications read, or those of one workspace; how many were not."""
    return await repository.mark_read(session, user_id, now(), workspace_id=workspace_id)
