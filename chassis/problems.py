"""Errors a client can act on: RFC 9457 problem details with a stable `code`.

A domain raises its errors as values (`InsufficientStock(free=2)`), subclasses of `Problem` that
state their status, code and words once. The HTTP edge turns any of them into a document here, and
nowhere else.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One field that is wrong: where it is, what is wrong with it and what is allowed."""

    field: str
    message: str
    code: str = "invalid"

    def document(self) -> dict[str, str]:
        return {"field": self.field, "code": self.code, "message": self.message}


class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """An error with an HTTP status, a stable code, and words that say what to do next."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Something went wrong on our side"
    advice: ClassVar[str] = ""  # the detail of one that is raised without

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extensions: Any,  # noqa: ANN401 - RFC 9457 extension members are any JSON
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.advice
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = extensions

    def document(self, instance: str = "", request_id: str = "") -> dict[str, Any]:
        """The problem document, RFC 9457 section 3.1, plus `code`, `errors` and `request_id`; no
        extension takes the place of these."""
        document: dict[str, Any] = {
            "type": f"urn:warehouse:problem:{self.code}",
            "title": self.title,
            "status": self.status,
            "code": self.code,
        }
        if self.detail:
            document["detail"] = self.detail
        if instance:
            document["instance"] = instance
        if self.errors:
            document["errors"] = [error.document() for error in self.errors]
        if request_id:
            document["request_id"] = request_id
        return document | self.extensions | document

    def body(self, instance: str = "", request_id: str = "") -> bytes:
        return json.dumps(self.document(instance, request_id), default=str).encode()


class BadRequest(Problem):
    status, code, title = 400, "bad-request", "The request can't be read"


class Unauthenticated(Problem):
    status, code, title = 401, "unauthenticated", "Sign in first"

    def __init__(self, detail: str = "", **extensions: Any) -> None:  # noqa: ANN401
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"}, **extensions)


class Forbidden(Problem):
    status, code, title = 403, "forbidden", "Your role does not allow this"


class InsufficientScope(Forbidden):
    code, title = "insufficient-scope", "This access token does not reach so far"


class NotFound(Problem):
    status, code, title = 404, "not-found", "There is no such thing here"
    advice = "Nothing has this address; check it against /docs."


class MethodNotAllowed(Problem):
    status, code, title = 405, "method-not-allowed", "This address has no such method"
    advice = "The `Allow` field of this answer names the methods that it has."


class RequestTimeout(Problem):
    status, code, title = 408, "request-timeout", "The request took too long to arrive"


class Conflict(Problem):
    status, code, title = 409, "conflict", "This clashes with what is already there"


class PreconditionFailed(Problem):
    status, code, title = 412, "stale-version", "Somebody changed this since you read it"


class PayloadTooLarge(Problem):
    status, code, title = 413, "payload-too-large", "The request body is too large"


class UriTooLong(Problem):
    status, code, title = 414, "uri-too-long", "The address is too long"
    advice = "Leave out what is not needed, or send fewer values at once."


class UnsupportedMediaType(Problem):
    status, code, title = 415, "unsupported-media-type", "The request body is of another kind"


class Invalid(Problem):
    status, code, title = 422, "validation-failed", "Some fields are not as they should be"


class TooManyRequests(Problem):
    status, code, title = 429, "too-many-requests", "Too many requests; wait a little"


class HeaderTooLarge(Problem):
    status, code, title = 431, "header-too-large", "The request's header is too large"
    advice = "Send at most 100 fields, with 64 KiB in all."


class Unavailable(Problem):
    status, code, title = 503, "unavailable", "This part is not available right now"


class VersionNotSupported(Problem):
    status, code, title = 505, "version-not-supported", "Only HTTP/1.1 is spoken here"


def invalid(field: str, message: str, code: str = "invalid") -> Invalid:
    """The problem of a single field."""
    return Invalid(message, errors=[FieldError(field, message, code)])
