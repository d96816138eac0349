"""A TCP proxy that fails on demand: what lies between a client and its broker, made unreliable.

It runs in a thread of its own, so that it goes on while a test blocks. Faults are switched at run
time and hold for the connections there are as for new ones.
"""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

CHUNK = 64 * 1024


class Proxy:
    """Listens on 127.0.0.1:`port` and passes everything on to 127.0.0.1:`target`.

    `refuse`, `delay`, `freeze` and `cut_after` begin a fault, `mend` ends it. Whoever was cut off
    stays so and has to connect anew; what a freeze or a delay held back is delivered, in order.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self.target = target
        self.accepted = 0  # connections so far
        self.cut = 0  # connections ended by a fault
        self._refusing = False
        self._delay = 0.0
        self._limit: int | None = None
        self._flowing = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        self._thread.start()
        self._do(self._listen)

    def stop(self) -> None:
        """Close every connection and the port; the thread ends."""
        self._do(self._close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def refuse(self) -> None:
        """Cut every connection and accept none: the broker is gone."""
        self._do(self._refuse)

    def delay(self, seconds: float) -> None:
        """Hold every piece of data back for so long, either way."""
        self._set(lambda: setattr(self, "_delay", seconds))

    def freeze(self) -> None:
        """Pass nothing on, either way, while connections stay open and new ones are accepted."""
        self._set(self._flowing.clear)

    def cut_after(self, count: int) -> None:
        """Pass `count` bytes more to the broker on each connection, then cut it: in the middle of
        a frame, unless `count` happens to be where one ends."""
        self._set(lambda: setattr(self, "_limit", count))

    def mend(self) -> None:
        """End every fault."""
        self._do(self._mend)

    async def _listen(self) -> None:
        self._flowing.set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)

    async def _close(self) -> None:
        await self._refuse()
        self._flowing.set()
        # Connections that were just being accepted see that it refuses, and end too.
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)
        await asyncio.sleep(0)  # transports close in the loop's next turn

    async def _refuse(self) -> None:
        self._refusing = True
        if self._server is not None:
            # A connection accepted just before has its transport made in one of the next turns; a
            # server that is closed by then drops its socket without closing it.
            for listening in self._server.sockets:
                self._loop.remove_reader(listening.fileno())
            for _ in range(3):
                await asyncio.sleep(0)
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            self._abort(writer)

    async def _mend(self) -> None:
        self._delay, self._limit = 0.0, None
        self._flowing.set()
        self._refusing = False
        if self._server is None:
            await self._listen()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._refusing:
            writer.transport.abort()
            return
        self._writers.add(writer)
        try:
            broker_reader, broker_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            self._abort(writer)
            return
        self._writers.add(broker_writer)
        if self._refusing:
            self._abort(writer, broker_writer)
            return
        both = (writer, broker_writer)
        for pump in (
            self._pump(reader, broker_writer, both, limited=True),
            self._pump(broker_reader, writer, both, limited=False),
        ):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(
        self,
        source: asyncio.StreamReader,
        drain: asyncio.StreamWriter,
        both: tuple[asyncio.StreamWriter, ...],
        *,
        limited: bool,
    ) -> None:
        passed, limit = 0, None
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._flowing.wait()
                if limited and self._limit != limit:
                    passed, limit = 0, self._limit
                if limited and limit is not None and passed + len(data) > limit:
                    drain.write(data[: limit - passed])
                    await drain.drain()
                    self.cut += 1
                    break
                passed += len(data)
                drain.write(data)
                await drain.drain()
        self._abort(*both)

    def _abort(self, *writers: asyncio.StreamWriter) -> None:
        """Close without farewell, as a machine does that goes away."""
        for writer in writers:
            self._writers.discard(writer)
            writer.transport.abort()

    def _do(self, act: Callable[[], Awaitable[T]]) -> T:
        async def run() -> T:
            return await act()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)

    def _set(self, act: Callable[[], object]) -> None:
        async def run() -> None:
            act()

        asyncio.run_coroutine_threadsafe(run(), self._loop).result(10)


def is_refused(port: int) -> bool:
    """Whether nobody accepts connections on `port`."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return True
    return False
