"""Tables as files, made row by row."""

import csv
import io
from collections.abc import Sequence
from decimal import Decimal

import openpyxl
import pytest

from chassis import tables
from chassis.tables import Cell, CsvWriter, TableWriter, XlsxWriter
from services.catalog.imports.spreadsheets import Spreadsheet, refuse_bad_archive

ROWS: list[Sequence[Cell]] = [
    ["=1+1", 5, Decimal("12.50"), True, None, "-4"],
    ['q"; x, \n', -3, Decimal("1E+20"), False, "", "ä\x0b<&>\r"],
]
COLUMNS = ["a", "b", "c", "d", "e", "f"]


def made(writer: TableWriter, *batches: Sequence[Sequence[Cell]]) -> bytes:
    parts = [writer.begin(), *map(writer.rows, batches), writer.end()]
    assert parts[0]
    return b"".join(parts)


def test_a_text_is_no_formula() -> None:
    text = made(CsvWriter("things", COLUMNS), ROWS[:1], ROWS[1:]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        COLUMNS,
        ["'=1+1", "5", "12.50", "true", "", "-4"],
        ['q"; x, \n', "-3", "1E+20", "false", "", "ä\x0b<&>\r"],
    ]


def test_a_spreadsheet_has_numbers_and_texts_and_is_read_again() -> None:
    """By a spreadsheet program's reader and by ours; what XML can't have is left out."""
    content = made(XlsxWriter("things", COLUMNS), ROWS[:1], ROWS[1:])
    refuse_bad_archive(io.BytesIO(content), most=1_000_000)
    sheet = openpyxl.load_workbook(io.BytesIO(content))["things"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        COLUMNS,
        ["=1+1", 5, 12.5, True, None, "-4"],
        ['q"; x, \n', -3, "1E+20", False, None, "ä<&>\r"],
    ]
    assert [cell.data_type for cell in sheet[2]][:4] == ["s", "n", "n", "b"]
    rows = [row.cells for row in Spreadsheet(io.BytesIO(content)).rows()]
    assert rows[1] == ["=1+1", "5", "12.5", "true", "", "-4"]


def test_a_sheet_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "MOST_ROWS", 3)
    content = made(XlsxWriter("n", ["n"]), [[n] for n in range(4)], [[4]])
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert {sheet.title: [row[0].value for row in sheet.iter_rows()] for sheet in book} == {
        "n": ["n", 0, 1],
        "n 2": ["n", 2, 3],
        "n 3": ["n", 4],
    }


def test_a_sheet_that_is_too_long_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its rows: the archive could not hold it as one."""
    monkeypatch.setattr(tables, "MOST_BYTES", 1000)
    batches = [[["x" * 600]]] * 3
    content = made(XlsxWriter("n", ["n"]), *batches)
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [sheet.max_row for sheet in book] == [3, 2]
