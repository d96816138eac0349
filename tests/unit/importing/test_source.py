"""Reading CSV files as people have them."""

from pathlib import Path

import pytest

from warehouse.errors import OperatorError
from warehouse.importing.source import Source


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "things.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(folder: Path, content: str | bytes, **options: str) -> list[tuple[int, list[str]]]:
    return [(row.number, row.cells) for row in Source(write(folder, content), **options).rows()]


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    """The headings are row 1; a line break within a field begins no row, an empty row counts."""
    rows = read(tmp_path, 'name,notes\ndrill,"one\ntwo"\n\nsaw,\n')
    assert rows == [(2, ["drill", "one\ntwo"]), (4, ["saw", ""])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_byte_order_marks_belong_to_no_heading(tmp_path: Path, encoding: str) -> None:
    content = "name\nŽižka 図書館\n"
    content = "\ufeff" + content if encoding == "utf-16-le" else content
    source = Source(write(tmp_path, content.encode(encoding)))
    assert source.headings == ["name"]
    assert [row.cells for row in source.rows()] == [["Žižka 図書館"]]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_by_the_headings(tmp_path: Path, delimiter: str) -> None:
    headings = delimiter.join(["name", '"what, where; who"', "notes"])
    source = Source(write(tmp_path, f"{headings}\na{delimiter}b{delimiter}c\n"))
    assert source.headings == ["name", "what, where; who", "notes"]
    assert [row.cells for row in source.rows()] == [["a", "b", "c"]]


def test_quotes_within_quotes_are_one_quote(tmp_path: Path) -> None:
    assert read(tmp_path, 'name\n"5"" pipe"\n6" pipe\n') == [(2, ['5" pipe']), (3, ['6" pipe'])]


def test_a_quote_that_is_never_closed_is_named_by_its_row(tmp_path: Path) -> None:
    """Nothing after it can be trusted, so the file is refused, not half read."""
    with pytest.raises(OperatorError, match="row 3: a quote is opened and never closed"):
        read(tmp_path, 'name,notes\na,b\nc,"d\ne,f\n')


def test_another_encoding_is_a_clear_error_and_can_be_named(tmp_path: Path) -> None:
    content = "name\nCafé\n".encode("cp1252")
    with pytest.raises(
        OperatorError, match=r"not UTF-8: on line 2, after 'Caf', is the byte 0xE9\. .*cp1252"
    ):
        read(tmp_path, content)
    assert read(tmp_path, content, encoding="cp1252") == [(2, ["Café"])]


def test_a_character_that_is_cut_off_at_the_end_is_named_too(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="on line 3, after 'Caf', is the byte 0xC3"):
        read(tmp_path, "name\na\nCafé".encode()[:-1])


def test_text_that_is_not_of_the_encoding_that_was_named_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match=r"is not ascii text after row \d"):
        read(tmp_path, "name\nCafé\n", encoding="ascii")


@pytest.mark.parametrize("encoding", [{}, {"encoding": "cp1252"}])
def test_a_file_that_is_no_text_is_said_to_be_none(
    tmp_path: Path, encoding: dict[str, str]
) -> None:
    """A spreadsheet that was not exported; no encoding makes text of it."""
    with pytest.raises(OperatorError, match="is no text file: it has NUL bytes"):
        read(tmp_path, b"PK\x03\x04\x14\x00\x08\x08", **encoding)


def test_a_file_without_headings_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="is empty"):
        read(tmp_path, "\n\n")


def test_a_missing_file_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="can't be read"):
        Source(tmp_path / "none.csv")
