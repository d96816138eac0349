"""Queries on users; the representation of a user is the SQL here."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from chassis.database import Source, TenantSession
from services.auth.users.kinds import UserKind
from services.auth.users.models import User

_GET = """
    SELECT r.version, to_json(r) FROM (
        SELECT id, email, full_name, is_active, language, timezone, date_format, time_format,
               theme, email_verified_at, version, created_at, updated_at
        FROM users WHERE id = $1
    ) r
"""


async def get(source: Source, user_id: UUID) -> list[Any]:
    """One user as (version, json), or nothing."""
    return await source.rows(_GET, user_id)


async def by_email(session: TenantSession, email: str, *, locked: bool = False) -> User | None:
    """The person with this address, whatever its case; a service account has none."""
    query = select(User).where(
        func.lower(User.email) == email.lower(), User.kind == UserKind.PERSON
    )
    found: User | None = await session.scalar(query.with_for_update() if locked else query)
    return found


async def locked(session: TenantSession, user_id: UUID) -> User | None:
    """The user, locked until the transaction ends."""
    found: User | None = await session.scalar(
        select(User)
        .where(User.id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def shared_workspaces_owned_alone(session: TenantSession, user_id: UUID) -> list[str]:
    """Names of the shared workspaces that this user is the only owner of."""
    rows = await session.rows(
        """
        SELECT w.name FROM workspaces w
        JOIN members mine ON mine.workspace_id = w.id AND mine.user_id = $1
        WHERE mine.role = 'owner' AND NOT w.is_personal AND NOT EXISTS (
            SELECT FROM members other JOIN users u ON u.id = other.user_id AND u.is_active
            WHERE other.workspace_id = w.id AND other.user_id <> $1 AND other.role = 'owner'
        )
        ORDER BY w.name
        """,
        user_id,
    )
    return [name for (name,) in rows]
