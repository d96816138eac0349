"""What a request for an import says, and what is told of one."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from chassis.fields import Currency, Name, ShortName, storable, wrong
from chassis.imports import Tally
from services.catalog.imports.cells import path
from services.catalog.imports.columns import Wanted

Kind = Literal[
    "items",
    "categories",
    "labels",
    "companies",
    "locations",
    "containers",
    "inventory",
    "borrowers",
    "loans",
    "mixed",
]
DateFormat = Literal["YYYY-MM-DD", "DD.MM.YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "DD-MM-YYYY"]

MOST_MAPPED = 500
_OWN_MAPS = ("auto", "homebox", "snipe-it")
_ENCODINGS = Literal[
    "utf-8", "utf-16", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257", "iso-8859-15"
]


class ImportRequest(BaseModel):
    """The parameters of an import; its body is the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind | None = Field(
        None, description="What the rows are; may be left out for exports of Homebox and Snipe-IT"
    )
    map: Annotated[str, StringConstraints(max_length=20_000)] = Field(
        "auto",
        description="`auto`: by the columns' names; `homebox`, `snipe-it`: as their exports; or a "
        'JSON object of column to field, `{"Title": "name"}`, null for one to leave out',
    )
    key: Name | None = Field(
        None,
        description="What rows are found by when they are imported again: a field (external_id, "
        "sku, barcode, name), or a column that has your own identifiers. Left out: the first that "
        "a row has",
    )
    dry_run: bool = Field(default=False, description="Only say what would happen")
    create_missing: bool = Field(
        default=False,
        description="Make categories, labels, companies, locations, containers and borrowers that "
        "rows name and nobody has made",
    )
    unknown: Literal["ignore", "attributes"] = Field(
        "ignore", description="What becomes of columns that no field is called like"
    )
    currency: Currency | None = Field(
        None,
        description="Of prices that come without one; ISO 4217. Left out: the workspace's",
    )
    date_format: DateFormat | None = Field(
        None, description="Of dates that could be read in several ways"
    )
    location: ShortName | None = Field(
        None, description="Where things go whose row says no place: a path"
    )
    delimiter: Literal[",", ";", "\t", "tab", "|"] | None = Field(
        None, description="Of CSV; found out when it is left out"
    )
    encoding: _ENCODINGS | None = Field(None, description="Of CSV; found out when it is left out")
    sheet: ShortName | None = Field(None, description="Of XLSX; the first when it is left out")
    name: ShortName | None = Field(None, description="What the file is called")

    @field_validator("key", "location", "sheet", "name", "map")
    @classmethod
    def _storable(cls, value: str | None) -> str | None:
        if value is not None and not storable(value):
            raise ValueError("It has a character that can't be stored.")
        return value

    @field_validator("location")
    @classmethod
    def _path(cls, value: str | None) -> str | None:
        return None if value is None else str(path(value))

    @model_validator(mode="after")
    def _readable_map(self) -> Self:
        self.chosen()
        return self

    def chosen(self) -> dict[str, str | None]:
        """The columns that `map` assigns itself."""
        if self.map in _OWN_MAPS:
            return {}
        try:
            found = json.loads(self.map)
        except (ValueError, RecursionError):
            found = None
        if (
            not isinstance(found, dict)
            or len(found) > MOST_MAPPED
            or not all(
                isinstance(one, str | None) and storable(one or "") for one in found.values()
            )
            or not all(map(storable, found))
        ):
            raise wrong("map", "Give auto, homebox, snipe-it, or a JSON object of column to field.")
        return found

    def wanted(self, currency: str | None) -> Wanted:
        """What it says of the file's columns; `currency` is that of the workspace."""
        return Wanted(
            kind=self.kind,
            map=self.map if self.map in _OWN_MAPS else "own",
            chosen=self.chosen(),
            key=self.key,
            unknown_to_attributes=self.unknown == "attributes",
            date_format=self.date_format,
            currency=self.currency or currency,
            location=self.location,
        )


class ImportOut(BaseModel):
    id: UUID
    workspace_id: UUID
    kind: str = Field(examples=["items"])
    map: str = Field(examples=["auto"])
    key_field: str | None = Field(
        description="What rows are found by; null: the first that each has", examples=["sku"]
    )
    dry_run: bool
    create_missing: bool
    file_name: str = Field(examples=["tools.csv"])
    file_size: int = Field(description="Bytes", examples=[48210])
    encoding: str | None = Field(
        description="What it is read as, of CSV; null: a spreadsheet", examples=["utf-8"]
    )
    columns: dict[str, str] = Field(
        description="Which field each column was read as", examples=[{"Name": "name"}]
    )
    ignored_columns: list[str] = Field(
        description="Columns that were left out", examples=[["Insurance no."]]
    )
    state: Literal["queued", "running", "completed", "failed", "cancelled"]
    ending: Literal["completed", "failed", "cancelled"] | None = Field(
        description="What it will end as, once no further row is read and those on their way are in"
    )
    failure: str | None = Field(
        description="Why the file could not be read to its end", examples=[None]
    )
    rows_total: int | None = Field(
        description="Rows of the file, all of them. Null: not known yet, which of a spreadsheet it "
        "is not before its end",
        examples=[4600],
    )
    rows_read: int = Field(
        description="Rows of the file so far, without those above the headings and empty ones",
        examples=[812],
    )
    rows_applied: int = Field(
        description="Rows of these that every service is done with: those that went in, and those "
        "that failed. At the end it is `rows_read`",
        examples=[500],
    )
    rows_failed: int = Field(
        description="Rows that did not go in, or not with all that they say; each is a line of "
        "errors.csv",
        examples=[1],
    )
    tallies: dict[str, Tally] = Field(
        description="What came of the rows, by kind of thing",
        examples=[{"items": {"created": 480, "updated": 19, "unchanged": 0}}],
    )
    requested_by: UUID
    started_at: datetime | None
    finished_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class ImportPage(BaseModel):
    items: list[ImportOut]
    next_cursor: str | None


def as_json(value: Wanted) -> dict[str, Any]:
    """What was wanted, as it is kept with the job."""
    return {**value.__dict__, "chosen": dict(value.chosen)}
