"""The files of the contract, as text by their path in the project."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chassis.events import Event
from warehouse import topics
from warehouse.contracts import asyncapi, headers, openapi, page
from warehouse.contracts.declared import Heard
from warehouse.contracts.schemas import of_consumer, of_event

EVENTS = "contracts/events"
CONSUMERS = "contracts/consumers"
OPENAPI = "contracts/openapi"
HEADERS = "contracts/headers.json"
WHOLE = (EVENTS, CONSUMERS, OPENAPI)  # nothing else is in these folders

ROOT = Path(__file__).resolve().parents[2]


def path_of(event: type[Event]) -> str:
    """The file of an event's schema: `contracts/events/<type>/<version>.json`."""
    return f"{EVENTS}/{event.type}/{event.schema_version}.json"


def generated(events: Sequence[type[Event]], heard: Heard) -> dict[str, str]:
    """Every generated file. Nothing in them depends on when or where they are made."""
    document = asyncapi.document(events, topics.declared())
    found = {path_of(event): _pretty(of_event(event)) for event in events}
    found |= {
        f"{CONSUMERS}/{service}/{type_}.json": _pretty(of_consumer(service, type_, models))
        for service, types in sorted(heard.items())
        for type_, models in sorted(types.items())
    }
    found |= {
        f"{OPENAPI}/{service}.json": _pretty(body) for service, body in openapi.documents().items()
    }
    return found | {
        HEADERS: _pretty(headers.schema()),
        "contracts/asyncapi/asyncapi.json": _pretty(document),
        "gateway/static/asyncapi.json": json.dumps(document, separators=(",", ":")) + "\n",
        "docs/events.md": page.text(events, topics.declared(), heard),
    }


def _pretty(document: Any) -> str:  # noqa: ANN401 - any JSON
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
