"""The use cases of throttling. The counters are in PostgreSQL, where all replicas see them."""

import math
from collections.abc import Mapping

from chassis.database import TenantSession
from chassis.logging import get_logger
from chassis.problems import TooManyRequests
from services.auth.throttling import repository
from services.auth.throttling.limits import Attempt, Limit, Limits, Purpose

log = get_logger(__name__)


class TooManyAttempts(TooManyRequests):
    code, title = "too-many-attempts", "Too many attempts; wait a little"


class Throttle:
    """Counts attempts, and refuses those that are too many."""

    def __init__(self, limits: Mapping[Purpose, Limits]) -> None:
        self._limits = limits

    async def check(self, session: TenantSession, attempt: Attempt) -> None:
        """Raise `TooManyAttempts` while this attempt may not be made; counts nothing."""
        wait = await repository.wait(session, list(self._counters(attempt)))
        if wait > 0:
            raise _refusal(attempt, wait)

    async def take(self, session: TenantSession, attempt: Attempt) -> None:
        """Count the attempt. Raises `TooManyAttempts` for one too many, whose transaction is to
        roll back: what was refused counts nowhere, and keeps nobody out any longer."""
        for key, limit in self._counters(attempt):
            if not await repository.take(session, key, limit):
                await self.check(session, attempt)
                raise _refusal(attempt, limit.every.total_seconds())

    async def forgive(self, session: TenantSession, attempt: Attempt) -> None:
        """Forget the failures with this account from this address: its owner got in."""
        pair = Limits(pair=self._limits[attempt.purpose].pair)
        for key, _ in attempt.counted_by(pair):
            await repository.drop(session, key)

    def _counters(self, attempt: Attempt) -> list[tuple[bytes, Limit]]:
        return list(attempt.counted_by(self._limits[attempt.purpose]))


async def forget(session: TenantSession) -> None:
    """Drop the counters that have drained."""
    await repository.forget(session)


def _refusal(attempt: Attempt, wait: float) -> TooManyAttempts:
    seconds = max(1, math.ceil(wait))
    log.info("attempt.throttled", purpose=attempt.purpose, wait=seconds)
    words = f"{seconds} second{'s' * (seconds != 1)}"
    if seconds > 90:
        words = f"{math.ceil(seconds / 60)} minutes"
    guessed = attempt.purpose in {Purpose.PASSWORD, Purpose.SECOND_FACTOR}
    return TooManyAttempts(
        f"Try again in {words}{'; until then even the right one is refused' * guessed}.",
        headers={"Retry-After": str(seconds)},
    )
