"""The headers of every record: CloudEvents 1.0 in Kafka's binary mode."""

from chassis.events import Event
from warehouse.contracts.schemas import DIALECT, Schema, identifier

_DESCRIBED: dict[str, Schema] = {
    "ce_specversion": {"description": "The version of CloudEvents", "const": "1.0"},
    "ce_id": {
        "description": "The event, UUIDv7; a record that comes again has the same",
        "format": "uuid",
    },
    "ce_source": {"description": "The service that published it", "pattern": "^/[a-z]+$"},
    "ce_type": {
        "description": "What happened",
        "pattern": r"^warehouse\.[a-z_]+\.[a-z_]+\.[a-z_]+$",
    },
    "ce_subject": {"description": "The aggregate it happened to", "format": "uuid"},
    "ce_time": {"description": "When it was published", "format": "date-time"},
    "ce_dataschema": {
        "description": "The schema of the payload: its type and its version",
        "pattern": r"^urn:warehouse:event:[a-z_.]+:[1-9][0-9]*$",
    },
    "ce_partitionkey": {"description": "The record's key", "minLength": 1},
    "ce_workspaceid": {
        "description": "The workspace it belongs to; absent where it belongs to none",
        "format": "uuid",
    },
    "ce_aggregateversion": {
        "description": "The aggregate's version after this change, as the payload's `version`",
        "pattern": "^[1-9][0-9]*$",
    },
    "ce_actor": {"description": "Who caused it: a user's id, or `system`", "minLength": 1},
    "content-type": {"description": "The payload's form", "const": "application/json"},
    "traceparent": {
        "description": "The trace it is part of (W3C Trace Context)",
        "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
    },
}
_OPTIONAL = {"ce_workspaceid"}


def schema() -> Schema:
    """The JSON Schema of the headers, each decoded as UTF-8."""
    return {
        "$schema": DIALECT,
        "$id": "urn:warehouse:headers:1",
        "title": "Headers of every record",
        "description": "CloudEvents 1.0, Kafka protocol binding, binary mode. Values are UTF-8.",
        "type": "object",
        "properties": {
            name: {"description": body["description"], "type": "string", **body}
            for name, body in _DESCRIBED.items()
        },
        "required": [name for name in _DESCRIBED if name not in _OPTIONAL],
    }


def example(event: type[Event], payload: Schema) -> dict[str, str]:
    """The headers of an event's example."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": "019cebae-6e71-7a25-8c3d-5e7f9a1b2c10",
        "ce_source": "/" + event.topic.split(".")[1],
        "ce_type": event.type,
        "ce_subject": payload["id"],
        "ce_time": payload.get("updated_at", "2026-03-14T09:30:00Z"),
        "ce_dataschema": identifier(event),
        "ce_partitionkey": event.key_form.format_map(payload),
        "ce_workspaceid": payload["workspace_id"],
        "ce_aggregateversion": str(payload["version"]),
        "ce_actor": "019cad8f-ac05-7b12-9e44-6a1c3f5d7b02",
        "content-type": "application/json",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    }
    return {name: value for name, value in headers.items() if value is not None}
