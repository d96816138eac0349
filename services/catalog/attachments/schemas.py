"""Request and response bodies of attachments."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StringConstraints

from chassis.fields import MAX_INTEGER, OMITTED, Name, RequestBody
from services.catalog.attachments.kinds import Kind, ThumbnailSize

Caption = Annotated[str, StringConstraints(max_length=2000)]
FileName = Annotated[str, StringConstraints(max_length=5000)]
Position = Annotated[int, Field(ge=1, le=MAX_INTEGER, strict=True)]


class AttachmentUpload(RequestBody):
    """What an upload says beside the file, in its query or in fields of its form."""

    kind: Kind | None = None
    title: Name | None = None
    caption: Caption | None = None
    file_name: FileName | None = None
    is_primary: bool | None = None


class AttachmentPatch(RequestBody):
    """Only the fields that are sent change."""

    kind: Kind = OMITTED
    title: Name = OMITTED
    caption: Caption | None = Field(None, examples=["With the blue case"])
    position: Position = Field(
        OMITTED, description="Its place among those of its item, from 1; the others make room"
    )
    is_primary: StrictBool = Field(
        OMITTED, description="Whether it is the photo that shows its item"
    )


class AttachmentOut(BaseModel):
    id: UUID
    workspace_id: UUID
    item_id: UUID
    kind: Kind
    title: str
    caption: str | None = Field(examples=["With the blue case"])
    file_name: str = Field(
        description="The name that it is saved under", examples=["cordless-drill.jpg"]
    )
    media_type: str = Field(description="What its content was found to be", examples=["image/jpeg"])
    size: int = Field(description="Bytes of its content", examples=[183402])
    sha256: str = Field(
        description="Of its content, hexadecimal",
        examples=["9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"],
    )
    width: int | None = Field(description="Of a picture, in pixels", examples=[1600])
    height: int | None = Field(description="Of a picture, in pixels", examples=[1200])
    thumbnails: list[ThumbnailSize] = Field(
        description="The sizes that there are: of pictures all", examples=[["150", "400", "800"]]
    )
    position: int = Field(description="Its place among those of its item")
    is_primary: bool = Field(description="Whether it is the photo that shows its item")
    version: int
    created_at: datetime
    updated_at: datetime


class AttachmentPage(BaseModel):
    items: list[AttachmentOut]
    next_cursor: str | None
