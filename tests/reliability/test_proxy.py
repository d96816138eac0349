"""The fault-injecting proxy does what the fault tests believe it does."""

import asyncio
import contextlib
import gc
import socket
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
from support.proxy import Proxy, is_refused
from support.waiting import eventually

from warehouse.embedded.server import free_ports

FRAME = b"0123456789" * 10


class Echo:
    """A server that sends back what it gets, and remembers it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got = b""
        self._serving: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def stop(self) -> None:
        """End every connection, and wait until it has ended."""
        for writer in self._serving.values():
            writer.transport.abort()
        while tasks := [task for task in self._serving if task and not task.done()]:
            await asyncio.wait(tasks)
        await asyncio.sleep(0)  # transports close in the loop's next turn

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving[asyncio.current_task()] = writer
        try:
            while data := await reader.read(1024):
                self.got += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@pytest.fixture
async def echo() -> AsyncIterator[Echo]:
    [port] = free_ports(1)
    echo = Echo(port)
    server = await asyncio.start_server(echo, "127.0.0.1", port)
    yield echo
    server.close()
    await echo.stop()


@pytest.fixture
def proxy(echo: Echo) -> Iterator[Proxy]:
    [port] = free_ports(1)
    proxy = Proxy(port, echo.port)
    proxy.start()
    yield proxy
    proxy.stop()


async def connected(proxy: Proxy) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", proxy.port)


async def is_cut(reader: asyncio.StreamReader) -> bool:
    try:
        return await asyncio.wait_for(reader.read(1), 40) == b""
    except ConnectionError:
        return True


async def test_it_passes_everything_on_both_ways(proxy: Proxy) -> None:
    reader, writer = await connected(proxy)
    writer.write(FRAME)
    assert await reader.readexactly(len(FRAME)) == FRAME
    writer.close()


async def test_refusing_cuts_what_is_open_and_accepts_nothing_until_mended(proxy: Proxy) -> None:
    reader, writer = await connected(proxy)
    writer.write(FRAME)
    await reader.readexactly(len(FRAME))
    proxy.refuse()
    assert await is_cut(reader)
    assert is_refused(proxy.port)
    proxy.mend()
    assert not is_refused(proxy.port)
    writer.close()


async def test_a_frozen_one_holds_everything_back_and_loses_nothing(
    proxy: Proxy, echo: Echo
) -> None:
    """What was sent into a freeze, also on a connection made in it, arrives after it."""
    proxy.freeze()
    reader, writer = await connected(proxy)
    writer.write(FRAME)
    await writer.drain()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    assert echo.got == b""
    proxy.mend()
    assert await reader.readexactly(len(FRAME)) == FRAME
    writer.close()


async def test_a_slow_one_takes_its_time_each_way(proxy: Proxy) -> None:
    reader, writer = await connected(proxy)
    proxy.delay(0.1)
    clock = asyncio.get_running_loop().time
    began = clock()
    writer.write(FRAME)
    assert await reader.readexactly(len(FRAME)) == FRAME
    assert clock() - began >= 0.2
    writer.close()


async def test_a_frame_is_cut_in_its_middle(proxy: Proxy, echo: Echo) -> None:
    """Exactly the bytes up to the cut reach the other side, on every connection, until mended."""
    proxy.cut_after(30)
    for count in (1, 2):
        reader, writer = await connected(proxy)
        writer.write(FRAME)
        assert await eventually(lambda: proxy.cut == count)  # noqa: B023
        await eventually(lambda: echo.got == FRAME[:30] * count)  # noqa: B023
        writer.close()
    proxy.mend()
    reader, writer = await connected(proxy)
    writer.write(FRAME)
    assert await reader.readexactly(len(FRAME)) == FRAME
    writer.close()


def test_a_connection_made_while_it_begins_to_refuse_is_closed_not_dropped(proxy: Proxy) -> None:
    """A socket left open would end as a warning in whatever test runs next."""
    over = threading.Event()

    def connect() -> None:
        while not over.is_set():
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", proxy.port), timeout=2).close()

    client = threading.Thread(target=connect)
    client.start()
    for _ in range(300):
        proxy.refuse()
        proxy.mend()
    over.set()
    client.join()
    gc.collect()  # what was dropped warns here, and warnings are errors
