"""Reading CSV files as people have them."""

import pytest
from unit.catalog.imports.files import chunk, faults, read, reading

from services.catalog.imports import text_files
from services.catalog.imports.columns import Wanted
from services.catalog.imports.tables import UnreadableError


def test_rows_are_numbered_as_a_spreadsheet_shows_them() -> None:
    """The headings are row 1; a line break within a field begins no row, an empty row counts."""
    found = chunk('name,notes\ndrill,"one\ntwo"\n\nsaw,\n')
    assert found.cells == {2: ["drill", "one\ntwo"], 4: ["saw", ""]}


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "cp1257"]
)
def test_an_encoding_is_found_out(encoding: str) -> None:
    """By its mark, by the zeros of UTF-16, by what letters are likely."""
    words = {"cp1252": "Café à la crème", "cp1257": "Žižkovs šķūnis, ģimene"}
    text = words.get(encoding, "Žižka 図書館")
    assert read(f'name\n"{text}"\n'.encode(encoding)) == [{"name": text}]


def test_an_encoding_can_be_named() -> None:
    content = "name\nЁж\n".encode("cp1251")
    assert read(content, encoding="cp1251") == [{"name": "Ёж"}]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_by_the_headings(delimiter: str) -> None:
    headings = delimiter.join(["name", '"what, where; who"', "notes"])
    found = reading(f"{headings}\na{delimiter}b{delimiter}c\n", Wanted(kind="borrowers"))
    assert found.columns.headings == ["name", "what, where; who", "notes"]
    found.close()


def test_what_stands_above_the_headings_is_left_out() -> None:
    content = "Our things\n\nsince,2019,,\nName,Phone,,\nAnn,5,,\n"
    assert read(content) == [{"name": "Ann", "phone": "5"}]


def test_quotes_within_quotes_are_one_quote() -> None:
    assert read('name\n"5"" pipe"\n6" pipe\n') == [{"name": '5" pipe'}, {"name": '6" pipe'}]


def test_a_quote_that_is_never_closed_is_named_by_its_row() -> None:
    with pytest.raises(UnreadableError, match="Row 3: a quote is opened and never closed"):
        read('name,notes\na,b\nc,"d\ne,f\n')


def test_a_line_without_an_end_is_never_whole_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "LONGEST_LINE", 1000)
    with pytest.raises(UnreadableError, match="far too long"):
        read("name\n" + "drill," * 1000)
    assert len(read("name\n" + f"{'drill' * 20}\r\n" * 5, "items")) == 1


def test_text_that_is_not_of_the_encoding_that_was_named_is_a_clear_error() -> None:
    with pytest.raises(UnreadableError, match=r"no iso2022_jp text after row \d"):
        read("name\n" + "a\n" * 3000 + "Café\n", encoding="iso2022_jp")


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\0\0", b"name\na\0b\n", b"\n\n", b""])
def test_a_file_that_is_no_table_is_said_to_be_none(content: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"no text file|is empty"):
        read(content)


def test_a_row_that_is_longer_than_the_headings_is_told() -> None:
    assert faults("name,notes\nAnn,a,b\nBob,,,\n") == [
        "2 row: has 3 cells under 2 headings; is a text with a comma unquoted?"
    ]


def test_a_row_that_would_be_the_same_as_an_earlier_one_is_told() -> None:
    found = chunk("name,id\nAnn,1\nann,2\nBob,\nBOB,\nAnn,1\n")
    assert [row.number for row in found.rows] == [2, 3, 4]
    assert [(each.number, each.message) for each in found.faults] == [
        (5, "is the same name as row 4; only that goes in"),
        (6, "is the same external_id as row 2; only that goes in"),
    ]


def test_a_reading_goes_on_behind_the_rows_that_others_have_read() -> None:
    """Chunks are the same, and so is what a later row would meet."""
    content = "name\n" + "".join(f"Person {n}\n" for n in range(1100)) + "Person 7\n"
    whole = reading(content, Wanted(kind="borrowers"))
    chunks = [whole.chunk() for _ in range(3)]
    later = reading(content, Wanted(kind="borrowers"))
    later.begin(after=1000)
    assert later.chunk() == chunks[2]
    assert [len(each.cells) for each in chunks] == [500, 500, 101]
    assert [each.message for each in chunks[2].faults] == [
        "is the same name as row 9; only that goes in"
    ]
    for each in (whole, later):
        each.close()


def test_a_chunk_has_as_many_rows_as_an_event_takes() -> None:
    """Counted in bytes, of which a control character has six: Kafka takes records of 1 MB."""
    notes = "\x01" * 5_000
    rows = "".join(f"Person {n},{notes}\n" for n in range(100))
    opened = reading(f"name,notes\n{rows}", Wanted(kind="borrowers"))
    told, is_last = 0, False
    while not is_last:
        found = opened.chunk()
        is_last, told = found.is_last, told + len(found.rows)
        assert sum(len(row.model_dump_json()) for row in found.rows) < 400_000
    opened.close()
    assert told == 100


def test_utf8_with_a_broken_character_is_told_by_its_line() -> None:
    """Read as anything else, all of its letters were wrong; whoever names an encoding has it."""
    content = "name\nKüche\nÄpfel\ntrunc".encode() + b"\xc3"
    with pytest.raises(UnreadableError, match="Line 4 has a character that is broken"):
        read(content)
    assert read(content, encoding="cp1252")[2] == {"name": "truncÃ"}
    assert read("name\n«CAFÉ»\nCafé\nCrème\n".encode("cp1252"))[1] == {"name": "Café"}


@pytest.mark.parametrize(("mark", "called"), [(",", "comma"), (";", "semicolon"), ("\t", "tab")])
def test_a_cell_too_many_is_told_with_the_mark_that_makes_it(mark: str, called: str) -> None:
    [fault] = faults(f"name{mark}notes\na{mark}b{mark}c\n")
    assert fault.endswith(f"is a text with a {called} unquoted?")
