"""What is fetched from a provider: JSON, of bounded size, within bounded time."""

import asyncio
import json
from typing import Any

import httpx

from chassis.logging import get_logger
from chassis.problems import Unavailable

TIMEOUT = 8.0  # seconds for a whole exchange
MAX_BYTES = 256 * 1024

log = get_logger(__name__)


class ProviderUnavailable(Unavailable):
    code, title = "provider-unavailable", "This provider can't sign anybody in right now"
    advice = (
        "It does not answer as it should; try again in a minute, or sign in with your password."
    )


async def fetch(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    **request: Any,  # noqa: ANN401 - httpx's own
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object of an answer. Raises `ProviderUnavailable` for one that does
    not come in time, is too large, is no JSON object, or says that the provider is in trouble."""
    try:
        async with asyncio.timeout(TIMEOUT), http.stream(method, url, **request) as response:
            body = await _bounded(response)
        document = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError) as error:
        log.warning("oidc.provider_unavailable", url=url, error=repr(error))
        raise ProviderUnavailable from error
    if response.status_code >= 500 or not isinstance(document, dict):
        log.warning("oidc.provider_unavailable", url=url, status=response.status_code)
        raise ProviderUnavailable
    return response.status_code, document


async def _bounded(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise ValueError(f"more than {MAX_BYTES} bytes")
    return bytes(body)


def client(transport: httpx.AsyncBaseTransport | None = None) -> httpx.AsyncClient:
    """A client for providers: no redirects, no proxies' compression to unpack."""
    return httpx.AsyncClient(
        transport=transport,
        timeout=TIMEOUT,
        follow_redirects=False,
        headers={"accept": "application/json", "accept-encoding": "identity"},
    )
