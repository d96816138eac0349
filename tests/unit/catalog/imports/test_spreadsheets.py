"""Reading XLSX files, friendly and hostile ones."""

import datetime as dt
import io
import re
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pytest
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS
from unit.catalog.imports.files import chunk, faults, read, reading

from services.catalog.imports import spreadsheets
from services.catalog.imports.columns import Wanted
from services.catalog.imports.tables import UnreadableError

_SHEET = "xl/worksheets/sheet1.xml"
_TEXTS = "xl/sharedStrings.xml"
_TYPES = "[Content_Types].xml"
_INLINE = re.compile(r'<c r="(?P<at>\w+)" t="inlineStr"><is>(?P<text>.*?)</is></c>')


def book(*rows: list[object], title: str = "Sheet") -> bytes:
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    kept = io.BytesIO()
    made.save(kept)
    return kept.getvalue()


def changed(content: bytes, part: str, change: Callable[[str], str]) -> bytes:
    """An archive with one of its parts rewritten."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(kept, "w", 8) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()).encode() if name == part else text)
    return kept.getvalue()


def shared(content: bytes) -> bytes:
    """A workbook whose texts are kept in a part of their own, as most programs write them."""
    texts: list[str] = []

    def refer(cell: re.Match[str]) -> str:
        texts.append(cell["text"])
        return f'<c r="{cell["at"]}" t="s"><v>{len(texts) - 1}</v></c>'

    moved = changed(content, _SHEET, lambda sheet: _INLINE.sub(refer, sheet))
    told = "".join(f"<si>{text}</si>" for text in texts)
    part = f'<Override PartName="/{_TEXTS}" ContentType="{SHARED_STRINGS}" /></Types>'
    named = changed(moved, _TYPES, lambda types: types.replace("</Types>", part))
    kept = io.BytesIO(named)
    with zipfile.ZipFile(kept, "a") as archive:
        archive.writestr(_TEXTS, f'<sst xmlns="{SHEET_MAIN_NS}">{told}</sst>')
    return kept.getvalue()


def test_texts_that_are_kept_apart_are_read_however_many_there_are() -> None:
    rows: list[list[object]] = [[f"Person {n}", f"note {n % 7}"] for n in range(6000)]
    content = shared(book(["name", "notes"], *rows))
    found = reading(content, Wanted(kind="borrowers"))
    names = [row.fields["name"] for _ in range(12) for row in found.chunk().rows]
    assert names == [row[0] for row in rows]
    found.close()


def test_cells_are_what_a_person_reads_there() -> None:
    """Whole numbers without a point, days without a time, formulas as what they came to."""
    found = chunk(
        book(
            ["name", "phone", "notes", "id"],
            ["Ann", 5551234, dt.datetime(2024, 1, 31, tzinfo=None), 7.0],  # noqa: DTZ001
            [None, None, None, None],
            ["Bob", 1.5, True, "=1+1"],
            ["Cid", "#N/A", "line\nbreak", None],
        )
    )
    assert found.cells == {
        2: ["Ann", "5551234", "2024-01-31", "7"],
        4: ["Bob", "1.5", "true"],  # what the formula came to was never calculated
        5: ["Cid", "#N/A", "line\nbreak"],
    }


def test_a_sheet_is_chosen_by_its_title_or_is_the_first_that_is_shown() -> None:
    made = openpyxl.Workbook()
    hidden = made.active
    assert hidden is not None
    hidden.append(["name"])
    hidden.append(["Hidden"])
    hidden.sheet_state = "hidden"
    for title in ("First", "Second"):
        sheet = made.create_sheet(title)
        sheet.append(["name"])
        sheet.append([title])
    content = saved(made)
    assert read(content) == [{"name": "First"}]
    assert read(content, sheet="second") == [{"name": "Second"}]
    with pytest.raises(UnreadableError, match="no sheet 'Third'; it has: Sheet, First, Second"):
        read(content, sheet="Third")


def _entity(text: str) -> str:
    begin, end = text.split("<sst", 1) if "<sst" in text else ("", text)
    return f'{begin}<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><sst{end}'.replace(
        "Ann", "&e;"
    )


def _far_row(text: str) -> str:
    return text.replace('<row r="2"', '<row r="999999999999"')


def _wide_row(text: str) -> str:
    return text.replace('<row r="2"', f'<row r="2">{"<c/>" * 20_000}</row><row r="3"')


def _far_cell(text: str) -> str:
    return text.replace('r="A2"', 'r="ZZZZZZ2"')


def _cut(text: str) -> str:
    return text[: len(text) // 2]


@pytest.mark.parametrize(
    ("part", "change", "says"),
    [
        (_TEXTS, _entity, "XML entities"),
        (_SHEET, _far_row, "no sheet has so many"),
        (_SHEET, _wide_row, "more than 16384 cells"),
        (_SHEET, _far_cell, "no good XLSX file"),
        (_SHEET, _cut, "no good XLSX file"),
        (_TEXTS, _cut, "no good XLSX file"),
        ("xl/workbook.xml", _cut, "no good XLSX file"),
        (_TYPES, lambda _: "<x/>", "no good XLSX file"),
    ],
)
def test_a_hostile_file_is_refused(part: str, change: Callable[[str], str], says: str) -> None:
    with pytest.raises(UnreadableError, match=says):
        read(changed(shared(book(["name"], ["Ann"], ["Bob"])), part, change))


_MANY = "<x/>" * 20_001  # packed a few bytes; as a tree each takes sixty times what it does as text


@pytest.mark.parametrize(
    ("part", "before"),
    [
        ("xl/styles.xml", "</styleSheet>"),
        ("xl/workbook.xml", "</workbook>"),
        (_SHEET, "<sheetData>"),
        (_SHEET, "</row>"),
        (_TEXTS, "<si>"),
        (_TEXTS, "</si>"),
    ],
)
def test_a_part_that_grows_in_memory_is_refused(
    part: str, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheets, "_MOST_NODES", 20_000)
    content = shared(book(["name"], ["Ann"]))
    with pytest.raises(UnreadableError, match="too much in the file beside its rows"):
        read(changed(content, part, lambda text: text.replace(before, _MANY + before, 1)))


def test_a_text_that_never_ends_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "_MOST_AT_ONCE", 200_000)
    content = shared(book(["name"], ["Ann"]))
    with pytest.raises(UnreadableError, match="too much in the file beside its rows"):
        read(changed(content, _TEXTS, lambda text: text.replace("Ann", "A" * 1_000_000)))
    many = io.BytesIO(shared(book(["name"], *([f"{n}" * 9] for n in range(5000)))))
    assert sum(1 for _ in spreadsheets.Spreadsheet(many).rows()) == 5001


def test_a_part_that_can_not_be_unpacked_is_refused_as_damaged() -> None:
    """Not as an error of ours, at which the worker would begin again for ever."""
    content = bytearray(book(["name"], ["Ann"]))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        at = archive.getinfo(_SHEET).header_offset + 30 + len(_SHEET)
    content[at] = 0xFF  # a kind of block that there is not
    with pytest.raises(UnreadableError, match="no good XLSX file"):
        read(bytes(content))


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", "\0" * 20_000_000)
    assert len(kept.getvalue()) < 50_000
    with pytest.raises(UnreadableError, match="Unpacked, the file has more than 10 MB"):
        read(kept.getvalue())


def test_an_archive_that_is_no_spreadsheet_is_said_to_be_none() -> None:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("../../etc/passwd", "root")
    with pytest.raises(UnreadableError, match="an archive, and no XLSX file"):
        read(kept.getvalue())


def test_styles_that_are_not_as_they_should_be_are_nothing_to_a_table() -> None:
    """Days are days by their number forms, whatever else is wrong with their styles."""
    made = book(["name", "notes"], ["Ann", dt.date(2024, 1, 31)])
    broken = changed(
        made, "xl/styles.xml", lambda styles: re.sub("<fill>.*?</fill>", "<fill/>", styles, count=1)
    )
    assert broken != made
    assert read(broken) == [{"name": "Ann", "notes": "2024-01-31"}]


@pytest.mark.parametrize("zip64", [False, True])
def test_an_archives_directory_is_measured_before_it_is_read(
    zip64: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By what its end says of it, in either form."""
    content = bytearray(book(["name"], ["Ann"]))
    at = content.rindex(b"PK\5\6")
    if zip64:
        size, offset = struct.unpack("<II", content[at + 12 : at + 20])
        record = (44, 45, 45, 0, 0, 1 << 40, 1 << 40, size, offset)
        end = b"PK\6\6" + struct.pack("<QHHIIQQQQ", *record)
        content[at:at] = end + b"PK\6\7" + struct.pack("<IQI", 0, at, 1)
    else:
        content[at + 12 : at + 16] = (1 << 31).to_bytes(4, "little")
    monkeypatch.setattr(zipfile, "ZipFile", None)
    with pytest.raises(UnreadableError, match="more than 5,000 parts"):
        spreadsheets.refuse_bad_archive(io.BytesIO(content), most=10_000_000)


