"""Bodies of changes that wait for an approval: JSON in one form, so that what an admin is shown is
what is sent in the end."""

import json
from contextlib import suppress
from typing import NoReturn

from starlette.types import Receive

from chassis.problems import BadRequest, Forbidden, PayloadTooLarge
from gateway.exchange import RequestBody
from gateway.headers import RequestHead

MAX_BODY = 1024 * 1024  # bytes
MAX_DEPTH = 100  # levels, as services have it


class ApprovalNeeded(Forbidden):
    code, title = "approval-needed", "Changes by members wait for an approval here"
    advice = (
        "Only a change whose body is JSON, of at most 1 MiB, can wait for one; ask an admin of "
        "the workspace to make this one."
    )


async def read(content_type: bytes, head: RequestHead, receive: Receive) -> str | None:
    """The body in that form, None without one. Raises `ApprovalNeeded` for a body that can't wait,
    `BadRequest` for one that is no JSON."""
    if not head.length and not head.chunked:
        return None
    if b"json" not in content_type.lower() or (head.length or 0) > MAX_BODY:
        raise ApprovalNeeded
    parts = RequestBody(receive, limit=MAX_BODY, chunked=head.chunked)
    received = [await _next(parts)]
    while parts.more:
        received.append(await _next(parts))
    raw = b"".join(received)
    if not raw:
        return None
    try:
        document = json.loads(raw.decode(), parse_constant=_no_number)
        _check_depth(document, MAX_DEPTH)
        text = written(document)
    except (ValueError, RecursionError) as error:
        raise BadRequest(
            "The body is no JSON that can wait for an approval: send it in UTF-8, with plain "
            "numbers and whole characters, and not nested too deeply."
        ) from error
    if len(text) > MAX_BODY:
        raise ApprovalNeeded
    return text.decode()


async def _next(body: RequestBody) -> bytes:
    try:
        return await body.next()
    except PayloadTooLarge as error:
        raise ApprovalNeeded from error


def written(document: object) -> bytes:
    """JSON in one form; raises `ValueError` for what has none in UTF-8."""
    text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def _check_depth(document: object, levels: int) -> None:
    if levels == 0:
        raise ValueError("nested too deeply")
    if isinstance(document, dict | list):
        for inner in document.values() if isinstance(document, dict) else document:
            if isinstance(inner, dict | list):
                _check_depth(inner, levels - 1)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def readable(body: bytes) -> str | None:
    """An answer's body if it is JSON and can be kept."""
    with suppress(ValueError, RecursionError):
        json.loads(body)
        return body.decode() if len(body) <= MAX_BODY else None
    return None
