"""One request and its response as uvicorn runs them, sent in fewer and cheaper steps.

The head of a response waits for the first part of its body, if that comes at once, and leaves
with it: one system call, and one wake-up of whoever reads, instead of two. The fields are checked
together, where uvicorn checks each.
"""

import asyncio
from collections.abc import Callable, Iterable

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

JOINED = 64 * 1024  # bytes of a body part that are copied to leave with the head


class Cycle(RequestResponseCycle):
    """Names of fields are lower case, as ASGI has it. `close` ends the connection after the last
    response."""

    loop: asyncio.AbstractEventLoop
    close: Callable[[], None]
    _head = b""
    _counted = False

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's; raises `RuntimeError` for what can't be sent."""
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start" and not self.response_started:
            self._start(message["status"], message.get("headers", ()))
        elif (
            message["type"] == "http.response.body"
            and self.response_started
            and not self.response_complete
        ):
            self._send_body(message.get("body", b""), more=message.get("more_body", False))
        else:
            raise RuntimeError(f"{message['type']} out of turn")

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        parts = [STATUS_LINE[status]]
        lines = 2  # the status, and the empty one
        length: int | None = None
        closes = chunked = False
        for name, value in [*self.default_headers, *headers]:
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = value.lower() == b"chunked"
            elif name == b"connection" and b"close" in value.lower():
                closes = True
            lines += 1
            parts += (name, b": ", value, b"\r\n")
        if not self.keep_alive and not closes:
            lines += 1
            parts.append(b"connection: close\r\n")
        bodiless = self.scope["method"] == "HEAD" or status in (204, 304)
        unframed = length is None and not chunked and not bodiless
        if unframed and self.scope["http_version"] == "1.1":
            lines += 1
            chunked = True
            parts.append(b"transfer-encoding: chunked\r\n")
        parts.append(b"\r\n")
        head = b"".join(parts)
        _refuse_injection(head, lines)
        self.response_started = True
        self.waiting_for_100_continue = False
        self.keep_alive = self.keep_alive and not closes
        self.chunked_encoding = chunked
        self._counted = length is not None and not chunked
        self.expected_content_length = (length or 0) if self._counted else 0
        self._head = head
        self.loop.call_soon(self._flush)

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self.scope["method"] == "HEAD":
            self.expected_content_length = 0
            framed = b""
        elif self.chunked_encoding:
            framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            if not more:
                framed += b"0\r\n\r\n"
        else:
            framed = body
            self._count(body)
        if self._head and len(framed) <= JOINED:
            framed = self._head + framed
            self._head = b""
        self._flush()
        if framed:
            self.transport.write(framed)
        if more:
            return
        if self.expected_content_length:
            raise RuntimeError("Response content shorter than Content-Length")
        self.response_complete = True
        self.message_event.set()
        if not self.keep_alive:
            self.close()
        self.on_response()

    def _count(self, body: bytes) -> None:
        """What HTTP/1.0 gets without a length ends with its connection, and is not counted."""
        if self._counted:
            self.expected_content_length -= len(body)
            if self.expected_content_length < 0:
                raise RuntimeError("Response content longer than Content-Length")

    def _flush(self) -> None:
        head, self._head = self._head, b""
        if head and not self.transport.is_closing():
            self.transport.write(head)


def _refuse_injection(head: bytes, lines: int) -> None:
    """A head has as many line ends as lines, and no NUL: no value smuggles a line in."""
    if head.count(b"\n") != lines or head.count(b"\r") != lines or b"\0" in head:
        raise RuntimeError("Invalid HTTP header value.")
