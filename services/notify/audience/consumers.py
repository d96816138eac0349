"""What the audience hears: members, workspaces, and which borrower is which user."""

from datetime import datetime
from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.notify.audience import repository

listener = Listener()

_MEMBER = "warehouse.auth.member."
_WORKSPACE = "warehouse.auth.workspace."
_BORROWER = "warehouse.loans.borrower."


class MemberChanged(Received):
    """What notify reads of any event of a member."""

    id: UUID
    version: int
    user_id: UUID
    role: str
    kind: str = "person"
    created_at: datetime


class WorkspaceChanged(Received):
    """What notify reads of any event of a workspace."""

    id: UUID
    version: int
    name: str
    timezone: str = "UTC"


class BorrowerChanged(Received):
    """What notify reads of any event of a borrower."""

    id: UUID
    version: int
    user_id: UUID | None = None


@listener.on(MemberChanged, *(_MEMBER + verb for verb in ("added", "role_changed", "removed")))
async def note_member(session: TenantSession, event: MemberChanged) -> None:
    if event.kind != "person":
        return  # a service account reads nothing that is sent to it
    await repository.record_member(
        session,
        user_id=event.user_id,
        member_id=event.id,
        version=event.version,
        role=event.role,
        joined_at=event.created_at,
        is_current=not event.envelope.type.endswith(".removed"),
    )


@listener.on(WorkspaceChanged, *(_WORKSPACE + verb for verb in ("created", "updated", "deleted")))
async def note_workspace(session: TenantSession, event: WorkspaceChanged) -> None:
    await repository.record_workspace(
        session,
        version=event.version,
        name=event.name,
        timezone=event.timezone,
        is_deleted=event.envelope.type.endswith(".deleted"),
    )


@listener.on(BorrowerChanged, *(_BORROWER + verb for verb in ("created", "updated", "deleted")))
async def note_borrower(session: TenantSession, event: BorrowerChanged) -> None:
    deleted = event.envelope.type.endswith(".deleted")
    await repository.record_borrower(
        session,
        borrower_id=event.id,
        version=event.version,
        user_id=None if deleted else event.user_id,
    )
