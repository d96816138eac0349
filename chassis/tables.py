"""Tables that are handed out as files, row by row: CSV (RFC 4180) and XLSX (ECMA-376).

Neither is ever there as a whole: what a batch of rows takes is all that is kept. A spreadsheet is
an archive whose sheets are packed while they are made, and whose list of sheets comes last.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Protocol
from xml.sax.saxutils import escape, quoteattr

from chassis.formulas import defused, kept

Cell = str | int | float | Decimal | bool | None
Rows = Iterable[Sequence[Cell]]

MOST_ROWS = 1_048_576  # of a sheet
# Of its XML, without the batch that goes beyond it: at 2 GiB an archive needs a form (ZIP64) that
# not every spreadsheet program reads.
MOST_BYTES = 1_500_000_000
_EXACT = 10**15  # numbers from here on lose their last digits in spreadsheets
_MARK = "\ufeff"  # by which spreadsheets know UTF-8
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
# What XML 1.0 can't have, whatever is written for it; a return would be read as a line feed.
_NO_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])
_RETURN = {"\r": "&#13;"}


class TableWriter(Protocol):
    """Makes the parts of a file: what `begin` gives, then `rows` of each batch, then `end`."""

    def begin(self) -> bytes: ...

    def rows(self, rows: Rows) -> bytes: ...

    def end(self) -> bytes: ...


class CsvWriter:
    """Cells that a spreadsheet would calculate are defused."""

    def __init__(self, _name: str, columns: Sequence[str]) -> None:
        self._columns = columns

    def begin(self) -> bytes:
        return _MARK.encode() + self.rows([self._columns])

    def rows(self, rows: Rows) -> bytes:
        text = io.StringIO()
        csv.writer(text).writerows([defused(_text(cell)) for cell in row] for row in rows)
        return text.getvalue().encode()

    def end(self) -> bytes:
        return b""


class XlsxWriter:
    """Texts are cells of text, so that none is a formula, and what is none keeps its kind; a sheet
    that is full is followed by another."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        self._name, self._columns = name, columns
        self._packed = _Packed()
        self._archive = zipfile.ZipFile(self._packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._sheets = 0
        self._left = self._bytes = 0

    def begin(self) -> bytes:
        self._open_sheet()
        return self._packed.taken()

    def rows(self, rows: Rows) -> bytes:
        made: list[str] = []
        for row in rows:
            if not self._left or self._bytes > MOST_BYTES:
                self._write(made)
                made = []
                self._close_sheet()
                self._open_sheet()
            made.append(_row(row))
            self._left -= 1
        self._write(made)
        return self._packed.taken()

    def end(self) -> bytes:
        self._close_sheet()
        for path, content in self._frame().items():
            self._archive.writestr(path, _XML + content)
        self._archive.close()
        return self._packed.taken()

    def _open_sheet(self) -> None:
        self._sheets += 1
        self._left, self._bytes = MOST_ROWS - 1, 0
        self._sheet = self._archive.open(f"xl/worksheets/sheet{self._sheets}.xml", "w")
        self._write([f'{_XML}<worksheet xmlns="{_MAIN}"><sheetData>', _row(self._columns)])

    def _close_sheet(self) -> None:
        self._write(["</sheetData></worksheet>"])
        self._sheet.close()

    def _write(self, made: Iterable[str]) -> None:
        self._bytes += self._sheet.write("".join(made).encode())

    def _frame(self) -> dict[str, str]:
        """The parts that say which sheets there are."""
        numbers = range(1, self._sheets + 1)
        titles = [self._name if n == 1 else f"{self._name} {n}" for n in numbers]
        sheets = "".join(
            f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"/>'
            for n, title in zip(numbers, titles, strict=True)
        )
        types = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" '
            f'ContentType="{_TYPE}.worksheet+xml"/>'
            for n in numbers
        )
        relations = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" '
            f'Target="worksheets/sheet{n}.xml"/>'
            for n in numbers
        )
        around = f'<Relationships xmlns="{_PACKAGE}/relationships">'
        return {
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
            f"<sheets>{sheets}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": f"{around}{relations}</Relationships>",
            "_rels/.rels": f'{around}<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>',
            "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
            '<Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
            f"{types}</Types>",
        }


class _Packed:
    """Where an archive writes to that is taken away while it does."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes, /) -> int:
        self._parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """There is nowhere further to go."""

    def close(self) -> None:
        """What is left is taken away afterwards."""

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
    return str(cell)


def _row(row: Sequence[Cell]) -> str:
    return f"<row>{''.join(map(_cell, row))}</row>"


def _cell(cell: Cell) -> str:
    if cell is None or cell == "":
        return "<c/>"
    if isinstance(cell, bool):
        return f'<c t="b"><v>{cell:d}</v></c>'
    if isinstance(cell, int | float | Decimal) and -_EXACT < cell < _EXACT:
        return f"<c><v>{cell}</v></c>"
    text = escape(kept(_text(cell)).translate(_NO_XML), _RETURN)
    return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
