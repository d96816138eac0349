"""Passes a request on to a service and its response back, streaming both, with back-pressure."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from starlette.types import Receive, Send

from chassis.logging import get_logger
from chassis.problems import PayloadTooLarge
from gateway.connection import Connection, ExchangeError
from gateway.exchange import ClientGoneError, Exchange, RequestBody
from gateway.headers import RequestHead, passed_back
from gateway.problems import BadGateway, RequestTimeout
from gateway.responses import Fields
from gateway.upstream import Upstream

REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS"})

log = get_logger(__name__)


class Outgoing(NamedTuple):
    """A request as it goes to a service: `target` is path and query, `identity` the signed
    identity token, `max_body` what its route allows instead of the usual."""

    method: str
    target: bytes
    head: RequestHead
    identity: bytes
    max_body: int | None = None


class Proxy:
    """`response_timeout`: seconds from the request to its response headers; `max_body`: bytes."""

    def __init__(self, *, response_timeout: float, max_body: int) -> None:
        self._response_timeout = response_timeout
        self._max_body = max_body

    async def forward(
        self,
        upstream: Upstream,
        request: Outgoing,
        fields: Fields,
        receive: Receive,
        send: Send,
        *,
        answered: Callable[[int], None] | None = None,
    ) -> None:
        """Answer with the service's response; `fields` join its own.

        `answered` hears the status before the client does. Raises, always before anything was
        sent: `PayloadTooLarge`, `Unavailable` when no replica can be reached, `BadGateway`,
        `GatewayTimeout`, `RequestTimeout`.
        """
        limit = self._max_body if request.max_body is None else request.max_body
        body = RequestBody(receive, limit=limit, chunked=request.head.chunked)
        with suppress(ClientGoneError):
            first = await self._first_part(request.head, body, limit)
            data = _serialize(upstream, request, first, body)
            lease = await upstream.lease()
            repeatable = request.method in REPEATABLE and not body.more
            while True:
                exchange = Exchange(lease, body, timeout=self._response_timeout)
                try:
                    await exchange.head(data, head_only=request.method == "HEAD")
                    if answered is not None:
                        answered(lease.connection.status)
                    await _answer(exchange, lease.connection, upstream, fields, send)
                except ExchangeError as failure:
                    if not (repeatable and lease.stale(failure)):
                        log.warning(
                            "upstream.failed", service=upstream.service, error=repr(failure)
                        )
                        raise BadGateway from failure
                else:
                    return
                finally:
                    exchange.end()
                lease = await upstream.fresh_lease()
                repeatable = False

    async def _first_part(self, head: RequestHead, body: RequestBody, limit: int) -> bytes:
        """What there is of the body, waited for before a connection is taken for it."""
        if head.length is not None and head.length > limit:
            raise PayloadTooLarge(f"A request body here holds at most {limit} bytes.")
        if not head.length and not head.chunked:
            return b""
        try:
            async with asyncio.timeout(self._response_timeout):
                return await body.next()
        except TimeoutError as error:
            raise RequestTimeout from error


async def _answer(
    exchange: Exchange, connection: Connection, upstream: Upstream, fields: Fields, send: Send
) -> None:
    status = connection.status
    headers = fields + passed_back(connection.headers)
    if status in (204, 304):
        # A 304 may name the length of what it leaves out; the server in front counts to it.
        headers = [field for field in headers if field[0] != b"content-length"]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    try:
        await exchange.pass_body(send)
    except (ExchangeError, PayloadTooLarge) as failure:
        # The status is out: all that can be said now is that the body ends too early.
        log.warning("upstream.broke_off", service=upstream.service, error=repr(failure))


def _serialize(upstream: Upstream, request: Outgoing, first: bytes, body: RequestBody) -> bytes:
    """The request's head and the first part of its body, as they go on the wire."""
    head = request.head
    if body.more and head.chunked:
        framing = b"transfer-encoding: chunked\r\n"
        first = body.framed(first)
    elif head.chunked:
        framing = b"content-length: %d\r\n" % len(first)
    elif head.length is not None:
        framing = b"content-length: %d\r\n" % head.length
    else:
        framing = b""
    return b"".join(
        (
            request.method.encode("ascii"),
            b" ",
            request.target,
            b" HTTP/1.1\r\nhost: ",
            upstream.authority,
            b"\r\nx-warehouse-identity: ",
            request.identity,
            b"\r\nx-request-id: ",
            head.request_id.encode("ascii"),
            b"\r\ntraceparent: ",
            head.traceparent.encode("ascii"),
            b"\r\n",
            head.passed,
            framing,
            b"\r\n",
            first,
        )
    )
