"""Which header fields of a request pass the gateway (RFC 9110 section 7.6.1).

Nothing passes that says who the caller is or where the request came from: services trust the
signed identity alone. Hop-by-hop fields end here.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from uuid_utils import uuid7

from chassis.context import continue_trace
from chassis.problems import Unauthenticated

RawHeaders = Iterable[tuple[bytes, bytes]]

# Read here, and not passed on as they came.
_READ = frozenset(
    {
        b"accept-encoding",  # the gateway's to heed: services do not compress
        b"authorization",
        b"connection",
        b"content-length",  # framed anew
        b"host",
        b"origin",
        b"traceparent",  # continued
        b"transfer-encoding",
        b"x-forwarded-for",
        b"x-request-id",
    }
)
_STOPPED_IN = frozenset(
    {
        b"expect",  # answered by the server in front of us
        b"forwarded",
        b"keep-alive",
        b"te",
        b"trailer",
        b"upgrade",
        b"x-real-ip",
    }
)
_STOPPED_IN_PREFIXES = (b"x-warehouse-", b"x-forwarded-", b"x-original-", b"x-rewrite-", b"proxy-")
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class RequestHead(NamedTuple):
    """What the gateway reads of a request's header fields, and the rest, serialized to pass on.

    Fields that came more than once are joined by commas, which no token and no host has. `length`
    is the body's length in bytes, None without a Content-Length; `chunked` says that a body of
    unknown length follows.
    """

    passed: bytes
    authorization: bytes | None
    request_id: str
    traceparent: str
    length: int | None
    chunked: bool
    host: bytes | None
    forwarded_for: bytes | None
    origin: bytes | None
    accept_encoding: bytes | None


def read_request_head(headers: RawHeaders) -> RequestHead:
    """Sort a request's fields, their names in lower case, in one pass."""
    passed: list[bytes] = []
    read: dict[bytes, bytes] = {}
    for name, value in headers:
        treatment = _treatments.get(name) or _treatment(name)
        if treatment is _PASSED:
            passed += (name, b": ", value, b"\r\n")
        elif treatment is _TAKEN:
            read[name] = read[name] + b"," + value if name in read else value
    connection = read.get(b"connection")
    if connection is not None and connection.lower() not in {b"keep-alive", b"close"}:
        passed = _without_named(passed, connection)
    trace = read.get(b"traceparent")
    length = read.get(b"content-length")
    return RequestHead(
        b"".join(passed),
        read.get(b"authorization"),
        _request_id(read.get(b"x-request-id")),
        continue_trace(trace.decode("latin-1") if trace else None),
        None if length is None else int(length),
        length is None and b"transfer-encoding" in read,
        read.get(b"host"),
        read.get(b"x-forwarded-for"),
        read.get(b"origin"),
        read.get(b"accept-encoding"),
    )


_PASSED, _TAKEN, _STOPPED = "passed", "taken", "stopped"
_treatments: dict[bytes, str] = {}  # by field name, for the names that come all the time
_MOST_TREATMENTS = 1024


def _treatment(name: bytes) -> str:
    """What is done with a field. Names with an underscore end here: somebody behind us might read
    `X_Forwarded_For` as the field that it is not."""
    if name in _READ:
        treatment = _TAKEN
    elif name in _STOPPED_IN or name.startswith(_STOPPED_IN_PREFIXES) or b"_" in name:
        treatment = _STOPPED
    else:
        treatment = _PASSED
    if len(_treatments) < _MOST_TREATMENTS and len(name) < 64:
        _treatments[name] = treatment
    return treatment


def bearer_token(authorization: bytes | None) -> str:
    """The token of an Authorization field (RFC 6750); raises `Unauthenticated` if it has none."""
    scheme, _, token = (authorization or b"").partition(b" ")
    if not token or scheme.lower() != b"bearer":
        raise Unauthenticated("Send an access token as `Authorization: Bearer <token>`.")
    return token.decode("latin-1").strip()


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
