"""The merged OpenAPI document, fetched when asked for and kept for a minute."""

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from chassis.logging import get_logger
from chassis.problems import Unavailable
from gateway.internal_client import InternalClient
from gateway.openapi import merge
from gateway.routing import ServiceName
from gateway.upstream import Upstream

PATH = "/openapi.json"
MAX_AGE = 60.0  # seconds

log = get_logger(__name__)


class ApiDocument:
    """A service that does not answer is described by its last document."""

    def __init__(
        self,
        client: InternalClient,
        upstreams: Mapping[ServiceName, Upstream],
        *,
        version: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._upstreams = upstreams
        self._version = version
        self._clock = clock
        self._merging = asyncio.Lock()
        self._documents: dict[ServiceName, dict[str, Any]] = {}
        self._body = b""
        self._fetched_at = float("-inf")

    async def body(self) -> bytes:
        """The document as JSON; raises `Unavailable` until every service has answered once."""
        async with self._merging:
            if self._clock() - self._fetched_at >= MAX_AGE:
                fresh = await asyncio.gather(*map(self._fetch, self._upstreams.values()))
                missing = [name for name in self._upstreams if name not in self._documents]
                if missing:
                    raise Unavailable(
                        f"No description yet of: {', '.join(missing)}.",
                        headers={"Retry-After": "1"},
                    )
                ordered = {name: self._documents[name] for name in self._upstreams}
                merged = merge(ordered, version=self._version)
                self._body = json.dumps(merged, separators=(",", ":")).encode()
                if all(fresh):
                    self._fetched_at = self._clock()
        return self._body

    async def _fetch(self, upstream: Upstream) -> bool:
        try:
            answer = await self._client.get(upstream, PATH)
            document = json.loads(answer.body) if answer.status == 200 else None
        except (Unavailable, ValueError):
            document = None
        if not isinstance(document, dict):
            log.warning("openapi.not_fetched", service=upstream.service)
            return False
        self._documents[upstream.service] = document
        return True


def entity_tag(body: bytes) -> bytes:
    """A strong validator of `body` (RFC 9110 section 8.8.3)."""
    return b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"'
