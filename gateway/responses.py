"""Answers that the gateway gives itself: problem documents, JSON and files."""

import json
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate

from starlette.types import Send

from chassis.problems import MEDIA_TYPE, Problem

Fields = list[tuple[bytes, bytes]]

NO_STORE = (b"cache-control", b"no-store")


class Clock:
    """The Date field (RFC 9110 section 6.6.1), formatted once a second."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._now = now
        self._second = 0
        self._field = (b"date", b"")

    def field(self) -> tuple[bytes, bytes]:
        second = int(self._now())
        if second != self._second:
            self._second = second
            self._field = (b"date", formatdate(second, usegmt=True).encode("ascii"))
        return self._field


def always(*, hsts_seconds: int, other_origins: bool) -> Fields:
    """What every answer carries, the same each time. Pages of `other_origins` may load them."""
    fields = [
        (b"x-content-type-options", b"nosniff"),
        (b"cross-origin-resource-policy", b"cross-origin" if other_origins else b"same-origin"),
    ]
    if hsts_seconds:
        fields.append((b"strict-transport-security", b"max-age=%d" % hsts_seconds))
    return fields


def own_fields(clock: Clock, request_id: str, traceparent: str, fixed: Fields) -> Fields:
    """The fields that every answer carries, whoever made it."""
    return [
        clock.field(),
        *fixed,
        (b"x-request-id", request_id.encode("ascii")),
        (b"traceparent", traceparent.encode("ascii")),
    ]


async def send_bytes(
    send: Send, status: int, body: bytes, fields: Iterable[tuple[bytes, bytes]]
) -> None:
    length = (b"content-length", str(len(body)).encode("ascii"))
    await send({"type": "http.response.start", "status": status, "headers": [*fields, length]})
    await send({"type": "http.response.body", "body": body})


async def send_allow(send: Send, allow: str, fields: Fields) -> None:
    """The answer to OPTIONS (RFC 9110 section 9.3.7)."""
    headers = [*fields, (b"allow", allow.encode("ascii"))]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


async def send_json(send: Send, status: int, document: object, fields: Fields) -> None:
    content_type = (b"content-type", b"application/json")
    await send_bytes(send, status, json.dumps(document).encode(), [*fields, content_type])


async def send_problem(
    send: Send, problem: Problem, fields: Fields, *, instance: str, request_id: str
) -> None:
    """The problem as a document (RFC 9457), with the fields that it asks for itself."""
    own = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    content_type = (b"content-type", MEDIA_TYPE.encode())
    body = problem.body(instance, request_id)
    await send_bytes(send, problem.status, body, [*fields, NO_STORE, *own, content_type])
