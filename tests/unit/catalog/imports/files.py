"""Files for tests, read as the worker reads them."""

import io
from typing import Any

from services.catalog.imports.columns import Wanted
from services.catalog.imports.files import Chunk, Reading, form_of

Fields = dict[str, Any]


def reading(content: str | bytes, wanted: Wanted, **said: Any) -> Reading:  # noqa: ANN401
    file = io.BytesIO(content.encode() if isinstance(content, str) else content)
    found = Reading(file, form_of(file, most_unpacked=10_000_000, **said), wanted)
    found.begin()
    return found


def read(content: str | bytes, kind: str | None = "borrowers", **wanted: Any) -> list[Fields]:  # noqa: ANN401
    """The fields of each row that is good."""
    return [row.fields for row in chunk(content, kind, **wanted).rows]


def chunk(content: str | bytes, kind: str | None = "borrowers", **wanted: Any) -> Chunk:  # noqa: ANN401
    """All rows of a short file."""
    said = {name: wanted.pop(name) for name in ("encoding", "delimiter", "sheet") if name in wanted}
    opened = reading(content, Wanted(kind=kind, **wanted), **said)
    try:
        found = opened.chunk()
    finally:
        opened.close()
    assert found.is_last
    return found


def faults(content: str | bytes, kind: str | None = "borrowers", **wanted: Any) -> list[str]:  # noqa: ANN401
    """What is wrong, as `row field: message`."""
    found = chunk(content, kind, **wanted).faults
    return [f"{each.number} {each.field}: {each.message}" for each in found]
