"""Metrics on a port of their own: what clients reach has none."""

import asyncio
from contextlib import suppress

from prometheus_client import start_http_server

from chassis.logging import get_logger

log = get_logger(__name__)


class MetricsPort:
    """Answers Prometheus at `host:port`, in a thread; with port 0 nothing listens."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._stop = lambda: None

    async def start(self) -> None:
        if not self._port:
            return
        server, thread = start_http_server(self._port, addr=self._host)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join()

        self._stop = stop
        log.info("metrics.listening", host=self._host, port=self._port)

    async def stop(self) -> None:
        with suppress(OSError):
            await asyncio.to_thread(self._stop)
