"""What tests of attachments hold in hand: a picture, and what is kept of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from support import sample_files as files

PHOTO = files.picture(size=(1000, 500))


MAX_BYTES, PER_ITEM = 3_000_000, 8  # as `environment` has it


def within(client: httpx.AsyncClient, workspace_id: UUID) -> httpx.AsyncClient:
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


async def attach(
    api: httpx.AsyncClient,
    item: str,
    content: bytes = PHOTO,
    name: str = "drill.jpg",
    **fields: str,
) -> dict[str, Any]:
    answer = await api.post(
        f"/items/{item}/attachments", files={"file": (name, content)}, data=fields
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def order(api: httpx.AsyncClient, item: str) -> list[str]:
    """The titles of an item's attachments, in their order."""
    found = (await api.get(f"/items/{item}/attachments")).json()
    return [one["title"] for one in found["items"]]


@asynccontextmanager
async def connection(
    api: httpx.AsyncClient, path: str, fields: Mapping[str, str]
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A POST whose header is sent, for a body that no proper client sends."""
    request = api.build_request("POST", path)
    for sign in api.event_hooks["request"]:
        await sign(request)
    reader, writer = await asyncio.open_connection(request.url.host, request.url.port)
    head = {**request.headers, **fields}
    if "transfer-encoding" in fields:
        del head["content-length"]
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    writer.write(f"POST {request.url.path} HTTP/1.1\r\n{lines}\r\n".encode())
    try:
        yield reader, writer
    finally:
        writer.close()
        await writer.wait_closed()


def kept(folder: Path, workspace_id: UUID) -> list[str]:
    """What of a workspace is in the store."""
    return sorted(path.name for path in (folder / str(workspace_id)).glob("*/*"))
