"""Answers that carry content: streamed from the store, kept by the one who asked, run by nobody."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from chassis.edge import is_head
from chassis.problems import NotFound, Problem
from services.catalog.attachments import media, names, pictures
from services.catalog.attachments.kinds import ThumbnailSize
from services.catalog.attachments.library import Library, path_of
from services.catalog.attachments.ranges import is_known, part_of
from services.catalog.attachments.repository import Stored

# Content never changes, so that nobody need ask for it again: for as long as somebody who left the
# workspace may go on to see what they have seen. Compressing it would change its tag and ranges.
_CACHE = "private, max-age=86400, immutable, no-transform"
# What a browser would render runs nothing, loads nothing and is of no origin.
_POLICY = "sandbox; default-src 'none'"


class RangeNotSatisfiable(Problem):
    status, code, title = 416, "range-not-satisfiable", "There is nothing in this range"


async def content(
    request: Request, workspace_id: UUID, found: Stored | None, *, save: bool
) -> Response:
    """An attachment's content, shown in place if that is safe and not asked to `save`."""
    stored = _known(found)
    kind = media.BY_TYPE[stored.media_type]
    shown = kind.inline and not save
    return await _answer(
        request,
        path_of(workspace_id, stored.content_id),
        size=stored.size,
        etag=f'"{stored.sha256}"',
        headers={
            "content-type": kind.content_type,
            "content-disposition": names.disposition(stored.file_name, inline=shown),
        },
    )


async def thumbnail(
    request: Request, workspace_id: UUID, found: Stored | None, size: ThumbnailSize
) -> Response:
    """A picture made small; a 404 for what is no picture."""
    stored = _known(found)
    if not stored.is_picture:
        raise NotFound("There are thumbnails of pictures alone; get its content.")
    library: Library = request.app.state.attachments
    fields = {"etag": f'"{stored.sha256}-{size}"', "cache-control": _CACHE}
    if is_known(request.headers.get("if-none-match"), fields["etag"]):
        return Response(status_code=304, headers=fields)
    name = f"{stored.file_name.rpartition('.')[0]}-{size}.{pictures.EXTENSION}"
    fields |= {
        "content-type": pictures.TYPE,
        "content-disposition": names.disposition(name, inline=True),
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
    }
    small = await library.store.read(path_of(workspace_id, stored.content_id, size))
    return Response(small, headers=fields)


async def _answer(
    request: Request, path: str, *, size: int, etag: str, headers: dict[str, str]
) -> Response:
    fields = {"etag": etag, "cache-control": _CACHE, "accept-ranges": "bytes"}
    status, start, end = part_of(request.headers, etag, size)
    if status == 304:
        return Response(status_code=304, headers=fields)
    if status == 416:
        raise RangeNotSatisfiable(
            f"It has {size} bytes; ask for some of these.",
            headers={"Content-Range": f"bytes */{size}"},
        )
    fields |= headers | {
        "content-length": str(end - start),
        "content-security-policy": _POLICY,
        "x-content-type-options": "nosniff",
    }
    if status == 206:
        fields["content-range"] = f"bytes {start}-{end - 1}/{size}"
    if is_head(request):
        return Response(status_code=status, headers=fields)
    library: Library = request.app.state.attachments
    chunks: AsyncIterator[bytes] = await library.store.get(path, start, end)
    return StreamingResponse(chunks, status, fields)


def _known(found: Stored | None) -> Stored:
    if found is None:
        raise NotFound("There is no such attachment in this workspace.")
    return found
