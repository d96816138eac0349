"""PostgreSQL and Kafka as supervised processes: children of the supervisor itself."""

import asyncio
import signal
import subprocess
import time

from warehouse.embedded.server import Server, ServerStartError, spawn

DEADLINE = 60.0  # seconds; recovery after a crash takes part of it
EVERY = 0.02  # seconds between looks


class ServerProcess:
    """A server that was started here."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.pid = process.pid

    async def wait(self) -> int:
        return await asyncio.to_thread(self._process.wait)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)


async def start_server(server: Server) -> ServerProcess:
    """Prepare, start, wait until it answers; raises `ServerStartError`, and then it is ended."""
    await asyncio.to_thread(server.prepare)
    process = spawn(server.launch())
    server.started(process.pid)
    try:
        until = time.monotonic() + DEADLINE
        while not server.ready():
            if process.poll() is not None or time.monotonic() > until:
                raise ServerStartError(server)  # noqa: TRY301 - ended below like all others
            await asyncio.sleep(EVERY)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return ServerProcess(process)
