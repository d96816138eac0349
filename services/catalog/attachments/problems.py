"""What uploads are refused for."""

from chassis.problems import Conflict, FieldError, Invalid, PayloadTooLarge, UnsupportedMediaType
from services.catalog.attachments.media import ALLOWED


class FileTooLarge(PayloadTooLarge):
    code, title = "file-too-large", "The file is too large"

    @classmethod
    def than(cls, limit: int) -> "FileTooLarge":
        return cls(
            f"A file here has at most {limit} bytes; make it smaller, or split it.",
            max_bytes=limit,
        )


class NoSpaceLeft(PayloadTooLarge):
    code, title = "no-space-left", "The workspace has no space left for this file"

    @classmethod
    def of(cls, quota: int, used: int) -> "NoSpaceLeft":
        left = max(quota - used, 0)
        return cls(
            f"Of {quota} bytes {left} are left; delete attachments that nobody needs, or ask who "
            "runs this platform for more.",
            quota_bytes=quota,
            left_bytes=left,
        )


class TooManyAttachments(Conflict):
    code, title = "too-many-attachments", "The item has as many attachments as it may have"

    @classmethod
    def than(cls, limit: int) -> "TooManyAttachments":
        return cls(f"An item has at most {limit}; delete one first.", max_attachments=limit)


class NotTaken(UnsupportedMediaType):
    """Content of a kind that is not on the list."""

    code, title = "file-not-taken", "Files of this kind are not taken"

    @classmethod
    def looking_like(cls, what: str) -> "NotTaken":
        return cls(f"{what} Taken are {ALLOWED}.")


class Broken(Invalid):
    """Content that is not what it begins as."""

    code, title = "file-broken", "The file is not whole, or not what it looks like"

    @classmethod
    def since(cls, message: str, code: str = "broken") -> "Broken":
        return cls(message, errors=[FieldError("file", message, code)])
