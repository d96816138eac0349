"""Queries on the counters. The database's clock is the one that all replicas share.

A counter is one time, at which all that was counted has drained: it moves on by the limit's
interval with each count, and nothing is let through while it is too far ahead.
"""

from datetime import timedelta

from chassis.database import TenantSession
from services.auth.throttling.limits import Limit

_WAIT = """
    SELECT max(extract(epoch FROM t.drained_at - clock_timestamp() - l.tolerance))::float8
    FROM throttles t JOIN unnest($1::bytea[], $2::interval[]) l(key, tolerance) USING (key)
"""
_TAKE = """
    INSERT INTO throttles AS t (key, drained_at)
    VALUES ($1, clock_timestamp() + $2::interval)
    ON CONFLICT (key) DO UPDATE
    SET drained_at = greatest(t.drained_at, clock_timestamp()) + $2::interval
    WHERE t.drained_at <= clock_timestamp() + $3::interval
    RETURNING true
"""


async def wait(session: TenantSession, counters: list[tuple[bytes, Limit]]) -> float:
    """Seconds until all of them let one more through; none or less: now."""
    keys = [key for key, _ in counters]
    tolerances: list[timedelta] = [limit.tolerance for _, limit in counters]
    [(seconds,)] = await session.rows(_WAIT, keys, tolerances)
    return float(seconds) if seconds is not None else 0.0


async def take(session: TenantSession, key: bytes, limit: Limit) -> bool:
    """Count one, unless the counter is full; whether it was counted."""
    return bool(await session.rows(_TAKE, key, limit.every, limit.tolerance))


async def drop(session: TenantSession, key: bytes) -> None:
    await session.rows("DELETE FROM throttles WHERE key = $1 RETURNING true", key)


async def forget(session: TenantSession) -> None:
    """Drop the counters that have drained."""
    await session.rows("DELETE FROM throttles WHERE drained_at < clock_timestamp() RETURNING true")
