"""The merged OpenAPI document, made of the files that routes are read from when first asked for."""

import hashlib
import json
from functools import cached_property
from pathlib import Path

from gateway import contracts
from gateway.openapi import merge


class ApiDocument:
    """`folder` holds the services' documents; None for the usual place."""

    def __init__(self, folder: Path | None, *, version: str) -> None:
        self._folder = folder
        self._version = version

    @cached_property
    def body(self) -> bytes:
        """The document as JSON."""
        merged = merge(contracts.read(self._folder), version=self._version)
        return json.dumps(merged, separators=(",", ":")).encode()


def entity_tag(body: bytes) -> bytes:
    """A strong validator of `body` (RFC 9110 section 8.8.3)."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
