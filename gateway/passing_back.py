"""A service's answer as it goes on to the client: which fields pass, which are added.

What a service says about caching, framing or its content wins; the rest is what is safe for an
answer that is one person's.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.compression import MIN_SIZE, accepts_gzip
from gateway.responses import NO_STORE, Fields
from gateway.routing import Route, ServiceName

EVENT_STREAM = b"text/event-stream"
JSON = (b"application/json", b"application/problem+json")
DATA = (*JSON, EVENT_STREAM)
COMPRESSIBLE = (*JSON, b"text/csv", b"text/plain", b"text/calendar")

_CHECKED = (b"cache-control", b"private, no-cache")  # kept, and asked for again with its ETag
_VARY = (b"vary", b"Accept-Encoding")  # beside what else an answer varies by
_GZIP = (b"content-encoding", b"gzip")
# For whatever a browser would render: no script, no form, no frame.
_SANDBOX = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox")
_STOPPED = frozenset(
    {
        b"connection",
        b"date",
        b"keep-alive",
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
_STOPPED_PREFIXES = (b"x-warehouse-", b"proxy-", b"access-control-")
_READ = frozenset(
    {
        b"cache-control",
        b"content-encoding",
        b"content-length",
        b"content-security-policy",
        b"content-type",
    }
)


class Answer(NamedTuple):
    """`fields` to send; `gzip`: the body is to be compressed; `endless`: it is a stream of
    events."""

    fields: Fields
    gzip: bool
    endless: bool


def answer(
    status: int,
    headers: Iterable[tuple[bytes, bytes]],
    own: Fields,
    *,
    method: str,
    route: Route,
    accepted: bytes | None,
) -> Answer:
    """What a service answered with `status` and `headers`, after the gateway's `own` fields;
    `accepted` is the request's Accept-Encoding."""
    fields, read = _sorted(headers, own)
    kind = read.get(b"content-type", b"")
    endless = kind.startswith(EVENT_STREAM)
    if b"cache-control" not in read:
        if method in {"GET", "HEAD"}:
            if not route.public:
                fields.append(_CHECKED)
        elif route.public:
            fields.append(NO_STORE)  # tokens
    if status in (204, 304):
        # A 304 may name the length of what it leaves out; the server in front counts to it.
        return Answer(_without(fields, b"content-length"), gzip=False, endless=False)
    if (
        kind
        and not endless
        and not kind.startswith(JSON)
        and b"content-security-policy" not in read
    ):
        fields.append(_SANDBOX)
    # A part's place in the whole is told in bytes that are not compressed.
    if method != "GET" or status == 206 or not _pays(read, kind, route):
        return Answer(fields, gzip=False, endless=endless)
    fields.append(_VARY)
    if not accepts_gzip(accepted):
        return Answer(fields, gzip=False, endless=endless)
    fields = _without(fields, b"content-length")
    fields.append(_GZIP)
    return Answer(fields, gzip=True, endless=endless)


def _pays(read: dict[bytes, bytes], kind: bytes, route: Route) -> bool:
    """Whether compressing does: long text, not compressed yet, and nothing of auth's, whose
    answers hold secrets that their compressed length could give away."""
    return (
        int(read.get(b"content-length", MIN_SIZE)) >= MIN_SIZE
        and kind.startswith(COMPRESSIBLE)
        and b"content-encoding" not in read
        and route.service is not ServiceName.AUTH
        and b"no-transform" not in read.get(b"cache-control", b"")
    )


def _sorted(
    headers: Iterable[tuple[bytes, bytes]], own: Fields
) -> tuple[Fields, dict[bytes, bytes]]:
    """`own` and the fields that pass, and the values of those that are read here."""
    fields = [*own]
    read: dict[bytes, bytes] = {}
    for field in headers:
        name = field[0]
        treatment = _treatments.get(name) or _treatment(name)
        if treatment is not _ENDS:
            fields.append(field)
            if treatment is _NOTED:
                read[name] = field[1]
    return fields, read


_PASSES, _NOTED, _ENDS = "passes", "noted", "ends"
_treatments: dict[bytes, str] = {}  # by field name; the names are our own services'
_MOST_TREATMENTS = 256


def _treatment(name: bytes) -> str:
    treatment = _PASSES
    if name in _READ:
        treatment = _NOTED
    elif name in _STOPPED or name.startswith(_STOPPED_PREFIXES):
        treatment = _ENDS
    if len(_treatments) < _MOST_TREATMENTS:
        _treatments[name] = treatment
    return treatment


def _without(fields: Fields, name: bytes) -> Fields:
    return [field for field in fields if field[0] != name]
