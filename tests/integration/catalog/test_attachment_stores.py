"""Where attachments are kept: the same promises of a folder and of a real S3-compatible server."""

import io
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from support import s3
from support import sample_files as files

from chassis.identity import HEADER, Identity, IdentitySigner, MemberRole
from chassis.problems import Unavailable
from chassis.settings import Role
from services.catalog import app as catalog
from services.catalog.attachments.store import S3, ContentStore
from warehouse.embedded.server import free_port

LARGE = os.urandom(11 * 1024 * 1024)  # which goes in parts


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[s3.Server]:
    with s3.running(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture(params=["folder", "S3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ContentStore:
    if request.param == "folder":
        return ContentStore((tmp_path / "a folder").as_uri())
    server: s3.Server = request.getfixturevalue("server")
    keys = S3(server.url, access_key=server.access_key, secret_key=server.secret_key)
    return ContentStore(f"s3://{server.bucket}/{uuid4()}", keys)


async def content(store: ContentStore, path: str, start: int, end: int) -> bytes:
    return b"".join([part async for part in await store.get(path, start, end)])


async def test_what_is_put_is_got_whole_or_in_part(store: ContentStore) -> None:
    """Small and large, from memory and from a file."""
    await store.put("w/a/content", io.BytesIO(LARGE))
    await store.put("w/a/150.webp", b"small")
    assert await content(store, "w/a/content", 0, len(LARGE)) == LARGE
    assert await content(store, "w/a/content", 6_000_000, 6_000_100) == LARGE[6_000_000:6_000_100]
    assert await store.read("w/a/150.webp") == b"small"


async def test_what_is_removed_is_gone_and_may_be_removed_again(store: ContentStore) -> None:
    """And what was never there; asked for, it is the store's fault."""
    await store.put("w/b/content", b"x")
    for _ in range(2):
        await store.remove(["w/b/content", "w/b/150.webp"])
    with pytest.raises(Unavailable):
        await store.get("w/b/content", 0, 1)
    with pytest.raises(Unavailable):
        await store.read("w/b/150.webp")


async def test_a_store_that_is_away_is_told_of(server: s3.Server) -> None:
    """As a problem that passes, whoever's fault it is: nobody there, or no such bucket."""
    nobody = S3(f"http://127.0.0.1:{free_port()}", access_key="a", secret_key="b")
    somebody = S3(server.url, access_key=server.access_key, secret_key=server.secret_key)
    for keys, bucket in ((nobody, server.bucket), (somebody, "no-such-bucket")):
        with pytest.raises(Unavailable):
            await ContentStore(f"s3://{bucket}/prefix", keys).put("w/a/content", b"x")


def test_another_kind_of_store_is_refused_at_the_start() -> None:
    for url in ("", "/var/attachments", "ftp://example.org/x", "memory:///"):
        with pytest.raises(ValueError, match="no store of attachments"):
            ContentStore(url)


@pytest.fixture
async def on_s3(
    server: s3.Server,
    environment: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    signer: IdentitySigner,
    workspace_id: UUID,
) -> AsyncIterator[httpx.AsyncClient]:
    """Catalog with its attachments in a bucket, in this process; a member of the workspace."""
    of_s3 = {
        "CATALOG_ATTACHMENTS_URL": f"s3://{server.bucket}/attachments",
        "CATALOG_ATTACHMENTS_S3_ENDPOINT": server.url,
        "CATALOG_ATTACHMENTS_S3_ACCESS_KEY": server.access_key,
        "CATALOG_ATTACHMENTS_S3_SECRET_KEY": server.secret_key,
        "CATALOG_MAX_ATTACHMENT_BYTES": "20000000",
    }
    for name, value in (environment | of_s3).items():
        monkeypatch.setenv(name, value)
    service = catalog.build()
    await service.start(Role.API)
    who = Identity(user_id=uuid4(), workspace_id=workspace_id, role=MemberRole.MEMBER)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(service.app),
        base_url=f"http://catalog/v1/workspaces/{workspace_id}",
        headers={HEADER: signer.sign(who)},
    ) as client:
        yield client
    await service.stop()


async def test_attachments_live_in_a_bucket(
    on_s3: httpx.AsyncClient, server: s3.Server, workspace_id: UUID
) -> None:
    """Uploaded through, made small, read back whole and in part; nothing of it on this disk."""
    item = (await on_s3.post("/items", json={"name": "Projector"})).json()["id"]
    path, photo = f"/items/{item}/attachments", files.picture(size=(900, 600))
    made = (await on_s3.post(path, files={"file": ("a.jpg", photo)})).json()
    text = b"A long manual.\n" * 500_000
    long = (await on_s3.post(path, content=text, params={"file_name": "manual.txt"})).json()
    assert (await on_s3.get(f"/attachments/{long['id']}/content")).content == text
    part = await on_s3.get(f"/attachments/{made['id']}/content", headers={"Range": "bytes=5-9"})
    assert (part.status_code, part.content) == (206, photo[5:10])
    small = await on_s3.get(f"/attachments/{made['id']}/thumbnails/400")
    assert small.headers["content-type"] == "image/webp"
    objects = (server.folder / "attachments" / str(workspace_id)).glob("*/*")
    assert sorted(path.name for path in objects) == [
        *("150.webp", "400.webp", "800.webp"),
        *("content", "content"),
    ]
