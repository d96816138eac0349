"""The keep-alive connections to one replica of a service: bounded, last used first."""

import asyncio
from collections import deque
from urllib.parse import urlsplit

from gateway import measures
from gateway.breaker import COOL_DOWN, Breaker
from gateway.connection import Connection

# uvicorn closes idle connections after 75 s; ours retire first, so that none is closed under us.
IDLE_LIFETIME = 60.0


class UnreachableError(Exception):
    """No connection to this replica could be had in time."""


class Endpoint:
    """At most `limit` connections to `http://host:port`; who finds none free waits for one."""

    def __init__(self, service: str, url: str, *, limit: int, connect_timeout: float) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError(f"not an address of the form http://host:port: {url!r}")
        self.host = parts.hostname
        self.port = parts.port or 80
        self.authority = parts.netloc.encode("ascii")
        self._service = service
        self._breaker = Breaker(service, parts.netloc)
        self._limit = limit
        self._connect_timeout = connect_timeout
        self._idle: list[Connection] = []
        self._waiting: deque[asyncio.Future[Connection | None]] = deque()
        self._open = 0
        self._failed_until = 0.0

    @property
    def busy(self) -> int:
        return self._open - len(self._idle)

    def cooling(self, now: float) -> bool:
        """Whether it failed to connect a moment ago, or fails again and again."""
        return now < self._failed_until or not self._breaker.allows(now)

    def take(self, now: float) -> Connection | None:
        """An idle connection that still stands, at once; None while the breaker is open, whose
        probes go by `connect`."""
        while self._idle and not self._breaker.open:
            connection = self._idle.pop()
            if not connection.lost and now - connection.idle_since < IDLE_LIFETIME:
                return connection
            self._discard(connection)
        return None

    async def connect(self) -> Connection:
        """A new connection; at the limit, the next that comes free. Raises `UnreachableError`."""
        if not self._breaker.allows(asyncio.get_running_loop().time()):
            raise UnreachableError("it is left alone for a moment")
        self._breaker.begun()
        if self._open >= self._limit and self._idle:
            self._discard(self._idle.pop(0))
        if self._open >= self._limit:
            try:
                handed = await self._wait()
            except BaseException:
                self._breaker.abandoned()
                raise
            if handed is not None:
                return handed
        self._open += 1
        try:
            return await self._open_connection()
        except BaseException:
            self._breaker.abandoned()
            self._closed()
            raise

    def release(self, connection: Connection, *, sent: bool, good: bool | None) -> None:
        """Give back a connection whose exchange is over. `good`: whether the service answered as
        it should, None where that was not seen."""
        if good:
            self._breaker.succeeded()
        elif good is None:
            self._breaker.abandoned()
        else:
            self._breaker.failed(asyncio.get_running_loop().time())
        if not connection.finish(sent=sent):
            self._closed()
            return
        self._give_on(connection)

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self._open -= len(self._idle)
        self._idle.clear()

    def _discard(self, connection: Connection) -> None:
        connection.close()
        self._closed()

    def _closed(self) -> None:
        """A connection is gone: whoever waits first may open another."""
        self._open -= 1
        self._give_on(None)

    async def _open_connection(self) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop), self.host, self.port
                )
        except (OSError, TimeoutError) as error:
            self._failed_until = loop.time() + COOL_DOWN
            self._breaker.failed(loop.time())
            measures.UPSTREAM_FAILURES.labels(self._service, "connect").inc()
            raise UnreachableError(str(error)) from error
        self._failed_until = 0.0
        return connection

    async def _wait(self) -> Connection | None:
        waiter: asyncio.Future[Connection | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(self._connect_timeout):
                return await waiter
        except BaseException as error:
            if waiter.done() and not waiter.cancelled():
                self._give_on(waiter.result())  # it came in the moment that the wait was given up
            if isinstance(error, TimeoutError):
                raise UnreachableError("every connection is in use") from error
            raise

    def _give_on(self, connection: Connection | None) -> None:
        """Hand a connection, or with None the right to open one, to who waits longest."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        if connection is not None:
            connection.idle_since = asyncio.get_running_loop().time()
            self._idle.append(connection)
