"""Domain events as they are published: CloudEvents 1.0 in Kafka binary mode.

An event class says its topic and type once and carries the aggregate's full state after the
change; an update also carries `changes`. Consumers elsewhere never import these classes: the
contract is the JSON Schema, so within a version fields are only added, and only optional ones.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import inspect
from sqlalchemy.orm import DeclarativeBase

Changes = dict[str, tuple[Any, Any]]
Facts = Mapping[str, Any]  # field by field, in JSON's own types

# Fields that most aggregates tell of.
WorkspaceId = Annotated[UUID, Field(description="The workspace it belongs to")]
CreatedAt = Annotated[datetime, Field(description="When it was added")]
UpdatedAt = Annotated[datetime, Field(description="When this change was made")]
ExternalId = Annotated[
    str | None, Field(description="The owner's own identifier, unique in the workspace")
]
IsArchived = Annotated[bool, Field(description="Whether it was put out of use")]

_UNREMARKABLE = {"version", "updated_at"}


class Event(BaseModel):
    """Something that happened to an aggregate. `topic` ends in the contract's major version,
    `type` in a verb in the past tense; `schema_version` is the payload's version. The docstring
    of an event says when it is sent; that, the fields' descriptions and `example` are published
    as its contract."""

    model_config = ConfigDict(frozen=True)

    topic: ClassVar[str]
    type: ClassVar[str]
    schema_version: ClassVar[int] = 1
    key_form: ClassVar[str] = "{id}"
    example: ClassVar[Facts] = {}  # a subclass names only what it tells otherwise than its base

    id: UUID = Field(description="The aggregate that changed; the same in all its events")
    workspace_id: UUID | None = Field(description="The workspace it belongs to; null: to none")
    version: int = Field(ge=1, description="The aggregate's version after this change")

    @property
    def key(self) -> str:
        """The Kafka key, as `key_form` has it: records of one key keep their order."""
        return str(self.id)

    @classmethod
    def of(cls, row: object, **facts: Any) -> Self:  # noqa: ANN401 - facts are validated below
        """The event of `row` as it is now, with `facts` for what is no column of it."""
        state = {name: getattr(row, name) for name in cls.model_fields if name not in facts}
        return cls(**state, **facts)


class Updated(BaseModel):
    """Mixed into events that tell what changed: `{field: [old, new]}`."""

    changes: Changes = Field(description="Each changed field with its value before and after")


def changes_of(row: DeclarativeBase) -> Changes:
    """What the unflushed edits to `row` change, as `{field: (old, new)}` in JSON's own types."""
    changes: Changes = {}
    for attribute in inspect(row).attrs:
        if attribute.key in _UNREMARKABLE:
            continue
        history = attribute.history
        if history.has_changes() and history.deleted:
            old, new = plain(history.deleted[0]), plain(attribute.value)
            if old != new:
                changes[attribute.key] = (old, new)
    return changes


def touch(row: Any) -> None:  # noqa: ANN401 - any aggregate with the standard columns
    """Bump the aggregate's version and its time of change; before its event is staged."""
    row.version += 1
    row.updated_at = now()


def now() -> datetime:
    return datetime.now(UTC)


def plain(value: object) -> object:
    """A column's value in JSON's own types, as `changes` tell of it."""
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value
