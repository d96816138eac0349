"""One OpenAPI 3.1 document made of the services' own.

What a service calls its own stays so unless another service gives the same name to something
else: then both carry their service's name in front. Only what the gateway routes is in it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from chassis.documented_errors import PROBLEM, PROBLEM_SCHEMA, error_responses, reference
from chassis.problems import NotFound, Unauthenticated
from gateway.routing import PREFIXES, Route, ServiceName, route_of

Document = dict[str, Any]
Component = tuple[str, str]  # section and name, as in ("schemas", "Item")

METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})
BEARER = "bearer"

_SCOPES = (
    "An access token: of a session, from `POST /v1/auth/login`, or one made for a script. Each "
    "operation names the scope that a script's token needs for it (`read`, `write` or `admin`); "
    "none reaches further than the role of whom it belongs to. `session`: only somebody who "
    "signed in may do this, and no script's token."
)
_REFERENCE = "#/components/"


def merge(documents: Mapping[ServiceName, Document], *, version: str) -> Document:
    """The platform's document; services come in the order of `documents`."""
    clashing = _clashing(documents)
    paths: Document = {}
    components: Document = _own_components()
    for service, document in documents.items():
        renamed = {key: _prefixed(service, key[1]) for key in clashing}
        for (section, name), body in _components(document):
            new_name = renamed.get((section, name), name)
            components.setdefault(section, {})[new_name] = _entitled(
                _renamed(body, renamed), name, new_name
            )
        for path, item in document.get("paths", {}).items():
            kept = _path_item(service, path, _renamed(item, renamed))
            if kept:
                paths.setdefault(path, {}).update(kept)
    _distinct_operation_ids(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Warehouse",
            "version": version,
            "description": (
                "What do we own, where is it, and who has it?\n\n"
                "Every change is also an event in a Kafka topic: "
                "[/asyncapi.json](/asyncapi.json) describes them.\n\n"
                "Errors are problem documents (RFC 9457). Beside those that an operation names, "
                "the gateway answers 408 to a body that stops arriving, and 502 or 504 when a "
                "part breaks off or is late."
            ),
        },
        "servers": [{"url": "/"}],
        "security": [{BEARER: []}],
        "tags": [{"name": name} for name in _tags(paths)],
        "paths": dict(sorted(paths.items())),
        "components": {name: dict(sorted(body.items())) for name, body in components.items()},
    }


def _own_components() -> Document:
    return {
        "securitySchemes": {
            BEARER: {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": _SCOPES,
            },
        },
        "schemas": {PROBLEM: PROBLEM_SCHEMA},
        "responses": error_responses(),
    }


def _components(document: Document) -> Iterator[tuple[Component, Any]]:
    for section, named in document.get("components", {}).items():
        if section != "securitySchemes":
            for name, body in named.items():
                yield (section, name), body


def _clashing(documents: Mapping[ServiceName, Document]) -> set[Component]:
    """Components whose name means different things in two services: their bodies differ, or
    equal bodies refer to components that do."""
    bodies: dict[Component, list[Any]] = defaultdict(list)
    for document in documents.values():
        for key, body in _components(document):
            bodies[key].append(body)
    for key, body in _components({"components": _own_components()}):
        bodies[key].append(body)
    shared = {key: found for key, found in bodies.items() if len(found) > 1}
    clashing = {key for key, found in shared.items() if any(body != found[0] for body in found)}
    while True:
        drawn_in = {
            key
            for key, found in shared.items()
            if key not in clashing and not clashing.isdisjoint(_references(found[0]))
        }
        if not drawn_in:
            return clashing
        clashing |= drawn_in


def _references(body: Any) -> Iterator[Component]:  # noqa: ANN401 - any JSON
    if isinstance(body, dict):
        reference = body.get("$ref")
        if isinstance(reference, str) and reference.startswith(_REFERENCE):
            section, _, name = reference.removeprefix(_REFERENCE).partition("/")
            yield section, name
        for value in body.values():
            yield from _references(value)
    elif isinstance(body, list):
        for value in body:
            yield from _references(value)


def _prefixed(service: ServiceName, name: str) -> str:
    return f"{service.value.capitalize()}{name}"


def _renamed(body: Any, names: Mapping[Component, str]) -> Any:  # noqa: ANN401 - any JSON
    """`body` with its references following components that were given new names."""
    if isinstance(body, dict):
        return {key: _renamed(_followed(key, value, names), names) for key, value in body.items()}
    if isinstance(body, list):
        return [_renamed(value, names) for value in body]
    return body


def _entitled(body: Any, name: str, new_name: str) -> Any:  # noqa: ANN401 - any JSON
    """A component's title is what generated clients call it."""
    if name != new_name and isinstance(body, dict) and body.get("title") == name:
        return body | {"title": new_name}
    return body


def _followed(key: str, value: Any, names: Mapping[Component, str]) -> Any:  # noqa: ANN401
    if key == "$ref" and isinstance(value, str) and value.startswith(_REFERENCE):
        section, _, name = value.removeprefix(_REFERENCE).partition("/")
        return f"{_REFERENCE}{section}/{names.get((section, name), name)}"
    return value


def _path_item(service: ServiceName, path: str, item: Document) -> Document:
    """The operations of a path, if clients reach it."""
    if not path.startswith(PREFIXES):
        return {}
    kept: Document = {}
    for method, operation in item.items():
        if method in METHODS:
            route = route_of(service, path, method.upper(), operation)
            kept[method] = _operation(service, route, operation)
        else:
            kept[method] = operation
    return kept if METHODS & kept.keys() else {}


def _operation(service: ServiceName, route: Route, operation: Document) -> Document:
    responses = dict(operation.get("responses", {}))
    if not route.public:
        responses.setdefault("401", reference(Unauthenticated))
    if route.workspace is not None:
        responses.setdefault("404", reference(NotFound))
    changed = operation | {
        "tags": [_tag(service, tag) for tag in operation.get("tags", [])] or [service.value],
        "responses": dict(sorted(responses.items())),
        "security": operation.get("security", [{BEARER: []}]),
    }
    if "parameters" in operation:
        changed["parameters"] = [
            parameter
            for parameter in operation["parameters"]
            if not str(parameter.get("name", "")).lower().startswith("x-warehouse-")
        ]
    return changed


def _tag(service: ServiceName, tag: str) -> str:
    return tag if tag == service.value or "/" in tag else f"{service.value}/{tag}"


def _operations(paths: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in sorted(paths.items()):
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def _tags(paths: Document) -> list[str]:
    return sorted({tag for _, _, operation in _operations(paths) for tag in operation["tags"]})


def _distinct_operation_ids(paths: Document) -> None:
    """Two services may have chosen one id: the later gets its service's name in front."""
    seen: set[str] = set()
    for _, _, operation in _operations(paths):
        operation_id = operation.get("operationId")
        if operation_id in seen:
            operation["operationId"] = f"{operation['tags'][0].split('/')[0]}_{operation_id}"
        seen.add(operation.get("operationId", ""))
