"""What an upload may not be: too large, hostile, or none."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from integration.catalog.attachments_rig import (
    MAX_BYTES,
    PER_ITEM,
    PHOTO,
    attach,
    connection,
    kept,
    order,
)
from support import sample_files as files

FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\ntext\r\n'


async def test_what_is_too_large_is_refused_before_it_has_come(
    api: httpx.AsyncClient, item: str, attachments_folder: Path, workspace_id: UUID
) -> None:
    """By its length at once, else as soon as it is over: 413 with what is allowed."""
    path = f"/items/{item}/attachments"
    async with connection(api, path, {"transfer-encoding": "chunked"}) as (reader, writer):
        writer.write(b"%x\r\n" % (2 * MAX_BYTES) + b"a" * (MAX_BYTES + 1))
        told = await reader.readuntil(b'"max_bytes": 3000000}')  # the rest was never sent
    assert told.startswith(b"HTTP/1.1 413 ")
    assert b'"file-too-large"' in told
    declared = await api.post(path, files={"file": ("a.txt", b"a" * (MAX_BYTES + 100_000))})
    assert declared.status_code == 413
    form = await api.post(path, files={"file": ("a.txt", b"a" * (MAX_BYTES + 1))})
    assert form.status_code == 413
    assert kept(attachments_folder, workspace_id) == []


async def test_an_item_and_a_workspace_have_a_limit(
    api: httpx.AsyncClient, item: str, connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    """So many attachments (409), so many bytes in all (413), also of those that come at once."""
    path = f"/items/{item}/attachments"
    answers = await asyncio.gather(
        *(
            api.post(path, content=b"text", params={"title": f"{number}"})
            for number in range(PER_ITEM + 2)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [*[201] * PER_ITEM, 409, 409]
    full = await api.post(path, content=b"text")
    assert (full.status_code, full.json()["code"]) == (409, "too-many-attachments")
    database = await connect("catalog")
    await database.execute(
        "UPDATE attachments SET size = 671088640 WHERE workspace_id = $1", workspace_id
    )
    other = (await api.post("/items", json={"name": "Other"})).json()["id"]
    full = await api.post(f"/items/{other}/attachments", content=b"text")
    assert (full.status_code, full.json()["code"]) == (413, "no-space-left")
    assert full.json()["left_bytes"] == 0


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("..\\..\\boot.ini", "boot.ini.jpg"),
        ("x" * 5000, "x" * 196 + ".jpg"),
    ],
    ids=["path", "Windows path", "5000 characters"],
)
async def test_a_name_is_made_harmless(
    api: httpx.AsyncClient, item: str, name: str, expected: str
) -> None:
    """In a form and in the query."""
    made = await attach(api, item, name=name)
    assert made["file_name"] == expected
    answer = await api.post(f"/items/{item}/attachments", content=PHOTO, params={"file_name": name})
    assert answer.json()["file_name"] == expected


async def test_a_name_with_control_characters_is_made_harmless(
    api: httpx.AsyncClient, item: str
) -> None:
    """Of which no proper client sends any."""
    answer = await api.post(
        f"/items/{item}/attachments",
        content=PART.replace(b"a.txt", b"a\0\x1b\x7f.txt") + b"--x--\r\n",
        headers={"content-type": FORM},
    )
    assert answer.json().get("file_name", answer.text) == "a.txt"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "file-broken"),
        (files.bomb(), 422, "file-broken"),
        (PHOTO[:-100], 422, "file-broken"),
        (files.PDF + files.archive({"a": b"b"}), 422, "file-broken"),
        (files.SVG, 415, "file-not-taken"),
        (files.HTML, 415, "file-not-taken"),
    ],
    ids=["nothing", "bomb", "cut off", "PDF and ZIP", "SVG", "HTML"],
)
async def test_a_hostile_file_leaves_nothing_behind(
    api: httpx.AsyncClient,
    item: str,
    attachments_folder: Path,
    workspace_id: UUID,
    content: bytes,
    status: int,
    code: str,
) -> None:
    answer = await api.post(
        f"/items/{item}/attachments", files={"file": ("a.jpg", content, "image/jpeg")}
    )
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert await order(api, item) == []
    assert kept(attachments_folder, workspace_id) == []


@pytest.mark.parametrize(
    ("content_type", "body", "field"),
    [
        (FORM, PART, None),
        (FORM, b"nothing of a form", None),
        ("multipart/form-data", PART + b"--x--\r\n", None),
        (f"{FORM}{'y' * 500}", PART, None),
        (FORM, b"--x\r\n" + b"A: b\r\n" * 100 + b"\r\n--x--\r\n", None),
        (FORM, PART + b"--x\r\nContent-Disposition: form-data\r\n\r\n" + b"a" * 70_000, ""),
        (FORM, PART + PART + b"--x--\r\n", "file"),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="kind"\r\n\r\nx\r\n--x--\r\n', "file"),
        (FORM, PART + PART.replace(b"file", b"kind") + b"--x--\r\n", "kind"),
        (FORM, PART + PART.replace(b"file", b"colour") + b"--x--\r\n", "colour"),
        (FORM, PART + 2 * PART.replace(b"file", b"title") + b"--x--\r\n", "title"),
        (
            FORM,
            PART + PART.replace(b"file", b"title").replace(b"text", b"\xff") + b"--x--",
            "title",
        ),
        (FORM, PART + PART.replace(b"file", b"title").replace(b"text", b"a\0") + b"--x--", "title"),
    ],
    ids=[
        *("no end", "no form", "no boundary", "long boundary", "many headers", "long field"),
        *("two files", "no file", "no kind", "no such field", "twice", "no UTF-8", "NUL"),
    ],
)
async def test_a_form_that_is_none_is_refused(
    api: httpx.AsyncClient, item: str, content_type: str, body: bytes, field: str | None
) -> None:
    answer = await api.post(
        f"/items/{item}/attachments", content=body, headers={"content-type": content_type}
    )
    assert answer.status_code == (400 if field is None else 422), answer.text
    if field is not None:
        assert answer.json()["errors"][0]["field"] == field
    assert await order(api, item) == []


async def test_an_upload_that_breaks_off_attaches_nothing(
    api: httpx.AsyncClient, item: str, attachments_folder: Path, workspace_id: UUID
) -> None:
    """Fewer bytes than it said, and then nobody there."""
    path = f"/items/{item}/attachments"
    async with connection(api, path, {"content-length": "5000"}) as (reader, writer):
        writer.write(b"text")
        writer.write_eof()
        await reader.read()
    assert await order(api, item) == []
    assert kept(attachments_folder, workspace_id) == []
