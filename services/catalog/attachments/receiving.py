"""A file on its way in: to a temporary file as it comes, counted and hashed, never whole in memory.

It comes as the body itself, or as the one file of a form (RFC 7578), whose other fields are short.
"""

import asyncio
import contextlib
import hashlib
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from chassis.problems import BadRequest, invalid

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

_WRITTEN_AT = 256 * 1024  # bytes that are gathered before they are written
_FORM_OVERHEAD = 64 * 1024  # bytes of a form beside its file
_FIELD = 16 * 1024  # bytes of a field's value
_HEADER = 24 * 1024  # bytes of a field of a part's header, such as a long name
FILE = "file"


@dataclass
class Received:
    """`file` at its start; `name` is what the client calls it, `fields` what else a form had."""

    file: IO[bytes]
    size: int = 0
    sha256: str = ""
    name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


@contextlib.asynccontextmanager
async def receive(
    request: Request, *, limit: int, too_large: Exception, folder: str | None
) -> AsyncIterator[Received]:
    """What the request brings, until the block ends. Raises `too_large` as soon as
    there are more than `limit` bytes, `BadRequest` or `Invalid` for a form that is none."""
    content_type, options = parse_options_header(request.headers.get("content-type"))
    is_form = content_type == b"multipart/form-data"
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit + is_form * _FORM_OVERHEAD:
        raise too_large
    with tempfile.TemporaryFile(dir=folder) as file:
        received = Received(file)
        writer = _Writer(received, limit, too_large)
        try:
            if is_form:
                await _read_form(request, options.get(b"boundary", b""), writer)
            else:
                async for part in request.stream():
                    await writer.write(part)
        except ClientDisconnect as error:
            raise BadRequest("The file did not come whole; send it again.") from error
        await writer.finish()
        yield received


class _Writer:
    def __init__(self, received: Received, limit: int, too_large: Exception) -> None:
        self._received = received
        self._limit = limit
        self._too_large = too_large
        self._hash = hashlib.sha256()
        self._parts: list[bytes] = []
        self._waiting = 0

    @property
    def received(self) -> Received:
        return self._received

    def take(self, part: bytes) -> None:
        """Note a part; `flush` writes it."""
        self._received.size += len(part)
        if self._received.size > self._limit:
            raise self._too_large
        self._parts.append(part)
        self._waiting += len(part)

    async def write(self, part: bytes) -> None:
        self.take(part)
        await self.flush()

    async def flush(self) -> None:
        if self._waiting >= _WRITTEN_AT:
            await self._write_out()

    async def finish(self) -> None:
        await self._write_out()
        self._received.file.seek(0)
        self._received.sha256 = self._hash.hexdigest()

    async def _write_out(self) -> None:
        gathered = b"".join(self._parts)
        self._parts.clear()
        self._waiting = 0
        await asyncio.to_thread(self._put, gathered)

    def _put(self, gathered: bytes) -> None:
        self._hash.update(gathered)
        self._received.file.write(gathered)


async def _read_form(request: Request, boundary: bytes, writer: _Writer) -> None:
    form = _Form(writer)
    overhead = 0
    try:
        parser = MultipartParser(
            boundary, form.callbacks(), max_header_count=8, max_header_size=_HEADER
        )
        async for part in request.stream():
            before = writer.received.size
            parser.write(part)
            overhead += len(part) - (writer.received.size - before)
            if overhead > _FORM_OVERHEAD:
                raise BadRequest("The form has too much beside its file.")
            await writer.flush()
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise BadRequest(
            "The form can't be read; send it as multipart/form-data, with its boundary."
        ) from error
    if not form.ended:
        raise BadRequest("The form has no end; send it whole.")
    if not form.has_file:
        raise invalid(FILE, "Send the file as the field `file` of the form.", "missing")


class _Form:
    """Takes a form apart as the parser calls."""

    def __init__(self, writer: _Writer) -> None:
        self._writer = writer
        self._header = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._field: str | None = None  # None: in the file
        self._content = bytearray()
        self.has_file = self.ended = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._name_of_header,
            "on_header_value": self._value_of_header,
            "on_header_end": self._header_ends,
            "on_headers_finished": self._headers_end,
            "on_part_data": self._data,
            "on_part_end": self._part_ends,
            "on_end": self._form_ends,
        }

    def _begin(self) -> None:
        self._disposition = b""
        self._content.clear()

    def _name_of_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _value_of_header(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._header.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("utf-8", "replace")
        self._field = name
        if name != FILE:
            return
        if self.has_file:
            raise invalid(FILE, "Send one file at a time.", "too-many")
        self.has_file, self._field = True, None
        file_name = options.get(b"filename")
        if file_name is not None:
            # Browsers escape what would end the name, and nothing else.
            told = file_name.decode("utf-8", "replace")
            self._writer.received.name = told.replace("%22", '"')

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._field is None:
            self._writer.take(data[start:end])
            return
        self._content += data[start:end]
        if len(self._content) > _FIELD:
            raise invalid(self._field, "It is too long for a field of a form.", "too-long")

    def _part_ends(self) -> None:
        if self._field is None:
            return
        fields = self._writer.received.fields
        if self._field in fields:
            raise invalid(self._field, "It is there twice; send it once.", "too-many")
        try:
            fields[self._field] = self._content.decode()
        except UnicodeDecodeError:
            raise invalid(self._field, "Send it in UTF-8.", "no-utf-8") from None

    def _form_ends(self) -> None:
        self.ended = True
