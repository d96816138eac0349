"""Queries on second factors; their representation is the SQL here."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from chassis.database import Source, TenantSession
from services.auth.second_factor.models import RecoveryCode, SecondFactor

_GET = """
    SELECT to_json(r) FROM (
        SELECT f.confirmed_at IS NOT NULL AS is_enabled, f.confirmed_at,
               (SELECT count(*) FROM recovery_codes c WHERE c.user_id = u.id)
                   AS recovery_codes_left
        FROM users u LEFT JOIN second_factors f ON f.user_id = u.id
        WHERE u.id = $1
    ) r
"""


async def get(source: Source, user_id: UUID) -> list[Any]:
    """A user's second factor as json."""
    return await source.rows(_GET, user_id)


async def locked(session: TenantSession, user_id: UUID) -> SecondFactor | None:
    """The user's second factor, locked until the transaction ends."""
    return await session.get(SecondFactor, user_id, with_for_update=True, populate_existing=True)


async def remove(session: TenantSession, user_id: UUID) -> None:
    """Drop a user's second factor with its recovery codes."""
    await session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))


async def replace_codes(session: TenantSession, user_id: UUID, hashes: Iterable[bytes]) -> None:
    """Let these be the user's recovery codes, and none that were before."""
    await session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.add_all(RecoveryCode(code_hash=each, user_id=user_id) for each in hashes)


async def use_code(session: TenantSession, user_id: UUID, code_hash: bytes) -> bool:
    """Use a recovery code up; whether there was one."""
    found = await session.scalar(
        delete(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.code_hash == code_hash)
        .returning(RecoveryCode.user_id)
    )
    return found is not None
