"""The ASGI edge of a service: who asks, under which request id; no exception gets past it."""

import time
from collections.abc import Iterable
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chassis import context, identity
from chassis.identity import IdentityVerifier
from chassis.logging import get_logger
from chassis.problems import MEDIA_TYPE, BadRequest, FieldError, Invalid, Problem

log = get_logger(__name__)

OPEN_PATHS = ("/healthz", "/readyz", "/metrics")
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_IS_HEAD = "warehouse.is_head"

NO_UTF8 = "Send JSON in UTF-8 (RFC 8259 section 8.1), not compressed."
OUR_FAULT = "This is our fault and was logged; tell us the request_id if it stays."


class Edge:
    """Verifies the identity token, enters the request's context, and turns whatever escapes the
    app into a problem document."""

    def __init__(self, app: ASGIApp, verifier: IdentityVerifier) -> None:
        self._app = app
        self._verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        started = time.perf_counter()
        status = 0

        async def noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            _refuse_nul(scope["query_string"])
            if scope["path"] not in OPEN_PATHS:
                who = self._verifier.verify(headers.get(identity.HEADER))
                scope.setdefault("state", {})["identity"] = who
                context.enter(
                    context.Context(
                        actor=str(who.user_id) if who.user_id else context.SYSTEM,
                        request_id=headers.get("x-request-id", ""),
                        traceparent=context.continue_trace(headers.get("traceparent")),
                    )
                )
            if scope["method"] == "HEAD":
                # GET without the body (RFC 9110 section 9.3.2), which the server leaves out for
                # the scope that it knows.
                head = {**scope, "method": "GET", _IS_HEAD: True}
                await self._app(head, receive, noting_status)
            elif scope["method"] not in SAFE_METHODS and _is_json(headers):
                await self._app(scope, _in_utf8(receive), noting_status)
            else:
                await self._app(scope, receive, noting_status)
        except Problem as problem:
            await send_problem(send, problem, scope["path"], headers.get("x-request-id", ""))
        except Exception:
            log.exception("request.failed", method=scope["method"], path=scope["path"])
            if not status:
                status = 500
                request_id = headers.get("x-request-id", "")
                await send_problem(send, Problem(OUR_FAULT), scope["path"], request_id)
        finally:
            _note(scope["method"], scope["path"], status, time.perf_counter() - started)


def is_head(request: HTTPConnection) -> bool:
    """Whether a GET is a HEAD in truth, whose body costs more than it is worth to make."""
    return bool(request.scope.get(_IS_HEAD, False))


def _note(method: str, path: str, status: int, seconds: float) -> None:
    """Refusals and failures are worth a line; what went well is one only when asked for."""
    if method not in SAFE_METHODS or status >= 500:
        write = log.error if status >= 500 else log.info if status >= 400 else log.debug
        write("request", method=method, path=path, status=status, ms=round(seconds * 1000, 1))


def _refuse_nul(query: bytes) -> None:
    if b"%00" not in query:
        return
    message = "It has a NUL character (%00), which nothing here can hold; leave it out."
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    names = dict.fromkeys(
        "query" if "\0" in name else name for name, value in pairs if "\0" in name + value
    )
    raise Invalid(
        message, errors=[FieldError(name, message, "unstorable-character") for name in names]
    )


def _is_json(headers: Headers) -> bool:
    return "json" in headers.get("content-type", "").lower()


def _in_utf8(receive: Receive) -> Receive:
    """Python's JSON reader takes UTF-16 and UTF-32 as well. Either has NUL bytes in any JSON, and
    no JSON in UTF-8 has one."""

    async def received() -> Message:
        message = await receive()
        if b"\0" in message.get("body", b""):
            raise BadRequest(NO_UTF8)
        return message

    return received


async def send_problem(send: Send, problem: Problem, path: str, request_id: str) -> None:
    """Answer with the problem's document."""
    body = problem.body(path, request_id)
    headers: Iterable[tuple[str, str]] = [
        ("content-type", MEDIA_TYPE),
        ("content-length", str(len(body))),
        *problem.headers.items(),
    ]
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
        }
    )
    await send({"type": "http.response.body", "body": body})
