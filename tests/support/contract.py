"""Every event that real code staged in a test, held against its published schema."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from warehouse.registry import SERVICES

CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
SHOWN = 20  # different misfits
BATCH = 1000

formats = FormatChecker(("uuid", "date"))


@formats.checks("date-time", raises=ValueError)
def _is_time(value: object) -> bool:
    """A time with its offset (RFC 3339); jsonschema checks none by itself."""
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@dataclass(frozen=True)
class Published:
    """A schema of the contract, held against tens of thousands of events in a session."""

    schema: Mapping[str, Any]
    exact: Any
    quick: jsonschema_rs.Draft202012Validator

    def errors(self, value: object) -> list[ValidationError]:
        """What is wrong with a value: most are right, which the quick one, at least as strict, says
        in a hundredth of the time."""
        return [] if self.quick.is_valid(value) else list(self.exact.iter_errors(value))


def validator(schema: dict[str, Any]) -> Any:  # noqa: ANN401 - jsonschema's classes are made up
    """A validator that heeds formats."""
    return Draft202012Validator(schema, format_checker=formats)


def check_events(admin_url: str, workspace_id: UUID | None = None) -> None:
    """Fail unless the events in every service's outbox, of one workspace if given, fit their
    schemas and their headers."""
    wrong = asyncio.run(_wrong(admin_url, workspace_id))
    lines = [f"{text} ({count} times)" for text, count in wrong.most_common(SHOWN)]
    assert not wrong, "events that do not fit contracts/events:\n" + "\n".join(lines)


def completed(type_: str, payload: dict[str, Any]) -> dict[str, Any]:
    """`payload` as the event's service would publish it: what it leaves out is as in the event's
    example. Fails when the result does not fit the event's schema, except by a value that an
    enumeration may grow by: consumers have to live with that."""
    schema = _schema(type_, "1")
    assert schema is not None, f"nobody publishes {type_}"
    given = json.loads(json.dumps(payload, default=str))
    whole: dict[str, Any] = schema.schema["examples"][0] | given
    errors = [one for one in schema.errors(whole) if one.validator != "enum"]
    assert not errors, f"{type_}: {_where(errors[0])}: {errors[0].message}"
    return whole


def misfits(type_: str, headers: dict[str, str], payload: dict[str, Any]) -> Iterator[str]:
    """What of one event is not as published: its type, the field, and what is wrong with it."""
    version = headers.get("ce_dataschema", "").rpartition(":")[2]
    schema = _schema(type_, version)
    if schema is None:
        yield f"{type_} v{version}: no schema"
        return
    for error in schema.errors(payload):
        yield f"{type_} v{version}: {_where(error)}: {error.message}"
    for error in _headers().errors(headers):
        yield f"{type_} v{version}: header {_where(error)}: {error.message}"


async def _wrong(admin_url: str, workspace_id: UUID | None) -> Counter[str]:
    wrong: Counter[str] = Counter()
    for service in SERVICES:
        connection = await asyncpg.connect(f"{admin_url.rsplit('/', 1)[0]}/warehouse_{service}")
        try:
            async with connection.transaction():
                rows = connection.cursor(
                    "SELECT type, headers::text, payload FROM outbox "
                    "WHERE type LIKE $1 AND ($2::uuid IS NULL OR workspace_id = $2)",
                    f"warehouse.{service}.%",
                    workspace_id,
                    prefetch=BATCH,
                )
                async for type_, headers, payload in rows:
                    wrong.update(misfits(type_, json.loads(headers), json.loads(payload)))
        finally:
            await connection.close()
    return wrong


@cache
def _schema(type_: str, version: str) -> Published | None:
    path = CONTRACTS / "events" / type_ / f"{version}.json"
    return _published(path) if path.is_file() else None


@cache
def _headers() -> Published:
    return _published(CONTRACTS / "headers.json")


def _published(path: Path) -> Published:
    schema = json.loads(path.read_text())
    quick = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    return Published(schema, validator(schema), quick)


def _where(error: ValidationError) -> str:
    return ".".join(map(str, error.absolute_path)) or "event"
