"""What the gateway itself asks the services: keys, tokens, roles, readiness; and what it asks in a
caller's name to answer a request of theirs."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from chassis.context import continue_trace
from chassis.problems import Unavailable
from gateway.connection import ExchangeError
from gateway.headers import RequestHead
from gateway.identity_headers import IdentityHeaders
from gateway.upstream import Lease, Upstream

TIMEOUT = 5.0
MAX_BODY = 16 * 1024 * 1024


class Answer(NamedTuple):
    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()  # names in lower case

    def field(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


class Call(NamedTuple):
    """A request in somebody's name: `target` is path and query, `identity` their signed identity
    token, `body` JSON. It may arrive twice: let its effect be one."""

    method: str
    target: bytes
    identity: bytes
    fields: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes | None = None


class InternalClient:
    """Requests to services over the same connections that proxied requests use."""

    def __init__(self, identities: IdentityHeaders) -> None:
        self._identities = identities

    async def get(self, upstream: Upstream, path: str, *, timeout: float = TIMEOUT) -> Answer:
        """The service's answer; raises `Unavailable` when none came within `timeout` seconds."""
        return await self._ask(upstream, self._head(upstream, "GET", path) + b"\r\n", timeout)

    async def post(
        self, upstream: Upstream, path: str, body: bytes, *, timeout: float = TIMEOUT
    ) -> Answer:
        """The service's answer to a JSON body, as `get`; the body may arrive twice."""
        framing = b"content-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(body)
        return await self._ask(
            upstream, self._head(upstream, "POST", path) + framing + body, timeout
        )

    async def make(
        self, upstream: Upstream, call: Call, on_behalf_of: RequestHead, *, timeout: float
    ) -> Answer:
        """The service's answer to a call, in the trace of the client's request; raises as `get`."""
        return await self._ask(upstream, _serialize(upstream, call, on_behalf_of), timeout)

    def _head(self, upstream: Upstream, method: str, path: str) -> bytes:
        return (
            f"{method} {path} HTTP/1.1\r\nhost: {upstream.authority.decode()}\r\n"
            f"x-warehouse-identity: {self._identities.anonymous().decode()}\r\n"
            f"traceparent: {continue_trace(None)}\r\naccept: application/json\r\n"
        ).encode("ascii")

    async def _ask(self, upstream: Upstream, request: bytes, timeout: float) -> Answer:
        try:
            async with asyncio.timeout(timeout):
                lease = await upstream.lease()
                try:
                    return await _exchange(lease, request)
                except ExchangeError as failure:
                    if not lease.stale(failure):
                        raise
                return await _exchange(await upstream.fresh_lease(after=lease), request)
        except (TimeoutError, ExchangeError) as error:
            raise Unavailable(
                f"The {upstream.service} service did not answer; try again in a moment.",
                headers={"Retry-After": "1"},
            ) from error


def _serialize(upstream: Upstream, call: Call, head: RequestHead) -> bytes:
    fields = [
        (b"host", upstream.authority),
        (b"x-warehouse-identity", call.identity),
        (b"x-request-id", head.request_id.encode("ascii")),
        (b"traceparent", head.traceparent.encode("ascii")),
        *call.fields,
    ]
    if call.body is not None:
        fields.append((b"content-type", b"application/json"))
    if call.method != "GET":
        fields.append((b"content-length", b"%d" % len(call.body or b"")))
    lines = b"".join(b"%b: %b\r\n" % field for field in fields)
    start = b"%b %b HTTP/1.1\r\n" % (call.method.encode("ascii"), call.target)
    return start + lines + b"\r\n" + (call.body or b"")


async def _exchange(lease: Lease, request: bytes) -> Answer:
    connection = lease.connection
    try:
        connection.send(request, head_only=False)
        await connection.head()
        parts: list[bytes] = []
        size = 0
        while True:
            part = connection.take()
            parts.append(part)
            size += len(part)
            if size > MAX_BODY:
                raise ExchangeError("the answer is too long")  # noqa: TRY301 - as any other
            if connection.complete:
                lease.good = True
                return Answer(connection.status, b"".join(parts), connection.headers)
            await connection.more()
    except ExchangeError as failure:
        lease.good = None if lease.stale(failure) else False
        raise
    except asyncio.CancelledError:  # no answer in time
        lease.good = False
        raise
    finally:
        lease.release()
