"""What may change within a version, and what may not."""

from typing import Any

import pytest

from warehouse.contracts.compatibility import bare, broken

ID: dict[str, Any] = {"type": "string", "format": "uuid", "description": "The loan"}
NULL: dict[str, Any] = {"type": "null"}


def schema(required: tuple[str, ...] = ("id",), **fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "x-warehouse-topic": "warehouse.loans.loan.v1",
        "x-warehouse-key": "{id}",
        "type": "object",
        "properties": {"id": ID, **fields},
        "required": list(required),
    }


TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 0}
STATES = {"type": "string", "enum": ["active", "returned"]}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (schema(), schema(notes=TEXT)),
        (schema(), schema() | {"description": "Better said", "examples": [{}]}),
        (schema(), schema() | {"properties": {"id": ID | {"description": "Which loan"}}}),
        (schema(status=STATES), schema(status=STATES | {"enum": ["active", "returned", "lost"]})),
        (schema(due={"anyOf": [TEXT, NULL]}), schema(due={"anyOf": [NULL, TEXT]})),
        (schema(), schema(title={"type": "string", "description": "A field of that name"})),
    ],
    ids=["optional field", "texts", "a field's text", "value", "order", "field called title"],
)
def test_what_readers_do_not_mind_is_allowed(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert broken(old, new) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (schema(notes=TEXT), schema(), "field notes: was removed"),
        (
            schema(),
            schema(("id", "notes"), notes=TEXT),
            "field notes: is new and required; give it a default",
        ),
        (
            schema(notes=TEXT),
            schema(("id", "notes"), notes=TEXT),
            "field notes: was optional, is required",
        ),
        (
            schema(("id", "notes"), notes=TEXT),
            schema(notes=TEXT),
            "field notes: was required, is optional",
        ),
        (schema(n=TEXT), schema(n=NUMBER), "field n: was string, is integer ≥ 0"),
        (schema(n=TEXT), schema(n=ID), "field n: was string, is UUID"),
        (
            schema(n=NUMBER),
            schema(n=NUMBER | {"minimum": 1}),
            "field n: was integer ≥ 0, is integer ≥ 1",
        ),
        (
            schema(n=TEXT),
            schema(n={"anyOf": [TEXT, NULL]}),
            "field n: was string, is string or null",
        ),
        (
            schema(n={"anyOf": [TEXT, NULL]}),
            schema(n=TEXT),
            "field n: was string or null, is string",
        ),
        (
            schema(n=STATES),
            schema(n=STATES | {"enum": ["active"]}),
            "field n: no longer one of returned",
        ),
        (schema(n=STATES), schema(n=TEXT), "field n: was one of active, returned, is string"),
        (
            schema(hold={"anyOf": [schema(n=TEXT), NULL]}),
            schema(hold={"anyOf": [schema(), NULL]}),
            "field hold.n: was removed",
        ),
        (
            schema(tags={"type": "array", "items": TEXT}),
            schema(tags={"type": "array", "items": NUMBER}),
            "field tags[]: was string, is integer ≥ 0",
        ),
        (
            schema(changes={"type": "object", "additionalProperties": TEXT}),
            schema(changes={"type": "object", "additionalProperties": NUMBER}),
            "field changes[]: was string, is integer ≥ 0",
        ),
        (
            schema(),
            schema() | {"x-warehouse-topic": "warehouse.loans.other.v1"},
            "topic: was warehouse.loans.loan.v1, is warehouse.loans.other.v1",
        ),
        (
            schema(),
            schema() | {"x-warehouse-key": "{workspace_id}"},
            "key: was {id}, is {workspace_id}",
        ),
    ],
)
def test_what_would_break_a_reader_is_told(
    old: dict[str, Any], new: dict[str, Any], told: str
) -> None:
    assert broken(old, new) == [told]
    assert broken(bare(old), bare(new)) == [told]
