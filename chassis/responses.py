"""Answers made of bytes: JSON that PostgreSQL built, with its ETag.

An aggregate has one representation, the SQL in its repository: reads and the answers to changes
both come from there, as a row of `(version, json)`.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import Request, Response

from chassis.problems import Conflict, NotFound


def json_bytes(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer whose body is ready."""
    return Response(body, status, headers, "application/json")


def one(request: Request, rows: Sequence[Any], what: str) -> Response:
    """The answer for one aggregate: 304 when the client has this version, 404 when there is none;
    `what` names it in that problem."""
    if not rows:
        raise NotFound(f"There is no such {what} in this workspace.")
    version, body = rows[0]
    etag = f'"{version}"'
    if request.method in {"GET", "HEAD"} and request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers={"etag": etag})
    return json_bytes(body, headers={"etag": etag})


def created(rows: Sequence[Any], location: str) -> Response:
    """201 with the new aggregate, its ETag and where it is. Without one, its place has left what
    the caller reaches since that was checked: 409, and nothing is done."""
    if not rows:
        raise Conflict("The place was moved out of your reach meanwhile; nothing was done.")
    [(version, body)] = rows
    return json_bytes(body, 201, {"etag": f'"{version}"', "location": location})
