"""What the gateway serves from files of its own: the API page, which is Swagger UI with every asset
from here (`static/README.txt` names its release), and the description of the topics."""

import gzip
from collections.abc import Mapping
from importlib.resources import files
from typing import NamedTuple

from gateway.api_document import entity_tag

# Swagger UI needs inline styles and images from data URLs; scripts come from here alone.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    b"frame-ancestors 'none'"
)

ASSETS = {
    b"/docs": ("docs.html", b"text/html; charset=utf-8"),
    b"/docs/docs.js": ("docs.js", b"text/javascript; charset=utf-8"),
    b"/docs/swagger-ui-bundle.js": ("swagger-ui-bundle.js", b"text/javascript; charset=utf-8"),
    b"/docs/swagger-ui.css": ("swagger-ui.css", b"text/css; charset=utf-8"),
    b"/asyncapi.json": ("asyncapi.json", b"application/json"),
}


class Asset(NamedTuple):
    """A body with its fields, and the same compressed."""

    body: bytes
    gzipped: bytes
    fields: tuple[tuple[bytes, bytes], ...]


class Assets:
    """Read when first asked for: a gateway that nobody asks for them holds none of them."""

    def __init__(self) -> None:
        self._read: dict[bytes, Asset] = {}

    def __getitem__(self, path: bytes) -> Asset:
        asset = self._read.get(path)
        if asset is None:
            asset = self._read[path] = _read(*ASSETS[path])
        return asset


def _read(name: str, content_type: bytes) -> Asset:
    body = (files("gateway") / "static" / name).read_bytes()
    return asset(
        body,
        content_type,
        (b"content-security-policy", POLICY),
        (b"referrer-policy", b"no-referrer"),
    )


def asset(body: bytes, content_type: bytes, *more: tuple[bytes, bytes]) -> Asset:
    """`body` as it is served: to be asked for again, with its entity tag."""
    return Asset(
        body,
        gzip.compress(body, mtime=0),
        (
            (b"content-type", content_type),
            *more,
            (b"cache-control", b"no-cache"),
            (b"etag", entity_tag(body)),
            (b"vary", b"Accept-Encoding"),
        ),
    )


def not_modified(headers: Mapping[bytes, bytes], tag: bytes) -> bool:
    """Whether If-None-Match (RFC 9110 section 13.1.2) names what we would send."""
    given = headers.get(b"if-none-match", b"")
    return given == b"*" or tag in {item.strip().removeprefix(b"W/") for item in given.split(b",")}
