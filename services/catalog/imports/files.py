"""A file that was handed in: what it is, how it is read, and its rows one chunk after the other."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pydantic_core import from_json, to_json

from chassis.imports import CHUNK_BYTES, CHUNK_ROWS, ImportRow, RowFault
from services.catalog.imports import homebox, snipe_it, spreadsheets, text_files
from services.catalog.imports.columns import Columns, Wanted, assign, count_known
from services.catalog.imports.kinds import MIXED, compared, item_of
from services.catalog.imports.rows import ROW, Rows
from services.catalog.imports.spreadsheets import Spreadsheet
from services.catalog.imports.tables import Row, Table, UnreadableError, table_of
from services.catalog.imports.text_files import TextFile, TextForm

SOURCES = (homebox.SOURCE, snipe_it.SOURCE)
CSV, XLSX = "csv", "xlsx"


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is read: its format and, of text, encoding and delimiter; of spreadsheets, which
    sheet."""

    format: str
    encoding: str = ""
    delimiter: str = ""
    sheet: str | None = None


def form_of(
    file: BinaryIO,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    sheet: str | None = None,
    most_unpacked: int,
) -> Form:
    """What a file is, by its content; what is said of it comes before what it looks like. Raises
    `UnreadableError` for what is no table."""
    file.seek(0)
    head = file.read(8)
    if not head:
        raise UnreadableError("The file is empty.")
    if head.startswith(spreadsheets.OLD_MAGIC):
        raise UnreadableError(
            "This is a spreadsheet in the old format, or one under a password: save it as XLSX "
            "without one, or as CSV."
        )
    if head.startswith(spreadsheets.MAGIC):
        spreadsheets.refuse_bad_archive(file, most=most_unpacked)
        return Form(XLSX, sheet=sheet)
    encoding = encoding or text_files.encoding_of(file)
    return Form(CSV, encoding, delimiter or text_files.delimiter_of(file, encoding))


@dataclass(frozen=True)
class Chunk:
    """A chunk of rows: those that could be read, what is wrong with the others, and the cells of
    all by their numbers."""

    rows: list[ImportRow] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    cells: dict[int, list[str]] = field(default_factory=dict)
    is_last: bool = False


class Reading:
    """A file while it is read. It blocks: run it in a thread, one call at a time."""

    def __init__(self, file: BinaryIO, form: Form, wanted: Wanted) -> None:
        self._file = file
        source = (
            Spreadsheet(file, form.sheet)
            if form.format == XLSX
            else TextFile(file, TextForm(form.encoding, form.delimiter))
        )
        self._table: Table = table_of(source, count_known(wanted, SOURCES))
        self.columns: Columns = assign(self._table.headings, wanted, SOURCES, self._table.unnamed)
        self._read = Rows(self.columns, wanted, self._table.width, form.delimiter).read
        self._rows: Iterator[Row] | None = None
        self._next: Row | None = None
        self._broken: UnreadableError | None = None  # the file breaks off behind the last row
        self._met = _Met()

    def close(self) -> None:
        if isinstance(self._rows, Iterator) and hasattr(self._rows, "close"):
            self._rows.close()
        self._met.close()
        self._file.close()

    def total(self) -> int | None:
        """How many rows there are, to tell how far one is; None where to count them takes as long
        as to read them, or where the file breaks off."""
        if self._table.source.is_grid:
            return None
        try:
            return sum(1 for _ in self._table.rows())
        except UnreadableError:
            return None

    def begin(self, *, after: int = 0) -> None:
        """Go to the row after the first `after` ones, which others have read."""
        self._rows = self._table.rows()
        self._advance()
        for _ in range(after):
            if self._next is None:
                break
            self._made_of(self._next)
            self._advance()

    def chunk(self) -> Chunk:
        """The next rows; raises `UnreadableError` where the file can't be read further."""
        if self._next is None and self._broken is not None:
            raise self._broken
        chunk = Chunk()
        size = 0
        while self._next is not None and len(chunk.cells) < CHUNK_ROWS and size < CHUNK_BYTES // 2:
            made, faults = self._made_of(self._next)
            chunk.cells[made.number] = self._next.cells
            size += _bytes_of(self._next.cells) + 20 * len(made.fields)
            if faults:
                chunk.faults.extend(faults)
            else:
                chunk.rows.append(made)
            self._advance()
        is_last = self._next is None and self._broken is None
        return Chunk(chunk.rows, chunk.faults, chunk.cells, is_last)

    def _advance(self) -> None:
        assert self._rows is not None  # noqa: S101 - `begin` comes first
        try:
            self._next = next(self._rows, None)
        except UnreadableError as error:
            self._next, self._broken = None, error

    def _made_of(self, row: Row) -> tuple[ImportRow, list[RowFault]]:
        made, faults = self._read(row)
        if faults:
            return made, faults
        is_mixed = self.columns.kind.name == MIXED
        identity = None if is_mixed else self.columns.kind.identify(made.fields)
        if (key := self.columns.key) and not is_mixed:
            identity = (key, compared(key, str(made.fields[key])))
        if identity is not None and (other := self._met.meets(identity, row.number)):
            why = f"is the same {_what(identity)} as row {other}; only that goes in"
            return made, [RowFault(number=row.number, field=ROW, message=why)]
        clash = self._clash(made, is_mixed=is_mixed)
        if clash is None and is_mixed:
            clash = self._contradiction(made)
        return made, faults if clash is None else [clash]

    def _contradiction(self, row: ImportRow) -> RowFault | None:
        """What is wrong with a row that says something else of its item than an earlier one."""
        identity, told = item_of(row.fields, self.columns.key)
        if identity is None or (earlier := self._met.differs(identity, row.number, told)) is None:
            return None
        number, name = earlier
        why = f"is not what row {number} says of the same item; make them agree, or empty one"
        return RowFault(number=row.number, field=name, message=why)

    def _clash(self, row: ImportRow, *, is_mixed: bool) -> RowFault | None:
        """What is wrong with a row of another thing that has an earlier one's identifier."""
        codes = {name: row.fields[name] for name in self.columns.kind.unique if name in row.fields}
        told = {name: compared(name, str(value)) for name, value in codes.items()}
        for name, value in codes.items():
            earlier = self._met.has(name, told[name], row.number, told if is_mixed else {})
            if earlier is None:
                continue
            number, differs = earlier
            other = f", which has another {differs}" if differs else ""
            why = f"{value!r} is the {name} of row {number}, too{other}; only that goes in"
            return RowFault(number=row.number, field=name, message=why)
        return None


