"""JSON Schema (2020-12) of events and of what consumers read of them.

Each schema stands by itself: what it refers to is written out where it is used, so that a reader
needs one file and a check can walk it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from chassis.envelope import Received
from chassis.events import Event
from warehouse.contracts.declared import example

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TOPIC, KEY = "x-warehouse-topic", "x-warehouse-key"

_DEFINITION = "#/$defs/"


def of_event(event: type[Event]) -> Schema:
    """What every record of the event's type and version fits, from the first one on: a field with
    a default came later and is optional."""
    body = _self_contained(event, "serialization")
    properties: Schema = body["properties"]
    # `changes` is mixed in, which puts it first; a reader wants the state before.
    properties |= {"changes": properties.pop("changes")} if "changes" in properties else {}
    facts = example(event)
    return {
        "$schema": DIALECT,
        "$id": identifier(event),
        "title": event.type,
        "description": _prose(event),
        TOPIC: event.topic,
        KEY: event.key_form,
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name in body.get("required", ())],
        "examples": [{name: facts[name] for name in properties if name in facts}],
    }


def identifier(event: type[Event]) -> str:
    """What `ce_dataschema` names."""
    return f"urn:warehouse:event:{event.type}:{event.schema_version}"


def of_consumer(service: str, type_: str, models: Sequence[type[Received]]) -> Schema:
    """What `service` reads of events of `type_`: all that one domain or several need."""
    head = {"$schema": DIALECT, "title": f"What {service} reads of {type_}"}
    bodies = [of_reader(model) for model in models]
    return head | (bodies[0] if len(bodies) == 1 else {"allOf": bodies})


def of_reader(model: type[Received]) -> Schema:
    """What a consumer's own subset model accepts."""
    return _self_contained(model, "validation")


def alternatives(schema: Mapping[str, Any]) -> list[Schema]:
    """The shapes that a value may have: more than one where it is, say, nullable."""
    return list(schema.get("anyOf", [dict(schema)]))


def values(schema: Mapping[str, Any]) -> list[Any] | None:
    """The values of an enumeration; None where it is none."""
    if "const" in schema:
        return [schema["const"]]
    found: list[Any] | None = schema.get("enum")
    return found


def readable(schema: Mapping[str, Any]) -> str:
    """A schema's shape in a few words, as `UUID or null`."""
    return " or ".join(_shape(one) for one in alternatives(schema))


def _shape(schema: Mapping[str, Any]) -> str:
    if (known := values(schema)) is not None:
        return "one of " + ", ".join(map(str, known))
    kind = schema.get("type")
    if kind is None:
        return "any value"
    if kind == "array":
        return _list(schema)
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object, each {readable(schema['additionalProperties'])}"
    formats = {"uuid": "UUID", "date-time": "time", "date": "date"}
    text = formats.get(schema.get("format", ""), str(kind))
    bounds = [
        f"{sign} {schema[bound]}"
        for bound, sign in (("minimum", "≥"), ("exclusiveMinimum", ">"), ("maximum", "≤"))
        if bound in schema
    ]
    return " ".join([text, *bounds])


def _list(schema: Mapping[str, Any]) -> str:
    items = readable(schema.get("items", {}))
    if schema.get("minItems") == schema.get("maxItems") == 2:
        return "a pair"
    return "list" if items == "any value" else f"list, each {items}"


def _self_contained(model: type[BaseModel], mode: Any) -> Schema:  # noqa: ANN401 - a literal
    generated = model.model_json_schema(mode=mode)
    body: Schema = _written_out(generated, generated.get("$defs", {}))
    for annotation in ("$defs", "title", "description"):
        body.pop(annotation, None)
    return body


def _written_out(node: Any, definitions: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    """`node` with references replaced, and without the names that only Python has use for."""
    if isinstance(node, list):
        return [_written_out(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if reference := node.get("$ref"):
        target = dict(definitions[reference.removeprefix(_DEFINITION)])
        target.pop("description", None)
        node = target | {key: value for key, value in node.items() if key != "$ref"}
    # A title is a string; the field of that name has a schema.
    kept = {
        key: value
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and not _says_nothing(key, value)
    }
    if "description" in kept and isinstance(kept["description"], str):
        kept = {"description": kept.pop("description")} | kept
    return {key: _written_out(value, definitions) for key, value in kept.items()}


def _says_nothing(key: str, value: object) -> bool:
    return key == "prefixItems" and isinstance(value, list) and not any(value)


def _prose(event: type[Event]) -> str:
    return " ".join((event.__doc__ or "").split())
