"""What is no HTTP, byte by byte, and what the gateway's own pages allow."""

import asyncio
import json

import httpx
import pytest
from integration.gateway.rig import Auth


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"FOO / HTTP/1.1\r\nhost: x\r\n", "method"),
        (b"POST / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n", "Length"),
        (b"POST / HTTP/1.1\r\ncontent-length: -1\r\n", "Length"),
        (b"GET /v1/\xc3\xa9 HTTP/1.1\r\nhost: x\r\n", "address"),
    ],
)
async def test_what_is_no_http_is_a_problem_too(
    client: httpx.AsyncClient, head: bytes, said: str
) -> None:
    """A 400 in the form of every refusal, and the connection ends."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(head + b"\r\n")
    answer, _, body = (await asyncio.wait_for(reader.read(), 40)).partition(b"\r\n\r\n")
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"content-type: application/problem+json\r\n" in answer
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (400, "bad-request")
    assert said in problem["detail"]


async def test_a_page_tells_its_methods(client: httpx.AsyncClient) -> None:
    asked = await client.options("/healthz")
    assert (asked.status_code, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    refused = await client.post("/healthz")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
    assert refused.json()["detail"]


async def test_a_foreign_workspace_says_why_it_is_not_found(
    client: httpx.AsyncClient, auth: Auth
) -> None:
    """The same words whether it is unknown or not one's own."""
    auth.roles.clear()
    answer = await client.get(auth.path(), headers=auth.bearer())
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert "no member" in answer.json()["detail"]
