"""Whether the platform can be used: every service ready, and the revoked sessions known."""

import asyncio
import time
from collections.abc import Callable, Mapping

from chassis.problems import Unavailable
from gateway.internal_client import InternalClient
from gateway.revocations import RevokedSessions
from gateway.routing import ServiceName
from gateway.upstream import Upstream

PROBE_TIMEOUT = 1.0
KEPT = 0.5  # seconds that an answer serves all who ask


class Readiness:
    """Probes `/readyz` of every service at once, at most twice a second however many ask."""

    def __init__(
        self,
        client: InternalClient,
        upstreams: Mapping[ServiceName, Upstream],
        revoked: RevokedSessions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._upstreams = upstreams
        self._revoked = revoked
        self._clock = clock
        self._probing = asyncio.Lock()
        self._probed_at = float("-inf")
        self._checks: dict[str, bool] = {}

    async def checks(self) -> dict[str, bool]:
        """Each service's name, and `revoked_sessions`, with whether it is ready."""
        async with self._probing:
            if self._clock() - self._probed_at >= KEPT:
                ready = await asyncio.gather(*map(self._probe, self._upstreams.values()))
                self._checks = dict(zip(map(str, self._upstreams), ready, strict=True))
                self._probed_at = self._clock()
        return self._checks | {"revoked_sessions": self._revoked.loaded}

    async def _probe(self, upstream: Upstream) -> bool:
        try:
            answer = await self._client.get(upstream, "/readyz", timeout=PROBE_TIMEOUT)
        except Unavailable:
            return False
        return answer.status == 200
