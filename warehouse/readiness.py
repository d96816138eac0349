"""Waiting until the platform can be used: the gateway answers that every service is ready."""

import asyncio
import time
from urllib.parse import urlsplit

from warehouse.errors import OperatorError

EVERY = 0.05  # seconds between looks
ANSWER = 3.0  # seconds that one answer may take


async def wait(gateway_url: str, deadline: float) -> None:
    """Return when `/readyz` answers 200; raises `OperatorError` with what it last said when it
    has not within `deadline` seconds."""
    until = time.monotonic() + deadline
    said = "nothing listens there"
    while time.monotonic() < until:
        try:
            async with asyncio.timeout(ANSWER):
                status, body = await _get(gateway_url, "/readyz")
        except TimeoutError:
            said = "no answer"
        except OSError:
            said = "nothing listens there"
        else:
            if status == 200:
                return
            said = body
        await asyncio.sleep(EVERY)
    raise OperatorError(f"{gateway_url} was not ready within {deadline:.0f} s: {said}")


async def _get(base_url: str, path: str) -> tuple[int, str]:
    """Status and body of a plain GET; no HTTP client is worth importing for this one."""
    parts = urlsplit(base_url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {parts.netloc}\r\n\r\n".encode())
        answer = (await reader.read()).decode(errors="replace")
    finally:
        writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    status = head.split(" ", 2)[1:2]
    return (int(status[0]) if status and status[0].isdigit() else 0), body
