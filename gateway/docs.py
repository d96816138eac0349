"""What the gateway serves from files of its own: the API page, which is Swagger UI with every asset
from here (`static/README.txt` names its release) and a sign-in above it, the description of the
topics, and what the page of mailed links loads."""

import gzip
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from typing import NamedTuple

from gateway.api_document import entity_tag

# Swagger UI needs inline styles and images from data URLs; scripts come from here alone.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)

PAGE = b"/docs"
ASSETS = {
    PAGE: ("docs.html", b"text/html; charset=utf-8"),
    b"/docs/docs.css": ("docs.css", b"text/css; charset=utf-8"),
    b"/docs/session.js": ("session.js", b"text/javascript; charset=utf-8"),
    b"/docs/docs.js": ("docs.js", b"text/javascript; charset=utf-8"),
    b"/docs/swagger-ui-bundle.js": ("swagger-ui-bundle.js", b"text/javascript; charset=utf-8"),
    b"/docs/swagger-ui.css": ("swagger-ui.css", b"text/css; charset=utf-8"),
    b"/links/links.css": ("links.css", b"text/css; charset=utf-8"),
    b"/links/mailed.js": ("mailed.js", b"text/javascript; charset=utf-8"),
    b"/links/links.js": ("links.js", b"text/javascript; charset=utf-8"),
    b"/asyncapi.json": ("asyncapi.json", b"application/json"),
}


class Asset(NamedTuple):
    """A body with its fields, and the same compressed."""

    body: bytes
    gzipped: bytes
    fields: tuple[tuple[bytes, bytes], ...]


class Assets:
    """Read when first asked for: a gateway that nobody asks for them holds none of them. `sign_in`
    is `email:password` of a demonstration, for the page to fill in and show."""

    def __init__(self, sign_in: str = "") -> None:
        self._sign_in = sign_in
        self._read: dict[bytes, Asset] = {}

    def __getitem__(self, path: bytes) -> Asset:
        found = self._read.get(path)
        if found is None:
            found = self._read[path] = self._made(path)
        return found

    def _made(self, path: bytes) -> Asset:
        name, content_type = ASSETS[path]
        body = (files("gateway") / "static" / name).read_bytes()
        return asset(
            _filled_in(body, self._sign_in) if path == PAGE else body,
            content_type,
            (b"content-security-policy", POLICY),
            (b"referrer-policy", b"no-referrer"),
        )


def _filled_in(page: bytes, sign_in: str) -> bytes:
    email, _, password = sign_in.partition(":")
    hint = f"The demonstration's: {email} / {password}" if sign_in else ""
    values = {"{email}": email, "{password}": password, "{hint}": hint}
    for name, value in values.items():
        page = page.replace(name.encode(), escape(value).encode())
    return page


def asset(
    body: bytes, content_type: bytes, *more: tuple[bytes, bytes], cache: bytes = b"no-cache"
) -> Asset:
    """`body` as it is served: to be asked for again, with its entity tag."""
    return Asset(
        body,
        gzip.compress(body, mtime=0),
        (
            (b"content-type", content_type),
            *more,
            (b"cache-control", cache),
            (b"etag", entity_tag(body)),
            (b"vary", b"Accept-Encoding"),
        ),
    )


def not_modified(headers: Mapping[bytes, bytes], tag: bytes) -> bool:
    """Whether If-None-Match (RFC 9110 section 13.1.2) names what we would send."""
    given = headers.get(b"if-none-match", b"")
    return given == b"*" or tag in {item.strip().removeprefix(b"W/") for item in given.split(b",")}
