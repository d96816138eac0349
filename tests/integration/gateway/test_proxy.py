"""What passes: header fields, bodies, streams, and what happens when a service misbehaves."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from integration.gateway.rig import (
    OK,
    Auth,
    Echo,
    Start,
    raw_server,
    served,
)
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send


async def test_identity_and_forwarding_fields_end_at_the_gateway(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    hostile = {
        "X-Warehouse-Identity": "forged",
        "X-Warehouse-Anything": "1",
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Host": "elsewhere",
        "Forwarded": "for=10.0.0.1",
        "X-Real-IP": "10.0.0.1",
        "Proxy-Authorization": "Basic eA==",
        "TE": "trailers",
        "Keep-Alive": "timeout=5",
        "Connection": "keep-alive, X-Secret-Hop",
        "X-Secret-Hop": "1",
        "X-Kept": "yes",
        "Accept-Language": "et",
    }
    await client.get(auth.path(), headers=auth.bearer() | hostile)
    (seen,) = echo.seen
    assert {name for name, _ in seen.headers} == {
        *("accept", "accept-language", "host", "traceparent", "user-agent"),
        *("x-kept", "x-request-id", "x-warehouse-identity"),
    }
    assert len(seen.values("x-warehouse-identity")) == 1


async def test_request_id_and_trace_go_in_and_come_out(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    given = {"X-Request-Id": "mine-1", "traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    answer = await client.get(auth.path(), headers=auth.bearer() | given)
    assert answer.headers["x-request-id"] == "mine-1"
    assert answer.headers["traceparent"].startswith(f"00-{trace}-")
    assert echo.seen[0].values("x-request-id") == ["mine-1"]
    assert echo.seen[0].values("traceparent") == [answer.headers["traceparent"]]
    assert "b7ad6b7169203331" not in answer.headers["traceparent"]


@pytest.mark.parametrize("given", ["x" * 129, "a b", "<script>"])
async def test_an_unfit_request_id_is_made_anew(
    client: httpx.AsyncClient, auth: Auth, given: str
) -> None:
    answer = await client.get(auth.path(), headers=auth.bearer() | {"X-Request-Id": given})
    assert answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 32


async def test_answers_carry_few_fields_of_the_gateways_own(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    echo.headers = {"ETag": '"3"', "Server": "leaky", "X-Warehouse-Internal": "leaky"}
    answer = await client.get(auth.path(), headers=auth.bearer())
    assert {*answer.headers} == {
        *("date", "x-content-type-options", "x-request-id", "traceparent"),
        *("etag", "content-length", "ratelimit", "ratelimit-policy", "cache-control"),
        "cross-origin-resource-policy",
    }
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("size", [0, 10, 70_000, 1024 * 1024])
async def test_bodies_up_to_the_limit_arrive_whole(
    client: httpx.AsyncClient, auth: Auth, echo: Echo, size: int
) -> None:
    content = bytes(i % 251 for i in range(size))
    answer = await client.post(auth.path(), content=content, headers=auth.bearer())
    assert answer.status_code == 200
    assert echo.seen[0].body == content


async def test_a_chunked_body_arrives_whole(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    async def parts() -> AsyncIterator[bytes]:
        for number in range(5):
            yield b"%d" % number * 1000
            await asyncio.sleep(0.01)

    await client.post(auth.path(), content=parts(), headers=auth.bearer())
    assert echo.seen[0].body == b"".join(b"%d" % number * 1000 for number in range(5))


async def test_a_body_over_the_limit_is_refused_by_its_length(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    answer = await client.post(auth.path(), content=b"x" * (1024 * 1024 + 1), headers=auth.bearer())
    assert answer.status_code == 413
    assert answer.json()["code"] == "payload-too-large"
    assert echo.seen == []


async def test_a_chunked_body_over_the_limit_is_refused_while_it_streams(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 64 * 1024
            await asyncio.sleep(0)

    answer = await client.post(auth.path(), content=endless(), headers=auth.bearer())
    assert answer.status_code == 413
    assert echo.seen == []
    # The connection that was cut in the middle of a request is not used again.
    assert (await client.get(auth.path(), headers=auth.bearer())).status_code == 200


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_answers_without_a_body_leave_the_connection_usable(
    client: httpx.AsyncClient, auth: Auth, echo: Echo, method: str, status: int
) -> None:
    echo.status = status
    if status != 200:
        echo.content = b""
    for _ in range(3):
        answer = await client.request(method, auth.path(), headers=auth.bearer())
        assert answer.status_code == status
        assert answer.content == b""
    echo.status, echo.content = 200, b"whole"
    assert (await client.get(auth.path(), headers=auth.bearer())).content == b"whole"


async def test_a_304_that_names_a_length_passes(start_gateway: Start, auth: Auth) -> None:
    async def not_modified(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b'HTTP/1.1 304 Not Modified\r\netag: "1"\r\ncontent-length: 900\r\n\r\n')

    async with raw_server(not_modified) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        for _ in range(2):
            answer = await gateway.get(auth.path(), headers=auth.bearer())
            assert answer.status_code == 304
            assert answer.headers["etag"] == '"1"'


async def test_a_large_answer_arrives_whole(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    echo.content = bytes(range(256)) * 20_000
    answer = await client.get(auth.path(), headers=auth.bearer())
    assert answer.content == echo.content


async def test_a_part_passes_as_it_is(client: httpx.AsyncClient, auth: Auth, echo: Echo) -> None:
    """Range and If-Range reach the service; 206 and 416 come back with their fields, the part
    byte by byte, though it is text that compressing would pay for."""
    asked = {"range": "bytes=10-2009", "if-range": '"abc"', "accept-encoding": "gzip"}
    echo.status, echo.content = 206, b"x" * 2000
    echo.headers = {"content-range": "bytes 10-2009/9000", "content-type": "text/plain"}
    part = await client.get(auth.path(), headers=auth.bearer() | asked)
    assert (part.status_code, part.content) == (206, b"x" * 2000)
    assert part.headers["content-range"] == "bytes 10-2009/9000"
    assert part.headers["content-length"] == "2000"
    assert "content-encoding" not in part.headers
    assert echo.seen[-1].values("range") == ["bytes=10-2009"]
    assert echo.seen[-1].values("if-range") == ['"abc"']
    echo.status, echo.headers = 416, {"content-range": "bytes */9000"}
    beyond = await client.get(auth.path(), headers=auth.bearer() | asked)
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */9000")


async def test_a_refusal_in_the_middle_of_a_body_reaches_the_client(
    start_gateway: Start, auth: Auth
) -> None:
    """The service has seen enough of an upload: its answer passes while the client still sends."""

    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await Response(b"too large", 413)(scope, receive, send)

    async with served(refuse) as catalog, asyncio.timeout(30):
        gateway = await start_gateway(catalog_url=catalog)
        url = gateway.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        writer.write(
            f"POST {auth.path('test-uploads')} HTTP/1.1\r\nhost: x\r\ncontent-length: 900000000"
            f"\r\nauthorization: Bearer {auth.token()}\r\n\r\n".encode()
            + b"x" * 1_000_000
        )
        answer = await reader.readuntil(b"too large")
        assert answer.startswith(b"HTTP/1.1 413 ")
        writer.close()
        await writer.wait_closed()


async def test_events_stream_through_as_they_happen(start_gateway: Start, auth: Auth) -> None:
    tick = asyncio.Event()
    ended = asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        async def events() -> AsyncIterator[bytes]:
            yield b"data: first\n\n"
            await tick.wait()
            yield b"data: second\n\n"
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()

        await StreamingResponse(events(), media_type="text/event-stream")(scope, receive, send)

    async with served(stream) as notify:
        gateway = await start_gateway(notify_url=notify)
        async with asyncio.timeout(30):
            async with gateway.stream(
                "GET", auth.path("test-stream"), headers=auth.bearer()
            ) as answer:
                assert answer.headers["content-type"].startswith("text/event-stream")
                parts = answer.aiter_raw()
                assert await anext(parts) == b"data: first\n\n"
                tick.set()
                assert await anext(parts) == b"data: second\n\n"
            # The client is gone: so is the request to the service.
            await ended.wait()


async def test_a_client_that_leaves_before_the_answer_ends_the_request(
    start_gateway: Start, auth: Auth
) -> None:
    started, left = asyncio.Event(), asyncio.Event()

    async def slow(scope: Scope, receive: Receive, _send: Send) -> None:
        started.set()
        await Request(scope, receive).body()
        while (await receive())["type"] != "http.disconnect":
            pass
        left.set()

    async with served(slow) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        asking = asyncio.create_task(gateway.get(auth.path(), headers=auth.bearer()))
        async with asyncio.timeout(30):
            await started.wait()
            asking.cancel()
            await left.wait()


async def test_a_client_that_leaves_in_the_middle_of_its_body_ends_the_request(
    start_gateway: Start, auth: Auth
) -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    async def wait(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"beginning")
        begun.set()
        try:
            await reader.read()
        finally:
            left.set()

    async with raw_server(wait) as catalog, asyncio.timeout(30):
        gateway = await start_gateway(catalog_url=catalog)
        _, writer = await asyncio.open_connection(gateway.base_url.host, gateway.base_url.port)
        writer.write(
            f"POST {auth.path()} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n"
            f"authorization: Bearer {auth.token()}\r\n\r\nbeginning".encode()
        )
        await begun.wait()
        writer.transport.abort()
        await left.wait()


async def test_a_slow_reader_slows_the_service_down(start_gateway: Start, auth: Auth) -> None:
    sent = 0

    async def flood(scope: Scope, receive: Receive, send: Send) -> None:
        async def parts() -> AsyncIterator[bytes]:
            nonlocal sent
            for _ in range(1000):
                yield b"x" * 65536
                sent += 65536

        await StreamingResponse(parts())(scope, receive, send)

    async with served(flood) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        async with gateway.stream("GET", auth.path(), headers=auth.bearer()) as answer:
            parts = answer.aiter_raw()
            await anext(parts)
            before = -1
            while before != sent:  # until nothing moves any more
                before = sent
                await asyncio.sleep(0.1)
            assert sent < 32 * 1024 * 1024
            total = 0
            async for part in parts:
                total += len(part)
            assert sent == 65536 * 1000


@pytest.mark.parametrize("beginning", [b"", b"x"])
async def test_a_body_that_does_not_arrive_is_408(
    start_gateway: Start, auth: Auth, echo: Echo, beginning: bytes
) -> None:
    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=catalog, body_timeout=0.3)
        host, port = gateway.base_url.host, gateway.base_url.port
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(
            f"POST {auth.path()} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n"
            f"authorization: Bearer {auth.token()}\r\n\r\n".encode()
            + beginning
        )
        async with asyncio.timeout(30):
            assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.close()
    assert echo.seen == []


async def test_connections_to_a_service_are_kept_and_bounded(
    start_gateway: Start, auth: Auth
) -> None:
    opened = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened
        opened += 1
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(0.005)
            writer.write(OK)

    async with raw_server(count) as catalog:
        gateway = await start_gateway(catalog_url=catalog, upstream_connections=3)
        headers = auth.bearer()
        await gateway.get(auth.path(), headers=headers)
        answers = await asyncio.gather(
            *(gateway.get(auth.path(), headers=headers) for _ in range(40))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert opened <= 3


async def test_an_upgrade_is_ignored(client: httpx.AsyncClient, auth: Auth, echo: Echo) -> None:
    headers = auth.bearer() | {"Connection": "Upgrade", "Upgrade": "h2c"}
    answer = await client.get(auth.path(), headers=headers)
    assert answer.status_code == 200
    assert echo.seen[0].values("upgrade") == []


@pytest.mark.parametrize("method", ["TRACE", "PUT", "PROPFIND"])
async def test_a_method_that_an_address_has_not_is_405(
    client: httpx.AsyncClient, auth: Auth, method: str
) -> None:
    answer = await client.request(method, auth.path())
    assert (answer.status_code, answer.json()["code"]) == (405, "method-not-allowed")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS, POST"


async def test_options_are_told_without_a_token(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    answer = await client.options(auth.path())
    assert (answer.status_code, answer.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert (await client.options("/v1/unknown")).status_code == 404
    assert echo.seen == []


async def test_a_route_may_take_more_than_the_usual(
    client: httpx.AsyncClient, auth: Auth, echo: Echo
) -> None:
    path = auth.path("test-files")
    whole = await client.post(path, content=b"x" * 1_900_000, headers=auth.bearer())
    assert whole.status_code == 200
    more = await client.post(path, content=b"x" * 2_000_001, headers=auth.bearer())
    assert more.status_code == 413
    assert "2000000 bytes" in more.json()["detail"]
    assert len(echo.seen) == 1
