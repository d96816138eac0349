"""Reads answered on a straight way: matched once, their parameters read by a plan made at start.

FastAPI decides for every request anew what a route's dependencies are made of, and looks for the
route twice: together more than half of what a read takes in Python. What it would decide is the
same each time, so that it is decided here once, from FastAPI's own description of the route, which
is also what the API document is made of.

Query parameters that no route knows are refused here, for all of them (`chassis.query`).

Whatever is out of the ordinary goes FastAPI's way instead, before anything was called: another
method, a parameter that does not fit, a route that needs more than this knows. So every refusal
stays FastAPI's own.
"""

import inspect
import types
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from fastapi import Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.convertors import StringConvertor
from starlette.types import ASGIApp, Receive, Scope, Send

from chassis.query import known
from chassis.unit_of_work import Handler, UnitOfWork

_PLAIN = (UUID, str, bool, int, date, Enum, types.NoneType)


class DetourError(Exception):
    """This request goes FastAPI's way."""


class _Field(NamedTuple):
    """A parameter in the path or the query."""

    name: str
    alias: str
    in_path: bool
    required: bool
    default: object
    validate: Callable[..., tuple[Any, list[Any]]]


class _Call(NamedTuple):
    """A dependency, or the route's own function, with what it is called with: parameters, results
    of calls before it by their places, and the request."""

    call: Callable[..., Awaitable[Any]]
    fields: tuple[_Field, ...]
    results: tuple[tuple[str, int], ...]
    request: str | None


class Direct:
    """The application of a router, with a straight way for those of the `routes` that have one."""

    def __init__(self, app: ASGIApp, routes: Iterable[APIRoute]) -> None:
        self._app = app
        # Those without a straight way, too: the first route that has the path is the one.
        every = [(route, known(route)) for route in routes]
        self._reads = [
            (route, handler_of(route), parameters)
            for route, parameters in every
            if "GET" in (route.methods or ())
        ]
        self._changes = [one for one in every if "GET" not in (one[0].methods or ())]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            path: str = scope["path"]
            for route, handler, parameters in self._reads:
                match = route.path_regex.match(path)
                if match is None:
                    continue
                inner = {**scope, "path_params": match.groupdict(), "route": route}
                inner["endpoint"] = route.endpoint
                request = Request(inner, receive, send)
                if scope["query_string"]:
                    parameters.check(request.query_params)
                if handler is None:
                    break
                try:
                    response = await handler(request)
                except DetourError:
                    break
                await response(inner, receive, send)
                return
        elif scope["type"] == "http" and scope["query_string"]:
            for route, parameters in self._changes:
                method: str = scope["method"]
                if method in (route.methods or ()) and route.path_regex.match(scope["path"]):
                    parameters.check(Request(scope).query_params)
                    break
        await self._app(scope, receive, send)


def handler_of(route: APIRoute) -> Handler | None:
    """The straight way of a route; None where it needs what only FastAPI does."""
    calls: list[_Call] = []
    if not (
        (type(route) is APIRoute or isinstance(route, UnitOfWork))
        and _answers_itself(route.endpoint)
        and all(type(one) is StringConvertor for one in route.param_convertors.values())
        and _add(route.dependant, calls, {}) is not None
    ):
        return None

    async def handle(request: Request) -> Response:
        arguments = _read(calls, request)
        results: list[Any] = []
        for step, given in zip(calls, arguments, strict=True):
            for name, at in step.results:
                given[name] = results[at]
            if step.request is not None:
                given[step.request] = request
            results.append(await step.call(**given))
        response: Response = results[-1]
        return response

    return route.around(handle) if isinstance(route, UnitOfWork) else handle


def _read(calls: Iterable[_Call], request: Request) -> list[dict[str, Any]]:
    """Every call's parameters, valid; raises `DetourError`."""
    in_path: Mapping[str, str] = request.path_params
    in_query: Mapping[str, str] = request.query_params if request.scope["query_string"] else {}
    arguments = []
    for step in calls:
        given: dict[str, Any] = {}
        for field in step.fields:
            text = (in_path if field.in_path else in_query).get(field.alias)
            if text is not None:
                given[field.name], errors = field.validate(text)
                if errors:
                    raise DetourError
            elif field.required:
                raise DetourError
            else:
                given[field.name] = field.default
        arguments.append(given)
    return arguments


def _answers_itself(endpoint: Callable[..., Any]) -> bool:
    """Whether its answer is a response, which FastAPI would send as it is."""
    found = get_type_hints(endpoint).get("return")
    return isinstance(found, type) and issubclass(found, Response)


def _add(dependant: Dependant, calls: list[_Call], places: dict[Any, int]) -> int | None:
    """Add a call after those that it needs, each once; its place, or None if it can't be."""
    call = dependant.call
    if call is None or not inspect.iscoroutinefunction(call) or _needs_more(dependant):
        return None
    results = []
    for needed in dependant.dependencies:
        at = places[needed.call] if needed.call in places else _add(needed, calls, places)
        if at is None:
            return None
        if needed.name is not None:
            results.append((needed.name, at))
    fields = [_field(one) for one in [*dependant.path_params, *dependant.query_params]]
    if None in fields:
        return None
    places[call] = len(calls)
    calls.append(
        _Call(
            call,
            tuple(one for one in fields if one is not None),
            tuple(results),
            dependant.request_param_name,
        )
    )
    return places[call]


def _needs_more(dependant: Dependant) -> bool:
    return any(
        (
            *(dependant.header_params, dependant.cookie_params, dependant.body_params),
            *(dependant.websocket_param_name, dependant.http_connection_param_name),
            *(dependant.response_param_name, dependant.background_tasks_param_name),
            *(dependant.security_scopes_param_name, dependant.own_oauth_scopes),
            *(dependant.concurrency, not dependant.use_cache),
        )
    )


def _field(field: Any) -> _Field | None:  # noqa: ANN401 - a type that FastAPI keeps to itself
    info = field.field_info
    default = None if info.is_required() else info.default
    if (
        not _is_plain(info.annotation)
        or not isinstance(info.validation_alias, str | None)
        or info.default_factory is not None
        or info.validate_default
        or not isinstance(default, _PLAIN)
    ):
        return None
    return _Field(
        field.name,
        field.validation_alias or field.alias,
        isinstance(info, params.Path),
        info.is_required(),
        default,
        field.validate,
    )


def _is_plain(annotation: object) -> bool:
    """Whether a parameter has one value, rather than a list of them or a model of several."""
    if get_origin(annotation) in {Union, types.UnionType}:
        return all(map(_is_plain, get_args(annotation)))
    if get_origin(annotation) is Annotated:
        return _is_plain(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return True
    return isinstance(annotation, type) and issubclass(annotation, _PLAIN)
