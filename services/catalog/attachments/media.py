"""The kinds of content that are taken, and what each may do in a browser."""

from dataclasses import dataclass
from enum import StrEnum


class Family(StrEnum):
    """How content of a kind is proved to be what it looks like."""

    PICTURE = "picture"
    PDF = "pdf"
    TEXT = "text"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class Media:
    """`extensions`: those that a file name may end in, the usual one first. `inline`: browsers may
    show it in place; what else there is, they save."""

    type: str
    family: Family
    extensions: tuple[str, ...]
    inline: bool = False

    @property
    def content_type(self) -> str:
        return f"{self.type}; charset=utf-8" if self.family is Family.TEXT else self.type


_OPEN_XML = "application/vnd.openxmlformats-officedocument"
_OPEN_DOCUMENT = "application/vnd.oasis.opendocument"

JPEG = Media("image/jpeg", Family.PICTURE, (".jpg", ".jpeg", ".jpe", ".jfif"), inline=True)
PNG = Media("image/png", Family.PICTURE, (".png",), inline=True)
GIF = Media("image/gif", Family.PICTURE, (".gif",), inline=True)
WEBP = Media("image/webp", Family.PICTURE, (".webp",), inline=True)
AVIF = Media("image/avif", Family.PICTURE, (".avif",), inline=True)
PDF = Media("application/pdf", Family.PDF, (".pdf",), inline=True)
PLAIN = Media("text/plain", Family.TEXT, (".txt", ".text", ".log"), inline=True)
CSV = Media("text/csv", Family.TEXT, (".csv",))
MARKDOWN = Media("text/markdown", Family.TEXT, (".md", ".markdown"))
DOCX = Media(f"{_OPEN_XML}.wordprocessingml.document", Family.OFFICE, (".docx",))
XLSX = Media(f"{_OPEN_XML}.spreadsheetml.sheet", Family.OFFICE, (".xlsx",))
PPTX = Media(f"{_OPEN_XML}.presentationml.presentation", Family.OFFICE, (".pptx",))
ODT = Media(f"{_OPEN_DOCUMENT}.text", Family.OFFICE, (".odt",))
ODS = Media(f"{_OPEN_DOCUMENT}.spreadsheet", Family.OFFICE, (".ods",))
ODP = Media(f"{_OPEN_DOCUMENT}.presentation", Family.OFFICE, (".odp",))

ALL = (JPEG, PNG, GIF, WEBP, AVIF, PDF, PLAIN, CSV, MARKDOWN, DOCX, XLSX, PPTX, ODT, ODS, ODP)
BY_TYPE = {media.type: media for media in ALL}
ALLOWED = (
    "pictures (JPEG, PNG, GIF, WebP, AVIF), PDF, text in UTF-8 (plain, CSV, Markdown) and office "
    "documents without macros (docx, xlsx, pptx, odt, ods, odp)"
)
