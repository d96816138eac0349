"""Office documents, which are ZIP archives: told apart by what they say they are, never unpacked.

An archive is taken only if it could be read in one way: it begins with its first entry, ends with
its directory, and no two entries share bytes.
"""

import struct
import zipfile
from itertools import pairwise
from typing import IO

from services.catalog.attachments import media
from services.catalog.attachments.media import Media
from services.catalog.attachments.problems import Broken, NotTaken

MAX_ENTRIES = 10_000
MAX_DIRECTORY = 2 * 1024 * 1024  # bytes
MAX_UNPACKED = 500 * 1024 * 1024  # bytes of all entries
MAX_RATIO = 200  # of what unpacked is worth looking at
_RATIO_FROM = 10 * 1024 * 1024
_MAX_TYPES = 1024 * 1024

_END = struct.Struct("<4s4H2LH")
_CONTENT_TYPES = "[Content_Types].xml"
_OPEN_XML = {
    b"wordprocessingml.document.main+xml": media.DOCX,
    b"spreadsheetml.sheet.main+xml": media.XLSX,
    b"presentationml.presentation.main+xml": media.PPTX,
}
_OPEN_DOCUMENT = {one.type.encode(): one for one in (media.ODT, media.ODS, media.ODP)}
_MACROS = ("vbaproject.bin", "basic/", "scripts/")


def read(file: IO[bytes], size: int) -> Media:
    """Which office document it is; raises `NotTaken` for other archives and those with macros,
    `Broken` for what is damaged or made to burst whoever unpacks it."""
    _check_end(file, size)
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _check_entries(entries, size)
            found = _document(archive, {entry.filename: entry for entry in entries})
    except (Broken, NotTaken):
        raise
    except Exception as error:
        raise Broken.since("The document can't be read: it is cut off or damaged.") from error
    if found is None:
        raise NotTaken.looking_like("This is an archive, and no office document that is known.")
    if any(macro in entry.filename.lower() for entry in entries for macro in _MACROS):
        raise NotTaken.looking_like("This document has macros in it; save it without.")
    return found


def is_archive(file: IO[bytes]) -> bool:
    """Whether somebody could read it as an archive, whatever it begins with."""
    file.seek(0)
    return zipfile.is_zipfile(file)


def _check_end(file: IO[bytes], size: int) -> None:
    """Before the directory is read, which takes as much memory as it says."""
    file.seek(max(size - _END.size, 0))
    tail = file.read(_END.size)
    if len(tail) != _END.size or tail[:4] != b"PK\5\6":
        raise Broken.since("The document is cut off, or has something after its end.")
    _, _, _, _, count, directory, _, _ = _END.unpack(tail)
    if count > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise _bomb()


def _check_entries(entries: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or (unpacked > _RATIO_FROM and unpacked > MAX_RATIO * size):
        raise _bomb()
    ordered = sorted(entries, key=lambda entry: entry.header_offset)
    if not ordered or ordered[0].header_offset != 0:
        raise Broken.since("The document does not begin where its file does.")
    for entry, following in pairwise(ordered):
        if entry.header_offset + 30 + entry.compress_size > following.header_offset:
            raise _bomb()


def _document(archive: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> Media | None:
    types = entries.get(_CONTENT_TYPES)
    if types is not None:
        with archive.open(types) as opened:
            told = opened.read(_MAX_TYPES)
        if b"macroEnabled" in told:
            raise NotTaken.looking_like("This document has macros in it; save it without.")
        return next((kind for main, kind in _OPEN_XML.items() if main in told), None)
    mimetype = entries.get("mimetype")
    if mimetype is not None and mimetype.header_offset == 0:
        with archive.open(mimetype) as opened:
            return _OPEN_DOCUMENT.get(opened.read(200).strip())
    return None


def _bomb() -> Broken:
    return Broken.since(
        "The document would unpack to far more than it is; save it anew with its own program.",
        "bomb",
    )
