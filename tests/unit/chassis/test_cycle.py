"""A response on its way out."""

import asyncio
import logging
from typing import Any

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from chassis.cycle import Cycle


class Wire(asyncio.Transport):
    """Keeps what is written, each write by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


@pytest.fixture
async def wire() -> Wire:
    return Wire()


def made(
    wire: Wire, *, method: str = "GET", version: str = "1.1", keep_alive: bool = True
) -> Cycle:
    log = logging.getLogger(__name__)
    scope: Any = {"type": "http", "method": method, "http_version": version}
    cycle = Cycle(
        scope, wire, FlowControl(wire), log, log, False, [], asyncio.Event(), False, keep_alive,
        lambda: None,
    )  # fmt: skip
    cycle.loop = asyncio.get_running_loop()
    cycle.close = wire.close
    return cycle


async def start(cycle: Cycle, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    await cycle.send({"type": "http.response.start", "status": status, "headers": headers})


async def body(cycle: Cycle, part: bytes, *, more: bool = False) -> None:
    await cycle.send({"type": "http.response.body", "body": part, "more_body": more})


async def test_head_and_body_leave_together(wire: Wire) -> None:
    cycle = made(wire)
    await start(cycle, (b"content-length", b"2"))
    await body(cycle, b"ok")
    assert wire.writes == [b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"]
    assert cycle.response_complete
    assert not wire.closed


async def test_a_head_does_not_wait_for_a_body_that_comes_later(wire: Wire) -> None:
    cycle = made(wire)
    await start(cycle)
    await asyncio.sleep(0)
    assert wire.writes == [b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"]
    await body(cycle, b"one", more=True)
    await body(cycle, b"")
    assert wire.writes[1:] == [b"3\r\none\r\n", b"0\r\n\r\n"]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_no_body_where_none_belongs(wire: Wire, method: str, status: int) -> None:
    cycle = made(wire, method=method)
    await start(cycle, status=status)
    await body(cycle, b"")
    assert b"".join(wire.writes).endswith(b"\r\n\r\n")
    assert b"transfer-encoding" not in wire.writes[0]


async def test_http_1_0_gets_no_chunks(wire: Wire) -> None:
    cycle = made(wire, version="1.0", keep_alive=False)
    await start(cycle)
    await body(cycle, b"one", more=True)
    await body(cycle, b"two")
    assert b"".join(wire.writes) == b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nonetwo"
    assert wire.closed


@pytest.mark.parametrize(
    "field",
    [
        *((b"location", b"/\r\nset-cookie: a=b"), (b"location", b"/\nx: y"), (b"x", b"a\rb")),
        *((b"x\r\ny", b"z"), (b"x", b"a\x00b"), (b"x", b"a\r\n\r\n<html>")),
    ],
)
async def test_no_value_becomes_a_field(wire: Wire, field: tuple[bytes, bytes]) -> None:
    """And what is answered instead may still be."""
    cycle = made(wire)
    with pytest.raises(RuntimeError, match="header"):
        await start(cycle, (b"content-length", b"9"), field)
    assert wire.writes == []
    await start(cycle, (b"content-length", b"0"), status=500)
    await body(cycle, b"")
    assert wire.writes == [b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"]


@pytest.mark.parametrize("part", [b"o", b"okk"])
async def test_a_body_is_as_long_as_it_says(wire: Wire, part: bytes) -> None:
    cycle = made(wire)
    await start(cycle, (b"content-length", b"2"))
    with pytest.raises(RuntimeError, match="Content-Length"):
        await body(cycle, part)


async def test_everything_in_its_turn(wire: Wire) -> None:
    cycle = made(wire)
    with pytest.raises(RuntimeError, match="out of turn"):
        await body(cycle, b"")
    await start(cycle)
    with pytest.raises(RuntimeError, match="out of turn"):
        await start(cycle)
    await body(cycle, b"")
    with pytest.raises(RuntimeError, match="out of turn"):
        await body(cycle, b"")
