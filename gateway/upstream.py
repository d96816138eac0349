"""A service as the gateway sees it: its replicas, and one exchange with whichever answers."""

import asyncio
from collections.abc import Sequence

from chassis.problems import Unavailable
from gateway import measures
from gateway.connection import ClosedByServiceError, Connection
from gateway.endpoint import Endpoint, UnreachableError
from gateway.routing import ServiceName

RETRY_AFTER = "1"  # seconds
RETRY_SHARE = 0.1  # of requests that may be sent again, so that repeating adds no load to trouble
MOST_RETRIES = 10.0  # saved up for at most so many at once


class Upstream:
    """The replicas of one service; the least busy that is not failing gets the next request."""

    def __init__(
        self,
        service: ServiceName,
        urls: Sequence[str],
        *,
        connections: int = 512,
        connect_timeout: float = 2.0,
    ) -> None:
        if not urls:
            raise ValueError(f"no address for {service}")
        self.service = service
        self._endpoints = [
            Endpoint(service, url, limit=connections, connect_timeout=connect_timeout)
            for url in urls
        ]
        self._retries = MOST_RETRIES
        self.authority = self._endpoints[0].authority

    async def start(self) -> None:
        """Nothing: connections open as requests need them."""

    async def stop(self) -> None:
        for endpoint in self._endpoints:
            endpoint.close()

    async def lease(self) -> "Lease":
        """A connection to a replica that can be reached; raises `Unavailable` if none can."""
        self._retries = min(self._retries + RETRY_SHARE, MOST_RETRIES)
        now = asyncio.get_running_loop().time()
        ranked = self._ranked(now)
        for endpoint in ranked:
            connection = endpoint.take(now)
            if connection is not None:
                return Lease(endpoint, connection)
        return await self._connect(ranked)

    async def fresh_lease(self, *, after: "Lease") -> "Lease":
        """As `lease`, on a connection that no service has had time to tire of; of another replica
        than `after`, if there is one."""
        ranked = self._ranked(asyncio.get_running_loop().time())
        return await self._connect(sorted(ranked, key=lambda one: one is after.endpoint))

    def may_retry(self) -> bool:
        """Whether one more request may be sent again; if so, it is counted."""
        if self._retries < 1:
            return False
        self._retries -= 1
        measures.RETRIES.labels(self.service).inc()
        return True

    def _ranked(self, now: float) -> list[Endpoint]:
        if len(self._endpoints) == 1:
            return self._endpoints
        return sorted(self._endpoints, key=lambda endpoint: (endpoint.cooling(now), endpoint.busy))

    async def _connect(self, endpoints: Sequence[Endpoint]) -> "Lease":
        for endpoint in endpoints:
            try:
                return Lease(endpoint, await endpoint.connect())
            except UnreachableError:
                continue
        raise Unavailable(
            f"The {self.service} service can't be reached right now; try again in a moment.",
            headers={"Retry-After": RETRY_AFTER},
        )


class Lease:
    """A connection for the time of one exchange; release it whatever happens. `good` is what came
    of it: None as long as nobody knows."""

    __slots__ = ("connection", "endpoint", "good", "sent")

    def __init__(self, endpoint: Endpoint, connection: Connection) -> None:
        self.endpoint = endpoint
        self.connection = connection
        self.sent = True
        self.good: bool | None = None

    def release(self) -> None:
        self.endpoint.release(self.connection, sent=self.sent, good=self.good)

    def stale(self, failure: Exception) -> bool:
        """Whether `failure` is that of a kept connection which the service had closed, or was
        closing, when the request went out: nothing of a response came back."""
        return self.unanswered(failure) and self.connection.requests > 1

    def unanswered(self, failure: Exception) -> bool:
        """Whether the service closed the connection without a byte of a response."""
        return isinstance(failure, ClosedByServiceError) and not self.connection.received
