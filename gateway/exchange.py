"""One request and its response on a leased connection, watched from the client's side.

A small request and its response cost one write and one wake-up here. Only what takes longer than
`PATIENCE`, or sends its body in several parts, gets a second task: it follows the client, sends
the rest of the body, and ends the exchange when the client goes away.
"""

import asyncio

from starlette.types import Receive, Send

from chassis.problems import PayloadTooLarge
from gateway.problems import GatewayTimeout, RequestTimeout
from gateway.upstream import Lease

PATIENCE = 0.25  # seconds


class ClientGoneError(Exception):
    """Nobody waits for this answer any more."""


class RequestBody:
    """What of a request's body is still to come, counted against its limit in bytes."""

    def __init__(self, receive: Receive, *, limit: int, chunked: bool) -> None:
        self._receive = receive
        self._limit = limit
        self._chunked = chunked
        self._size = 0
        self.more = False

    async def next(self) -> bytes:
        """The next part, unframed; raises `ClientGoneError` or `PayloadTooLarge`."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        part: bytes = message.get("body", b"")
        self.more = message.get("more_body", False)
        self._size += len(part)
        if self._size > self._limit:
            raise PayloadTooLarge(f"A request body here holds at most {self._limit} bytes.")
        return part

    def framed(self, part: bytes) -> bytes:
        """A part of a body that goes out in several, as it goes on the wire (RFC 9112, 7.1)."""
        if not self._chunked:
            return part
        chunk = b"%x\r\n%b\r\n" % (len(part), part) if part else b""
        return chunk if self.more else chunk + b"0\r\n\r\n"


class Exchange:
    """Raises from `head()` and `pass_body()` what ended the exchange early; call `end()` always.

    `timeout`: seconds until the response's headers must be there.
    """

    def __init__(self, lease: Lease, body: RequestBody, *, timeout: float) -> None:
        self._lease = lease
        self._body = body
        self._timeout = timeout
        self._follower: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def head(self, request: bytes, *, head_only: bool) -> None:
        """Send the request and wait until the response's status and headers are there."""
        lease, loop = self._lease, asyncio.get_running_loop()
        lease.connection.send(request, head_only=head_only)
        if self._body.more:
            lease.sent = False
            self._follow()
        self._timer = loop.call_later(min(PATIENCE, self._timeout), self._lose_patience, loop)
        await lease.connection.head()

    async def pass_body(self, send: Send) -> None:
        """Send the response's body on as it comes."""
        connection = self._lease.connection
        while True:
            part = connection.take()
            if connection.complete:
                await send({"type": "http.response.body", "body": part})
                return
            if part:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await connection.more()

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._follower is not None:
            self._follower.cancel()
        self._lease.release()

    def _lose_patience(self, loop: asyncio.AbstractEventLoop) -> None:
        self._follow()
        self._timer = None
        if not self._lease.connection.has_head:
            self._timer = loop.call_later(max(0.0, self._timeout - PATIENCE), self._expire)

    def _expire(self) -> None:
        if not self._lease.connection.has_head:
            self._lease.connection.fail(RequestTimeout() if self._body.more else GatewayTimeout())

    def _follow(self) -> None:
        if self._follower is None:
            self._follower = asyncio.create_task(self._follow_client())

    async def _follow_client(self) -> None:
        connection, body = self._lease.connection, self._body
        try:
            while body.more:
                connection.write(body.framed(await body.next()))
                await connection.drain()
            self._lease.sent = True
            while True:
                await body.next()
        except (ClientGoneError, PayloadTooLarge) as reason:
            connection.fail(reason)
