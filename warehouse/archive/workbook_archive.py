"""The archive as a workbook: a sheet for each kind of record, whose first row are the fields. For
people to read and for a restore; attachments' contents are not in it."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from xml.etree.ElementTree import ParseError

from openpyxl import Workbook, load_workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from warehouse.archive import cells
from warehouse.archive.kinds import BY_NAME, KINDS, Kind
from warehouse.archive.manifest import ArchiveError, Manifest, manifest_of
from warehouse.archive.staging import Staging

ABOUT, FIELDS, LONG = "workspace", "fields", "long texts"
MAX_ROWS = 1_048_575  # of a sheet, besides its headings
_MEANINGFUL = "=+-@#\t\r"  # what texts begin with that spreadsheets take for something else
_LONG_MARK = "(see long texts)"
_MAX_RATIO, _HARMLESS = 250, 64 * 1024 * 1024
_BROKEN = (
    *(zipfile.BadZipFile, InvalidFileException, ParseError, KeyError),
    *(ValueError, TypeError, AttributeError, EOFError, OSError),
)


class WorkbookWriter:
    """Writes an archive; what is there before `close` is no archive yet."""

    carries_files = False

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = Workbook(write_only=True)

    def add_file(self, attachment_id: str, content: IO[bytes]) -> None:
        raise NotImplementedError  # nobody asks: it has `carries_files` off

    def write(self, manifest: Manifest, staging: Staging) -> None:
        about = self._book.create_sheet(ABOUT)
        for name, value in manifest.model_dump().items():
            about.append([name, _text_cell(about, json.dumps(value, ensure_ascii=False))])
        long: list[tuple[str, int, str, list[str]]] = []
        columns = {kind.name: staging.columns(kind.name) for kind in KINDS}
        fields = self._book.create_sheet(FIELDS)
        fields.append(["sheet", "field", "type"])
        for kind, types in columns.items():
            for field, type_ in types.items():
                fields.append([kind, field, type_])
        for one in KINDS:
            self._write_sheet(one, columns[one.name], staging, long)
        if long:
            sheet = self._book.create_sheet(LONG)
            sheet.append(["sheet", "row", "field", "text"])
            for kind, row, field, parts in long:
                for part in parts:
                    sheet.append([kind, row, field, _text_cell(sheet, part)])

    def close(self) -> None:
        self._book.save(self._path)

    def _write_sheet(
        self,
        kind: Kind,
        columns: dict[str, str],
        staging: Staging,
        long: list[tuple[str, int, str, list[str]]],
    ) -> None:
        if staging.count(kind.name) > MAX_ROWS:
            raise ArchiveError(
                f"There are more {kind.name} than a sheet has rows; export with --format json."
            )
        sheet = self._book.create_sheet(kind.name)
        sheet.freeze_panes = "A2"
        headings = [WriteOnlyCell(sheet, value=name) for name in columns]
        for heading in headings:
            heading.font = Font(bold=True)
        sheet.append(headings)
        for number, record in enumerate(staging.all(kind.name), 2):
            row: list[Any] = []
            for name, type_ in columns.items():
                value = record.get(name)
                text = cells.text_of(value, structured=type_ == "json")
                if text is None:
                    row.append(value)
                    continue
                if len(text) > cells.MOST:
                    parts = [text[at : at + cells.MOST] for at in range(0, len(text), cells.MOST)]
                    long.append((kind.name, number, name, parts))
                    text = _LONG_MARK
                row.append(_text_cell(sheet, text))
            sheet.append(row)


class WorkbookReader:
    """Reads a workbook that anybody may have made: raises `ArchiveError` that says where."""

    carries_files = False

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            with zipfile.ZipFile(path) as parts:
                for info in parts.infolist():
                    if info.file_size > max(_HARMLESS, info.compress_size * _MAX_RATIO):
                        raise ArchiveError(
                            f"{path.name}: {info.filename} would become {info.file_size:,} bytes "
                            f"out of {info.compress_size:,}: no export does that."
                        )
            self._book = load_workbook(path, read_only=True, data_only=False)
        except _BROKEN as error:
            raise ArchiveError(
                f"{path}: this is no whole workbook ({error}); it may have been cut short on its "
                "way. Copy it anew."
            ) from error
        try:
            self._read_about()
        except BaseException:
            self._book.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._book.close()

    def where(self, kind: str, place: int) -> str:
        return f"sheet {kind}, row {place}"

    def open_file(self, attachment_id: str) -> IO[bytes]:
        raise ArchiveError(f"{self._name}: a workbook has no files in it ({attachment_id}).")

    def records(self, kind: str) -> Iterator[tuple[int, str]]:
        """The records of a kind as JSON with the numbers of their rows."""
        if kind not in self._book.sheetnames:
            return
        types = self._types.get(kind, {})
        headings: list[str] = []
        for number, row in enumerate(self._rows(kind), 1):
            if number == 1:
                headings = [str(cell) for cell in row if cell is not None]
                if len(set(headings)) != len(headings):
                    raise ArchiveError(f"{self.where(kind, 1)}: two columns have the same heading.")
                continue
            if any(cell is not None for cell in row):
                yield number, self._record(kind, number, headings, types, row)

    def _record(
        self,
        kind: str,
        number: int,
        headings: list[str],
        types: dict[str, str],
        row: tuple[Any, ...],
    ) -> str:
        record = {}
        for position, name in enumerate(headings):
            cell = row[position] if position < len(row) else None
            if cell == _LONG_MARK:
                cell = self._long.get((kind, number, name), cell)
            try:
                record[name] = cells.value_of(cell, kind=types.get(name, "text"))
            except cells.CellError as error:
                raise ArchiveError(f"{self.where(kind, number)}: {name}: {error}.") from error
        return json.dumps(record, ensure_ascii=False)

    def _read_about(self) -> None:
        if ABOUT not in self._book.sheetnames or FIELDS not in self._book.sheetnames:
            raise ArchiveError(f"{self._name}: this is no workbook that `warehouse export` made.")
        try:
            about = {str(row[0]): json.loads(str(row[1])) for row in self._rows(ABOUT)}
        except (ValueError, IndexError) as error:
            raise ArchiveError(f"{self._name}: sheet {ABOUT} can't be read: {error}") from error
        self.manifest: Manifest = manifest_of(about, f"{self._name}: sheet {ABOUT}")
        self._types: dict[str, dict[str, str]] = {}
        for row in self._rows(FIELDS):
            if len(row) > 2 and row[0] in BY_NAME:
                self._types.setdefault(str(row[0]), {})[str(row[1])] = str(row[2])
        self._long: dict[tuple[str, int, str], str] = {}
        if LONG in self._book.sheetnames:
            for row in self._rows(LONG):
                if len(row) > 3 and row[0] in BY_NAME:
                    key = (str(row[0]), int(row[1]), str(row[2]))
                    self._long[key] = self._long.get(key, "") + str(row[3])

    def _rows(self, sheet: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._book[sheet].iter_rows(values_only=True)
        except _BROKEN as error:
            raise ArchiveError(f"{self._name}: sheet {sheet} is damaged: {error}") from error


def _text_cell(sheet: Any, text: str) -> Cell | str:  # noqa: ANN401 - openpyxl's stub names none
    """A cell that is a text for Excel and stays one when it is edited, whatever it begins with."""
    if text[0] not in _MEANINGFUL:
        return text
    cell = WriteOnlyCell(sheet, value="")
    cell.value = text
    cell.data_type = "s"  # its setter takes what begins with = for a formula
    cell.number_format = "@"
    cell.quotePrefix = True
    return cell
