"""Names of files: what a client calls a file, made harmless, and told in a header (RFC 6266)."""

import re
import unicodedata
from urllib.parse import quote

from services.catalog.attachments.media import Media

MAX_BYTES = 200  # of a name in UTF-8; file systems end at 255
_UNSAFE = re.compile(r'[<>:"|?*]')  # what file systems somewhere refuse


def clean(name: str | None, media: Media, otherwise: str) -> str:
    """A plain file name: no path, no control or invisible characters, not too long, and with an
    extension of the content's kind. One of which nothing is left is called `otherwise`."""
    name = re.split(r"[/\\]", name or "")[-1]
    name = unicodedata.normalize("NFC", name)
    # Control, format (which turn the direction of writing), surrogate, private, unassigned.
    name = "".join(one for one in name if not unicodedata.category(one).startswith("C"))
    name = _UNSAFE.sub("_", " ".join(name.split())).strip(". ")
    stem, dot, extension = name.rpartition(".")
    if not dot or f".{extension}".lower() not in media.extensions:
        stem, extension = name, media.extensions[0][1:]
    return f"{_shortened(stem.strip('. ') or otherwise, len(extension) + 1)}.{extension}"


def disposition(name: str, *, inline: bool) -> str:
    """The Content-Disposition field: the name in ASCII for old clients, and as it is (RFC 8187)."""
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    ascii_name = re.sub(r'["\\%]', "_", ascii_name)
    if ascii_name.startswith("."):
        ascii_name = f"file{ascii_name}"
    how = "inline" if inline else "attachment"
    plain = f'{how}; filename="{ascii_name}"'
    return plain if ascii_name == name else f"{plain}; filename*=UTF-8''{quote(name, safe='')}"


def _shortened(stem: str, taken: int) -> str:
    return stem.encode()[: MAX_BYTES - taken].decode("utf-8", "ignore").rstrip(". ")
