"""What a file is, by its content alone: neither its name nor what the client says of it counts.

puremagic reads the signature; whoever knows the kind then proves the rest. A name decides only
among kinds of text, which are alike in bytes.
"""

import codecs
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO

import puremagic

from services.catalog.attachments import archives, media, pictures
from services.catalog.attachments.media import Family, Media
from services.catalog.attachments.pictures import Picture
from services.catalog.attachments.problems import Broken, NotTaken

_ZIP = b"PK\3\4"
_PDF = b"%PDF-"
_PDF_END, _PDF_TAIL = b"%%EOF", 2048
_PICTURES = {one.type: one for one in media.ALL if one.family is Family.PICTURE}
_TEXTS = {ending: one for one in (media.CSV, media.MARKDOWN) for ending in one.extensions}
_CHUNK = 256 * 1024
_WHITE = frozenset("\t\n\r\f")


@dataclass(frozen=True, slots=True)
class Examined:
    """What a file turned out to be; `picture` if it is one."""

    media: Media
    picture: Picture | None = None


def examine(file: IO[bytes], size: int, name: str | None, *, max_pixels: int) -> Examined:
    """Raises `NotTaken` for a kind that is not taken, `Broken` for content that is damaged or made
    to do harm. Takes its time: not for the event loop."""
    if size == 0:
        raise Broken.since("The file is empty; send its content.", "empty")
    file.seek(0)
    head = file.read(64)
    if head.startswith(_ZIP):
        return Examined(archives.read(file, size))
    found = _signature(file)
    picture = next((_PICTURES[one.mime_type] for one in found if one.mime_type in _PICTURES), None)
    if picture is not None:
        examined = Examined(picture, pictures.read(file, picture, max_pixels=max_pixels))
    elif head.startswith(_PDF):
        _check_pdf(file, size)
        examined = Examined(media.PDF)
    elif _is_text(file):
        examined = Examined(_text(name))
    else:
        raise NotTaken.looking_like(_looks_like(found))
    if archives.is_archive(file):
        raise Broken.since("The file is an archive as well; send what is in it.", "two-kinds")
    return examined


def _signature(file: IO[bytes]) -> list[puremagic.main.PureMagicWithConfidence]:
    file.seek(0)
    try:
        return puremagic.magic_stream(file)
    except (puremagic.PureError, ValueError):  # nothing known, or too short for any
        return []


def _looks_like(found: list[puremagic.main.PureMagicWithConfidence]) -> str:
    if found and found[0].name:
        return f"This looks like: {found[0].name}."
    return "Nobody here knows what this is."


def _check_pdf(file: IO[bytes], size: int) -> None:
    file.seek(max(size - _PDF_TAIL, 0))
    if _PDF_END not in file.read():
        raise Broken.since("The PDF has no end: it is cut off or damaged.")


def _is_text(file: IO[bytes]) -> bool:
    """Whether it is text in UTF-8, without control characters. Markup is none: a browser that is
    careless might run it."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    begun = False
    while chunk := file.read(_CHUNK):
        try:
            text = decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
        if any(unicodedata.category(one) == "Cc" for one in set(text) - _WHITE):
            return False
        if not begun and (start := text.lstrip()):
            begun = True
            if start.startswith("<"):
                raise NotTaken.looking_like(
                    "This is markup (HTML, SVG or XML), which may hold script."
                )
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _text(name: str | None) -> Media:
    return _TEXTS.get(PurePosixPath(name or "").suffix.lower(), media.PLAIN)
