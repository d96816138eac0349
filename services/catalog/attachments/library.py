"""What the routes of attachments work with: the store, the limits, and who looks into files."""

import asyncio
from dataclasses import dataclass, field
from uuid import UUID

from services.catalog.attachments import examining, pictures
from services.catalog.attachments.examining import Examined
from services.catalog.attachments.kinds import ThumbnailSize
from services.catalog.attachments.receiving import Received
from services.catalog.attachments.service import Limits
from services.catalog.attachments.store import ContentStore


@dataclass
class Library:
    """`max_bytes` of a file, `max_pixels` of a picture; `at_once`: files that are looked into and
    made small at a time, each in a thread of its own."""

    store: ContentStore
    limits: Limits
    max_bytes: int
    max_pixels: int
    at_once: int
    _turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._turns = asyncio.Semaphore(self.at_once)

    async def examine(self, received: Received, name: str | None) -> Examined:
        """What a file is; raises as `examining.examine` does."""
        async with self._turns:
            return await asyncio.to_thread(
                examining.examine,
                received.file,
                received.size,
                name,
                max_pixels=self.max_pixels,
            )


def path_of(workspace_id: UUID, content_id: UUID, size: ThumbnailSize | None = None) -> str:
    """Where a content, or a thumbnail of it, is in the store."""
    name = "content" if size is None else f"{size}.{pictures.EXTENSION}"
    return f"{workspace_id}/{content_id}/{name}"


def paths_of(workspace_id: UUID, content_id: UUID) -> list[str]:
    """All that may be in the store of a content."""
    return [path_of(workspace_id, content_id, size) for size in (None, *ThumbnailSize)]
