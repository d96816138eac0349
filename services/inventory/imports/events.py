"""What imports publish."""

from typing import ClassVar

from pydantic import Field

from chassis.events import Event, Facts, WorkspaceId
from chassis.imports import ImportRow, RowFault, Tally


class ImportRowsApplied(Event):
    """A chunk of an import's rows: inventory has done its part of them, what is left is for
    loans. Its version is the chunk."""

    topic = "warehouse.inventory.import.v1"
    type = "warehouse.inventory.import.rows_applied"
    example: ClassVar[Facts] = {
        "id": "019cad98-11c2-7d0a-9b3e-5f7a9c1d3e20",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "kind": "inventory",
        "key_field": None,
        "dry_run": False,
        "create_missing": True,
        "chunk": 1,
        "is_last": True,
        "tallies": {
            "locations": {"created": 3, "updated": 0, "unchanged": 0},
            "inventory": {"created": 498, "updated": 1, "unchanged": 0},
        },
        "faults": [
            {"number": 14, "field": "location", "message": "There is no location 'Attic' here."}
        ],
        "rows": [],
    }

    workspace_id: WorkspaceId
    kind: str = Field(description="What the file's rows are; `mixed`: items and where each is")
    key_field: str | None = Field(None, description="The field that rows are found by")
    dry_run: bool = Field(description="Whether nothing is to be written")
    create_missing: bool = Field(description="Whether what rows name is made if it is not there")
    chunk: int = Field(ge=1, description="Its place among the file's chunks")
    is_last: bool = Field(description="Whether the file ends with it")
    tallies: dict[str, Tally] = Field(description="What came of the rows here, by kind of thing")
    faults: list[RowFault] = Field(description="What is wrong with rows that were refused here")
    rows: list[ImportRow] = Field(description="The rows that are not done yet, in their order")
