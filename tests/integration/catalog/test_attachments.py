"""What attachments promise."""

import asyncio
import hashlib
import io
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.catalog.attachments_rig import PHOTO, attach, kept, order, within
from PIL import Image
from support import sample_files as files
from support.kafka import Kafka
from support.waiting import eventually

from chassis.aggregate import lock
from chassis.database import Database
from chassis.identity import MemberRole
from services.catalog.attachments import service
from services.catalog.items.models import Item

Caller = Callable[..., httpx.AsyncClient]


async def test_a_file_is_read_back_as_it_was_sent(api: httpx.AsyncClient, item: str) -> None:
    """By a form: 201 with Location and ETag; what is told of it and its content are there."""
    answer = await api.post(
        f"/items/{item}/attachments",
        files={"file": ("Drill, front.jpeg", PHOTO, "text/html")},
        data={"kind": "photo", "caption": "With the blue case"},
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    read = await api.get(api.base_url.copy_with(path=answer.headers["location"]))
    assert read.json() == made
    assert read.headers["etag"] == answer.headers["etag"] == '"1"'
    told = ("kind", "title", "caption", "file_name", "media_type", "size", "width", "height")
    assert [made[name] for name in told] == [
        *("photo", "Drill, front", "With the blue case", "Drill, front.jpeg", "image/jpeg"),
        *(len(PHOTO), 1000, 500),
    ]
    assert made["thumbnails"] == ["150", "400", "800"]
    content = await api.get(f"/attachments/{made['id']}/content")
    assert content.content == PHOTO
    assert made["sha256"] == hashlib.sha256(PHOTO).hexdigest()
    for size in made["thumbnails"]:
        small = await api.get(f"/attachments/{made['id']}/thumbnails/{size}")
        assert small.headers["content-type"] == "image/webp"
        with Image.open(io.BytesIO(small.content)) as image:
            assert max(image.size) == int(size)


async def test_a_body_may_be_the_file_itself(api: httpx.AsyncClient, item: str) -> None:
    """Streamed without a length, what there is to say in the query; what it is, is found out."""

    async def parts() -> AsyncIterator[bytes]:
        for line in range(50):
            yield b"name,%d\n" % line

    answer = await api.post(
        f"/items/{item}/attachments",
        content=parts(),
        params={"file_name": "list.csv", "title": "Parts"},
        headers={"content-type": "image/png"},
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["kind"], made["media_type"], made["title"]) == ("other", "text/csv", "Parts")
    assert (made["width"], made["thumbnails"]) == (None, [])
    small = await api.get(f"/attachments/{made['id']}/thumbnails/150")
    assert (small.status_code, small.json()["code"]) == (404, "not-found")


async def test_content_is_kept_by_clients_and_run_by_nobody(
    api: httpx.AsyncClient, item: str
) -> None:
    """Strong ETag, cached for good, sandboxed; shown in place only what is safe to be."""
    photo = await attach(api, item, name="Näidis.jpg")
    table = await attach(api, item, files.CSV, "stock.csv")
    shown = (await api.get(f"/attachments/{photo['id']}/content")).headers
    assert shown["etag"] == f'"{photo["sha256"]}"'
    assert shown["cache-control"].startswith("private, max-age=86400, immutable")
    assert shown["content-security-policy"] == "sandbox; default-src 'none'"
    assert shown["x-content-type-options"] == "nosniff"
    assert shown["content-disposition"] == (
        "inline; filename=\"Naidis.jpg\"; filename*=UTF-8''N%C3%A4idis.jpg"
    )
    saved = (await api.get(f"/attachments/{table['id']}/content")).headers
    assert saved["content-disposition"] == 'attachment; filename="stock.csv"'
    assert saved["content-type"] == "text/csv; charset=utf-8"
    asked = await api.get(f"/attachments/{photo['id']}/content", params={"download": True})
    assert asked.headers["content-disposition"].startswith("attachment;")


async def test_a_part_may_be_asked_for(api: httpx.AsyncClient, item: str) -> None:
    """206 with that part, 416 beyond the end, 304 for what is known, HEAD without a body."""
    made = await attach(api, item)
    path = f"/attachments/{made['id']}/content"
    part = await api.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, PHOTO[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(PHOTO)}"
    rest = await api.get(path, headers={"Range": "bytes=100-", "If-Range": part.headers["etag"]})
    assert rest.content == PHOTO[100:]
    beyond = await api.get(path, headers={"Range": f"bytes={len(PHOTO)}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range-not-satisfiable")
    assert beyond.headers["content-range"] == f"bytes */{len(PHOTO)}"
    for known in (path, f"/attachments/{made['id']}/thumbnails/400"):
        tag = (await api.get(known)).headers["etag"]
        again = await api.get(known, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")
        head = await api.head(known)
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0


async def test_every_change_is_published_without_content(
    api: httpx.AsyncClient, item: str, kafka: Kafka, workspace_id: UUID
) -> None:
    """Created, updated with from and to, deleted; and the item's image comes and goes."""
    made = await attach(api, item)
    changed = await api.patch(f"/attachments/{made['id']}", json={"caption": "Front"})
    assert changed.json()["version"] == 2
    assert (await api.delete(f"/attachments/{made['id']}")).status_code == 204

    async def published() -> tuple[list[Any], list[Any]]:
        told = await kafka.read("warehouse.catalog.attachment.v1", workspace_id=workspace_id)
        items = await kafka.read("warehouse.catalog.item.v1", workspace_id=workspace_id)
        assert (len(told), len(items)) == (3, 3)
        return told, items

    told, items = await eventually(published)
    assert [one.type.rpartition(".")[2] for one in told] == ["created", "updated", "deleted"]
    assert [one.payload["version"] for one in told] == [1, 2, 3]
    assert told[1].payload["changes"] == {"caption": [None, "Front"]}
    assert told[0].payload["sha256"] == made["sha256"]
    assert [one.payload.get("changes") for one in items[1:]] == [
        {"image": [None, made["id"]]},
        {"image": [made["id"], None]},
    ]


async def test_one_photo_shows_its_item(api: httpx.AsyncClient, item: str) -> None:
    """The first; another when it is chosen; the next when it goes; none when it is told so. Nothing
    but a photo can."""
    manual = await attach(api, item, files.PDF, "manual.pdf", kind="manual")
    first, second = [await attach(api, item, name=f"{n}.jpg") for n in (1, 2)]
    assert [one["is_primary"] for one in (manual, first, second)] == [False, True, False]

    async def shown() -> tuple[str | None, list[bool]]:
        image = (await api.get(f"/items/{item}")).json()["image"]
        found = (await api.get(f"/items/{item}/attachments")).json()["items"]
        return image, [one["is_primary"] for one in found]

    assert await shown() == (first["id"], [False, True, False])
    await api.patch(f"/attachments/{second['id']}", json={"is_primary": True, "position": 1})
    assert await shown() == (second["id"], [True, False, False])
    refused = await api.patch(f"/attachments/{manual['id']}", json={"is_primary": True})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "is_primary")
    refused = await api.patch(f"/attachments/{manual['id']}", json={"kind": "photo"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "kind")
    await api.patch(f"/attachments/{second['id']}", json={"kind": "receipt"})
    assert await shown() == (first["id"], [False, False, True])
    await api.delete(f"/attachments/{first['id']}")
    assert await shown() == (None, [False, False])
    await api.patch(f"/attachments/{second['id']}", json={"kind": "photo", "is_primary": True})
    await api.patch(f"/attachments/{second['id']}", json={"is_primary": False})
    assert await shown() == (None, [False, False])


async def test_they_stand_in_an_order(api: httpx.AsyncClient, item: str) -> None:
    """As they came, until one is moved; the others make room, also several at once."""
    made = [await attach(api, item, name=f"{letter}.jpg") for letter in "abcd"]
    await api.patch(f"/attachments/{made[3]['id']}", json={"position": 2})
    assert await order(api, item) == ["a", "d", "b", "c"]
    await api.delete(f"/attachments/{made[0]['id']}")
    await api.patch(f"/attachments/{made[3]['id']}", json={"position": 99})
    assert await order(api, item) == ["b", "c", "d"]
    answers = await asyncio.gather(
        *(api.patch(f"/attachments/{one['id']}", json={"position": 1}) for one in made[1:])
    )
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(await order(api, item)) == ["b", "c", "d"]


async def test_lists_by_kind_over_all_items(api: httpx.AsyncClient, item: str) -> None:
    receipt = await attach(api, item, files.PDF, "paid.pdf", kind="receipt")
    await attach(api, item)
    found = (await api.get("/attachments", params={"kind": "receipt"})).json()
    assert found == {"items": [receipt], "next_cursor": None}
    nowhere = await api.get(f"/items/{uuid4()}/attachments")
    assert nowhere.status_code == 404


async def test_one_key_has_one_effect(api: httpx.AsyncClient, item: str) -> None:
    """The same upload again gets the same answer; another file by that key is refused."""
    path, key = f"/items/{item}/attachments", {"Idempotency-Key": "once"}
    answers = await asyncio.gather(
        *(api.post(path, files={"file": ("a.jpg", PHOTO)}, headers=key) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    other = await api.post(path, files={"file": ("a.jpg", files.picture())}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await order(api, item) == ["a"]


async def test_the_same_content_is_kept_once_and_as_long_as_it_is_needed(
    api: httpx.AsyncClient, item: str, attachments_folder: Path, workspace_id: UUID
) -> None:
    """Two items with the same manual: one goes, the other has it still; then nothing is left."""
    other = (await api.post("/items", json={"name": "Same drill"})).json()["id"]
    first, second = await attach(api, item), await attach(api, other)
    everything = ["150.webp", "400.webp", "800.webp", "content"]
    assert kept(attachments_folder, workspace_id) == everything
    assert (await api.delete(f"/items/{item}")).status_code == 204
    assert (await api.get(f"/attachments/{first['id']}")).status_code == 404
    assert (await api.get(f"/attachments/{second['id']}/content")).content == PHOTO
    await api.delete(f"/attachments/{second['id']}")

    async def swept() -> bool:
        return kept(attachments_folder, workspace_id) == []

    assert await eventually(swept)


async def test_what_a_crash_left_in_the_store_is_swept(
    connect: Callable[[str], Any], attachments_folder: Path, workspace_id: UUID
) -> None:
    """An upload that ended between its content and its attachment."""
    content_id = uuid4()
    folder = attachments_folder / str(workspace_id) / str(content_id)
    folder.mkdir(parents=True)
    (folder / "content").write_bytes(PHOTO)
    database = await connect("catalog")
    await database.execute(
        "INSERT INTO attachment_contents (id, workspace_id, sha256, sweep_after)"
        " VALUES ($1, $2, 'x', now() - interval '1 second')",
        content_id,
        workspace_id,
    )

    async def swept() -> bool:
        rows = await database.fetch(
            "SELECT 1 FROM attachment_contents WHERE workspace_id = $1", workspace_id
        )
        return not rows and kept(attachments_folder, workspace_id) == []

    assert await eventually(swept)


@pytest.mark.parametrize("shown_before", [True, False])
async def test_a_merged_item_gives_what_it_has(
    api: httpx.AsyncClient,
    item: str,
    environment: dict[str, str],
    workspace_id: UUID,
    shown_before: bool,
) -> None:
    """After what the other has; its photo shows the other only if nothing did."""
    other = (await api.post("/items", json={"name": "Drill, the same"})).json()["id"]
    first = await attach(api, other, name="a.jpg")
    if not shown_before:
        await api.patch(f"/attachments/{first['id']}", json={"is_primary": False})
    moved = [await attach(api, item, name=f"{letter}.jpg") for letter in "bc"]
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=1)
    async with database.tenant(workspace_id) as session:
        from_item = await lock(session, Item, UUID(item), "item")
        to_item = await lock(session, Item, UUID(other), "item")
        await service.move_to(session, from_item, to_item)
    await database.stop()
    assert await order(api, item) == []
    assert await order(api, other) == ["a", "b", "c"]
    shows = first["id"] if shown_before else moved[0]["id"]
    assert (await api.get(f"/items/{other}")).json()["image"] == shows
    assert (await api.get(f"/items/{item}")).json()["image"] is None
    told = (await api.get(f"/attachments/{moved[0]['id']}")).json()
    assert (told["is_primary"], told["version"]) == (not shown_before, 2)
    assert (await api.delete(f"/items/{item}")).status_code == 204


async def test_others_find_nothing_and_viewers_change_nothing(
    api: httpx.AsyncClient, item: str, caller: Caller, workspace_id: UUID
) -> None:
    made = await attach(api, item)
    elsewhere = uuid4()
    other = within(caller("catalog", workspace_id=elsewhere), elsewhere)
    for path in ("", "/content", "/thumbnails/150"):
        assert (await other.get(f"/attachments/{made['id']}{path}")).status_code == 404
    foreign = await other.post(f"/items/{item}/attachments", content=PHOTO)
    assert foreign.status_code == 404
    viewer = within(
        caller("catalog", workspace_id=workspace_id, role=MemberRole.VIEWER), workspace_id
    )
    assert (await viewer.get(f"/attachments/{made['id']}/content")).content == PHOTO
    assert (await viewer.post(f"/items/{item}/attachments", content=PHOTO)).status_code == 403
    assert (await viewer.delete(f"/attachments/{made['id']}")).status_code == 403


async def test_what_shows_a_duplicate_shows_the_item_it_goes_into(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """The attachments of merged items follow after its own; the picture of the first that has one
    is taken over where there was none, and the change is told."""
    kept, one, two = [
        (await api.post("/items", json={"name": name})).json()["id"] for name in ("A", "B", "C")
    ]
    await attach(api, kept, b"How to use it", name="how.txt", kind="manual")
    first = await attach(api, one, files.picture(size=(40, 20)), name="one.jpg")
    await attach(api, two, files.picture(size=(20, 40)), name="two.jpg")
    merged = await api.post(f"/items/{kept}/merge", json={"duplicates": [one, two]})
    assert (merged.status_code, merged.json()["image"]) == (200, first["id"])
    assert await order(api, kept) == ["how", "one", "two"]

    async def told() -> Any:  # noqa: ANN401
        seen = await kafka.read("warehouse.catalog.item.v1", workspace_id=workspace_id)
        return [one.payload.get("changes", {}).get("image") for one in seen if one.key == kept][-1]

    assert await eventually(told) == [None, first["id"]]


async def test_a_batch_deletes_attachments_with_their_item(
    api: httpx.AsyncClient, item: str
) -> None:
    """As DELETE of the item alone does."""
    made = await attach(api, item)
    body = {"operations": [{"op": "delete", "id": item}]}
    answer = await api.post("/items/batch", json=body)
    assert [one["status"] for one in answer.json()["results"]] == [204], answer.text
    assert (await api.get(f"/attachments/{made['id']}")).status_code == 404
