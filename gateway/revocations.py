"""Sessions that were ended: their access tokens are refused though they have not expired."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import UUID

from chassis.logging import get_logger
from chassis.problems import Unavailable
from gateway.internal_client import InternalClient
from gateway.upstream import Upstream

PATH = "/internal/revoked-sessions"
REMEMBERED = 11 * 60.0  # seconds: the ten minutes of an access token, and its leeway
RELOAD = 4.0  # seconds between reads, which bound what an event that never comes can cost
# So far before the newest one that is known, others may be known to auth by now: clocks differ, and
# transactions commit after the time they note.
MARGIN = timedelta(minutes=1)
RETRY = 0.5

log = get_logger(__name__)


class RevokedSessions:
    """Told by events at once, and by auth's own list at the start and every few seconds."""

    def __init__(
        self, client: InternalClient, auth: Upstream, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._client = client
        self._auth = auth
        self._clock = clock
        self._forget_at: dict[str, float] = {}
        self._wanted = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._newest: datetime | None = None
        self.loaded = False

    def __contains__(self, session: str | None) -> bool:
        return session in self._forget_at

    def add(self, session: str) -> None:
        """Refuse the tokens of a session, its id in canonical form, from now on."""
        now = self._clock()
        self._forget_at.pop(session, None)
        self._forget_at[session] = now + REMEMBERED
        # Insertion order is expiry order, so that the old ones are all in front.
        while self._forget_at and next(iter(self._forget_at.values())) <= now:
            del self._forget_at[next(iter(self._forget_at))]

    def reload(self) -> None:
        """Read auth's list again soon: events may have been missed."""
        self._wanted.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_loaded())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _keep_loaded(self) -> None:
        while True:
            self._wanted.clear()
            try:
                await self._load()
            except (Unavailable, ValueError, KeyError, TypeError) as error:
                log.debug("revocations.not_loaded", error=repr(error))
                await asyncio.sleep(RETRY)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(RELOAD):
                    await self._wanted.wait()

    async def _load(self) -> None:
        path = PATH
        if self._newest is not None:
            path += f"?since={self._newest - MARGIN:%Y-%m-%dT%H:%M:%S.%fZ}"
        answer = await self._client.get(self._auth, path)
        if answer.status != 200:
            raise Unavailable(f"auth answered {answer.status}")
        for item in json.loads(answer.body)["items"]:
            self.add(str(UUID(item["session_id"])))
            revoked_at = datetime.fromisoformat(item["revoked_at"]).astimezone(UTC)
            self._newest = max(revoked_at, self._newest or revoked_at)
        if not self.loaded:
            log.info("revocations.loaded", sessions=len(self._forget_at))
        self.loaded = True
