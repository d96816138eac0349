"""Rows of an imported file on their way through the services.

A file is read by catalog. Its rows pass catalog, inventory and loans in this order, chunk by chunk
in events; each service does its part of a row in the transaction that notes the chunk, looks up the
names of what it is the authority of, and passes on what is left to do. A service that has nothing
to do with a row passes it on as it is; one that refuses a row says why and keeps it.
"""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

CHUNK_ROWS = 500
CHUNK_BYTES = 400_000  # of JSON; Kafka takes records of 1 MB


class ImportRow(BaseModel):
    """A row of the file. `fields` are what its cells say, by the platform's own names, as the API
    takes them (`name`, `quantity`, `purchase_price` in minor units), references still by name, code
    or path (`item`, `category`, `location`, `borrower`); `found` are those that were looked up
    (`item_id`, `entry_id`), by the services that it passed."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1, description="Its line in the file, for people to find it")
    fields: dict[str, Any] = Field(description="What its cells say, by field")
    found: dict[str, UUID] = Field(default={}, description="What its names were found to mean")


class RowFault(BaseModel):
    """What is wrong with one field of one row."""

    model_config = ConfigDict(frozen=True)

    number: int = Field(ge=1, description="The row's line in the file")
    field: str = Field(description="The field, by the platform's name; `row`: the row as a whole")
    message: str = Field(description="What is wrong with it and what would be right")


class Tally(BaseModel):
    """How many things of a kind a chunk of rows made, changed, or found as they should be."""

    model_config = ConfigDict(frozen=True)

    created: int = Field(0, ge=0, description="How many are new")
    updated: int = Field(0, ge=0, description="How many changed")
    unchanged: int = Field(0, ge=0, description="How many were already as the file says")
