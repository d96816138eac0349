"""XLSX files (ECMA-376) as tables, whatever is in them: entities and bombs are refused, formulas
are what they came to, and neither rows nor texts are kept in memory."""

import datetime as dt
import tempfile
import warnings
import zipfile
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Generator, Iterator, Sequence
from lzma import LZMAError
from typing import IO, Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException  # type: ignore[import-untyped] # it has no types
from openpyxl.cell.text import Text
from openpyxl.reader.excel import ExcelReader
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.worksheet._read_only import ReadOnlyWorksheet
from openpyxl.worksheet._reader import WorkSheetParser
from openpyxl.xml import DEFUSEDXML
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from chassis.logging import get_logger
from services.catalog.imports.number_forms import number_forms
from services.catalog.imports.tables import Row, UnreadableError

log = get_logger(__name__)
MAGIC = b"PK\x03\x04"
OLD_MAGIC = b"\xd0\xcf\x11\xe0"  # XLS, and XLSX under a password
_MOST_PARTS = 5_000
_MOST_DIRECTORY = 2_000_000  # bytes, of the archive's list of its parts
_ENTRIES, _SIZE = 4, 5  # in what `zipfile` knows of the end of an archive
_WORKBOOK = "xl/workbook.xml"
_REMEMBERED = 4096  # texts
_MOST_ROWS = 1_048_576  # of a sheet, and its columns
_MOST_CELLS = 16_384
# What is parsed stays in memory, many times as large, until a row or a text has come to its end;
# what is not read in steps stays there for good.
_MOST_WHOLE, _MOST_AT_ONCE = 8_000_000, 32_000_000  # bytes
_MOST_NODES = 400_000
_DAMAGED = (
    "This is no good XLSX file: it is damaged, or has something in it that can't be read. Open it "
    "in a spreadsheet program and save it anew, as XLSX or CSV."
)
_ROWS, _ROW, _CELL = (f"{{{SHEET_MAIN_NS}}}{name}" for name in ("sheetData", "row", "c"))

# What it leaves out of a file is nothing that a table needs.
warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
if not DEFUSEDXML:  # pragma: no cover - a broken installation
    raise ImportError("openpyxl does not use defusedxml")


def refuse_bad_archive(file: BinaryIO, *, most: int) -> None:
    """Raise `UnreadableError` for what is no XLSX file, or has more than `most` bytes in it."""
    try:
        # Its directory is read at once: how long that is, the end of the file says before.
        end = zipfile._EndRecData(file)  # type: ignore[attr-defined] # noqa: SLF001 - as zipfile does
        if end and (end[_ENTRIES] > _MOST_PARTS or end[_SIZE] > _MOST_DIRECTORY):
            raise UnreadableError(f"There are more than {_MOST_PARTS:,} parts in it; hand in CSV.")
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
        raise UnreadableError("This is no XLSX file: its archive is damaged.") from error
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > most:
        raise UnreadableError(
            f"Unpacked, the file has more than {most // 1_000_000} MB; hand in CSV, or less."
        )
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableError("The file is under a password; save it without one.")
    names = {part.filename for part in parts}
    if len(names) != len(parts):
        raise UnreadableError("This is no XLSX file: it has one part twice.")
    if _WORKBOOK not in names:
        raise UnreadableError(
            "This is an archive, and no XLSX file; save the spreadsheet as XLSX or CSV."
        )


