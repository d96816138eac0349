"""A service's HTTP application: its routers, its health, and every error as a problem document."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import asyncpg
from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match
from starlette.types import ASGIApp

from chassis import access, metrics
from chassis.database import DATABASE_AWAY, Database, is_away
from chassis.direct import Direct
from chassis.edge import NO_UTF8, OUR_FAULT, Edge
from chassis.field_errors import field_error
from chassis.identity import IdentityVerifier
from chassis.logging import get_logger
from chassis.openapi import DocumentedApp
from chassis.problems import (
    MEDIA_TYPE,
    BadRequest,
    Conflict,
    Invalid,
    MethodNotAllowed,
    NotFound,
    Problem,
    Unavailable,
    UnsupportedMediaType,
)
from chassis.service import Check

log = get_logger(__name__)

METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")

ConstraintProblems = Mapping[str, Callable[[], Problem]]


def create_app(
    name: str,
    *,
    description: str,
    routers: Sequence[APIRouter],
    database: Database,
    verifier: IdentityVerifier,
    checks: Mapping[str, Check],
    notes: Mapping[str, Check],
    constraints: ConstraintProblems,
    state: Mapping[str, Any] | None = None,
) -> ASGIApp:
    """The ASGI app of a service. It is ready when all `checks` hold; `notes` are told beside them
    and decide nothing. `constraints` names the problem behind each database constraint that a
    request can run into; `state` is what routes find under `request.app.state`."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    for route in routes:
        access.declare(route)
    app = DocumentedApp(
        routes_told=routes,
        title=f"Warehouse {name}",
        description=description,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        separate_input_output_schemas=False,
        generate_unique_id_function=_operation_id,
    )
    app.state.database = database
    for key, value in (state or {}).items():
        setattr(app.state, key, value)
    app.add_exception_handler(Exception, _our_fault)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(DBAPIError, _database_problem(constraints))
    app.add_exception_handler(asyncpg.DataError, _unfit)
    for away in DATABASE_AWAY:
        app.add_exception_handler(away, _database_away)
    app.add_exception_handler(PoolTimeoutError, _overloaded)
    app.include_router(_health(checks, notes))
    for router in routers:
        app.include_router(router)
    # Within the app's middleware: an error on the straight way is answered like any other.
    app.router.middleware_stack = Direct(app.router.middleware_stack, routes)
    return Edge(app, verifier)


def _operation_id(route: APIRoute) -> str:
    """What generated clients call it: the name that it has here."""
    return route.name


def _health(checks: Mapping[str, Check], notes: Mapping[str, Check]) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.get("/metrics")
    async def measured() -> Response:
        return Response(metrics.text(), media_type=metrics.MEDIA_TYPE)

    @router.get("/readyz")
    async def readyz() -> Response:
        results = {name: await _holds(check) for name, check in checks.items()}
        ready = all(results.values())
        told = {name: await _holds(note) for name, note in notes.items()}
        return JSONResponse(
            {"ready": ready, "checks": results, "notes": told}, 200 if ready else 503
        )

    return router


async def _holds(check: Check) -> bool:
    try:
        return await check()
    except Exception:  # noqa: BLE001 - a dependency that raises is a dependency that is down
        return False


async def _our_fault(request: Request, _error: Exception) -> Response:
    """The answer to what should not have happened; the edge logs it."""
    return answer(Problem(OUR_FAULT), request)


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it
    return answer(error, request)


async def _validation_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    if isinstance(error.body, bytes):
        # Whatever says that it is JSON was read as such.
        return answer(_no_json(request), request)
    details = error.errors()
    if any(detail["type"] == "json_invalid" for detail in details):
        return answer(BadRequest("The body is no JSON; check quotes, commas and braces."), request)
    problem = Invalid(
        "See `errors`: each names a field, what is wrong with it and what is allowed.",
        errors=[field_error(detail) for detail in details],
    )
    return answer(problem, request)


def _no_json(request: Request) -> Problem:
    given = request.headers.get("content-type")
    what = f"This one is {given}" if given else "This one says of no kind that it is"
    return UnsupportedMediaType(
        f"Send JSON, with `Content-Type: application/json`. {what}.",
        headers={"Accept": "application/json"},
    )


async def _http_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    if isinstance(error.__cause__, Problem):  # raised while FastAPI read the body
        return answer(error.__cause__, request)
    if error.status_code == 404:
        return answer(NotFound(), request)
    if error.status_code != 405:
        return answer(BadRequest(_unreadable(error.__cause__)), request)
    allow = {"Allow": _allowed(request)}
    if request.method == "OPTIONS":
        return Response(status_code=204, headers=allow)
    return answer(MethodNotAllowed(headers=allow), request)


def _unreadable(cause: BaseException | None) -> str:
    """What to do about a body that is no readable JSON for another reason than its syntax."""
    match cause:
        case UnicodeDecodeError():
            return NO_UTF8
        case RecursionError():
            return "The body is nested too deeply; send it flatter."
        case ValueError():
            # The one thing that Python's reader refuses of what is JSON.
            return "A number in the body has too many digits; send it as text, or shorter."
    return "The body can't be read; send JSON in UTF-8."


def _allowed(request: Request) -> str:
    """The methods of an address (RFC 9110 section 10.2.1): of every route that has it, where the
    router tells of the first alone."""
    found = {
        method
        for method in METHODS
        for route in request.app.routes
        if route.matches({**request.scope, "method": method})[0] is Match.FULL
    }
    return ", ".join(sorted({*found, "OPTIONS", *(("HEAD",) if "GET" in found else ())}))


def _database_problem(
    constraints: ConstraintProblems,
) -> Callable[[Request, Exception], Any]:
    async def handle(request: Request, error: Exception) -> Response:
        assert isinstance(error, DBAPIError)  # noqa: S101 - registered for it
        problem = problem_of(error, constraints)
        if problem is None and is_away(error):
            return await _database_away(request, error)
        if problem is None:
            raise error
        return answer(problem, request)

    return handle


async def _unfit(request: Request, _error: Exception) -> Response:
    """A value that the reader's driver or PostgreSQL (class 22) can't take."""
    return answer(Invalid("A value is out of the range that can be stored."), request)


async def _database_away(request: Request, error: Exception) -> Response:
    """The connection broke, or the server refuses new ones, stops, or is out of resources."""
    log.warning("database.away", error=repr(error))
    detail = "The database is away for a moment; try again, with the same Idempotency-Key if any."
    return answer(Unavailable(detail, headers={"Retry-After": "1"}), request)


async def _overloaded(request: Request, _error: Exception) -> Response:
    """Every database connection was busy for too long."""
    return answer(
        Unavailable("Too much at once; try again.", headers={"Retry-After": "1"}), request
    )


def problem_of(error: DBAPIError, constraints: ConstraintProblems) -> Problem | None:
    """The problem behind a database error that a client's data caused; None for any other."""
    cause = getattr(error.orig, "__cause__", None)
    make = constraints.get(str(getattr(cause, "constraint_name", "") or ""))
    if make is not None:
        return make()
    if isinstance(error, IntegrityError):
        return Conflict("This clashes with something that exists; read it again and retry.")
    if str(getattr(error.orig, "sqlstate", "")).startswith("22"):
        return Invalid("A value is out of the range that can be stored.")
    return None


def answer(problem: Problem, request: Request) -> Response:
    """The response that carries `problem`."""
    return Response(
        problem.body(request.url.path, request.headers.get("x-request-id", "")),
        problem.status,
        problem.headers,
        MEDIA_TYPE,
    )
