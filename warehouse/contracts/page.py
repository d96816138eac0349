"""`docs/events.md`: all topics and events on one page, for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from chassis.events import Event
from warehouse.contracts import headers
from warehouse.contracts.declared import Heard
from warehouse.contracts.schemas import Schema, of_event, readable
from warehouse.topics import Topic

_HEAD = """\
# Topics and events

Every change in Warehouse is an event in a Kafka topic, and the topics are public: subscribe to them
as you call the HTTP API. This page is generated from the code (`warehouse contracts write`). For
programs the same is at `/asyncapi.json` of the gateway (AsyncAPI 3.0), and as one JSON Schema an
event in [contracts/events](../contracts/events).

## Subscribe

With `make up`, Kafka listens on `127.0.0.1:9092`. Any client will do:

```python
import asyncio, json
from aiokafka import AIOKafkaConsumer


async def main():
    consumer = AIOKafkaConsumer(
        "warehouse.loans.loan.v1",
        bootstrap_servers="127.0.0.1:9092",
        group_id="my-program",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    async for record in consumer:
        headers = {name: value.decode() for name, value in record.headers}
        print(headers["ce_type"], json.loads(record.value))
        await consumer.commit()


asyncio.run(main())
```

[examples/subscriber](../examples/subscriber) is a whole program: it keeps its own copy of who has
what, survives being stopped anywhere, and is run by a test.

What to rely on, and what to do about it:

- **An event comes at least once.** It may come again, after a crash or when an operator replays a
  topic: skip a `ce_id` that you have applied, or a `version` that is not newer than yours.
- **Events of one key come in order**, because they share a partition; between keys and between
  topics there is no order. A loan may arrive before the item that is lent.
- **An event carries the whole state** of its aggregate after the change, so that the newest one is
  all you need of it. An update also has `changes`: each changed field with its value before and
  after.
- **Topics are kept for good.** Begin at offset 0 and you have everything.
- **Ignore what you don't know**: types, fields, headers, and values of an enumeration are added
  without notice.

## What a version promises

A version's schema describes every record of that version from the first one on. Within it a field
may be added if it is optional, a description may change, and an enumeration may grow. Nothing is
removed, made optional, made required, renamed, widened or narrowed: that is a new version, with a
new number at the end of `ce_dataschema`. `make lint` checks every change against the committed
schemas, and against those of the last release.
"""


def text(events: Sequence[type[Event]], topics: Sequence[Topic], heard: Heard) -> str:
    """The page of `events`, which are ordered by topic."""
    by_topic = {name: list(group) for name, group in groupby(events, lambda event: event.topic)}
    partitions = {topic.name: topic.partitions for topic in topics}
    parts = [
        _HEAD,
        "## Headers\n",
        f"{headers.schema()['description']} Every record has these:\n",
        _table(("header", "form", ""), _header_rows()),
        "\n## Topics\n",
        "Other topics are the services' own (dead letters, retries) or not in use yet.\n",
        _table(
            ("topic", "key", "partitions", "events"),
            (
                (
                    f"[{name}](#{_anchor(name)})",
                    f"`{group[0].key_form}`",
                    str(partitions[name]),
                    ", ".join(f"`{event.type.rpartition('.')[2]}`" for event in group),
                )
                for name, group in by_topic.items()
            ),
        ),
    ]
    for name, group in by_topic.items():
        parts += _topic(name, group, heard)
    return "\n".join(parts).rstrip() + "\n"


def _topic(name: str, events: Sequence[type[Event]], heard: Heard) -> Iterable[str]:
    schemas = [of_event(event) for event in events]
    # A rejected hold is no state of its entry: what all others have is the state.
    sharers = len(schemas) - 1 if len(schemas) > 2 else len(schemas)
    widest = max(schemas, key=lambda schema: len(schema["properties"]))
    state = [
        field
        for field in widest["properties"]
        if sum(_same_field(schema, widest, field) for schema in schemas) >= sharers
    ]
    yield f"\n## {name}\n"
    yield f"Key: `{events[0].key_form}`. Fields of the state, in every event unless it says so:\n"
    yield _table(("field", "type", ""), _field_rows(widest, state))
    for event, schema in zip(events, schemas, strict=True):
        yield from _event(event, schema, state, heard)


def _event(event: type[Event], schema: Schema, state: list[str], heard: Heard) -> Iterable[str]:
    yield f"\n### {event.type}\n"
    listeners = [service for service, types in sorted(heard.items()) if event.type in types]
    within = f" Heard by {', '.join(listeners)}." if listeners else ""
    file = f"../contracts/events/{event.type}/{event.schema_version}.json"
    link = f"[Schema, version {event.schema_version}]({file})"
    yield f"{schema['description']}\n\n{link}.{within}\n"
    own = [field for field in schema["properties"] if field not in state]
    absent = [field for field in state if field not in schema["properties"]]
    if absent:
        yield "It carries no state; its fields are:\n"
        own = list(schema["properties"])
    if own:
        yield _table(("field", "type", ""), _field_rows(schema, own)) + "\n"
    example = json.dumps(schema["examples"][0], indent=2, ensure_ascii=False)
    yield f"<details><summary>Example</summary>\n\n```json\n{example}\n```\n\n</details>"


def _same_field(one: Schema, other: Schema, field: str) -> bool:
    body = one["properties"].get(field)
    return body is not None and body["description"] == other["properties"][field]["description"]


def _field_rows(schema: Schema, names: Iterable[str]) -> Iterable[tuple[str, ...]]:
    for name in names:
        yield from _rows(name, schema["properties"][name], required=name in schema["required"])


def _rows(name: str, body: Mapping[str, Any], *, required: bool) -> Iterable[tuple[str, ...]]:
    """A field's row, and those of the fields in it."""
    described = body.get("description", "")
    yield f"`{name}`", readable(body), described if required else f"{described} (optional)"
    for shape in body.get("anyOf", [body]):
        for inner, inner_body in shape.get("properties", {}).items():
            needed = inner in shape.get("required", ())
            yield from _rows(f"{name}.{inner}", inner_body, required=needed)


def _header_rows() -> Iterable[tuple[str, ...]]:
    for name, body in headers.schema()["properties"].items():
        form = readable(body) if "const" in body or "format" in body else "string"
        yield f"`{name}`", form.removeprefix("one of "), body["description"]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines
    )


def _anchor(heading: str) -> str:
    """The anchor that Markdown renderers give a heading."""
    return heading.lower().replace(".", "")
