"""When each personal access token was used last: told to auth in batches, as well as it goes."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

from chassis.logging import get_logger
from chassis.problems import Unavailable
from gateway.internal_client import InternalClient
from gateway.upstream import Upstream

PATH = "/internal/access-tokens/used"
BATCH = 1000  # tokens that one report tells of

log = get_logger(__name__)


class TokenUse:
    """Remembers at most `remembered` tokens between two reports; further ones wait for the next.
    What auth does not take is told with the next report."""

    def __init__(
        self,
        client: InternalClient,
        auth: Upstream,
        *,
        remembered: int,
        every: float = 30.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client
        self._auth = auth
        self._remembered = remembered
        self._every = every
        self._clock = clock
        self._used: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None

    def note(self, token_id: str) -> None:
        """The token was used just now."""
        if len(self._used) < self._remembered or token_id in self._used:
            self._used[token_id] = self._clock()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._keep_reporting())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            await self.report(timeout=1.0)

    async def _keep_reporting(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            await self.report()

    async def report(self, *, timeout: float = 5.0) -> None:
        """Tell auth what was noted since the last report."""
        while self._used:
            batch = dict(list(self._used.items())[:BATCH])
            body = {"used": {token: _text(at) for token, at in batch.items()}}
            try:
                answer = await self._client.post(
                    self._auth, PATH, json.dumps(body).encode(), timeout=timeout
                )
            except Unavailable as error:
                log.info("token_use.not_reported", tokens=len(self._used), error=repr(error))
                return
            if answer.status >= 300:
                log.warning("token_use.not_reported", tokens=len(self._used), status=answer.status)
                if answer.status >= 500:
                    return
            for token, at in batch.items():
                if self._used.get(token) == at:  # not used again meanwhile
                    del self._used[token]
            if len(batch) < BATCH:
                return


def _text(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
