"""One keep-alive HTTP/1.1 connection to a service, one request at a time (RFC 9112).

The response is parsed as its bytes arrive and read by one task: `head()` until status and headers
are there, then `take()` and `more()` until `complete`. Reading pauses while more than
`HIGH_WATER` bytes wait to be taken; `drain()` waits while the service takes no more of a request.
"""

import asyncio
from typing import cast

import httptools

HIGH_WATER = 64 * 1024
MAX_HEAD = 64 * 1024  # bytes of a response's status line and headers

Headers = list[tuple[bytes, bytes]]


class ExchangeError(Exception):
    """The exchange on this connection came to nothing; the connection is closed."""


class ClosedByServiceError(ExchangeError):
    """The service closed the connection before its response was whole."""


class BrokenResponseError(ExchangeError):
    """What the service sent is no HTTP/1.1 response."""


class StalledError(ExchangeError):
    """The service stopped in the middle of its response, or took too long over all of it."""


class Connection(asyncio.Protocol):
    """Made by `loop.create_connection`; `lost` is set when it can carry no more requests."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._transport: asyncio.Transport
        self._parser = httptools.HttpResponseParser(self)
        self._waiter: asyncio.Future[None] | None = None
        self._writable: asyncio.Future[None] | None = None
        self._failure: Exception | None = None
        self.lost = False
        self.requests = 0
        self.idle_since = 0.0
        self._busy = False
        self.progress = 0  # bytes received in all
        self._begin(head_only=False)

    def _begin(self, *, head_only: bool) -> None:
        self.status = 0
        self.headers: Headers = []
        self.has_head = False
        self.complete = False
        self.received = False
        self._head_only = head_only
        self._interim = False
        self._framed = False
        self._until_close = False
        self._keep_alive = False
        self._body: list[bytes] = []
        self._waiting_bytes = 0
        self._reading_paused = False
        self._began_at = self.progress
        self._head_size = 0

    # What a task does with it

    def send(self, request: bytes, *, head_only: bool) -> None:
        """Start a request with its head and what is there of its body.

        `head_only` says that the response has no body whatever its headers say (HEAD).
        """
        self._begin(head_only=head_only)
        self._busy = True
        self.requests += 1
        self._transport.write(request)

    def write(self, data: bytes) -> None:
        """Send more of the request's body, framed already."""
        if not self.lost:
            self._transport.write(data)

    async def drain(self) -> None:
        """Wait until the service takes more of the request."""
        if self._writable is not None:
            await self._writable

    async def head(self) -> None:
        """Wait for status and headers; raises what failed instead."""
        while not self.has_head:
            await self.more()

    def take(self) -> bytes:
        """The body bytes that have arrived and were not taken yet."""
        body = self._body
        if not body:
            return b""
        taken = body[0] if len(body) == 1 else b"".join(body)
        body.clear()
        self._waiting_bytes = 0
        if self._reading_paused:
            self._reading_paused = False
            self._transport.resume_reading()
        return taken

    async def more(self) -> None:
        """Wait for more of the response than was taken; raises what failed instead."""
        if self._body or self.complete:
            return
        if self._failure is not None:
            raise self._failure
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def fail(self, failure: Exception) -> None:
        """End the exchange and the connection; whoever waits is told of `failure`."""
        if self._failure is None and not self.complete:
            self._failure = failure
        self.lost = True
        self._transport.abort()
        self._wake()

    def close(self) -> None:
        self.lost = True
        self._transport.close()

    def finish(self, *, sent: bool) -> bool:
        """Call the exchange over; True if the connection may carry another.

        `sent` says that the whole request went out.
        """
        self._busy = False
        reusable = self.complete and self._keep_alive and sent and not self.lost
        if reusable and self._head_only:
            # The parser would take the next response for the body that a HEAD leaves out.
            self._parser = httptools.HttpResponseParser(self)
        if not reusable:
            self.close()
        return reusable

    def _wake(self) -> None:
        waiter = self._waiter
        if waiter is None or waiter.done():
            return
        if self._failure is not None:
            waiter.set_exception(self._failure)
        else:
            waiter.set_result(None)

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if not self._busy or self.complete:
            # Bytes that answer no request: nothing on this connection can be trusted.
            self.close()
            return
        self.received = True
        self.progress += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self.fail(BrokenResponseError(str(error)))
            return
        if not self.has_head and self.progress - self._began_at > MAX_HEAD:
            self.fail(BrokenResponseError("its headers have no end"))
            return
        if self._waiting_bytes > HIGH_WATER and not self.complete:
            self._reading_paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self.resume_writing()
        if not self._busy or self.complete or self._failure is not None:
            return
        if exc is None and self.has_head and self._until_close:
            self.complete = True
        else:
            self._failure = ClosedByServiceError(repr(exc) if exc else "closed")
        self._wake()

    def pause_writing(self) -> None:
        self._writable = self._loop.create_future()

    def resume_writing(self) -> None:
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # httptools' callbacks

    def on_message_begin(self) -> None:
        if self.complete:
            self._keep_alive = False

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.has_head:
            return  # trailer fields, which nobody here uses
        self._head_size += len(name) + len(value)
        if self._head_size > MAX_HEAD:
            raise BrokenResponseError("its headers have no end")
        name = name.lower()
        if name in (b"content-length", b"transfer-encoding"):
            self._framed = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.complete:
            return
        status = self._parser.get_status_code()
        if status < 200:
            if status == 101:
                raise BrokenResponseError("switched protocols unasked")
            self._interim = True
            self.headers = []
            self._framed = False
            return
        self.status = status
        self.has_head = True
        if self._head_only or status in (204, 304):
            self._head_only = True
            self._keep_alive = self._parser.get_http_version() == "1.1" and not any(
                name == b"connection" and b"close" in value.lower() for name, value in self.headers
            )
            self.complete = True
        elif not self._framed:
            self._until_close = True

    def on_body(self, body: bytes) -> None:
        if self.complete:
            self._keep_alive = False
            return
        self._body.append(body)
        self._waiting_bytes += len(body)

    def on_message_complete(self) -> None:
        if self._interim:
            self._interim = False
        elif not self.complete:
            self._keep_alive = self._parser.should_keep_alive()
            self.complete = True
