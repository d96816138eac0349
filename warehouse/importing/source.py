"""CSV files as people have them: RFC 4180, and what spreadsheets make of it.

UTF-8 with or without a byte-order mark, UTF-16 with one; comma, semicolon or tab; quotes and line
breaks within fields; rows that are shorter than the headings. A file is read as a stream.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from warehouse.errors import OperatorError

DELIMITERS = (",", ";", "\t")
LONGEST_FIELD = 16 * 1024 * 1024  # characters; nothing the platform keeps comes near
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_HEAD = 8192  # bytes that tell what kind of file it is
_SHOWN = 20  # bytes of a line before one that can't be read
_LINES_OF_HEADINGS = 100  # a heading may have line breaks in it, but not this many
_END = "\x1aend of file\x1a"  # a last line of our own: within a field, it shows an open quote


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `number` as a spreadsheet shows it, so the headings are row 1."""

    number: int
    cells: list[str]


class Source:
    """A CSV file; raises `OperatorError` for one that can't be read, in words that say where."""

    def __init__(
        self, path: Path, *, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        self.path = path
        head = self._head()
        self._encoding = encoding or _encoding_by_mark(head)
        self._refuse_binary(head)
        self._delimiter = delimiter or self._likely_delimiter()
        self.headings: list[str] = []
        for row in self._records():
            self.headings = [cell.strip() for cell in row.cells]
            self._first = row.number
            break
        if not self.headings:
            raise OperatorError(f"{path} is empty: its first row has to name the columns.")

    def rows(self) -> Iterator[Row]:
        """The rows below the headings, from the start each time; empty ones are left out."""
        return (row for row in self._records() if row.number > self._first)

    def _records(self) -> Iterator[Row]:
        csv.field_size_limit(LONGEST_FIELD)
        number = -1
        try:
            with self._open() as file:
                for number, cells in enumerate(csv.reader(_ended(file), delimiter=self._delimiter)):
                    if cells == [_END]:
                        return
                    if any(_END in cell for cell in cells):
                        raise OperatorError(
                            f"{self.path}, row {number + 1}: a quote is opened and never closed."
                        )
                    if any(cell.strip() for cell in cells):
                        yield Row(number + 1, cells)
        except UnicodeError as error:
            raise OperatorError(self._undecodable(number + 1)) from error
        except csv.Error as error:
            raise OperatorError(
                f"{self.path}, row {number + 2}: {error}; is a quote left open there?"
            ) from error

    def _open(self) -> TextIO:
        try:
            return self.path.open(encoding=self._encoding, newline="")
        except (OSError, LookupError) as error:
            raise OperatorError(f"{self.path} can't be read: {error}") from error

    def _head(self) -> bytes:
        try:
            with self.path.open("rb") as file:
                return file.read(_HEAD)
        except OSError as error:
            raise OperatorError(f"{self.path} can't be read: {error}") from error

    def _refuse_binary(self, head: bytes) -> None:
        """A spreadsheet's own format or a picture has NUL bytes; no text has."""
        try:
            is_binary = "\0" in head.decode(self._encoding, errors="ignore")
        except LookupError as error:
            raise OperatorError(f"{self.path} can't be read: {error}") from error
        if is_binary:
            raise OperatorError(
                f"{self.path} is no text file: it has NUL bytes. A spreadsheet goes in after "
                'it was saved as "CSV UTF-8".'
            )

    def _undecodable(self, rows: int) -> str:
        """Where the file stops being text in its encoding, and what helps; `rows` could be read."""
        helps = "Save it as UTF-8, or name its encoding: --encoding cp1252, for example."
        if not codecs.lookup(self._encoding).name.startswith("utf-8"):
            return f"{self.path} is not {self._encoding} text after row {rows}. {helps}"
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    at = error.start
                    before = line[max(0, at - _SHOWN) : at].decode(errors="ignore")
                    return (
                        f"{self.path} is not UTF-8: on line {number}, after {before!r}, is the "
                        f"byte 0x{line[at]:02X}. {helps}"
                    )
        return f"{self.path} is not UTF-8. {helps}"

    def _likely_delimiter(self) -> str:
        """The one that makes most of the headings."""
        with self._open() as file:
            try:
                lines = list(islice(file, _LINES_OF_HEADINGS))
            except UnicodeError:
                return DELIMITERS[0]  # the reading itself says where
        return max(DELIMITERS, key=lambda each: len(next(csv.reader(lines, delimiter=each), [])))


def _encoding_by_mark(head: bytes) -> str:
    return "utf-16" if head.startswith(_UTF16_MARKS) else "utf-8-sig"


def _ended(lines: Iterator[str]) -> Iterator[str]:
    yield from lines
    yield _END
