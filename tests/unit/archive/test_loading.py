"""Archives that can't be restored are refused before anything is made, with where it is wrong."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from warehouse.archive.kinds import FORMAT, VERSION
from warehouse.archive.loading import load, open_archive
from warehouse.archive.manifest import ArchiveError
from warehouse.archive.progress import Progress
from warehouse.archive.staging import Staging

ONE, TWO, THREE = (f"019cad94-5b77-7c19-8e60-d4f2b6a81c0{n}" for n in (1, 2, 3))
NODE = {"id": ONE, "name": "A", "external_id": None, "is_archived": False, "description": None}
FILE = {
    "id": THREE, "item_id": TWO, "title": "T", "file_name": "t.txt", "kind": "other", "size": 3,
    "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "position": 1,
    "is_primary": False,
}  # fmt: skip
ITEM: dict[str, Any] = {
    "id": TWO, "name": "I", "external_id": None, "is_archived": False, "sku": "1", "labels": [],
    "category_id": ONE, "purchased_from": None, "barcode": None, "attributes": {},
    "min_stock_level": 0,
}  # fmt: skip
GOOD: dict[str, list[dict[str, Any]]] = {
    "categories": [{**NODE, "parent_id": None}],
    "items": [ITEM],
    "attachments": [FILE],
}


def about(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    workspace: dict[str, Any] = {
        "id": ONE, "name": "W", "slug": "w", "description": None, "currency": "EUR",
        "timezone": "UTC", "settings": {},
    }  # fmt: skip
    return {
        "format": FORMAT,
        "version": VERSION,
        "archive_id": ONE,
        "exported_at": "2026-01-01T00:00:00+00:00",
        "exported_from": "http://127.0.0.1:8000",
        "workspace": workspace,
        "counts": {"categories": 1, "items": 1, "attachments": 1},
        **changed,
    }


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def make(
        records: dict[str, list[Any]] = GOOD,
        manifest: object = None,
        files: dict[str, bytes] | None = None,
    ) -> Path:
        path = tmp_path / "archive.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            document = about() if manifest is None else manifest
            archive.writestr("workspace.json", json.dumps(document))
            for kind, lines in records.items():
                text = "".join(
                    one if isinstance(one, str) else f"{json.dumps(one)}\n" for one in lines
                )
                archive.writestr(f"{kind}.jsonl", text)
            for name, content in ({f"files/{THREE}": b"abc"} | (files or {})).items():
                archive.writestr(name, content)
        return path

    return make


def refused(path: Path) -> str:
    with (
        pytest.raises(ArchiveError) as error,
        open_archive(path) as reader,
        Staging() as staging,
        Progress(quiet=True) as progress,
    ):
        load(reader, staging, progress)
    return str(error.value)


def test_a_whole_archive_is_read(write: Write) -> None:
    with open_archive(write()) as reader, Staging() as staging, Progress(quiet=True) as progress:
        load(reader, staging, progress)
        assert staging.count("items") == 1
        assert reader.where("items", 1) == "items.jsonl, line 1"


def test_one_that_was_cut_short(write: Write, tmp_path: Path) -> None:
    whole = write()
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:-100])
    assert "cut short" in refused(cut)
    cut = cut.with_suffix(".xlsx")
    cut.write_bytes(b"PK\x03\x04 no workbook")
    assert "cut short" in refused(cut)
    assert "no such file" in refused(tmp_path / "none.zip")


def test_damage_within_is_found(write: Write) -> None:
    path = write()
    content = bytearray(path.read_bytes())
    at = content.index(b"items.jsonl") + len(b"items.jsonl") + 5
    content[at : at + 20] = bytes(20)
    path.write_bytes(content)
    assert "items.jsonl is damaged" in refused(path)


@pytest.mark.parametrize("name", ["../evil", "/etc/passwd", "files/../x", "items.jsonl/x", "a.exe"])
def test_names_that_lead_elsewhere(write: Write, name: str) -> None:
    assert "no file of an archive" in refused(write(files={name: b""}))


def test_a_bomb(write: Write) -> None:
    bomb = {f"files/{TWO}": bytes(70 * 1024 * 1024)}
    assert "no export does that" in refused(write(files=bomb))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        ({"a": 1}, "no archive that"),
        ([], "no archive that"),
        (about(version=2), "format version 2, and this command reads 1"),
        (about(counts={"cats": 1}), "there is no kind 'cats'"),
        (about(counts={"items": -1}), "below 0"),
        (about(workspace={}), "workspace.id: Field required"),
        (about(archive_id="x"), "archive_id"),
    ],
)
def test_what_it_says_of_itself(write: Write, manifest: object, said: str) -> None:
    assert said in refused(write(manifest=manifest))


@pytest.mark.parametrize(
    ("kind", "lines", "said"),
    [
        ("items", [{**ITEM, "sku": 7}], "items.jsonl, line 1: sku: Input should be a valid string"),
        ("items", [{**ITEM, "id": "../x"}], "items.jsonl, line 1: id"),
        ("items", ["{\n"], "items.jsonl, line 1: Invalid JSON"),
        ("items", ["[" * 100_000 + "\n"], "items.jsonl, line 1: Invalid JSON"),
        ("items", ["\n"], "items.jsonl, line 1"),
        ("items", ["x" * 5_000_000], "items.jsonl, line 1: longer than any record"),
        ("items", [], "items: 0 are there and the archive says 1"),
        ("items", [ITEM, {**ITEM, "id": THREE}], "line 2: the archive says that there are 1 only"),
        ("items", [{**ITEM, "category_id": TWO}], f"line 1: category_id: {TWO} is not in"),
        ("items", [{**ITEM, "labels": [{"id": ONE}]}], f"line 1: labels: {ONE} is not in"),
        ("categories", [{**NODE, "parent_id": ONE}], "line 1: parent_id: it is within itself"),
        ("attachments", [{**FILE, "size": 2}], f"files/{THREE} is not the file"),
        ("attachments", [{**FILE, "id": TWO}], f"files/{TWO} is missing"),
    ],
)
def test_records_that_are_wrong(write: Write, kind: str, lines: list[Any], said: str) -> None:
    assert said in refused(write({**GOOD, kind: lines}))


def test_a_record_that_is_there_twice(write: Write) -> None:
    counts = {"categories": 1, "items": 2, "attachments": 1}
    path = write({**GOOD, "items": [ITEM, ITEM]}, about(counts=counts))
    assert f"items.jsonl, line 2: id: {TWO} is there twice" in refused(path)


def test_a_workbook_of_something_else(tmp_path: Path) -> None:
    path = tmp_path / "other.xlsx"
    Workbook().save(path)
    assert "no workbook that `warehouse export` made" in refused(path)