def _what(identity: tuple[object, ...]) -> str:
    return {"entry": "stock"}.get(str(identity[0]), str(identity[0]))


def _bytes_of(cells: list[str]) -> int:
    """What they take in an event, in which a character has up to six bytes."""
    return len(json.dumps(cells, ensure_ascii=False).encode(errors="replace"))


class _Met:
    """What rows of a file were identified by, on disk."""

    def __init__(self) -> None:
        self._known = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._known.execute("PRAGMA journal_mode = OFF")
        self._known.execute("CREATE TABLE met (what BLOB PRIMARY KEY, number) WITHOUT ROWID")
        self._known.execute("CREATE TABLE owned (what BLOB PRIMARY KEY, row, codes) WITHOUT ROWID")
        self._known.execute("CREATE TABLE said (what BLOB PRIMARY KEY, told) WITHOUT ROWID")
        self._known.execute("BEGIN")  # nobody else reads it: one transaction for all, never ended

    def meets(self, identity: tuple[object, ...], number: int) -> int | None:
        """The earlier row of this identity; without one, `number` has it from now on."""
        what = _digest(identity)
        if self._known.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (what, number)).rowcount:
            return None
        [[other]] = self._known.execute("SELECT number FROM met WHERE what = ?", (what,)).fetchall()
        return int(other)

    def has(
        self, name: str, value: str, number: int, codes: Mapping[str, Any]
    ) -> tuple[int, str] | None:
        """The earlier row that has this `value` for `name`, and the identifier in which it differs
        from `codes`, where any does have to; None where rows may be of one thing. Without an
        earlier one, `number` has it from now on."""
        what = _digest((name, value))
        told = json.dumps(codes, default=str) if codes else "{}"
        new = "INSERT OR IGNORE INTO owned VALUES (?, ?, ?)"
        if self._known.execute(new, (what, number, told)).rowcount:
            return None
        known = self._known.execute("SELECT row, codes FROM owned WHERE what = ?", (what,))
        found = known.fetchone()
        theirs = json.loads(found[1])
        if not codes:
            return int(found[0]), ""
        differs = [one for one in codes if one in theirs and theirs[one] != str(codes[one])]
        return (int(found[0]), differs[0]) if differs else None

    def differs(
        self, identity: tuple[object, ...], number: int, told: Mapping[str, object]
    ) -> tuple[int, str] | None:
        """The earlier row that says something else of this identity, and the field of which it
        does. Without one, what is `told` stands from now on."""
        what = _digest(identity)
        ours = {name: (hash(value), number) for name, value in told.items()}  # of this process
        new = "INSERT OR IGNORE INTO said VALUES (?, ?)"
        if self._known.execute(new, (what, to_json(ours))).rowcount:
            return None
        found = self._known.execute("SELECT told FROM said WHERE what = ?", (what,)).fetchone()
        theirs = from_json(found[0])
        for name in ours:
            if name in theirs and ours[name][0] != theirs[name][0]:
                return int(theirs[name][1]), name
        if ours.keys() - theirs.keys():
            said = to_json({**ours, **theirs})
            self._known.execute("UPDATE said SET told = ? WHERE what = ?", (said, what))
        return None

    def close(self) -> None:
        self._known.close()


def _digest(identity: tuple[object, ...]) -> bytes:
    known = hashlib.blake2b(repr(identity).encode(errors="surrogatepass"), digest_size=12)
    return known.digest()
