"""Which header fields pass the gateway, in and out (RFC 9110 section 7.6.1).

Inward nothing passes that says who the caller is or where the request came from: services trust
the signed identity alone. Hop-by-hop fields end here in both directions.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from uuid_utils import uuid7

from chassis.context import continue_trace
from chassis.problems import Unauthenticated

RawHeaders = Iterable[tuple[bytes, bytes]]

_STOPPED_IN = frozenset(
    {
        b"authorization",
        b"connection",
        b"content-length",  # framed anew
        b"expect",  # answered by the server in front of us
        b"forwarded",
        b"host",
        b"keep-alive",
        b"te",
        b"trailer",
        b"traceparent",  # continued
        b"transfer-encoding",
        b"upgrade",
        b"x-real-ip",
        b"x-request-id",
    }
)
_STOPPED_IN_PREFIXES = (b"x-warehouse-", b"x-forwarded-", b"proxy-")
_STOPPED_OUT = frozenset(
    {
        b"connection",
        b"date",
        b"keep-alive",
        b"proxy-connection",
        b"server",
        b"te",
        b"traceparent",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        b"x-content-type-options",
        b"x-request-id",
    }
)
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class RequestHead(NamedTuple):
    """What the gateway reads of a request's header fields, and the rest, serialized to pass on.

    Several Authorization fields are joined by commas, which no token has. `length` is the body's
    length in bytes, None without a Content-Length; `chunked` says that a body of unknown length
    follows.
    """

    passed: bytes
    authorization: bytes | None
    request_id: str
    traceparent: str
    length: int | None
    chunked: bool


def read_request_head(headers: RawHeaders) -> RequestHead:  # noqa: C901 - one pass, one field each
    """Sort a request's fields, their names in lower case, in one pass."""
    passed: list[bytes] = []
    authorization = connection = given_id = given_trace = None
    length: int | None = None
    chunked = False
    for name, value in headers:
        if name not in _STOPPED_IN:
            if not name.startswith(_STOPPED_IN_PREFIXES):
                passed += (name, b": ", value, b"\r\n")
        elif name == b"authorization":
            authorization = value if authorization is None else authorization + b"," + value
        elif name == b"content-length":
            length = int(value)
        elif name == b"transfer-encoding":
            chunked = True
        elif name == b"connection":
            connection = value if connection is None else connection + b"," + value
        elif name == b"x-request-id":
            given_id = value
        elif name == b"traceparent":
            given_trace = value
    if connection is not None and connection.lower() not in {b"keep-alive", b"close"}:
        passed = _without_named(passed, connection)
    return RequestHead(
        passed=b"".join(passed),
        authorization=authorization,
        request_id=_request_id(given_id),
        traceparent=continue_trace(given_trace.decode("latin-1") if given_trace else None),
        length=length,
        chunked=chunked and length is None,
    )


def bearer_token(authorization: bytes | None) -> str:
    """The token of an Authorization field (RFC 6750); raises `Unauthenticated` if it has none."""
    scheme, _, token = (authorization or b"").partition(b" ")
    if not token or scheme.lower() != b"bearer":
        raise Unauthenticated("Send an access token as `Authorization: Bearer <token>`.")
    return token.decode("latin-1").strip()


def passed_back(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """A response's fields that go on to the client."""
    return [
        field
        for field in headers
        if field[0] not in _STOPPED_OUT and not field[0].startswith(b"x-warehouse-")
    ]


def _request_id(given: bytes | None) -> str:
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode("ascii")
    return uuid7().hex


def _without_named(passed: list[bytes], connection: bytes) -> list[bytes]:
    """`passed` (name, colon, value, line end, ...) without the fields that Connection names."""
    named = {token.strip() for token in connection.lower().split(b",")}
    kept: list[bytes] = []
    for at in range(0, len(passed), 4):
        if passed[at] not in named:
            kept += passed[at : at + 4]
    return kept
