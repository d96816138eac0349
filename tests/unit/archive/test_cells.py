"""Values in cells of a workbook come back as they were, and none is a formula."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from warehouse.archive import cells
from warehouse.archive.kinds import BY_NAME
from warehouse.archive.manifest import Manifest, WorkspaceRecord
from warehouse.archive.staging import Staging
from warehouse.archive.workbook_archive import WorkbookReader, WorkbookWriter

TEXTS = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x.example")', "", '"', '""',
    "007", "1e5", "TRUE", "2024-02-29", " spaces ", "a\r\nb\rc\nd", "_x000D_", "_x0041_ _x_",
    "🦄 \u200b\u2028", "\x01\x1f", "<b>&amp;</b>", "(see long texts)", "x" * 70_000, "=" * 40_000,
    "#N/A",
]  # fmt: skip
VALUES: list[Any] = [
    None, True, False, 0, -5, 2**53 - 1, 2**31, [], {}, ["=1"], {"a": [1, None, "\r"], "b": 0.5},
]  # fmt: skip
WORKSPACE = WorkspaceRecord(
    id="019cad94-5b77-7c19-8e60-d4f2b6a81c07",
    name="=House",
    slug="house",
    description=None,
    currency="EUR",
    timezone="UTC",
    settings={"approvals": False},
)


@given(st.text())
def test_any_text_of_a_cell_comes_back(text: str) -> None:
    cell = cells.text_of(text, structured=False)
    assert cell
    assert cells.value_of(cell, kind="text") == text


def test_a_workbook_gives_back_what_was_put_in_and_calculates_nothing(tmp_path: Path) -> None:
    path = tmp_path / "all.xlsx"
    texts = {f"text {n}": text for n, text in enumerate(TEXTS)}
    values = {f"value {n}": value for n, value in enumerate(VALUES)}
    record = {"id": WORKSPACE.id, **texts, **values}
    with Staging() as staging:
        staging.put(BY_NAME["labels"], record)
        writer = WorkbookWriter(path)
        writer.write(Manifest(exported_from="", workspace=WORKSPACE, counts={}), staging)
        writer.close()
    with WorkbookReader(path) as reader, Staging() as staging:
        assert reader.manifest.workspace == WORKSPACE
        [(place, body)] = reader.records("labels")
        assert place == 2
        staging.put_new(BY_NAME["labels"], WORKSPACE.id, body, place)
        assert staging.get("labels", WORKSPACE.id) == record
    book = load_workbook(path)
    types = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in types
    [first] = [cell for cell in book["labels"][2] if cell.value == "=1+1"]
    assert (first.data_type, first.number_format, first.quotePrefix) == ("s", "@", True)


@pytest.mark.parametrize(
    ("cell", "kind"), [("yes", "truth"), ("many", "number"), ("{", "json"), (1.5, "truth")]
)
def test_a_cell_that_is_not_of_its_column_is_refused(cell: object, kind: str) -> None:
    with pytest.raises(cells.CellError):
        cells.value_of(cell, kind=kind)
