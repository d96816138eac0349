"""A real HTTP server that knows products, and can be told to behave badly."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Products:
    """`answers`: by path, a JSON document, or the bytes of a whole answer, or seconds to be silent;
    404 for any other path. `asked`: the paths that were asked for."""

    url: str = ""
    answers: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode()
            self.asked.append(path)
            answer = self.answers.get(path, b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")
            if isinstance(answer, int):
                await asyncio.sleep(answer)
            elif isinstance(answer, bytes):
                writer.write(answer)
            else:
                body = json.dumps(answer).encode()
                top = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n".encode()
                writer.write(top + b"connection: close\r\n\r\n" + body)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # who asked has left
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def serving(url: str = "http://127.0.0.1:0") -> AsyncIterator[Products]:
    """Such a server, at `url` or at a port of its own."""
    products, tasks = Products(), set[asyncio.Task[None]]()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(products.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(connected, "127.0.0.1", urlsplit(url).port or 0)
    products.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield products
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
