"""Queries on invitations; the representation of an invitation is the SQL here."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from chassis.database import Source, TenantSession
from chassis.pages import Paging, Where, page
from services.auth.invitations.models import Invitation
from services.auth.invitations.states import Status

_STATUS = (
    "CASE WHEN i.status = 'pending' AND i.expires_at <= now() THEN 'expired' ELSE i.status END"
)
_SELECT = f"""
    SELECT i.id, i.workspace_id, i.email, i.role, {_STATUS} AS status, i.expires_at, i.invited_by,
           u.full_name AS inviter_name, i.accepted_by, i.version, i.created_at, i.updated_at
    FROM invitations i JOIN users u ON u.id = i.invited_by
"""
_GET = f"SELECT r.version, to_json(r) FROM ({_SELECT} WHERE i.workspace_id = $1 AND i.id = $2) r"


async def get(source: Source, workspace_id: UUID, invitation_id: UUID) -> list[Any]:
    """One invitation as (version, json), or nothing."""
    return await source.rows(_GET, workspace_id, invitation_id)


async def find(
    source: Source, workspace_id: UUID, paging: Paging, *, status: Status | None
) -> bytes:
    """A page of a workspace's invitations."""
    where = Where()
    where.add("i.workspace_id = {}", workspace_id)
    if status is not None:
        where.add(f"{_STATUS} = {{}}", status.value)
    return await page(source, _SELECT, where, paging, key="i.id")


async def shown(source: Source, token_hash: bytes) -> list[Any]:
    """What the holder of a token may know, as (status, json), or nothing."""
    return await source.rows(
        f"""
        SELECT {_STATUS}, json_build_object(
            'workspace_id', w.id, 'workspace_name', w.name, 'inviter_name', u.full_name,
            'email', i.email, 'role', i.role, 'expires_at', i.expires_at
        )
        FROM invitations i
        JOIN workspaces w ON w.workspace_id = i.workspace_id JOIN users u ON u.id = i.invited_by
        WHERE i.token_hash = $1
        """,
        token_hash,
    )


async def workspace_of(session: TenantSession, token_hash: bytes) -> UUID | None:
    """The workspace that a token invites to; not locked yet."""
    rows = await session.rows(
        "SELECT workspace_id FROM invitations WHERE token_hash = $1", token_hash
    )
    return rows[0][0] if rows else None


async def by_token(session: TenantSession, token_hash: bytes) -> Invitation | None:
    """The invitation of a token, locked."""
    found: Invitation | None = await session.scalar(
        select(Invitation).where(Invitation.token_hash == token_hash).with_for_update()
    )
    return found


async def sent_since(
    session: TenantSession, workspace_id: UUID, email: str, since: datetime
) -> tuple[int, int]:
    """How many invitations a workspace made since then, and how many of them to this address."""
    [(all_, to_address)] = await session.rows(
        """
        SELECT count(*), count(*) FILTER (WHERE lower(email) = lower($2))
        FROM invitations WHERE workspace_id = $1 AND created_at > $3
        """,
        workspace_id,
        email,
        since,
    )
    return int(all_), int(to_address)


async def pending(
    session: TenantSession, workspace_id: UUID, email: str | None = None
) -> Sequence[Invitation]:
    """The pending invitations of a workspace, or the one of this address, locked."""
    query = select(Invitation).where(
        Invitation.workspace_id == workspace_id, Invitation.status == Status.PENDING
    )
    if email is not None:
        query = query.where(func.lower(Invitation.email) == email.lower())
    return (await session.scalars(query.order_by(Invitation.id).with_for_update())).all()
