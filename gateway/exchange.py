"""One request and its response on a leased connection, watched from the client's side.

A small request and its response cost one write and one wake-up here. Only what takes longer than
`PATIENCE`, or sends its body in several parts, gets a second task: it follows the client, sends
the rest of the body, and ends the exchange when the client goes away.
"""

import asyncio
from typing import NamedTuple

from starlette.types import Receive, Send

from chassis.problems import PayloadTooLarge, RequestTimeout
from gateway.connection import StalledError
from gateway.problems import GatewayTimeout
from gateway.upstream import Lease

PATIENCE = 0.25  # seconds
LOOK_EVERY = 1.0  # seconds between looks at what moves


class ClientGoneError(Exception):
    """Nobody waits for this answer any more."""


class DrainingError(Exception):
    """This process is about to end, and with it a stream that would go on."""


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


class Deadlines(NamedTuple):
    """Seconds: until the response's head is there, counted from when the request is sent whole;
    between parts of the request's body; between parts of the response; for all of it."""

    response: float
    body: float
    idle: float
    total: float


class Exchange:
    """Raises from `head()` and `pass_body()` what ended the exchange early; call `end()` always.

    An exchange that is `endless` (a stream of events) has no deadlines once its head is there.
    """

    def __init__(self, lease: Lease, body: RequestBody, deadlines: Deadlines) -> None:
        self._lease = lease
        self._body = body
        self._deadlines = deadlines
        self._follower: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._began_at = self._moved_at = 0.0
        self._seen = 0
        self._client_turn = False  # whether the client is waited for
        self.endless = False

    async def head(self, request: bytes, *, head_only: bool) -> None:
        """Send the request and wait until the response's status and headers are there."""
        lease, loop = self._lease, asyncio.get_running_loop()
        lease.connection.send(request, head_only=head_only)
        if self._body.more:
            lease.sent = False
            self._follow()
        patience = min(PATIENCE, self._deadlines.response)
        self._timer = loop.call_later(patience, self._lose_patience, loop, patience)
        await lease.connection.head()
        lease.good = True

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

    def drain(self) -> None:
        """End a stream in the middle."""
        self._lease.connection.fail(DrainingError())

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._follower is not None:
            self._follower.cancel()
        self._lease.release()

    def _lose_patience(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        self._follow()
        self._began_at = loop.time() - patience
        if not self._moved_at:
            self._moved_at = self._began_at
        self._watch(loop)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """End what is overdue; look again when something may be."""
        self._timer = None
        connection, now = self._lease.connection, loop.time()
        if connection.complete or (self.endless and connection.has_head):
            return
        if connection.progress != self._seen or self._client_turn:
            self._seen, self._moved_at = connection.progress, now
        longest = self._deadlines.idle if connection.has_head else self._deadlines.response
        left = min(self._moved_at + longest, self._began_at + self._deadlines.total) - now
        if left > 0:
            self._timer = loop.call_later(min(left, LOOK_EVERY), self._watch, loop)
        elif connection.has_head:
            connection.fail(StalledError("it stopped, or took too long"))
        else:
            connection.fail(RequestTimeout() if self._client_turn else GatewayTimeout())

    def _follow(self) -> None:
        if self._follower is None:
            self._follower = asyncio.create_task(self._follow_client())

    async def _follow_client(self) -> None:
        connection, body, loop = self._lease.connection, self._body, asyncio.get_running_loop()
        try:
            while body.more:
                self._client_turn = True
                async with asyncio.timeout(self._deadlines.body):
                    part = await body.next()
                self._client_turn = False
                self._moved_at = loop.time()
                connection.write(body.framed(part))
                await connection.drain()
            self._lease.sent = True
            self._moved_at = loop.time()
            while True:
                await body.next()
        except (ClientGoneError, PayloadTooLarge) as reason:
            connection.fail(reason)
        except TimeoutError:
            connection.fail(RequestTimeout())