class Spreadsheet:
    """The rows of one sheet: the one called `sheet`, or the first that is shown."""

    is_grid = True

    def __init__(self, file: BinaryIO, sheet: str | None = None) -> None:
        self._file, self._sheet = file, sheet

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty, from the start; raises `UnreadableError` where it can't go
        on."""
        self._file.seek(0)
        try:
            with _Reader(self._file) as workbook:
                yield from _rows(workbook, self._chosen(workbook))
        except UnreadableError:
            raise
        except _BROKEN as error:
            if isinstance(error.__cause__ or error, DefusedXmlException):
                why = "The file has XML entities in it, which no table needs."
                raise UnreadableError(why) from error
            log.info("imports.bad_spreadsheet", error=repr(error))
            raise UnreadableError(_DAMAGED) from error

    def _chosen(self, workbook: Any) -> Any:  # noqa: ANN401 - openpyxl's classes for reading only
        sheets = workbook.worksheets
        if self._sheet is None:
            shown = [each for each in sheets if each.sheet_state == "visible"]
            if not shown:
                raise UnreadableError("The file has no sheet with rows.")
            return shown[0]
        for each in sheets:
            if each.title.casefold() == self._sheet.casefold():
                return each
        titles = ", ".join(each.title for each in sheets)
        raise UnreadableError(f"The file has no sheet {self._sheet!r}; it has: {titles}.")


def _rows(workbook: Any, sheet: Any) -> Iterator[Row]:  # noqa: ANN401
    """The rows that are not empty. openpyxl reads the cells of a row; its own way from row to row
    keeps something of each, and makes as many cells as a file says that there are."""
    with workbook._archive.open(sheet._worksheet_path) as source:  # noqa: SLF001 - as it does itself
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001
            data_only=True,
            epoch=workbook.epoch,
            date_formats=workbook._date_formats,  # noqa: SLF001
            timedelta_formats=workbook._timedelta_formats,  # noqa: SLF001
        )
        rows: Any = None
        width = 0
        steps = _Steps(source)
        for event, node in steps:
            if event == "start":
                if node.tag == _ROWS:
                    rows = node
            elif node.tag == _CELL:
                width += 1
                if width > _MOST_CELLS:
                    raise UnreadableError(f"A row has more than {_MOST_CELLS} cells.")
            elif node.tag == _ROW:
                number, values = parser.parse_row(node)
                if number > _MOST_ROWS:
                    raise UnreadableError(f"The file has a row {number}; no sheet has so many.")
                cells, typed = _read(values)
                if any(cells):
                    yield Row(number, cells, typed)
                width = 0
                parser.row_dimensions.clear()
                rows.clear()
                steps.begin()
            elif node.tag == _ROWS:
                return


class _Steps:
    """A part as it is parsed; refused where too much of it comes between one `begin` and the
    next."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.begin()

    def begin(self) -> None:
        self._bytes = self._nodes = 0

    def read(self, size: int = -1) -> bytes:
        part = self._source.read(size)
        self._bytes += len(part)
        _check_room(self._bytes, _MOST_AT_ONCE, self._nodes)
        return part

    def __iter__(self) -> Iterator[tuple[str, Any]]:
        for event, node in iterparse(self, events=("start", "end")):
            self._nodes += event == "start"
            _check_room(self._bytes, _MOST_AT_ONCE, self._nodes)
            yield event, node


class _Archive(zipfile.ZipFile):
    """An archive whose parts are read whole where they are small."""

    def read(self, name: str | zipfile.ZipInfo, pwd: bytes | None = None) -> bytes:
        part = name if isinstance(name, zipfile.ZipInfo) else self.getinfo(name)
        _check_room(part.file_size, _MOST_WHOLE, 0)
        content = super().read(part, pwd)
        _check_room(len(content), _MOST_WHOLE, content.count(b"<"))
        return content


def _check_room(size: int, most: int, nodes: int) -> None:
    if size > most or nodes > _MOST_NODES:
        raise UnreadableError("There is too much in the file beside its rows; hand in CSV.")


def _read(cells: Sequence[Any]) -> tuple[list[str], dict[int, int | float | bool]]:
    """The cells' texts, and those that are numbers or yes and no, by their positions."""
    found: list[str] = []
    typed: dict[int, int | float | bool] = {}
    for cell in cells:
        if cell["value"] is None or not 0 < cell["column"] <= _MOST_CELLS:
            continue
        found += [""] * (cell["column"] - len(found))
        value = cell["value"]
        found[cell["column"] - 1] = _text(value)
        if isinstance(value, int | float):  # bool, too
            typed[cell["column"] - 1] = value
    return found, typed


