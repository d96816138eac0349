"""Requests that the gateway makes in somebody's name, as part of answering one of theirs."""

import asyncio
from typing import NamedTuple

from chassis.problems import Unavailable
from gateway.connection import ExchangeError, Headers
from gateway.headers import RequestHead
from gateway.upstream import Lease, Upstream

MAX_ANSWER = 16 * 1024 * 1024  # bytes


class Call(NamedTuple):
    """`target` is path and query, `identity` the signed identity token, `body` JSON. It may arrive
    twice, where a connection breaks before an answer: let its effect be one."""

    method: str
    target: bytes
    identity: bytes
    fields: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes | None = None


class Answered(NamedTuple):
    """The whole answer of a service."""

    status: int
    headers: Headers
    body: bytes

    def field(self, name: bytes) -> bytes | None:
        return next((value for key, value in self.headers if key == name), None)


async def make(
    upstream: Upstream, call: Call, on_behalf_of: RequestHead, *, timeout: float
) -> Answered:
    """The service's answer, in the trace of the client's request; raises `Unavailable` when none
    came within `timeout` seconds."""
    request = _serialize(upstream, call, on_behalf_of)
    try:
        async with asyncio.timeout(timeout):
            lease = await upstream.lease()
            try:
                return await _exchange(lease, request)
            except ExchangeError as failure:
                if not lease.stale(failure):
                    raise
            return await _exchange(await upstream.fresh_lease(), request)
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


async def _exchange(lease: Lease, request: bytes) -> Answered:
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
            if size > MAX_ANSWER:
                raise ExchangeError("the answer is too long")
            if connection.complete:
                return Answered(connection.status, connection.headers, b"".join(parts))
            await connection.more()
    finally:
        lease.release()
