"""Which other origins' pages may use the API (CORS, as the Fetch standard has it)."""

import re
from collections.abc import Sequence

from gateway.responses import Fields

ANY = "*"
ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")
MAX_AGE = 7200  # seconds that a preflight is kept; browsers take no more

EXPOSED = (
    b"ETag, Location, Link, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, "
    b"Preference-Applied, Content-Disposition, traceparent"
)
REQUEST_FIELDS = (
    b"Authorization, Content-Type, If-Match, If-None-Match, Idempotency-Key, Prefer, Accept, "
    b"Accept-Language, Last-Event-ID, X-Request-Id, traceparent"
)
_VARY = (b"vary", b"Origin")


class Cors:
    """`origins`: `https://app.example.org`, or `*` for any; `credentials`: whether requests may
    carry cookies, as those do that renew a sign-in, and never for any origin."""

    def __init__(self, origins: Sequence[str], *, credentials: bool) -> None:
        self._any = ANY in origins
        if self._any and credentials:
            raise ValueError("credentials are for origins that are named, not for any")
        self._origins = {origin.encode("ascii") for origin in origins}
        self._credentials = credentials
        self.on = bool(origins)

    def fields(self, origin: bytes | None) -> Fields:
        """What every answer to a page of `origin` carries."""
        if self._any:
            return [
                (b"access-control-allow-origin", b"*"),
                (b"access-control-expose-headers", EXPOSED),
            ]
        if origin not in self._origins:
            return [_VARY]
        found = [
            _VARY,
            (b"access-control-allow-origin", origin),
            (b"access-control-expose-headers", EXPOSED),
        ]
        if self._credentials:
            found.append((b"access-control-allow-credentials", b"true"))
        return found

    def preflight(self, origin: bytes | None, allow: str) -> Fields:
        """What the answer to OPTIONS carries beside `fields`."""
        if not self._any and origin not in self._origins:
            return []
        return [
            (b"access-control-allow-methods", allow.encode("ascii")),
            (b"access-control-allow-headers", REQUEST_FIELDS),
            (b"access-control-max-age", str(MAX_AGE).encode("ascii")),
        ]
