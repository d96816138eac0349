"""What attachments are for, and how large their thumbnails are."""

from enum import StrEnum


class Kind(StrEnum):
    PHOTO = "photo"
    MANUAL = "manual"
    RECEIPT = "receipt"
    WARRANTY = "warranty"
    OTHER = "other"


class ThumbnailSize(StrEnum):
    """The longer side at most, in pixels."""

    SMALL = "150"
    MEDIUM = "400"
    LARGE = "800"

    @property
    def pixels(self) -> int:
        return int(self)
