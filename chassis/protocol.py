"""HTTP/1.1 as uvicorn reads it, with what it leaves open closed.

llhttp refuses what could be read in two ways: conflicting or malformed lengths, codings that do
not end in `chunked`, folded lines, bare line feeds, control characters. This adds bounds in size
and time, refuses other versions and codings, keeps trailer fields out of the header, answers in
problem documents, and never lets an answer be cut or mixed with another.
"""

import asyncio
import sys
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from chassis.cycle import Cycle
from chassis.problems import (
    MEDIA_TYPE,
    BadRequest,
    HeaderTooLarge,
    Problem,
    RequestTimeout,
    UriTooLong,
    VersionNotSupported,
)

MAX_URI = 16 * 1024  # bytes
MAX_HEADER = 64 * 1024  # bytes of all fields
MAX_FIELDS = 100
HEADER_TIMEOUT = 10.0  # seconds for a request's header to arrive, from its first byte
LINGER = 5.0  # seconds that the rest of a refused request is read and thrown away


class Protocol(HttpToolsProtocol):
    """One connection of a client."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - uvicorn's
        super().__init__(*args, **kwargs)
        self._begun = False  # within a request, its body included
        self._in_body = False
        self._size = 0
        self._chunked = False
        self._has_length = False
        self._deadline: asyncio.TimerHandle | None = None
        self._over = False

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEADER_TIMEOUT, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        super().data_received(data)
        if not self._begun or not self._in_body:
            self._bound(len(data))

    def _bound(self, received: int) -> None:
        """What is not whole yet gets an end."""
        if self._over:
            return
        if self._begun:
            self._size += received
            if self._size > MAX_HEADER + MAX_URI:
                self._refuse(HeaderTooLarge())
            elif self._deadline is None:
                self._deadline = self.loop.call_later(HEADER_TIMEOUT, self._too_slow)
        elif self.timeout_keep_alive_task is None and self._idle:
            # Empty lines, or the rest of a request that was answered early: still idle.
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )

    # httptools' callbacks

    def on_message_begin(self) -> None:
        self._begun, self._in_body = True, False
        self._size = 0
        self._chunked = self._has_length = False
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_body:
            return  # a trailer field, which must not pass for one of the header
        self._size += len(name) + len(value) + 4
        if self._size > MAX_HEADER or len(self.headers) >= MAX_FIELDS:
            raise HeaderTooLarge
        name = name.lower()
        if name == b"transfer-encoding":
            if value.lower() != b"chunked":
                raise BadRequest("The only Transfer-Encoding here is chunked.")
            self._chunked = True
        elif name == b"content-length":
            self._has_length = int(value) > 0
        elif name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        parser, scope = self.parser, self.scope
        version = parser.get_http_version()
        if version not in {"1.1", "1.0"}:
            raise VersionNotSupported
        if self._chunked and version == "1.0":
            raise BadRequest("HTTP/1.0 has no Transfer-Encoding.")
        if len(self.url) > MAX_URI:
            raise UriTooLong
        upgrade = parser.should_upgrade()
        if upgrade and (self._chunked or self._has_length):
            # The parser would take the body for the other protocol.
            raise BadRequest("There is nothing to upgrade to; send this without Upgrade.")
        url = httptools.parse_url(self.url)
        raw_path = url.path
        path = raw_path.decode("ascii")
        scope["http_version"] = version
        scope["method"] = parser.get_method().decode("ascii")
        scope["path"] = unquote(path) if "%" in path else path
        scope["raw_path"] = raw_path
        scope["query_string"] = url.query or b""
        self._in_body = True
        if self._deadline is not None:
            self._in_time()
        # After an upgrade or a body that may not come, nobody knows what follows.
        keep_alive = version == "1.1" and not upgrade and not self.expect_100_continue
        self._begin_cycle(keep_alive=keep_alive and parser.should_keep_alive())

    def _begin_cycle(self, *, keep_alive: bool) -> None:
        free = self._idle
        self.cycle = cycle = Cycle(
            self.scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            asyncio.Event(),
            self.expect_100_continue,
            keep_alive,
            self.on_response_complete,
        )
        cycle.loop = self.loop
        cycle.close = self._close
        if free:
            self._start_asgi_task(cycle, self.app)
        else:  # one after the other
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))

    def on_body(self, body: bytes) -> None:
        cycle = self.cycle
        if cycle.response_complete:
            return
        cycle.body += body
        if len(cycle.body) > HIGH_WATER_LIMIT:
            self.flow.pause_reading()
        cycle.message_event.set()

    def on_message_complete(self) -> None:
        self._begun = self._in_body = False
        if self._deadline is not None:
            self._in_time()
        cycle = self.cycle
        if not cycle.response_complete:
            cycle.more_body = False
            cycle.message_event.set()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._begun and self._in_body and not self.pipeline and self._deadline is None:
            # Answered before its body was whole: the rest may follow, but not for ever.
            self._deadline = self.loop.call_later(LINGER, self.transport.close)

    # Refusals

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's one text for all
        self._refuse(_problem(sys.exception()))

    def _refuse(self, problem: Problem) -> None:
        """Answer with the problem and end the connection; a request before this one is answered
        first."""
        cycle = self.cycle
        if not self._idle:
            if not self._in_body:  # what follows a good request is none
                self._over = True
                cycle.keep_alive = False
                return
            # The body of the request that is being answered is none.
            cycle.disconnected = True
            cycle.message_event.set()
            if cycle.response_started:
                self._over = True
                self.transport.abort()
                return
        body = problem.body()
        fields = f"content-type: {MEDIA_TYPE}\r\ncontent-length: {len(body)}\r\n"
        end = b"x-content-type-options: nosniff\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[problem.status] + fields.encode() + end + body)
        self._end()

    def _close(self) -> None:
        """Close after a response; its request may not have arrived whole."""
        if self._begun:
            self._end()
        else:
            self.transport.close()

    def _end(self) -> None:
        """Close, after the client had time to read the answer: what it still sends is read and
        thrown away, because closing before would take the answer from it (RFC 9112 section 9.6)."""
        self._over = True
        self._in_time()
        self._unset_keepalive_if_required()
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.flow.resume_reading()
            self._deadline = self.loop.call_later(LINGER, self.transport.close)
        else:
            self.transport.close()

    @property
    def _idle(self) -> bool:
        return bool(getattr(self.cycle, "response_complete", True))

    def _in_time(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._deadline = None
        if self._begun:
            self._refuse(RequestTimeout("The header of the request took too long to arrive."))
        else:
            self.transport.close()


def _problem(error: BaseException | None) -> Problem:
    """In fixed words, which repeat nothing of the request."""
    cause = error.__context__ if isinstance(error, httptools.HttpParserCallbackError) else None
    if isinstance(cause, Problem):
        return cause
    if isinstance(error, httptools.HttpParserCallbackError | httptools.HttpParserInvalidURLError):
        return BadRequest("The address can't be read.")
    return BadRequest(f"This is no HTTP request: {error}." if error else "This is no HTTP request.")
