"""A file's way through the gateway, there and back."""

from collections.abc import AsyncIterator, Awaitable, Callable

from support import sample_files as files
from support.callers import Person
from support.waiting import eventually

TEXT = b"A long manual, which compressing would pay for.\n" * 50_000  # 2.4 MB


async def test_a_large_file_passes_as_it_is_in_both_directions(
    person: Callable[..., Awaitable[Person]],
) -> None:
    """More than other requests may bring, streamed; back byte by byte, never compressed, in parts
    and not at all where it is known; and the activity tells of it."""
    ada = await person()
    item = await ada.add("/items", {"name": "Projector"})
    path = ada.at(f"/items/{item['id']}/attachments")

    async def parts() -> AsyncIterator[bytes]:
        for at in range(0, len(TEXT), 65_536):
            yield TEXT[at : at + 65_536]

    made = await ada.http.post(path, content=parts(), params={"file_name": "manual.txt"})
    assert made.status_code == 201, made.text
    photo = await ada.http.post(path, files={"file": ("front.jpg", files.picture())})
    assert photo.status_code == 201, photo.text
    content = ada.at(f"/attachments/{made.json()['id']}/content")
    back = await ada.http.get(content, headers={"accept-encoding": "gzip"})
    assert back.content == TEXT
    assert back.headers["content-length"] == str(len(TEXT))
    assert "content-encoding" not in back.headers
    assert back.headers["x-content-type-options"] == "nosniff"
    assert back.headers["content-security-policy"] == "sandbox; default-src 'none'"
    part = await ada.http.get(content, headers={"range": "bytes=-2000", "accept-encoding": "gzip"})
    assert (part.status_code, part.content) == (206, TEXT[-2000:])
    known = await ada.http.get(content, headers={"if-none-match": back.headers["etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = await ada.http.head(content)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(TEXT)))

    async def told() -> list[str]:
        found = await ada.see("/activity?entity_type=attachment")
        names = [one["entity_name"] for one in found["items"]]
        assert names == ["front", "manual"]
        return names

    assert await eventually(told)
