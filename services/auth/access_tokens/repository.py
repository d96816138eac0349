"""Queries on access tokens; the representation of a token is the SQL here."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, or_, select

from chassis.database import Source, TenantSession
from chassis.events import now
from chassis.pages import Paging, Where, page
from services.auth.access_tokens.models import AccessToken

KEPT = timedelta(days=30)  # after a token expired

_SELECT = """
    SELECT t.id, t.name, t.scopes, t.workspace_id, t.expires_at,
           coalesce(t.expires_at <= now(), false) AS is_expired,
           t.last_used_at, t.version, t.created_at, t.updated_at
    FROM access_tokens t
"""
_GET = f"SELECT r.version, to_json(r) FROM ({_SELECT} WHERE t.user_id = $1 AND t.id = $2) r"
# One statement on two unique indexes, since the gateway asks it for tokens that it has not seen.
_KNOWN = """
    SELECT to_json(r) FROM (
        SELECT t.id AS token_id, t.user_id, t.scopes, t.workspace_id, t.expires_at
        FROM access_tokens t JOIN users u ON u.id = t.user_id
        WHERE t.token_hash = $1 AND u.is_active AND (t.expires_at IS NULL OR t.expires_at > now())
    ) r
"""
# Rows are locked in the order of their ids: two gateways that report the same tokens never wait
# for each other in a circle.
_USED = """
    WITH used AS (
        SELECT id, least(at, now()) AS at
        FROM unnest($1::uuid[], $2::timestamptz[]) AS given (id, at)
    ), held AS (
        SELECT t.id FROM access_tokens t JOIN used ON used.id = t.id
        WHERE t.last_used_at IS NULL OR t.last_used_at < used.at
        ORDER BY t.id FOR NO KEY UPDATE OF t
    )
    UPDATE access_tokens t SET last_used_at = greatest(t.last_used_at, used.at)
    FROM held JOIN used ON used.id = held.id WHERE t.id = held.id
    RETURNING t.id
"""


async def get(source: Source, user_id: UUID, token_id: UUID) -> list[Any]:
    """One of a user's tokens as (version, json), or nothing."""
    return await source.rows(_GET, user_id, token_id)


async def find(source: Source, user_id: UUID, paging: Paging) -> bytes:
    """A page of a user's tokens."""
    where = Where()
    where.add("t.user_id = {}", user_id)
    return await page(source, _SELECT, where, paging, key="t.id")


async def known(source: Source, token_hash: bytes) -> bytes | None:
    """What the gateway needs of a token that is good, as JSON; None for any other."""
    rows = await source.rows(_KNOWN, token_hash)
    return bytes(rows[0][0]) if rows else None


async def workspace_of(source: Source, token_id: UUID) -> list[UUID | None]:
    """The one workspace that a token opens, None for all of its user's; nothing when it is gone."""
    rows = await source.rows("SELECT workspace_id FROM access_tokens WHERE id = $1", token_id)
    return [workspace_id for (workspace_id,) in rows]


async def note_used(session: TenantSession, used: Mapping[UUID, datetime]) -> None:
    """Move the last use of tokens forward, never back."""
    await session.rows(_USED, list(used), list(used.values()))


async def count_live(session: TenantSession, user_id: UUID) -> int:
    """How many of a user's tokens have not expired."""
    count = await session.scalar(
        select(func.count())
        .select_from(AccessToken)
        .where(
            AccessToken.user_id == user_id,
            or_(AccessToken.expires_at.is_(None), AccessToken.expires_at > now()),
        )
    )
    return count or 0


async def is_member(session: TenantSession, workspace_id: UUID, user_id: UUID) -> bool:
    rows = await session.rows(
        "SELECT 1 FROM members WHERE workspace_id = $1 AND user_id = $2", workspace_id, user_id
    )
    return bool(rows)


async def lock(session: TenantSession, user_id: UUID, token_id: UUID) -> AccessToken | None:
    """One of a user's tokens, locked until this transaction ends."""
    found: AccessToken | None = await session.scalar(
        select(AccessToken)
        .where(AccessToken.id == token_id, AccessToken.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found


async def lock_of_user(session: TenantSession, user_id: UUID) -> Sequence[AccessToken]:
    """All tokens of a user, locked, always in the same order."""
    found = await session.scalars(
        select(AccessToken)
        .where(AccessToken.user_id == user_id)
        .order_by(AccessToken.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def lock_of_workspace(session: TenantSession, workspace_id: UUID) -> Sequence[AccessToken]:
    """All tokens that open this workspace alone, locked, always in the same order."""
    found = await session.scalars(
        select(AccessToken)
        .where(AccessToken.workspace_id == workspace_id)
        .order_by(AccessToken.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.all()


async def forget(session: TenantSession) -> None:
    """Drop the tokens that expired long ago."""
    await session.execute(delete(AccessToken).where(AccessToken.expires_at < now() - KEPT))