# What openpyxl and zipfile raise for files that are not as they should be: whatever they stumble
# over.
_BROKEN = (
    *(ParseError, zipfile.BadZipFile, InvalidFileException, EOFError, OSError),
    *(LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError),
    *(NotImplementedError, AssertionError, zlib.error, LZMAError),
)


class _Reader(ExcelReader):
    """openpyxl's reader without what a table has no need of. Its texts stay on disk."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, read_only=True, data_only=True, keep_links=False)
        self.archive = _Archive(file)
        self._texts: _Texts | None = None

    def __enter__(self) -> Any:  # noqa: ANN401
        try:
            self.read()
        except BaseException:
            self.close()
            raise
        return self.wb

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        if self._texts is not None:
            self._texts.close()
        self.archive.close()

    def read(self) -> None:
        """In openpyxl's order, but for what no table has a use for."""
        self.read_manifest()
        self.read_strings()
        self.read_workbook()
        workbook: Any = self.wb
        forms = number_forms(self.archive)
        workbook._date_formats, workbook._timedelta_formats = forms.dates, forms.spans  # noqa: SLF001
        self.read_worksheets()

    def read_strings(self) -> None:
        package: Any = self.package
        part = package.find(SHARED_STRINGS)
        if part is not None:
            self._texts = _Texts(self.archive.open(part.PartName.removeprefix("/")))
            self.shared_strings: Any = self._texts

    def read_worksheets(self) -> None:
        """Sheets of rows alone, and no look at them yet."""
        for sheet, rel in self.parser.find_sheets():
            if rel.target in self.valid_files and "chartsheet" not in rel.Type:
                found = _Sheet(self.wb, sheet.name, rel.target, self.shared_strings)
                found.sheet_state = sheet.state or "visible"
                workbook: Any = self.wb
                workbook._sheets.append(found)  # noqa: SLF001 - as it does itself


class _Sheet(ReadOnlyWorksheet):
    def _get_size(self) -> None:
        """Not asked for: where a file does not say it, all of it would be read."""


class _Texts(Sequence[str]):
    """A workbook's shared texts, read as far as they are asked for and kept in a file."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the workbook
        self._ends = array("Q", [0])
        self._remembered: OrderedDict[int, str] = OrderedDict()
        self._coming = self._read()

    def close(self) -> None:
        self._coming.close()
        self._source.close()
        self._kept.close()

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - Sequence has two forms of it
        if index in self._remembered:
            return self._remembered[index]
        while index >= len(self):
            if next(self._coming, None) is None:
                raise IndexError(f"there is no text {index}")
        begin, end = self._ends[index], self._ends[index + 1]
        self._kept.seek(begin)
        text = self._kept.read(end - begin).decode("utf-8", "surrogatepass")
        return self._remember(index, text)

    def _read(self) -> Generator[str]:
        root = None
        tag = f"{{{SHEET_MAIN_NS}}}si"
        steps = _Steps(self._source)
        for event, node in steps:
            if root is None:
                root = node
            if event == "end" and node.tag == tag:
                item: Any = Text.from_tree(node)
                text = (item.content or "").replace("x005F_", "")
                encoded = text.encode("utf-8", "surrogatepass")
                self._kept.seek(self._ends[-1])
                self._kept.write(encoded)
                self._ends.append(self._ends[-1] + len(encoded))
                self._remember(len(self) - 1, text)
                root.clear()
                steps.begin()
                yield text

    def _remember(self, index: int, text: str) -> str:
        self._remembered[index] = text
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popitem(last=False)
        return text


def _text(value: object) -> str:
    """A cell as its text would be in CSV."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
        case dt.datetime():
            return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
        case dt.date() | dt.time():
            return value.isoformat()
    return str(value)
