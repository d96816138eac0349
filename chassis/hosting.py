"""A process that hosts any set of services: each on its own port, all in one event loop.

SIGTERM and SIGINT drain: no new connection, requests in flight answered, then consumers, the relay
and the pools stop in that order.
"""

import asyncio
import contextlib
import gc
import signal
from collections.abc import Iterator, Sequence

import uvicorn
import uvloop

from chassis.logging import get_logger
from chassis.protocol import Protocol
from chassis.service import Service
from chassis.settings import Role

log = get_logger(__name__)

GRACE = 8  # seconds that requests in flight have to finish in

# New objects between looks for cycles among them: what a batch of hundreds of events makes is gone
# by the next one, and to look it through on the way (Python's own number is 700) took 5 % of all.
GARBAGE = (20_000, 10, 10)


def run(services: Sequence[Service], role: Role) -> None:
    """Host `services` until told to stop; returns when everything has stopped."""
    uvloop.run(serve(services, role))


async def serve(services: Sequence[Service], role: Role) -> None:
    """Start every service, listen, wait for a signal, drain."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    servers = [_Server(_config(service)) for service in services]
    async with contextlib.AsyncExitStack() as stack:
        for service in services:
            stack.push_async_callback(service.stop)
        await asyncio.gather(*(service.start(role) for service in services))
        listeners = [asyncio.create_task(server.serve()) for server in servers]
        for service in services:
            log.info("service.started", service=service.name, role=role.value, port=service.port)
        # What lives as long as the process is not looked at again: a full collection took as long
        # as several requests.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE)
        halted = asyncio.create_task(stopping.wait())
        await asyncio.wait([halted, *listeners], return_when=asyncio.FIRST_COMPLETED)
        halted.cancel()
        log.info("service.draining", services=[service.name for service in services])
        for server in servers:
            server.end()
        for service in services:
            for told in service.draining:
                told()
        await asyncio.gather(*listeners)
    log.info("service.stopped", services=[service.name for service in services])


def _config(service: Service) -> uvicorn.Config:
    return uvicorn.Config(
        service.app,
        host=service.host,
        port=service.port,
        loop="uvloop",
        http=Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE,
        backlog=1024,
    )


class _Server(uvicorn.Server):
    """uvicorn without its signal handling, because the process above handles signals for all of
    them, and without its ten looks a second whether it is to end."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._ending = asyncio.Event()

    def end(self) -> None:
        """Take no new connection, answer what was asked, and return from `serve`."""
        self.should_exit = True
        self._ending.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)  # sets the headers that every answer has
        await self._ending.wait()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
