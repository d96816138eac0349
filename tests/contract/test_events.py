"""What is published of each event."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from support.contract import misfits, validator

from chassis import outbox
from chassis.events import Event
from warehouse.contracts import declared, headers
from warehouse.contracts.schemas import of_event

EVENTS = declared.events()
each_event = pytest.mark.parametrize("event", EVENTS, ids=[event.type for event in EVENTS])


def fields(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every field of a schema, with those inside it."""
    for shape in schema.get("anyOf", [schema]):
        for name, body in shape.get("properties", {}).items():
            yield f"{path}{name}", body
            yield from fields(body, f"{path}{name}.")


@each_event
def test_an_example_is_what_the_code_would_publish(event: type[Event]) -> None:
    """Parsed by the event's class and written as the outbox writes it, an example is the same to
    the character, under the key that its topic promises, with the headers of every record."""
    [example] = of_event(event)["examples"]
    aliases = {f.serialization_alias: name for name, f in event.model_fields.items()}
    happened = event(**{aliases.get(name) or name: value for name, value in example.items()})
    assert json.loads(happened.model_dump_json()) == example
    assert happened.key == event.key_form.format_map(example)
    sent = json.loads(outbox._row(happened)["headers"])
    validator(headers.schema()).validate(sent)
    assert sent["ce_dataschema"] == of_event(event)["$id"]
    assert set(sent) == set(headers.example(event, example))


@each_event
def test_an_example_fits_its_schema(event: type[Event]) -> None:
    """Payload and headers, with all their formats."""
    schema = of_event(event)
    validator(schema).check_schema(schema)
    [example] = schema["examples"]
    validator(schema).validate(example)
    validator(headers.schema()).validate(headers.example(event, example))


@each_event
def test_every_field_is_described(event: type[Event]) -> None:
    """And so is the event: a reader need not ask what anything means."""
    schema = of_event(event)
    assert schema["description"]
    assert [name for name, body in fields(schema) if not body.get("description")] == []


@each_event
def test_an_event_is_found_by_its_type(event: type[Event]) -> None:
    """The type is its topic's name with what happened instead of the version."""
    aggregate, _, verb = event.type.rpartition(".")
    assert event.topic == f"{aggregate}.v1"
    assert verb.replace("_", "").isalpha()


def test_a_field_with_a_default_is_optional() -> None:
    """Records from before the field was added lie in the topic for good."""

    class Grown(Event):
        """It grew."""

        topic, type = "warehouse.test.thing.v1", "warehouse.test.thing.grown"
        added_later: int | None = None

    assert of_event(Grown)["required"] == ["id", "workspace_id", "version"]
    assert "added_later" in of_event(Grown)["properties"]


def test_an_event_that_does_not_fit_is_told_with_its_field() -> None:
    """What the suite says at its end of an event that some test made the code publish."""
    event = next(one for one in EVENTS if one.type == "warehouse.loans.loan.returned")
    [payload] = of_event(event)["examples"]
    head = headers.example(event, payload)
    assert list(misfits(event.type, head, payload)) == []
    wrong = payload | {"return": payload["return"] | {"quantity": 0}, "due_at": "tomorrow"}
    told = list(misfits(event.type, head | {"ce_id": "7"}, wrong))
    assert len(told) == 3
    assert {line.split(": ")[1] for line in told} == {"return.quantity", "due_at", "header ce_id"}
    assert list(misfits("warehouse.loans.loan.eaten", head, payload)) == [
        "warehouse.loans.loan.eaten v1: no schema"
    ]
