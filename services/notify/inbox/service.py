"""The use cases of the inbox.

Told are the owners and admins of the workspace, whoever of them did it, and of a loan also its
borrower where that is a user and a member; of an invitation, who is invited; of a decision on a
change, who asked for it. Each is told once per event, and told of the staff are those who were
members when it happened.

What happened and who is a member come on different topics, in any order: a notice is kept for a
while, and given to whom it was meant for when they are heard of.
"""

from datetime import datetime
from uuid import UUID

from chassis.database import Database, TenantSession
from chassis.envelope import Envelope
from chassis.events import now
from chassis.problems import NotFound
from services.notify.audience import repository as audience
from services.notify.inbox import notices, repository
from services.notify.inbox.messages import Notice
from services.notify.inbox.notices import Addressed, Reader

KEEP_NOTICES_DAYS = 7  # far longer than two topics of one service are apart


async def tell_staff(
    session: TenantSession, event: Envelope, notice: Notice, *, but: UUID | None = None
) -> None:
    """Tell the owners and admins, all but one if one is named."""
    await _post(session, event, Addressed(notice, except_user_id=but))


async def tell(session: TenantSession, event: Envelope, user_id: UUID, notice: Notice) -> None:
    """Tell one user."""
    await repository.tell(session, event.id, event.time, user_id, notice)


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
    borrower = Addressed(to_borrower, Reader.BORROWER, borrower_id)
    await _post(session, event, Addressed(to_staff), borrower)


async def _post(session: TenantSession, event: Envelope, *addressed: Addressed) -> None:
    await audience.hold(session)
    await notices.post(session, event.id, event.time, addressed)


async def catch_up(session: TenantSession, user_id: UUID, since: datetime) -> None:
    """Tell a user who is heard of now what has happened `since` then and was meant for them."""
    await audience.hold(session)
    await notices.deliver_late(session, user_id, since)


async def forget_notices(database: Database) -> None:
    """Remove the notices that nobody will be heard of for any more."""
    async with database.system() as session:
        await notices.forget(session, KEEP_NOTICES_DAYS)


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
