"""What inventory hears of members and of workspaces that are gone."""

from uuid import UUID

from chassis.database import TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from services.inventory.members import repository

listener = Listener()

_MEMBER = "warehouse.auth.member."
_VERBS = ("added", "role_changed", "updated", "removed")


class MemberChanged(Received):
    """What inventory reads of any event of a member."""

    id: UUID
    version: int
    user_id: UUID
    location_ids: list[UUID] | None = None


class WorkspaceDeleted(Received):
    """What inventory reads of a workspace that is gone."""

    id: UUID


@listener.on(MemberChanged, *(_MEMBER + verb for verb in _VERBS))
async def note_member(session: TenantSession, event: MemberChanged) -> None:
    await repository.record(
        session,
        user_id=event.user_id,
        member_id=event.id,
        version=event.version,
        location_ids=event.location_ids,
        is_current=not event.envelope.type.endswith(".removed"),
    )


@listener.on(WorkspaceDeleted, "warehouse.auth.workspace.deleted")
async def end_memberships(session: TenantSession, _event: WorkspaceDeleted) -> None:
    await repository.end_all(session)
