"""A service's OpenAPI document: what its routes declare, and what follows from what they ask for.

Every answer that a route can give is in it. Which errors those are is read off the route's own
dependencies, so that a new route documents itself; a route names only what is its own (a 409 that
says more than that something clashes, say, by `responses={409: {"description": ...}}`).
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

from chassis import access, examples, problems, requests
from chassis.documented_errors import (
    PROBLEM,
    PROBLEM_SCHEMA,
    Document,
    error_responses,
    problem_body,
    reference,
)
from chassis.examples import NoExampleError
from chassis.problems import Problem

_SCHEMAS = "#/components/schemas/"
_VALIDATION = ("HTTPValidationError", "ValidationError")  # FastAPI's own, which nobody sends here


class DocumentedApp(FastAPI):
    """An app whose document is complete: its errors, its examples, the scope of every route."""

    def __init__(self, *, routes_told: Sequence[APIRoute], **settings: Any) -> None:  # noqa: ANN401
        super().__init__(**settings)
        self._told = routes_told

    def openapi(self) -> Document:
        if not self.openapi_schema:
            self.openapi_schema = completed(super().openapi(), self._told)
        return self.openapi_schema


def completed(document: Document, routes: Sequence[APIRoute]) -> Document:
    """`document` with the errors of `routes`, with examples, and with names for people."""
    document = _plainly_named(document)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in _VALIDATION:
        schemas.pop(name, None)
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"].get(route.path_format, {}).get(method.lower())
            if operation is not None:
                _tell_errors(operation, errors_of(route))
    schemas[PROBLEM] = PROBLEM_SCHEMA
    document["components"]["responses"] = error_responses()
    _give_examples(document)
    return document


def _plainly_named(document: Document) -> Document:
    """Two classes of one name get their modules in front, and one title; here they are called by
    their domain: `ApprovalsStatus`."""
    text = json.dumps(document)
    names = [name for name in document.get("components", {}).get("schemas", {}) if "__" in name]
    for name in names:
        parts = name.split("__")
        plain = f"{parts[-3 if len(parts) > 2 else 0].title().replace('_', '')}{parts[-1]}"
        text = text.replace(f'"{_SCHEMAS}{name}"', f'"{_SCHEMAS}{plain}"')
        text = text.replace(f'"{name}": ', f'"{plain}": ')
    found: Document = json.loads(text)
    for name, schema in found.get("components", {}).get("schemas", {}).items():
        schema["title"] = name
    return found


def errors_of(route: APIRoute) -> list[type[Problem]]:
    """What a client of this route may be refused with."""
    asks = access.calls_of(route)
    changes = not (route.methods or set()) <= requests.SAFE_METHODS
    private = access.scope_of_route(route) is not None
    # A public one goes by what it is sent: a password, a code, a token that was mailed, a cookie.
    goes_by_body = changes and route.body_field is not None
    applies = {
        problems.BadRequest: True,
        problems.Unauthenticated: private or goes_by_body,
        problems.Forbidden: private or goes_by_body,
        problems.NotFound: "{" in route.path_format,
        problems.Conflict: changes,
        problems.PreconditionFailed: requests.if_match in asks,
        problems.PayloadTooLarge: route.body_field is not None,
        problems.UriTooLong: True,
        problems.UnsupportedMediaType: route.body_field is not None,
        problems.Invalid: True,
        problems.TooManyRequests: True,
        problems.Unavailable: True,
    }
    return [problem for problem, does in applies.items() if does]


def _tell_errors(operation: Document, kinds: Sequence[type[Problem]]) -> None:
    given: Document = operation["responses"]
    if _VALIDATION[0] in str(given.get("422", "")):
        del given["422"]
    for status, response in given.items():
        if status[0] in "45":
            content = response.pop("content", {}).get("application/json", {})
            response["content"] = {problems.MEDIA_TYPE: content or problem_body(int(status))}
    for kind in kinds:
        given.setdefault(str(kind.status), reference(kind))
    operation["responses"] = dict(sorted(given.items()))


def _give_examples(document: Document) -> None:
    """One for every body that the document names; a schema that has its own keeps it."""
    schemas = document["components"]["schemas"]
    for media in _media(document):
        schema = media["schema"]
        name = schema.get("$ref", "").removeprefix(_SCHEMAS)
        home = schemas[name] if name else schema
        if home is not PROBLEM_SCHEMA and "example" not in media:
            with suppress(NoExampleError):  # a test tells of it; the document is good without
                home.setdefault("examples", [examples.example(home, schemas)])


def _media(document: Document) -> Iterator[Document]:
    """The media types of all request and response bodies."""
    for path in document["paths"].values():
        for operation in path.values():
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for body in bodies:
                for kind, media in body.get("content", {}).items():
                    if kind.endswith("json"):
                        yield _plain(media)


def _plain(media: Document) -> Document:
    """An optional body is `anyOf: [schema, null]` to FastAPI: to a client it is the schema."""
    options = [one for one in media["schema"].get("anyOf", ()) if one != {"type": "null"}]
    if len(options) == 1:
        media["schema"] = options[0]
    return media
