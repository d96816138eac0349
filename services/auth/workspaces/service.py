"""The use cases of workspaces."""

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from chassis.database import TenantSession
from chassis.events import changes_of, now, touch
from chassis.fields import sent
from chassis.identity import MemberRole
from chassis.outbox import stage
from chassis.problems import Conflict, FieldError, NotFound, Problem
from chassis.requests import Tenant, check_version
from chassis.scope import Scope
from services.auth.access_tokens import service as access_tokens
from services.auth.invitations import service as invitations
from services.auth.members import service as members
from services.auth.service_accounts import service as service_accounts
from services.auth.users.models import User
from services.auth.workspaces import repository
from services.auth.workspaces.events import (
    WorkspaceCreated,
    WorkspaceDeleted,
    WorkspaceSettings,
    WorkspaceUpdated,
)
from services.auth.workspaces.models import Workspace
from services.auth.workspaces.schemas import SettingsPatch, WorkspaceCreate, WorkspacePatch
from services.auth.workspaces.slugs import another, slug_of


class PersonalWorkspace(Conflict):
    code, title = "personal-workspace", "A personal workspace can't be deleted"


def _slug_taken() -> Problem:
    return Conflict(
        "Another workspace has this slug; leave it out to get a free one.",
        errors=[FieldError("slug", "taken", "taken")],
    )


CONSTRAINTS = {"workspace_slug": _slug_taken}


async def create(session: TenantSession, user: User, body: WorkspaceCreate) -> UUID:
    """Make a shared workspace with `user` as its owner; the new one's id."""
    fields = body.model_dump()
    fields["slug"] = body.slug or another(slug_of(body.name))
    return await _create(session, user, fields, is_personal=False)


async def create_personal(session: TenantSession, user: User) -> UUID:
    """Make the personal workspace of somebody who registered."""
    name = f"{user.full_name}'s things"[:100]
    fields = {
        "name": name,
        "slug": another(slug_of(user.full_name)),
        "description": None,
        "currency": "EUR",
        "timezone": user.timezone,
    }
    return await _create(session, user, fields, is_personal=True)


async def update(
    session: TenantSession, tenant: Tenant, body: WorkspacePatch, version: int | None
) -> None:
    """Change the fields that were sent, for who is an admin by now."""
    (await members.hold(session, tenant)).require(MemberRole.ADMIN)
    workspace = await _locked(session, tenant.workspace_id)
    check_version(workspace.version, version)
    for name, value in sent(body).items():
        if isinstance(value, SettingsPatch):
            workspace.settings = workspace.settings | sent(value)
        else:
            setattr(workspace, name, value)
    if changes := changes_of(workspace):
        touch(workspace)
        stage(session, WorkspaceUpdated.of(workspace, changes=changes))


async def delete(session: TenantSession, tenant: Tenant, version: int | None) -> None:
    """Delete a shared workspace for everybody in it, for who is an owner by now; raises
    `PersonalWorkspace` for the other."""
    (await members.hold(session, tenant)).require(MemberRole.OWNER)
    workspace = await _locked(session, tenant.workspace_id)
    check_version(workspace.version, version)
    if workspace.is_personal:
        raise PersonalWorkspace("It goes with your account.")
    await _delete(session, workspace)


async def hold_all_of(session: TenantSession, user_id: UUID) -> None:
    """Lock every workspace that a user belongs to."""
    for workspace_id in await repository.ids_of(session, user_id):
        await repository.locked(session, workspace_id)


async def leave_all(session: TenantSession, user: User) -> None:
    """End every membership of a user; their personal workspace is deleted."""
    for workspace_id in await repository.ids_of(session, user.id):
        workspace = await _locked(session, workspace_id)
        if workspace.personal_of == user.id:
            await _delete(session, workspace)
        else:
            await members.end(session, workspace_id, user)


async def clear_personal(session: TenantSession, user: User) -> None:
    """Leave a user alone in their personal workspace: other members, who is invited to become one,
    and service accounts go."""
    for workspace_id in await repository.ids_of(session, user.id):
        workspace = await _locked(session, workspace_id)
        if workspace.personal_of == user.id:
            await invitations.revoke_all(session, workspace_id)
            await service_accounts.end_all(session, workspace_id)
            await members.end_all(session, workspace_id, but=user.id)


async def _create(
    session: TenantSession, user: User, fields: dict[str, Any], *, is_personal: bool
) -> UUID:
    workspace_id, time = uuid7(), now()
    if not session.scope.system:
        await session.enter(Scope(workspace_id=workspace_id, user_id=user.id))
    workspace = Workspace(
        id=workspace_id,
        workspace_id=workspace_id,
        version=1,
        created_at=time,
        updated_at=time,
        is_personal=is_personal,
        settings=WorkspaceSettings().model_dump(),
        personal_of=user.id if is_personal else None,
        **fields,
    )
    session.add(workspace)
    await session.flush()
    stage(session, WorkspaceCreated.of(workspace))
    members.begin(session, workspace_id, user, MemberRole.OWNER, invited_by=None)
    await session.flush()
    return workspace_id


async def _delete(session: TenantSession, workspace: Workspace) -> None:
    await service_accounts.end_all(session, workspace.id)
    await invitations.revoke_all(session, workspace.id)
    await members.end_all(session, workspace.id)
    await access_tokens.revoke_all_of_workspace(session, workspace.id)
    touch(workspace)
    stage(session, WorkspaceDeleted.of(workspace))
    await session.flush()
    await session.delete(workspace)


async def _locked(session: TenantSession, workspace_id: UUID) -> Workspace:
    workspace = await repository.locked(session, workspace_id)
    if workspace is None:
        raise NotFound("There is no such workspace, or you are no member of it.")
    return workspace
