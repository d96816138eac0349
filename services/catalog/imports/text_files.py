"""CSV files as people have them: RFC 4180, and what spreadsheets make of it.

UTF-8 with or without a byte-order mark, UTF-16, the Windows code pages of western Europe and of the
Baltic states; comma, semicolon or tab; quotes and line breaks within fields; rows that are shorter
than the headings. A file is read as a stream.
"""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from services.catalog.imports.tables import Row, UnreadableError

DELIMITERS = (",", ";", "\t")
LONGEST_FIELD = 1024 * 1024  # characters; nothing the platform keeps comes near
LONGEST_LINE = 8 * LONGEST_FIELD
_READ = 1024 * 1024  # bytes at once
_NEWLINE = b"\n"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_LINES_OF_HEADINGS = 100  # a heading may have line breaks in it, but not this many
_END = "\x1aend of file\x1a"  # a last line of our own: within a field, it shows an open quote
# What a byte is in Windows-1257 and hardly ever in a text of Windows-1252: š Š ž Ž, ģ ķ ļ ņ, ė į
# (there ð Ð þ Þ, ì í ï ò, ë á); and what it is there alone: é è ê á ñ õ in words of the west.
_BALTIC = bytes((0xF0, 0xD0, 0xFE, 0xDE, 0xEC, 0xEF, 0xF2, 0xEB, 0xFB, 0xEE))
_WESTERN = bytes((0xE8, 0xEA, 0xE0, 0xE7, 0xF1, 0xF3, 0xFA, 0xED, 0xF4, 0xE3, 0xF8, 0x9C, 0xE6))


@dataclass(frozen=True, slots=True)
class TextForm:
    """How a text file is to be read."""

    encoding: str
    delimiter: str


def encoding_of(file: BinaryIO) -> str:
    """The encoding of a file by its mark, or else by what is in all of it. Raises
    `UnreadableError` for what is no text, and for UTF-8 with a broken character in it: read as
    anything else, all of its umlauts were wrong."""
    file.seek(0)
    head = file.read(4096)
    if head.startswith(_UTF16_MARKS):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if unmarked := _unmarked_utf16(head):
        return unmarked
    is_utf8 = True
    baltic = western = 0
    decoder = codecs.getincrementaldecoder("utf-8")()
    file.seek(0)
    lines = 1
    while part := file.read(_READ):
        if (at := part.find(b"\0")) >= 0:
            line = lines + part.count(_NEWLINE, 0, at)
            raise UnreadableError(
                f"This is no text file: line {line:,} has a NUL byte in it. Take it out, or hand "
                "in a spreadsheet as XLSX."
            )
        lines += part.count(_NEWLINE)
        if is_utf8:
            try:
                decoder.decode(part)
            except UnicodeDecodeError:
                is_utf8 = False
        baltic += len(part) - len(part.translate(None, _BALTIC))
        western += len(part) - len(part.translate(None, _WESTERN))
    if is_utf8 and not decoder.getstate()[0]:
        return "utf-8"
    _refuse_broken_utf8(file)
    return "cp1257" if baltic > western else "cp1252"


def _refuse_broken_utf8(file: BinaryIO) -> None:
    """In a text of one byte each, letters beyond ASCII are hardly ever a character of UTF-8, and
    not in half of the lines that have any."""
    file.seek(0)
    good, broken, first = 0, 0, 0
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if line.isascii():
            continue
        try:
            line.decode()
        except UnicodeDecodeError:
            broken += 1
            first = first or number
        else:
            good += 1
    if good and good >= broken:
        raise UnreadableError(
            f"Line {first:,} has a character that is broken: all else is UTF-8. Mend it and save "
            "the file as UTF-8, or name its `encoding`."
        )


def _unmarked_utf16(head: bytes) -> str | None:
    """UTF-16 without a mark, in which every second byte of plain words is 0."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    high, low = head[1::2].count(0), head[0::2].count(0)
    if high > pairs * 0.7 and low == 0:
        return "utf-16-le"
    if low > pairs * 0.7 and high == 0:
        return "utf-16-be"
    return None


def delimiter_of(file: BinaryIO, encoding: str) -> str:
    """The delimiter that makes most cells of the fullest of the first rows."""
    with _opened(file, encoding) as text:
        try:
            head = io.StringIO(text.read(_READ), newline="")
        except UnicodeError:
            return DELIMITERS[0]  # the reading itself says where
    lines = list(islice(head, _LINES_OF_HEADINGS))
    return max(DELIMITERS, key=lambda each: _width(lines, each))


def _width(lines: list[str], delimiter: str) -> int:
    try:
        return max(len(row) for row in islice(csv.reader(lines, delimiter=delimiter), 20))
    except (csv.Error, ValueError):
        return 0


class TextFile:
    """The rows of a CSV file."""

    is_grid = False

    def __init__(self, file: BinaryIO, form: TextForm) -> None:
        self._file, self._form = file, form

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty, from the start; raises `UnreadableError` where it can't go
        on."""
        csv.field_size_limit(LONGEST_FIELD)
        number = -1
        try:
            with _opened(self._file, self._form.encoding) as text:
                records = csv.reader(_ended(text), delimiter=self._form.delimiter)
                for number, cells in enumerate(records):
                    if cells == [_END]:
                        return
                    if any(_END in cell for cell in cells):
                        raise UnreadableError(
                            f"Row {number + 1}: a quote is opened and never closed."
                        )
                    if any(cells) and any(cell.strip() for cell in cells):
                        yield Row(number + 1, cells)
        except UnicodeError as error:
            raise UnreadableError(
                f"It is no {self._form.encoding} text after row {number + 1}; save it as UTF-8, "
                "or name its `encoding`."
            ) from error
        except csv.Error as error:
            raise UnreadableError(f"Row {number + 2}: {error}; is a quote left open?") from error


class _opened:  # noqa: N801 - read as a function
    """The file as text, which leaves it open afterwards."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        file.seek(0)
        self._text = io.TextIOWrapper(file, encoding=encoding, newline="")

    def __enter__(self) -> io.TextIOWrapper:
        return self._text

    def __exit__(self, *_: object) -> None:
        self._text.detach()


def _ended(text: io.TextIOWrapper) -> Iterator[str]:
    return chain(_lines(text), (_END,))


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines, of which a file without an end of lines would be one as large as itself."""
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE and not line.endswith(("\r", "\n")):
            raise UnreadableError("A line of it is far too long: this is no CSV file.")
        yield line
