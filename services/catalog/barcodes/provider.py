"""Who knows products by their codes: the protocol, and JSON over HTTP."""

import asyncio
import json
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx

from chassis.logging import get_logger
from services.catalog.barcodes.products import Product, product_in

TIMEOUT = 4.0  # seconds for a whole exchange, redirects included
MAX_BYTES = 512 * 1024
MAX_REDIRECTS = 3
PLACE = "{code}"

log = get_logger(__name__)


class ProviderAwayError(Exception):
    """It does not answer as it should: no connection, too late, too large, no JSON, trouble."""


class Provider(Protocol):
    """Somebody who knows products."""

    async def product(self, code: str) -> Product | None:
        """What they know of a product's code, in its one form; None for one that they don't know.
        Raises `ProviderAwayError`."""

    async def close(self) -> None: ...


class JsonProvider:
    """An address that answers with JSON: `template` with the code for `{code}`.

    A redirect is followed on the template's own origin only, so that no answer leads anywhere that
    whoever runs this platform did not name. An address may hold a key to the provider: only its
    host is ever told or logged."""

    def __init__(self, template: str) -> None:
        parts = urlsplit(template)
        self._template = template
        self._origin = parts[:2]
        self._host = parts.hostname or ""
        self._http = httpx.AsyncClient(
            timeout=TIMEOUT,
            follow_redirects=False,
            headers={
                "accept": "application/json",
                "accept-encoding": "identity",  # nothing to unpack
                "user-agent": "Warehouse (open inventory and lending)",
            },
        )

    async def product(self, code: str) -> Product | None:
        url = self._template.replace(PLACE, code)
        try:
            async with asyncio.timeout(TIMEOUT):
                status, body = await self._get(url)
            if status in {404, 410}:
                return None
            if status != 200:
                raise ProviderAwayError(f"status {status}")  # noqa: TRY301 - as the rest
            return product_in(json.loads(body))
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError) as e:
            # Of the error its kind alone: what a library says may quote the address.
            log.warning("barcodes.provider_away", host=self._host, code=code, error=_kind(e))
            raise ProviderAwayError(_kind(e)) from e
        except ProviderAwayError as error:
            log.warning("barcodes.provider_away", host=self._host, code=code, error=str(error))
            raise

    async def close(self) -> None:
        await self._http.aclose()

    async def _get(self, url: str) -> tuple[int, bytes]:
        for _ in range(MAX_REDIRECTS + 1):
            async with self._http.stream("GET", url) as response:
                if response.next_request is None:
                    return response.status_code, await _bounded(response)
                url = str(response.next_request.url)
            if urlsplit(url)[:2] != self._origin:
                raise ProviderAwayError(f"it leads elsewhere: {urlsplit(url).hostname}")
        raise ProviderAwayError("it leads in circles")


def _kind(error: Exception) -> str:
    return type(error).__name__


async def _bounded(response: Any) -> bytes:  # noqa: ANN401 - httpx's own
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ProviderAwayError(f"more than {MAX_BYTES} bytes")
    return bytes(body)
