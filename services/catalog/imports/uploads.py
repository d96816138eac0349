"""A file on its way in: a body as it is, or the part of a form, kept on disk."""

import asyncio
import hashlib
import tempfile
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from email.message import Message
from typing import BinaryIO

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from chassis.fields import storable
from chassis.problems import BadRequest, PayloadTooLarge, UnsupportedMediaType, invalid

FORM = "multipart/form-data"
PART = "file"  # what a form calls it
TYPES = (
    *("text/csv", "application/csv", "text/plain", "text/tab-separated-values"),
    *("application/vnd.ms-excel", "application/octet-stream"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_FRAMING = 64 * 1024  # bytes of a form beside its file
_LONGEST_NAME = 200  # characters
_READ = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file that came in whole; `digest` is of its content."""

    file: BinaryIO
    name: str
    digest: bytes


async def receive(request: Request, *, most: int, name: str | None) -> Upload:
    """The file in the body, of `most` bytes; `name` comes before what the body calls it. Raises
    `PayloadTooLarge`, `UnsupportedMediaType`, and a problem that says what a form lacks."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == FORM:
        file, called = await _part(request, most)
    elif not kind or kind in TYPES:
        file, called = await _body(request, most), _disposition(request)
    else:
        raise UnsupportedMediaType(f"Send a file as {FORM}, {TYPES[0]} or {TYPES[-1]}.")
    digest = await asyncio.to_thread(_digest, file)
    return Upload(file, name or _plain(called) or "import", digest)


async def _body(request: Request, most: int) -> BinaryIO:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed on open
    try:
        async for part in _counted(request, most):
            await asyncio.to_thread(file.write, part)
    except BaseException:
        file.close()
        raise
    return file


async def _part(request: Request, most: int) -> tuple[BinaryIO, str]:
    stream = _counted(request, most + _FRAMING)
    parser = MultiPartParser(request.headers, stream, max_files=1, max_fields=0)
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, UnicodeDecodeError) as error:
        raise BadRequest(
            f"Send a form with one file, called {PART!r}, and nothing else: what is said of the "
            "import goes into the address."
        ) from error
    upload = form.get(PART)
    if not isinstance(upload, UploadFile):
        await form.close()
        raise invalid("file", f"The form has no file called {PART!r}.", "missing")
    return upload.file, upload.filename or ""


async def _counted(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    too_large = PayloadTooLarge(
        f"A file has {most // 1_000_000} MB at most; split it, or hand it in as XLSX."
    )
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > most:
        raise too_large
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large
        yield part


def _digest(file: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    while part := file.read(_READ):
        digest.update(part)
    return digest.digest()


def _disposition(request: Request) -> str:
    """The name in Content-Disposition (RFC 6266), if there is one."""
    message = Message()
    message["content-disposition"] = request.headers.get("content-disposition", "")
    return message.get_filename() or ""


def _plain(name: str) -> str:
    """A name without a path in front, as one line."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    return " ".join(bare.split())[:_LONGEST_NAME] if storable(bare) else ""
