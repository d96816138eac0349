"""The file of what went wrong."""

import json
from typing import Any
from uuid import uuid4

import pytest

from services.catalog.imports import error_file, repository


async def test_a_mended_file_that_fails_again_has_one_pair_of_columns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Those that it had itself are of the time before."""

    async def faults(*_: object, after: int, **__: object) -> list[tuple[int, str, str]]:
        return [] if after else [(2, "sku: no", json.dumps(["7", "name: old", "Drill"]))]

    monkeypatch.setattr(repository, "faults", faults)
    reader: Any = None
    headings = ["import:line", "Import:faults", "name", "sku"]
    parts = [part async for part in error_file.error_file(reader, uuid4(), uuid4(), headings)]
    assert b"".join(parts).decode("utf-8-sig").splitlines() == [
        "import:line,import:faults,name,sku",
        "2,sku: no,Drill,",
    ]