def test_a_cell_under_no_heading_harms_nothing() -> None:
    found = reading(book(["name"], ["Ann", None, "x"]), Wanted(kind="borrowers"))
    assert found.columns.ignored == ["column C, which has no heading"]
    assert [row.fields for row in found.chunk().rows] == [{"name": "Ann"}]
    found.close()


def test_a_number_of_many_digits_is_no_matter() -> None:
    made = book(["name", "notes"], ["Ann", 5])
    long = changed(made, _SHEET, lambda sheet: sheet.replace("<v>5</v>", f"<v>{'9' * 5000}</v>"))
    with pytest.raises(UnreadableError, match="save it anew"):
        read(long)


def test_a_number_that_lost_its_last_digits_is_told() -> None:
    """As a spreadsheet keeps what was typed as a number, be it a whole one or in its own form."""
    made = book(["name", "sku"], ["Ann", 1234567890123456], ["Bob", 123456789012345], ["Eve", 5])
    rounded = changed(made, _SHEET, lambda text: text.replace("<v>5<", "<v>1.2345678901E+17<"))
    assert [row["sku"] for row in read(rounded, "items")] == ["123456789012345"]
    told = faults(rounded, "items")
    assert [fault.split(";")[0] for fault in told] == [
        f"{row} sku: is a number of more than 15 digits, of which a spreadsheet keeps no more"
        for row in (2, 4)
    ]


def test_attributes_are_what_their_cells_are() -> None:
    """Numbers, yes and no; texts as they are written. Of other fields all are read as texts."""
    attributes = {"n": 18, "f": 1.5, "t": True, "text": "18", "blank": "  x "}
    headings = [f"attributes.{name}" for name in attributes]
    made = book(["name", "sku", *headings], ["Drill", 7, *attributes.values()])
    assert read(made, "items") == [
        {"name": "Drill", "sku": "7"} | {f"attributes.{k}": v for k, v in attributes.items()}
    ]
    text = "name,attributes.a, b\nDrill,  x , y \n"
    assert read(text, "items", unknown_to_attributes=True) == [
        {"name": "Drill", "attributes.a": "  x ", "attributes.b": "y"}
    ]
