"""Bytes that try to be read in two ways, to hang or to pass for somebody else, against one running
gateway. Whatever comes, the service behind sees good requests only, each as its own caller."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from integration.gateway.rig import Auth, Echo, gateways, served

from chassis import protocol

WITHIN = 40.0  # seconds


@dataclass
class Target:
    """A running gateway and the service behind it."""

    auth: Auth
    echo: Echo
    host: str
    port: int

    def head(self, *fields: bytes, method: bytes = b"POST", version: bytes = b"1.1") -> bytes:
        path = self.auth.path().encode()
        token = self.auth.token().encode()
        lines = (
            b"%b %b HTTP/%b" % (method, path, version),
            b"Authorization: Bearer " + token,
            *(() if any(line.lower().startswith(b"host") for line in fields) else (b"Host: x",)),
            *fields,
        )
        return b"\r\n".join(lines) + b"\r\n\r\n"

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            async with asyncio.timeout(WITHIN):
                yield reader, writer
        finally:
            writer.close()

    async def exchange(self, sent: bytes) -> tuple[list[int], bytes, bool]:
        """The statuses and the last body that come back, and whether the connection was ended. A
        good request follows on the same connection: where it is answered, it is the last."""
        async with self.connection() as (reader, writer):
            writer.write(sent)
            statuses, body = [], b""
            while True:
                answer = await read_answer(reader)
                if answer is None:
                    return statuses, body, True
                statuses.append(answer[0])
                body = answer[1]
                if statuses[-1] != 100:
                    break
            writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            after = await read_answer(reader)
            if after is not None:
                assert after == (200, b'{"status": "ok"}')
            return statuses, body, after is None


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, bytes] | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    length = int(fields.get(b"content-length", 0))
    return int(head.split()[1]), await reader.readexactly(length)


@pytest.fixture(scope="module")
async def running(contracts_folder: Path) -> AsyncIterator[Target]:
    auth, echo = Auth(), Echo()
    async with gateways(auth, contracts_folder) as start, served(echo) as catalog:
        client = await start(catalog_url=catalog)
        assert client.base_url.port is not None
        yield Target(auth, echo, client.base_url.host, client.base_url.port)


@pytest.fixture
def target(running: Target) -> Target:
    running.echo.seen.clear()
    return running


NO_LENGTHS = [
    (b"Content-Length: 5", b"Transfer-Encoding: chunked"),
    (b"Transfer-Encoding: chunked", b"Content-Length: 5"),
    (b"Content-Length: 5", b"Content-Length: 5"),
    (b"Content-Length: 5", b"Content-Length: 6"),
    *((b"Content-Length: " + n,) for n in (b"5, 5", b"+5", b"-5", b"0x5", b"5 5", b"", b"9" * 24)),
]
NO_CODINGS = [
    *(
        (b"Transfer-Encoding: " + coding,)
        for coding in (
            *(
                b"xchunked",
                b"chunked, identity",
                b"identity",
                b"gzip, chunked",
                b"chunked, chunked",
            ),
            *(b'"chunked"', b"\x0bchunked", b"", b"chunked;q=1", b"chunked\x00"),
        )
    ),
    (b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked"),
    (b"Transfer-Encoding: chunked", b"Transfer-Encoding: x"),
    (b"Transfer-Encoding: identity", b"Content-Length: 5"),
    (b"Transfer-Encoding:\r\n chunked",),
    (b"Transfer-Encoding : chunked",),
    (b" Transfer-Encoding: chunked",),
    (b"Transfer-Encoding\x00: chunked",),
]
NO_FIELDS = [
    (b"X-A: b\r\n c",),
    *((line,) for line in (b"X-A : b", b"X-A: b\nX-B: c", b"X-A: b\rX-B: c", b"X-A: b\x00c")),
    *((line,) for line in (b"X-A: b\x01c", b"X-A: b\x7fc", b"X[A: b", b": b", b"X-A", b"X\tA: b")),
]


async def test_what_could_be_read_in_two_ways_is_refused(target: Target) -> None:
    """And ends the connection: nothing that was in it is taken for another request."""
    smuggled = target.head(b"X-Smuggled: yes")
    for fields in NO_LENGTHS + NO_CODINGS + NO_FIELDS:
        for body in (b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"):
            sent = target.head(*fields) + body + smuggled
            statuses, answer, ended = await target.exchange(sent)
            assert (statuses, ended) == ([400], True), fields
            assert json.loads(answer)["code"] == "bad-request"
    assert target.echo.seen == []


async def test_only_lines_that_end_in_crlf_end(target: Target) -> None:
    head = target.head(method=b"GET")
    for sent in (head.replace(b"\r\n", b"\n"), head[:-2] + b"\n", head[:-4] + b"\n\n"):
        assert (await target.exchange(sent))[0] == [400]
    assert target.echo.seen == []


@pytest.mark.parametrize(
    "body",
    [
        *(b"10000000000000005\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n"),
        *(b"0x5\r\nhello\r\n0\r\n\r\n", b"+5\r\nhello\r\n0\r\n\r\n", b"5\nhello\r\n0\r\n\r\n"),
        *(b"5;a\nb\r\nhello\r\n0\r\n\r\n", b"5\rXhello\r\n0\r\n\r\n", b"5 \r\nhello\r\n0\r\n\r\n"),
        *(b"5\r\nhelloXX0\r\n\r\n", b"\r\nhello\r\n0\r\n\r\n", b"5;a=\x00\r\nhello\r\n0\r\n\r\n"),
        b"5\r\nhello\r\n0\r\nContent-Length: 9\r\n\r\n",
    ],
)
async def test_chunks_that_are_none_are_refused(target: Target, body: bytes) -> None:
    sent = target.head(b"Transfer-Encoding: chunked") + body + target.head(b"X-Smuggled: yes")
    statuses, _, ended = await target.exchange(sent)
    assert (statuses, ended) == ([400], True)
    assert all(seen.values("x-smuggled") == [] for seen in target.echo.seen)
    assert [seen.body for seen in target.echo.seen] in ([], [b"hello"])


async def test_chunks_of_any_plain_form_arrive(target: Target) -> None:
    for body in (b"5\r\nhello\r\n0\r\n\r\n", b'5;a="b;c"\r\nhello\r\n00\r\n\r\n'):
        sent = target.head(b"Transfer-Encoding: Chunked") + body
        assert (await target.exchange(sent))[::2] == ([200], False)
    assert [seen.body for seen in target.echo.seen] == [b"hello", b"hello"]
    assert {*target.echo.seen[0].values("content-length")} == {"5"}


async def test_trailers_are_no_header(target: Target) -> None:
    """Not even those that say who asks or how long it is."""
    trailers = (
        b"X-Warehouse-Identity: forged\r\nAuthorization: Bearer forged\r\nHost: elsewhere\r\n"
        b"X-Trailer: 1\r\nX-Request-Id: forged\r\n"
    )
    sent = target.head(b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n0\r\n" + trailers + b"\r\n"
    assert (await target.exchange(sent))[::2] == ([200], False)
    (seen,) = target.echo.seen
    assert str(seen.identity.user_id) == target.auth.user
    assert seen.values("x-trailer") == []
    assert seen.values("x-request-id") != ["forged"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((b"X-Warehouse-Identity", b"forged"), (b"x_warehouse_identity", b"forged")),
        *((b"X-Forwarded-For", b"10.0.0.1"), (b"X_Forwarded_For", b"10.0.0.1")),
        *((b"X-Forwarded-Host", b"evil"), (b"X-Forwarded-Proto", b"https"), (b"Forwarded", b"a=b")),
        *(
            (b"X-Real-IP", b"10.0.0.1"),
            (b"X-Original-URL", b"/internal"),
            (b"Proxy-Anything", b"1"),
        ),
        *((b"X-Rewrite-Url", b"/internal"), (b"TE", b"trailers"), (b"Keep-Alive", b"timeout=1")),
    ],
)
async def test_fields_of_others_do_not_pass(target: Target, name: bytes, value: bytes) -> None:
    assert (await target.exchange(target.head(name + b": " + value)))[0] == [200]
    (seen,) = target.echo.seen
    assert all(given != value.decode() for _, given in seen.headers)


async def test_connection_can_name_no_field_of_ours_away(target: Target) -> None:
    fields = (b"Connection: x-warehouse-identity, content-length, x-a, traceparent", b"X-A: 1")
    assert (await target.exchange(target.head(*fields, b"Content-Length: 2") + b"ab"))[0] == [200]
    (seen,) = target.echo.seen
    assert (seen.body, seen.values("x-a")) == (b"ab", [])
    assert str(seen.identity.user_id) == target.auth.user


@pytest.mark.parametrize(
    ("line", "status"),
    [
        *((b"GET /v1/../internal/x", 400), (b"GET /v1/%2e%2e/internal/x", 400)),
        *((b"GET /v1/%2E./x", 400), (b"GET /v1/me%2f..", 400), (b"GET /v1/me%5c..", 400)),
        *((b"GET //v1/me", 400), (b"GET /v1//me", 400), (b"GET /v1/me/", 400)),
        *((b"GET /v1/me%00", 400), (b"GET /v1/me.", 404), (b"GET /V1/me", 404)),
        *((b"GET /v1/me;jsessionid=1", 404), (b"GET /v1/me;/../../internal", 400)),
        *(
            (b"GET /v1/%6de", 400),
            (b"GET /v1/me%0d%0aX-A:1", 400),
            (b"GET /internal/memberships", 404),
        ),
        *((b"GET http://elsewhere/internal/x", 404), (b"GET http://elsewhere/v1/../internal", 400)),
        *((b"GET http://elsewhere", 400), (b"GET file:///etc/passwd", 400), (b"GET *", 400)),
        *((b"CONNECT elsewhere:443", 400), (b"CONNECT /v1/me", 405), (b"TRACE /v1/me", 405)),
        *((b"OPTIONS *", 204), (b"get /v1/me", 400), (b"GET /v1/m\xc3\xa9", 400)),
        *((b"GET /v1/me x", 400), (b"GET\t/v1/me", 400), (b"BREW /v1/me", 400)),
        (b"GET /" + b"x" * 20_000, 414),
        (b"GET /" + b"x" * 200_000, 431),
    ],
)
async def test_an_address_is_what_it_looks_like(target: Target, line: bytes, status: int) -> None:
    statuses, body, _ = await target.exchange(line + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert statuses == [status]
    assert b"elsewhere" not in body
    assert target.echo.seen == []


async def test_an_absolute_address_is_its_path(target: Target) -> None:
    """Wherever it claims to be: nothing is fetched from there."""
    path = target.auth.path().encode()
    sent = target.head(method=b"GET").replace(path, b"http://user@elsewhere:1" + path + b"?a=b#c")
    assert (await target.exchange(sent))[0] == [200]
    (seen,) = target.echo.seen
    assert seen.target == target.auth.path() + "?a=b"
    assert "elsewhere" not in "".join(seen.values("host"))


@pytest.mark.parametrize(
    "hosts", [(b"Host:",), (b"Host: a", b"Host: b"), (b"Host: a b",), (b"Host: <script>",), ()]
)
async def test_a_request_names_one_host(target: Target, hosts: tuple[bytes, ...]) -> None:
    sent = target.head(*hosts, method=b"GET")
    if not hosts:
        sent = sent.replace(b"Host: x\r\n", b"")
    statuses, body, _ = await target.exchange(sent)
    assert statuses == [400]
    assert b"script" not in body
    assert target.echo.seen == []


@pytest.mark.parametrize(
    ("version", "status"), [(b"2.0", 505), (b"0.9", 505), (b"1.9", 400), (b"3", 400), (b"1.0", 200)]
)
async def test_only_http_1_is_spoken(target: Target, version: bytes, status: int) -> None:
    statuses, _, ended = await target.exchange(target.head(method=b"GET", version=version))
    assert (statuses, ended) == ([status], True)
    assert len(target.echo.seen) == (status == 200)


async def test_http_1_0_has_no_chunks(target: Target) -> None:
    sent = target.head(b"Transfer-Encoding: chunked", version=b"1.0") + b"5\r\nhello\r\n0\r\n\r\n"
    assert (await target.exchange(sent))[0] == [400]
    assert target.echo.seen == []


@pytest.mark.parametrize("other", [b"h2c", b"websocket", b"TLS/1.0"])
async def test_there_is_nothing_to_upgrade_to(target: Target, other: bytes) -> None:
    """What follows such a request is not read, and one with a body is refused."""
    fields = (b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: " + other, b"HTTP2-Settings: AAM")
    smuggled = target.head(b"X-Smuggled: yes")
    statuses, _, ended = await target.exchange(target.head(*fields, method=b"GET") + smuggled)
    assert (statuses, ended) == ([200], True)
    sent = target.head(*fields, b"Content-Length: 2") + b"ab" + smuggled
    assert (await target.exchange(sent))[::2] == ([400], True)
    assert len(target.echo.seen) == 1
    assert target.echo.seen[0].values("upgrade") == []


async def test_a_body_is_asked_for_when_it_is_wanted(target: Target) -> None:
    sent = target.head(b"Content-Length: 2", b"Expect: 100-continue") + b"ab"
    assert (await target.exchange(sent))[0] == [100, 200]
    refused = target.head(b"Content-Length: 9999999999", b"Expect: 100-continue")
    assert (await target.exchange(refused))[::2] == ([413], True)


@pytest.mark.parametrize(
    "fields",
    [
        (b"X-Long: " + b"x" * 70_000,),
        (b"X-Endless: " + b"x" * 1_000_000,),
        tuple(b"X-%d: 1" % number for number in range(200)),
    ],
)
async def test_a_header_has_an_end(target: Target, fields: tuple[bytes, ...]) -> None:
    statuses, body, ended = await target.exchange(target.head(*fields))
    assert (statuses, ended) == ([431], True)
    assert json.loads(body)["code"] == "header-too-large"
    assert target.echo.seen == []


@pytest.mark.parametrize("begun", [b"", b"GET /v1", b"GET /v1/me HTTP/1.1\r\nHost: x\r\nX-"])
async def test_a_header_that_does_not_come_is_not_waited_for(
    target: Target, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    """Not even one that comes byte by byte; nor on a connection that was good before."""
    monkeypatch.setattr(protocol, "HEADER_TIMEOUT", 0.3)
    async with target.connection() as (reader, writer):
        writer.write(begun)
        if begun:
            drip = asyncio.create_task(_drip(writer))
            assert (await read_answer(reader) or (0,))[0] == 408
            drip.cancel()
        else:
            assert await reader.read() == b""
    async with target.connection() as (reader, writer):
        writer.write(target.head(method=b"GET"))
        assert (await read_answer(reader) or (0,))[0] == 200
        if begun:
            writer.write(begun)
            assert (await read_answer(reader) or (0,))[0] == 408


async def _drip(writer: asyncio.StreamWriter) -> None:
    while True:
        await asyncio.sleep(0.05)
        writer.write(b"x")


async def test_empty_lines_keep_no_connection(target: Target) -> None:
    async with target.connection() as (reader, writer):
        writer.write(target.head(method=b"GET"))
        assert (await read_answer(reader) or (0,))[0] == 200
        writer.write(b"\r\n\r\n")
        writer.write(b"\r\n" + target.head(method=b"GET"))
        assert (await read_answer(reader) or (0,))[0] == 200


async def test_garbage_after_a_request_takes_nothing_from_its_answer(target: Target) -> None:
    async with target.connection() as (reader, writer):
        writer.write(target.head(method=b"GET") + b"\x00\x01 garbage\r\n\r\n")
        assert await read_answer(reader) == (200, b'{"ok": true}')
        assert await read_answer(reader) is None


async def test_requests_in_a_row_are_answered_in_their_order(target: Target) -> None:
    async with target.connection() as (reader, writer):
        writer.write(
            target.head(method=b"GET") * 3 + b"GET /v1/unknown HTTP/1.1\r\nHost: x\r\n\r\n"
        )
        answers = [await read_answer(reader) for _ in range(4)]
    assert [status for status, _ in filter(None, answers)] == [200, 200, 200, 404]


async def test_the_rest_of_a_refused_body_is_not_taken_for_ever(
    target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor for the next request."""
    monkeypatch.setattr(protocol, "LINGER", 0.3)
    async with target.connection() as (reader, writer):
        writer.write(target.head(b"Content-Length: 2000000") + b"x")
        assert (await read_answer(reader) or (0,))[0] == 413
        writer.write(target.head(b"X-Smuggled: yes"))
        assert await reader.read() == b""
    assert target.echo.seen == []


@pytest.mark.parametrize("more", [b"Connection: close", b"X-A: b"])
async def test_a_refusal_is_not_lost_to_what_is_still_sent(target: Target, more: bytes) -> None:
    """Closing before the body was read would take the answer from the client."""
    async with target.connection() as (reader, writer):
        writer.write(target.head(b"Content-Length: 3000000", more))
        for _ in range(30):
            writer.write(b"x" * 100_000)
            await writer.drain()
            await asyncio.sleep(0)
        assert (await read_answer(reader) or (0,))[0] == 413
