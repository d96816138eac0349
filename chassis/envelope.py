"""A consumed record as a CloudEvent: attributes from `ce_*` headers, data from the value."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Self, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict

_workspace = lru_cache(4096)(UUID)  # few of them, and one in nearly every record


class Poison(Exception):  # noqa: N818 - the field's word
    """A record that no retry will mend."""


@dataclass(slots=True)  # not frozen: that would cost as much as reading the headers
class Envelope:
    """The attributes of one event and its raw data."""

    record: Any
    id: UUID
    type: str
    subject: str
    time: datetime
    version: int
    workspace_id: UUID | None
    actor: str
    traceparent: str | None
    data: bytes

    @classmethod
    def read(cls, record: Any) -> Self | None:  # noqa: ANN401 - aiokafka has no types
        """The envelope of `record`; None for a tombstone; raises `Poison` for what is no
        CloudEvent of ours."""
        if record.value is None:
            return None
        try:
            headers = {name: value.decode() for name, value in record.headers}
        except (AttributeError, UnicodeDecodeError):
            headers = _readable(record.headers)
        try:
            workspace_id = headers.get("ce_workspaceid")
            return cls(
                record=record,
                id=UUID(headers["ce_id"]),
                type=headers["ce_type"],
                subject=headers["ce_subject"],
                time=datetime.fromisoformat(headers["ce_time"]),
                version=int(headers["ce_aggregateversion"]),
                workspace_id=_workspace(workspace_id) if workspace_id else None,
                actor=headers.get("ce_actor", "system"),
                traceparent=headers.get("traceparent"),
                data=record.value,
            )
        except KeyError as error:
            raise Poison(f"header {error.args[0]} is missing") from error
        except ValueError as error:
            raise Poison(f"a header is malformed: {error}") from error

    def json(self) -> dict[str, Any]:
        """The data as JSON; raises `Poison` when it is no JSON object."""
        try:
            data = json.loads(self.data)
        except ValueError as error:
            raise Poison(f"the value is no JSON: {error}") from error
        if not isinstance(data, dict):
            raise Poison("the value is no JSON object")
        return cast("dict[str, Any]", data)


def _readable(given: Sequence[tuple[str, bytes | None]]) -> dict[str, str]:
    """The headers that are text; raises `Poison` when one of ours is none."""
    headers: dict[str, str] = {}
    for name, value in given:
        try:
            if value is not None:
                headers[name] = value.decode()
            elif name.startswith("ce_"):
                raise Poison(f"header {name} is null")
        except UnicodeDecodeError as error:
            if name.startswith("ce_"):
                raise Poison(f"header {name} is not UTF-8") from error
    return headers


class Received(BaseModel):
    """The base of a consumer's own subset model of a foreign event: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    # A slot rather than a private attribute, which would double the cost of parsing.
    __slots__ = ("_envelope",)

    @property
    def envelope(self) -> Envelope:
        return cast("Envelope", object.__getattribute__(self, "_envelope"))

    @classmethod
    def received(cls, envelope: Envelope) -> Self:
        """Parse the data; raises pydantic's `ValidationError` when it does not fit."""
        event = cls.model_validate_json(envelope.data)
        object.__setattr__(event, "_envelope", envelope)
        return event


def topic_of(type_: str) -> str:
    """The topic that carries events of `type_`: `warehouse.loans.loan.returned` is found in
    `warehouse.loans.loan.v1`."""
    aggregate, _, _ = type_.rpartition(".")
    return f"{aggregate}.v1"
