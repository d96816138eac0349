"""A client that costs little beside what it measures: HTTP/1.1 on connections that stay open."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from urllib.parse import urlsplit


class Client:
    """As many connections as are needed at once; each carries one request at a time."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def post(self, path: str, body: dict[str, object]) -> tuple[int, bytes]:
        """Status and body."""
        data = json.dumps(body).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {self._host}\r\n{self._headers}"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        reader, writer = self._idle.pop() if self._idle else await self._connect()
        writer.write(head.encode() + data)
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.partition("content-length:")[2].split("\r\n", 1)[0])
        content = await reader.readexactly(length)
        self._idle.append((reader, writer))
        return int(answer.split(" ", 2)[1]), content

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(self._host, self._port)

    def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


async def open_loop(
    rate: float, seconds: float, call: Callable[[int], Coroutine[None, None, None]]
) -> None:
    """Begin `call(0)`, `call(1)`, ... at a steady rate, whether or not those before have ended;
    returns when all have."""
    began = time.perf_counter()
    calls = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(began + number / rate - time.perf_counter())
        calls.append(asyncio.create_task(call(number)))
    await asyncio.gather(*calls)
