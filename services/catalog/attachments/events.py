"""What attachments publish: all but their content."""

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, Updated, UpdatedAt, WorkspaceId


class AttachmentEvent(Event):
    """An attachment's full state after the change."""

    topic = "warehouse.catalog.attachment.v1"
    example: ClassVar[Facts] = {
        "id": "019cad95-0c31-7a42-9d3e-2b5f8c1e7a40",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
        "kind": "photo",
        "title": "From the front",
        "caption": None,
        "file_name": "drill.jpg",
        "media_type": "image/jpeg",
        "size": 183402,
        "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "width": 1600,
        "height": 1200,
        "position": 1,
        "is_primary": True,
        "created_at": "2026-03-02T08:06:00Z",
        "updated_at": "2026-03-02T08:06:00Z",
    }

    workspace_id: WorkspaceId
    item_id: UUID = Field(description="The item it belongs to")
    kind: str = Field(description="photo, manual, receipt, warranty or other")
    title: str = Field(description="What it is called")
    caption: str | None = Field(description="What there is to say about it")
    file_name: str = Field(description="The name that it is saved under")
    media_type: str = Field(description="What its content was found to be")
    size: int = Field(ge=0, description="Bytes of its content")
    sha256: str = Field(description="Of its content, hexadecimal")
    width: int | None = Field(description="Of a picture, upright, in pixels; null: no picture")
    height: int | None = Field(description="Of a picture, upright, in pixels; null: no picture")
    position: int = Field(ge=1, description="Its place among those of its item")
    is_primary: bool = Field(description="Whether it is the one that shows its item")
    created_at: CreatedAt
    updated_at: UpdatedAt


class AttachmentCreated(AttachmentEvent):
    """A file was attached to an item."""

    type = "warehouse.catalog.attachment.created"


class AttachmentUpdated(AttachmentEvent, Updated):
    """An attachment's fields changed: what it is called, its place, or its item."""

    type = "warehouse.catalog.attachment.updated"
    example: ClassVar[Facts] = {
        "version": 2,
        "caption": "With the blue case",
        "changes": {"caption": [None, "With the blue case"]},
        "updated_at": "2026-03-14T09:30:00Z",
    }


class AttachmentDeleted(AttachmentEvent):
    """An attachment is gone; this was its last state."""

    type = "warehouse.catalog.attachment.deleted"
    example: ClassVar[Facts] = {"version": 3, "updated_at": "2026-03-20T17:00:00Z"}
