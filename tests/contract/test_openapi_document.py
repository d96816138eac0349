"""The merged OpenAPI document, made of the committed ones as the gateway does: it is valid, and
every operation tells of all its answers, with examples."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chassis.access import SESSION
from chassis.examples import example
from chassis.identity import AccessScope
from gateway.openapi import merge
from gateway.routing import ServiceName

METHODS = ("get", "post", "put", "patch", "delete")
PROBLEM = "application/problem+json"
Document = dict[str, Any]
Operation = tuple[str, str, Document]  # method, path and what is said of it


@pytest.fixture(scope="module")
def documents(repository: Path) -> dict[ServiceName, Document]:
    return {
        service: json.loads((repository / f"contracts/openapi/{service}.json").read_text())
        for service in ServiceName
    }


@pytest.fixture(scope="module")
def merged(documents: dict[ServiceName, Document]) -> Document:
    return merge(documents, version="0")


@pytest.fixture(scope="module")
def operations(merged: Document) -> list[Operation]:
    return list(_operations(merged))


def _operations(document: Document) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if method in METHODS:
                yield method, path, operation


def named(method: str, path: str) -> str:
    return f"{method.upper()} {path}"


def resolved(document: Document, part: Document) -> Document:
    while "$ref" in part:
        found: Any = document
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        part = found
    return part


def bodies(document: Document, operation: Document) -> Iterator[tuple[str, str, Document]]:
    """What it is, its content type and its media type object: of the request and all answers."""
    for what, body in [
        ("request", operation.get("requestBody", {})),
        *operation["responses"].items(),
    ]:
        for kind, media in resolved(document, body).get("content", {}).items():
            yield what, kind, media


def test_it_is_valid_openapi_3_1(merged: Document) -> None:
    assert merged["openapi"].startswith("3.1")
    faults = list(OpenAPIV31SpecValidator(merged).iter_errors())
    assert faults == []


def test_every_operation_of_a_service_is_routed(
    documents: dict[ServiceName, Document], merged: Document
) -> None:
    """The gateway knows the way to all that a service documents, and its document tells of it."""
    told = {(method, path) for method, path, _ in _operations(merged)}
    own = {
        (method, path)
        for document in documents.values()
        for method, path, _ in _operations(document)
    }
    assert own == told


def test_the_gateway_lets_in_without_a_token_where_the_service_does(
    documents: dict[ServiceName, Document], merged: Document
) -> None:
    """What is public at the service is so at the gateway, and nothing else."""
    for document in documents.values():
        for method, path, operation in _operations(document):
            at_gateway = merged["paths"][path][method]["security"]
            assert operation["security"] == at_gateway, named(method, path)


def test_every_operation_names_its_scope(operations: list[Operation]) -> None:
    scopes = {*AccessScope, SESSION}
    for method, path, operation in operations:
        asked = [scope for one in operation["security"] for scope in one["bearer"]]
        assert len(asked) <= 1, named(method, path)
        assert scopes.issuperset(asked), named(method, path)


def test_every_body_has_an_example_that_fits(merged: Document, operations: list[Operation]) -> None:
    """A schema's example, or the body's own, of every request and every answer. `chassis.examples`
    tells which field lacks one; one that does not fit is wrong where it is given."""
    seen: set[str] = set()
    for method, path, operation in operations:
        for what, kind, media in bodies(merged, operation):
            if not kind.endswith("json") or json.dumps(media) in seen:
                continue
            seen.add(json.dumps(media))
            given = _examples(merged, media)
            assert given, f"{named(method, path)}: no example of {what}"
            for one in given:
                fault = _fault(merged, media["schema"], one)
                assert fault is None, f"{named(method, path)}: {what}: {fault}"


def _examples(document: Document, media: Document) -> list[Any]:
    own = [media["example"]] if "example" in media else []
    own += [one["value"] for one in media.get("examples", {}).values()]
    own = own or resolved(document, media["schema"]).get("examples", [])
    return own or [example(media["schema"], document["components"]["schemas"])]  # tells why not


def _fault(document: Document, schema: Document, value: object) -> str | None:
    checker = jsonschema.Draft202012Validator(
        {**schema, "components": document["components"]},
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    fault = next(iter(checker.iter_errors(value)), None)
    return None if fault is None else f"{fault.json_path}: {fault.message}"


def test_every_error_is_a_problem_document(merged: Document, operations: list[Operation]) -> None:
    for method, path, operation in operations:
        for what, kind, media in bodies(merged, operation):
            if what[0] not in "45":
                continue
            assert kind == PROBLEM, f"{named(method, path)}: {what}"
            fields = resolved(merged, media["schema"])["properties"]
            assert {"type", "title", "status", "code"} <= fields.keys()


def test_every_error_that_follows_from_what_a_route_asks_for_is_told(
    operations: list[Operation],
) -> None:
    for method, path, operation in operations:
        told = set(operation["responses"])
        taken = {one["name"] for one in operation.get("parameters", ())}
        expected = {"400", "422", "429", "503"}
        expected |= {"401", "403"} if operation["security"] else set()
        expected |= {"404"} if "{" in path else set()
        expected |= {"409"} if method != "get" else set()
        expected |= {"412"} if "If-Match" in taken else set()
        expected |= {"413", "415"} if "requestBody" in operation else set()
        assert expected <= told, named(method, path)
        assert "default" not in told, named(method, path)
        assert [status for status in told if status[0] == "2"], named(method, path)


def test_schemas_are_called_what_clients_will_call_them(merged: Document) -> None:
    """By a plain name, which is its title, too: generated clients name classes after that."""
    for name, schema in merged["components"]["schemas"].items():
        assert "__" not in name
        assert schema.get("title", name) == name


def test_operations_have_words_and_distinct_ids(operations: list[Operation]) -> None:
    for method, path, operation in operations:
        assert operation.get("summary"), named(method, path)
        assert operation.get("description"), named(method, path)
    ids = [operation["operationId"] for _, _, operation in operations]
    assert len(ids) == len(set(ids))
