"""What imports publish."""

from typing import ClassVar

from pydantic import Field

from chassis.events import Event, Facts, WorkspaceId
from chassis.imports import RowFault, Tally


class ImportRowsApplied(Event):
    """A chunk of an import's rows is done: loans, the last to get it, has done its part. Its
    version is the chunk."""

    topic = "warehouse.loans.import.v1"
    type = "warehouse.loans.import.rows_applied"
    example: ClassVar[Facts] = {
        "id": "019cad98-11c2-7d0a-9b3e-5f7a9c1d3e20",
        "workspace_id": "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01",
        "version": 1,
        "chunk": 1,
        "is_last": True,
        "tallies": {
            "borrowers": {"created": 12, "updated": 0, "unchanged": 30},
            "loans": {"created": 41, "updated": 0, "unchanged": 0},
        },
        "faults": [
            {"number": 9, "field": "borrower", "message": "There is no borrower 'Mia' here."}
        ],
    }

    workspace_id: WorkspaceId
    chunk: int = Field(ge=1, description="Its place among the file's chunks")
    is_last: bool = Field(description="Whether the file ends with it")
    tallies: dict[str, Tally] = Field(description="What came of the rows here, by kind of thing")
    faults: list[RowFault] = Field(description="What is wrong with rows that were refused here")
