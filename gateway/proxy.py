"""Passes a request on to a service and its response back, streaming both, with back-pressure."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from starlette.types import Receive, Send

from chassis.logging import get_logger
from chassis.problems import PayloadTooLarge, RequestTimeout
from gateway import measures
from gateway.compression import Gzip
from gateway.connection import ClosedByServiceError, ExchangeError
from gateway.exchange import ClientGoneError, Deadlines, DrainingError, Exchange, RequestBody
from gateway.headers import RequestHead
from gateway.passing_back import answer
from gateway.problems import BadGateway, GatewayTimeout
from gateway.responses import Fields
from gateway.routing import Route
from gateway.upstream import Lease, Upstream

REPEATABLE = frozenset({"GET", "HEAD"})
_REASONS = {GatewayTimeout: "timeout", ClosedByServiceError: "closed"}

log = get_logger(__name__)


class Outgoing(NamedTuple):
    """A request as it goes to a service: `target` is path and query, `identity` the signed
    identity token."""

    method: str
    target: bytes
    head: RequestHead
    identity: bytes
    route: Route


class Proxy:
    """`max_body`: bytes of a request's body where its route says nothing else."""

    def __init__(self, deadlines: Deadlines, *, max_body: int) -> None:
        self._deadlines = deadlines
        self._max_body = max_body
        self._streams: set[Exchange] = set()
        self._draining = False

    def drain(self) -> None:
        """End the streams of events, whose clients go on at another replica."""
        self._draining = True
        for stream in tuple(self._streams):
            stream.drain()

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
        limit = self._max_body if request.route.max_body is None else request.route.max_body
        body = RequestBody(receive, limit=limit, chunked=request.head.chunked)
        with suppress(ClientGoneError):
            first = await self._first_part(request.head, body, limit)
            data = _serialize(upstream, request, first, body)
            lease = await upstream.lease()
            repeatable = request.method in REPEATABLE and not body.more
            while True:
                exchange = Exchange(lease, body, self._deadlines)
                try:
                    await exchange.head(data, head_only=request.method == "HEAD")
                    if answered is not None:
                        answered(lease.connection.status)
                    await self._answer(exchange, lease, upstream, request, fields, send)
                except ExchangeError as failure:
                    if not repeatable or not _may_repeat(upstream, lease, failure):
                        _failed(upstream, lease, failure, "upstream.failed")
                        raise BadGateway from failure
                except GatewayTimeout as problem:
                    _failed(upstream, lease, problem, "upstream.failed")
                    raise
                else:
                    return
                finally:
                    exchange.end()
                lease = await upstream.fresh_lease(after=lease)
                repeatable = False

    async def _first_part(self, head: RequestHead, body: RequestBody, limit: int) -> bytes:
        """What there is of the body, waited for before a connection is taken for it."""
        if head.length is not None and head.length > limit:
            raise PayloadTooLarge(f"A request body here holds at most {limit} bytes.")
        if not head.length and not head.chunked:
            return b""
        try:
            async with asyncio.timeout(self._deadlines.body):
                return await body.next()
        except TimeoutError as error:
            raise RequestTimeout from error

    async def _answer(
        self,
        exchange: Exchange,
        lease: Lease,
        upstream: Upstream,
        request: Outgoing,
        fields: Fields,
        send: Send,
    ) -> None:
        connection = lease.connection
        answered = answer(
            connection.status,
            connection.headers,
            fields,
            method=request.method,
            route=request.route,
            accepted=request.head.accept_encoding,
        )
        exchange.endless = answered.endless
        measures.REQUESTS.count(upstream.service, connection.status)
        await send(
            {
                "type": "http.response.start",
                "status": connection.status,
                "headers": answered.fields,
            }
        )
        try:
            if answered.endless:
                await self._stream(exchange, send)
            else:
                await exchange.pass_body(Gzip(send) if answered.gzip else send)
        except ExchangeError as failure:
            # The status is out: all that can be said now is that the body ends too early.
            _failed(upstream, lease, failure, "upstream.broke_off")
        except (PayloadTooLarge, RequestTimeout) as problem:
            log.info("client.broke_off", reason=problem.code)

    async def _stream(self, exchange: Exchange, send: Send) -> None:
        self._streams.add(exchange)
        try:
            if self._draining:
                exchange.drain()
            await exchange.pass_body(send)
        except DrainingError:
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._streams.discard(exchange)


def _may_repeat(upstream: Upstream, lease: Lease, failure: ExchangeError) -> bool:
    """A kept connection may have been closed under us, which says nothing about the service."""
    if lease.stale(failure):
        return True
    if not (lease.unanswered(failure) and upstream.may_retry()):
        return False
    lease.good = False
    return True


def _failed(upstream: Upstream, lease: Lease, failure: Exception, event: str) -> None:
    lease.good = False
    reason = "broke_off" if event == "upstream.broke_off" else _REASONS.get(type(failure), "broken")
    measures.UPSTREAM_FAILURES.labels(upstream.service, reason).inc()
    log.warning(event, service=upstream.service, reason=reason, error=repr(failure))


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
