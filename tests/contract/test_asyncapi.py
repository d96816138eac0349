"""The topics as AsyncAPI."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from support.contract import CONTRACTS

from chassis.events import Event
from gateway.docs import Assets
from warehouse import topics
from warehouse.contracts import asyncapi, declared

SPECIFICATION = Path(__file__).parent / "asyncapi" / "3.0.0.json"


@pytest.fixture(scope="module")
def document() -> Any:  # noqa: ANN401 - any JSON
    return json.loads((CONTRACTS / "asyncapi" / "asyncapi.json").read_text())


def test_it_is_asyncapi(document: dict[str, Any]) -> None:
    """By the specification's own schema, Kafka's bindings included."""
    validator = Draft7Validator(json.loads(SPECIFICATION.read_text()))
    errors = [
        f"{list(e.absolute_path)}: {e.message[:200]}" for e in validator.iter_errors(document)
    ]
    assert errors == []
    wrong = json.loads(json.dumps(document))
    wrong["channels"]["warehouse.loans.loan.v1"]["bindings"]["kafka"]["partitions"] = "many"
    assert not validator.is_valid(wrong)


def test_every_event_is_a_message_of_its_topic(document: dict[str, Any]) -> None:
    """And every reference in the document leads somewhere."""
    for event in declared.events():
        channel = document["channels"][event.topic]
        assert channel["address"] == event.topic
        message = resolved(document, channel["messages"][event.type])
        assert message["name"] == event.type
        assert "ce_id" in resolved(document, message["headers"])["properties"]
        assert resolved(document, message["payload"])["title"] == event.type
    for operation in document["operations"].values():
        assert operation["action"] == "send"
        for reference in operation["messages"]:
            assert "name" in resolved(document, resolved(document, reference))


def test_the_gateway_serves_it(document: dict[str, Any]) -> None:
    """The gateway's copy comes with its package and says the same."""
    assert json.loads(Assets()[b"/asyncapi.json"].body) == document


def test_a_topic_that_is_not_declared_is_refused() -> None:
    """Nobody would create it, and services do not."""

    class Happened(Event):
        """It happened."""

        topic, type = "warehouse.test.thing.v1", "warehouse.test.thing.happened"

    with pytest.raises(ValueError, match=r"warehouse\.test\.thing\.v1"):
        asyncapi.document([Happened], topics.declared())


def resolved(document: dict[str, Any], node: dict[str, Any]) -> Any:  # noqa: ANN401
    """What `node` refers to; any of AsyncAPI's references is a path from the root."""
    found: Any = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found
