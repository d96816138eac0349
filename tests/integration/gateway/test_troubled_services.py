"""What the gateway makes of services that are down, slow, or speak oddly."""

import asyncio

import httpx
import pytest
from integration.gateway.rig import (
    OK,
    Auth,
    Echo,
    Handler,
    Start,
    raw_server,
    served,
)


async def test_a_get_on_a_connection_the_service_had_closed_is_sent_again(
    start_gateway: Start, auth: Auth
) -> None:
    """The service answers one request on each connection and closes when the next one comes."""
    requests: list[bytes] = []

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)
        requests.append(await reader.readuntil(b"\r\n\r\n"))

    async with raw_server(once) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        assert (await gateway.get(auth.path(), headers=auth.bearer())).text == "ok"
        assert (await gateway.get(auth.path(), headers=auth.bearer())).text == "ok"
        assert len(requests) == 3
        lost = await gateway.post(auth.path(), headers=auth.bearer(), content=b"x")
        assert lost.status_code == 502, "a POST that may have had its effect is not sent again"


async def _garbage(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")


async def _silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")


async def _upgrade(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n")


@pytest.mark.parametrize("handler", [_garbage, _silence, _upgrade])
async def test_a_service_that_speaks_no_http_is_a_bad_gateway(
    start_gateway: Start, auth: Auth, handler: Handler
) -> None:
    async with raw_server(handler) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        answer = await gateway.get(auth.path(), headers=auth.bearer())
        assert answer.status_code == 502
        assert answer.json()["code"] == "bad-gateway"


async def test_a_body_that_breaks_off_is_not_passed_as_whole(
    start_gateway: Start, auth: Auth
) -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")

    async with raw_server(half) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        with pytest.raises(httpx.RemoteProtocolError):
            await gateway.get(auth.path(), headers=auth.bearer())


async def test_an_answer_that_ends_with_its_connection_is_whole(
    start_gateway: Start, auth: Auth
) -> None:
    async def until_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nall of it")

    async with raw_server(until_close) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        assert (await gateway.get(auth.path(), headers=auth.bearer())).text == "all of it"


async def test_interim_answers_are_skipped(start_gateway: Start, auth: Auth) -> None:
    async def hints(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" + OK)

    async with raw_server(hints) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        for _ in range(2):
            answer = await gateway.get(auth.path(), headers=auth.bearer())
            assert (answer.status_code, answer.text) == (200, "ok")
            assert "link" not in answer.headers


async def test_a_service_that_is_down_is_503_with_retry_after(
    start_gateway: Start, auth: Auth
) -> None:
    gateway = await start_gateway()
    answer = await gateway.get(auth.path(), headers=auth.bearer())
    assert answer.status_code == 503
    assert answer.json()["code"] == "unavailable"
    assert answer.headers["retry-after"] == "1"


async def test_another_replica_answers_for_one_that_is_down(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=f"http://127.0.0.1:9,{catalog}")
        for _ in range(4):
            assert (await gateway.get(auth.path(), headers=auth.bearer())).status_code == 200


async def test_a_service_that_comes_back_is_used_again(
    start_gateway: Start, auth: Auth, echo: Echo
) -> None:
    async with served(echo) as catalog:
        gateway = await start_gateway(catalog_url=catalog)
        assert (await gateway.get(auth.path(), headers=auth.bearer())).status_code == 200
    assert (await gateway.get(auth.path(), headers=auth.bearer())).status_code == 503


async def test_an_answer_that_takes_too_long_is_504(start_gateway: Start, auth: Auth) -> None:
    async def never(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with raw_server(never) as catalog:
        gateway = await start_gateway(catalog_url=catalog, response_timeout=0.3)
        answer = await gateway.get(auth.path(), headers=auth.bearer())
        assert answer.status_code == 504
        assert answer.json()["code"] == "gateway-timeout"


async def test_services_refuse_what_did_not_come_through_the_gateway(echo: Echo) -> None:
    async with served(echo) as catalog, httpx.AsyncClient(base_url=catalog) as direct:
        assert (await direct.get("/v1/anything")).status_code == 401
    assert echo.seen == []
