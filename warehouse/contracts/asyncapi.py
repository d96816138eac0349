"""The topics as AsyncAPI 3.0: a channel per topic, a message per event."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from chassis.events import Event
from warehouse.contracts import headers
from warehouse.contracts.schemas import Schema, of_event
from warehouse.topics import Topic

Document = dict[str, Any]

VERSION = "1.0.0"  # of the contract, as the topics' v1; not of the release
_BINDING = "0.5.0"
_HEADERS = "Headers"


def document(events: Sequence[type[Event]], topics: Sequence[Topic]) -> Document:
    """The document of `events`, which are ordered by topic; raises `ValueError` for an event whose
    topic is not among `topics`."""
    declared = {topic.name: topic for topic in topics}
    if missing := sorted({event.topic for event in events} - set(declared)):
        raise ValueError(f"not declared in deploy/kafka/topics.yaml: {', '.join(missing)}")
    by_topic = {name: list(group) for name, group in groupby(events, lambda event: event.topic)}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Warehouse events",
            "version": VERSION,
            "description": (
                "What Warehouse publishes: every change of every aggregate, as CloudEvents 1.0 in "
                "Kafka's binary mode. Subscribe with any Kafka client; topics are kept for good, "
                "so that a new subscriber begins at offset 0."
            ),
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{host}:{port}",
                "protocol": "kafka",
                "description": "The platform's Kafka; these defaults are those of `make up`",
                "variables": {"host": {"default": "127.0.0.1"}, "port": {"default": "9092"}},
            }
        },
        "channels": {name: _channel(declared[name], group) for name, group in by_topic.items()},
        "operations": {name: _operation(name, group) for name, group in by_topic.items()},
        "components": {
            "messages": {event.type: _message(event) for event in events},
            "schemas": {
                _HEADERS: _plain(headers.schema()),
                **{event.type: _plain(of_event(event)) for event in events},
            },
        },
    }


def _channel(topic: Topic, events: Sequence[type[Event]]) -> Document:
    return {
        "address": topic.name,
        "title": topic.name,
        "description": _about(events[0]),
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {
            event.type: {"$ref": f"#/components/messages/{event.type}"} for event in events
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": topic.config["cleanup.policy"].split(","),
                    "retention.ms": int(topic.config["retention.ms"]),
                },
                "bindingVersion": _BINDING,
            }
        },
    }


def _operation(topic: str, events: Sequence[type[Event]]) -> Document:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{topic}"},
        "summary": f"The {topic.split('.')[1]} service alone publishes here.",
        "messages": [{"$ref": f"#/channels/{topic}/messages/{event.type}"} for event in events],
    }


def _message(event: type[Event]) -> Document:
    schema = of_event(event)
    [payload] = schema["examples"]
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": schema["description"],
        "contentType": "application/json",
        "headers": {"$ref": f"#/components/schemas/{_HEADERS}"},
        "payload": {"$ref": f"#/components/schemas/{event.type}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"`{event.key_form}` of the payload"},
                "bindingVersion": _BINDING,
            }
        },
        "examples": [{"headers": headers.example(event, payload), "payload": payload}],
    }


def _about(event: type[Event]) -> str:
    """What the events of a topic have in common: the docstring of their base where there is one."""
    base = next(
        (
            one
            for one in reversed(event.__mro__)
            if one is not Event and issubclass(one, Event) and "topic" in vars(one)
        ),
        event,
    )
    return " ".join((base.__doc__ or "").split())


def _plain(schema: Schema) -> Schema:
    """Without what stands for a file of its own; the example is the message's."""
    return {name: body for name, body in schema.items() if name not in ("$schema", "examples")}
