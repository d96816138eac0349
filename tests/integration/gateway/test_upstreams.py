"""Services that misbehave, and what their callers are told."""

import asyncio

import httpx
import pytest
from integration.gateway.rig import Auth, Echo, Handler, Start, raw_server, served
from support.waiting import eventually

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


def answering(*responses: bytes) -> Handler:
    """One response for each request of a connection."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for response in responses:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(response)

    return handle


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes everything and says nothing."""
    while await reader.read(65536):
        pass
    writer.close()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nx-long: " + b"x" * 70_000 + b"\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\n" + b"x-many: 1\r\n" * 10_000 + b"content-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx-a: b\x00c\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx-a: b\x01c\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nx a: b\r\ncontent-length: 2\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\ncontent-length: nine\r\n\r\nok",
        b"HTTP/1.1 999999 OK\r\n\r\n",
    ],
)
async def test_what_is_no_good_response_is_502(
    start_gateway: Start, auth: Auth, response: bytes
) -> None:
    async with raw_server(answering(response)) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        answer = await gateway.get(auth.path(), headers=auth.bearer())
        assert (answer.status_code, answer.json()["code"]) == (502, "bad-gateway")


async def test_chunks_and_interim_answers_pass_on_a_kept_connection(
    start_gateway: Start, auth: Auth
) -> None:
    chunked = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;x=y\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    )
    interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"
    async with raw_server(answering(chunked, interim + chunked, OK)) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        texts = [(await gateway.get(auth.path(), headers=auth.bearer())).text for _ in range(3)]
    assert texts == ["abc", "abc", "ok"]


async def test_an_answer_before_the_end_of_the_body_is_passed_on(
    start_gateway: Start, auth: Auth
) -> None:
    """The client hears it at once, and the connection that holds half a request is not used
    again."""
    connections = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 409 Conflict\r\ncontent-length: 4\r\n\r\nhalt")
        await _read(reader, writer)

    async with raw_server(refuse) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        for _ in range(2):
            reader, writer = await asyncio.open_connection(
                gateway.base_url.host, gateway.base_url.port
            )
            writer.write(
                f"POST {auth.path()} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n"
                f"authorization: Bearer {auth.token()}\r\n\r\nbeginning".encode()
            )
            async with asyncio.timeout(30):
                assert await reader.readline() == b"HTTP/1.1 409 Conflict\r\n"
                assert b"halt" in await reader.readuntil(b"halt")
            writer.close()
    assert connections == 2


async def test_a_service_that_leaves_in_the_middle_of_a_body_is_502(
    start_gateway: Start, auth: Auth
) -> None:
    async def leave(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(4000)

    async with raw_server(leave) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        answer = await gateway.post(auth.path(), content=b"x" * 500_000, headers=auth.bearer())
        assert answer.status_code == 502


async def test_an_upload_may_take_longer_than_an_answer(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    """As long as it moves; what counts for the service begins when it has everything."""

    async def slowly():  # type: ignore[no-untyped-def]  # noqa: ANN202
        for _ in range(8):
            yield b"x" * 100
            await asyncio.sleep(0.1)

    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=catalog, response_timeout=0.5, body_timeout=30)
        answer = await gateway.post(auth.path(), content=slowly(), headers=auth.bearer())
        assert answer.status_code == 200
        assert len(echo.seen[0].body) == 800


async def test_a_body_that_stops_is_408_wherever_it_stops(start_gateway: Start, auth: Auth) -> None:
    async with raw_server(_read) as catalog:
        gateway = await start_gateway(catalog_url=catalog, response_timeout=0.1, body_timeout=0.4)
        reader, writer = await asyncio.open_connection(gateway.base_url.host, gateway.base_url.port)
        writer.write(
            f"POST {auth.path()} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
            f"authorization: Bearer {auth.token()}\r\n\r\n3\r\nabc\r\n".encode()
        )
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()


async def test_a_service_that_takes_no_body_slows_its_sender_down_and_is_504(
    start_gateway: Start, auth: Auth
) -> None:
    async def ignore(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.Event().wait()

    async with raw_server(ignore) as catalog:
        gateway = await start_gateway(catalog_url=catalog, response_timeout=0.5)
        reader, writer = await asyncio.open_connection(gateway.base_url.host, gateway.base_url.port)
        writer.write(
            f"POST {auth.path('test-uploads')} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000000\r\n"
            f"authorization: Bearer {auth.token()}\r\n\r\n".encode()
        )
        sent = 0
        answer = asyncio.create_task(reader.readline())
        async with asyncio.timeout(30):
            while not answer.done():
                writer.write(b"x" * 65536)
                draining = asyncio.create_task(writer.drain())
                await asyncio.wait([draining, answer], return_when=asyncio.FIRST_COMPLETED)
                sent += 65536
            assert (await answer).startswith(b"HTTP/1.1 504 ")
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
        writer.transport.abort()
        assert sent < 64 * 1024 * 1024


@pytest.mark.parametrize("limit", ["idle_timeout", "total_timeout"])
async def test_an_answer_that_stops_is_cut(start_gateway: Start, auth: Auth, limit: str) -> None:
    async def stop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")
        await asyncio.Event().wait()

    async with raw_server(stop) as catalog:
        gateway = await start_gateway(catalog_url=catalog, **{limit: 0.3})
        with pytest.raises(httpx.RemoteProtocolError):
            await gateway.get(auth.path(), headers=auth.bearer())


async def test_a_stream_of_events_has_all_the_time(start_gateway: Start, auth: Auth) -> None:
    async def stream(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n")
        await asyncio.sleep(0.8)
        writer.write(b"data: 2\n\n")

    async with raw_server(stream) as notify:
        gateway = await start_gateway(
            notify_url=notify, idle_timeout=0.2, total_timeout=0.3, response_timeout=0.6
        )
        answer = await gateway.get(auth.path("test-stream"), headers=auth.bearer())
        assert answer.text == "data: 1\n\ndata: 2\n\n"


async def test_a_read_that_one_replica_drops_another_answers(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    """A change is not sent again: it may have happened."""
    dropped = 0

    async def drop(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        nonlocal dropped
        await reader.readuntil(b"\r\n\r\n")
        dropped += 1

    async with raw_server(drop) as bad, served(echo) as good:
        gateway = await start_gateway(catalog_url=f"{bad},{good}")
        assert (await gateway.get(auth.path(), headers=auth.bearer())).status_code == 200
        assert dropped == 1
    async with raw_server(drop) as bad, served(echo) as good:
        gateway = await start_gateway(catalog_url=f"{bad},{good}")
        assert (await gateway.post(auth.path(), headers=auth.bearer())).status_code == 502
        assert len(echo.seen) == 1


async def test_a_service_that_fails_again_and_again_is_left_alone_for_a_while(
    start_gateway: Start, auth: Auth
) -> None:
    """Its callers hear so at once; when it works again, so do they."""
    asked = 0
    works = asyncio.Event()

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while await reader.readuntil(b"\r\n\r\n"):
            asked += 1
            await works.wait()
            writer.write(OK)

    async with raw_server(hang) as catalog:
        gateway = await start_gateway(catalog_url=catalog, response_timeout=0.2)
        headers = auth.bearer()
        slow = [(await gateway.get(auth.path(), headers=headers)).status_code for _ in range(5)]
        assert slow == [504] * 5
        fast = await gateway.get(auth.path(), headers=headers)
        assert (fast.status_code, fast.headers["retry-after"]) == (503, "1")
        assert asked == 5
        works.set()

        async def answers() -> bool:
            return (await gateway.get(auth.path(), headers=headers)).text == "ok"

        assert await eventually(answers)
