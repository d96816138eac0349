"""One connection, byte by byte."""

import asyncio

import pytest

from gateway.connection import BrokenResponseError, ClosedByServiceError, Connection


class Wire(asyncio.Transport):
    """The service's end of the wire."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.paused = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None:
        self.paused = True

    def resume_reading(self) -> None:
        self.paused = False


@pytest.fixture
async def connection() -> Connection:
    made = Connection(asyncio.get_running_loop())
    made.connection_made(Wire())
    made.send(b"GET / HTTP/1.1\r\n\r\n", head_only=False)
    return made


@pytest.fixture
async def wire(connection: Connection) -> Wire:
    assert isinstance(connection._transport, Wire)
    return connection._transport


async def test_a_response_may_come_in_single_bytes(connection: Connection) -> None:
    for byte in b"HTTP/1.1 201 Created\r\nX-A: 1\r\ncontent-length: 2\r\n\r\nok":
        connection.data_received(bytes([byte]))
    await connection.head()
    assert (connection.status, connection.take(), connection.complete) == (201, b"ok", True)
    assert connection.headers == [(b"x-a", b"1"), (b"content-length", b"2")]
    assert connection.finish(sent=True)


async def test_bytes_after_a_response_spoil_the_connection(connection: Connection) -> None:
    response = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
    connection.data_received(response + response)
    assert connection.take() == b"ok"
    assert not connection.finish(sent=True)


async def test_bytes_that_nobody_asked_for_close_the_connection(
    connection: Connection, wire: Wire
) -> None:
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    assert connection.finish(sent=True)
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    assert connection.lost
    assert wire.closed


async def test_a_service_that_wants_to_close_is_believed(connection: Connection) -> None:
    connection.data_received(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    assert not connection.finish(sent=True)


async def test_a_request_that_was_not_sent_whole_spoils_the_connection(
    connection: Connection,
) -> None:
    connection.data_received(b"HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n")
    assert not connection.finish(sent=False)


async def test_reading_pauses_while_nobody_takes(connection: Connection, wire: Wire) -> None:
    connection.data_received(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
    connection.data_received(b"x" * 70_000)
    assert wire.paused
    assert len(connection.take()) == 70_000
    assert not wire.paused


async def test_a_close_before_the_response_is_told(connection: Connection) -> None:
    connection.connection_lost(None)
    with pytest.raises(ClosedByServiceError):
        await connection.head()
    assert not connection.received


async def test_what_is_no_response_is_told(connection: Connection) -> None:
    connection.data_received(b"220 mail.example.org ESMTP\r\n")
    with pytest.raises(BrokenResponseError):
        await connection.head()


async def test_trailers_are_left_out(connection: Connection) -> None:
    connection.data_received(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Trailer: 1\r\n\r\n"
    )
    assert connection.take() == b"ok"
    assert connection.headers == [(b"transfer-encoding", b"chunked")]
    assert connection.finish(sent=True)
