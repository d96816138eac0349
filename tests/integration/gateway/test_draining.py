"""SIGTERM: what was asked is answered, nothing new is taken."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from integration.gateway.rig import NOWHERE, PRIVATE_KEY, Auth, raw_server, served
from support.waiting import eventually

from warehouse.embedded.server import free_ports

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
PROGRAM = (
    "from chassis import hosting, logging; from chassis.settings import Role; "
    "from gateway.app import build; logging.configure('json', 'error'); "
    "hosting.run([build()], Role.API)"
)


@asynccontextmanager
async def process(
    port: int, contracts: Path, **urls: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "GATEWAY_CONTRACTS": str(contracts),
        "KAFKA_BOOTSTRAP_SERVERS": NOWHERE,
        "WAREHOUSE_IDENTITY_PRIVATE_KEY": PRIVATE_KEY,
        **{
            f"GATEWAY_{name.upper()}_URL": urls.get(name, f"http://{NOWHERE}")
            for name in ("auth", "catalog", "inventory", "loans", "notify", "analytics")
        },
    }
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, env=environment)
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


class Slow:
    """Answers what is asked of an item when told to, and all else at once."""

    def __init__(self) -> None:
        self.asked, self.go_on = asyncio.Event(), asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"POST"):
                await reader.readexactly(8)
            elif b"/items/" in head:
                self.asked.set()
                await self.go_on.wait()
            writer.write(OK)


async def _stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
    await reader.read()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return False
    writer.close()
    return True


async def test_nothing_in_flight_is_cut(auth: Auth, contracts_folder: Path) -> None:
    slow = Slow()
    [port] = free_ports(1)

    async def sent(
        method: str, path: str, *more: str
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        fields = "".join(f"{line}\r\n" for line in (f"Authorization: Bearer {auth.token()}", *more))
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: x\r\n{fields}\r\n".encode())
        return reader, writer

    async with (
        served(auth.app) as auth_url,
        raw_server(slow) as catalog,
        raw_server(_stream) as notify,
        process(port, contracts_folder, auth=auth_url, catalog=catalog, notify=notify) as gateway,
        asyncio.timeout(40),
    ):
        await eventually(lambda: _listens(port))
        idle = await sent("GET", auth.path())
        assert (await idle[0].readuntil(b"ok")).startswith(b"HTTP/1.1 200 ")
        answer = await sent("GET", auth.path("items/x"))
        await slow.asked.wait()
        upload = await sent("POST", auth.path(), "Content-Length: 8")
        upload[1].write(b"half")
        events = await sent("GET", auth.path("test-stream"))
        await events[0].readuntil(b"data: 1\n\n")

        gateway.send_signal(signal.SIGTERM)
        assert await idle[0].read() == b""
        assert (await events[0].read()).endswith(b"0\r\n\r\n"), "the stream ends, and is not cut"
        assert gateway.returncode is None
        assert not await _listens(port)
        upload[1].write(b"half")
        slow.go_on.set()
        for reader, _ in (upload, answer):
            whole = await reader.read()
            assert whole.startswith(b"HTTP/1.1 200 ")
            assert b"\r\nconnection: close\r\n" in whole
            assert whole.endswith(b"ok")
        assert await gateway.wait() == 0
        for _, writer in (idle, answer, upload, events):
            writer.close()
