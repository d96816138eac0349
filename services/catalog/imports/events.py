"""What imports publish: how a job comes along, and its rows for the services that go on with them.

All of them are states of the job, so they share its topic, its key and its sequence of versions.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from chassis.events import CreatedAt, Event, Facts, UpdatedAt, WorkspaceId
from chassis.imports import ImportRow, Tally

_TOPIC = "warehouse.catalog.import.v1"
_ID = "019cad98-11c2-7d0a-9b3e-5f7a9c1d3e20"
_WORKSPACE_ID = "019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01"


class ImportEvent(Event):
    """An import's full state after the change."""

    topic = _TOPIC
    example: ClassVar[Facts] = {
        "id": _ID,
        "workspace_id": _WORKSPACE_ID,
        "version": 1,
        "kind": "items",
        "map": "auto",
        "key_field": None,
        "dry_run": False,
        "create_missing": True,
        "file_name": "tools.csv",
        "file_size": 48210,
        "state": "queued",
        "rows_total": None,
        "rows_read": 0,
        "rows_applied": 0,
        "rows_failed": 0,
        "tallies": {},
        "ignored_columns": [],
        "failure": None,
        "requested_by": "019cad8e-9f04-7b6d-8c1a-2e4f6a8b0c11",
        "started_at": None,
        "finished_at": None,
        "created_at": "2026-03-02T08:05:00Z",
        "updated_at": "2026-03-02T08:05:00Z",
    }

    workspace_id: WorkspaceId
    kind: str = Field(description="What its rows are; `mixed`: items and where each is")
    map: str = Field(description="How its columns were read: by whose names")
    key_field: str | None = Field(
        description="The field that rows are found by; null: by what they have"
    )
    dry_run: bool = Field(description="Whether it only says what it would do")
    create_missing: bool = Field(description="Whether what rows name is made if it is not there")
    file_name: str = Field(description="What its file is called")
    file_size: int = Field(ge=0, description="Bytes of its file")
    state: str = Field(description="queued, running, completed, failed or cancelled")
    rows_total: int | None = Field(
        None, ge=0, description="Rows of its file, all of them; null: not known yet"
    )
    rows_read: int = Field(ge=0, description="Rows of its file that were read")
    rows_applied: int = Field(ge=0, description="Rows that all services are done with")
    rows_failed: int = Field(ge=0, description="Rows among them with a fault")
    tallies: dict[str, Tally] = Field(description="What came of the rows, by kind of thing")
    ignored_columns: list[str] = Field(description="Headings that are no field's")
    failure: str | None = Field(description="Why it could not go on; null: it could")
    requested_by: UUID = Field(description="Who asked for it")
    started_at: datetime | None = Field(description="When its first rows were read")
    finished_at: datetime | None = Field(description="When it came to its end")
    created_at: CreatedAt
    updated_at: UpdatedAt


class ImportRequested(ImportEvent):
    """A file was handed in; its import waits for its turn."""

    type = "warehouse.catalog.import.requested"


class ImportStarted(ImportEvent):
    """The file's columns are known, and its rows are being read."""

    type = "warehouse.catalog.import.started"
    example: ClassVar[Facts] = {
        "version": 2,
        "state": "running",
        "ignored_columns": ["Insurance no."],
        "started_at": "2026-03-02T08:05:01Z",
        "updated_at": "2026-03-02T08:05:01Z",
    }


class ImportProgressed(ImportEvent):
    """A chunk of rows has come through all services."""

    type = "warehouse.catalog.import.progressed"
    example: ClassVar[Facts] = {
        "version": 4,
        "state": "running",
        "rows_total": 4600,
        "rows_read": 1000,
        "rows_applied": 500,
        "rows_failed": 1,
        "tallies": {"items": {"created": 480, "updated": 19, "unchanged": 0}},
        "started_at": "2026-03-02T08:05:01Z",
        "updated_at": "2026-03-02T08:05:02Z",
    }


class ImportCompleted(ImportEvent):
    """Every row went in or has its fault told."""

    type = "warehouse.catalog.import.completed"
    example: ClassVar[Facts] = {
        "version": 6,
        "state": "completed",
        "rows_total": 812,
        "rows_read": 812,
        "rows_applied": 812,
        "rows_failed": 1,
        "tallies": {"items": {"created": 792, "updated": 19, "unchanged": 0}},
        "started_at": "2026-03-02T08:05:01Z",
        "finished_at": "2026-03-02T08:05:03Z",
        "updated_at": "2026-03-02T08:05:03Z",
    }


class ImportFailed(ImportEvent):
    """The file can't be read, or not to its end; rows before that went in."""

    type = "warehouse.catalog.import.failed"
    example: ClassVar[Facts] = {
        "version": 3,
        "state": "failed",
        "failure": "Row 14: a quote is opened and never closed.",
        "started_at": "2026-03-02T08:05:01Z",
        "finished_at": "2026-03-02T08:05:02Z",
        "updated_at": "2026-03-02T08:05:02Z",
    }


class ImportCancelled(ImportEvent):
    """Somebody stopped it; rows that were on their way went in."""

    type = "warehouse.catalog.import.cancelled"
    example: ClassVar[Facts] = {
        "version": 5,
        "state": "cancelled",
        "rows_total": 4600,
        "rows_read": 1000,
        "rows_applied": 1000,
        "started_at": "2026-03-02T08:05:01Z",
        "finished_at": "2026-03-02T08:05:02Z",
        "updated_at": "2026-03-02T08:05:02Z",
    }


class ImportRowsPrepared(Event):
    """A chunk of an import's rows: catalog has done its part of them, what is left is for
    inventory, and after it for loans."""

    topic = _TOPIC
    type = "warehouse.catalog.import.rows_prepared"
    example: ClassVar[Facts] = {
        "id": _ID,
        "workspace_id": _WORKSPACE_ID,
        "version": 3,
        "kind": "inventory",
        "key_field": None,
        "dry_run": False,
        "create_missing": True,
        "chunk": 1,
        "is_last": True,
        "rows": [
            {
                "number": 2,
                "fields": {
                    "item": "DRILL-18V",
                    "location": "House / Garage / Shelf 2",
                    "quantity": 2,
                    "_item": {
                        "id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07",
                        "name": "Cordless drill",
                        "sku": "DRILL-18V",
                        "external_id": None,
                        "barcode": "0088381696722",
                        "category_id": "019cad94-4a31-7f08-b2d4-1e3c5a7f9b06",
                        "version": 1,
                    },
                },
                "found": {"item_id": "019cad94-5b77-7c19-8e60-d4f2b6a81c07"},
            }
        ],
    }

    workspace_id: WorkspaceId
    kind: str = Field(description="What the file's rows are; `mixed`: items and where each is")
    key_field: str | None = Field(None, description="The field that rows are found by")
    dry_run: bool = Field(description="Whether nothing is to be written")
    create_missing: bool = Field(description="Whether what rows name is made if it is not there")
    chunk: int = Field(ge=1, description="Its place among the file's chunks")
    is_last: bool = Field(description="Whether the file ends with it")
    rows: list[ImportRow] = Field(description="The rows that are not done yet, in their order")
