"""The errors of an OpenAPI document: one schema, and one response for each kind of problem, which
operations refer to by its name."""

from typing import Any

from chassis import problems
from chassis.problems import Problem

Document = dict[str, Any]

PROBLEM = "Problem"
_SCHEMAS = "#/components/schemas/"
_RESPONSES = "#/components/responses/"
_PATH, _REQUEST_ID = "/v1/me", "019cad945b777c198e60d4f2b6a81c07"

#: The schema of every error's body.
PROBLEM_SCHEMA: Document = {
    "title": PROBLEM,
    "description": "An error as RFC 9457 describes it, with a stable `code`. `errors` tells of "
    "single fields; some codes have members of their own beside these.",
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "What programs go by"},
        "detail": {"type": "string", "description": "What to do about it"},
        "instance": {"type": "string", "description": "The path that was asked for"},
        "request_id": {"type": "string", "description": "For whoever looks into the logs"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

_RETRY_AFTER: Document = {
    "Retry-After": {"description": "Seconds until it is worth a try", "schema": {"type": "integer"}}
}
_ERRORS: dict[type[Problem], tuple[str, Document]] = {
    problems.BadRequest: ("It can't be read: the address, or a body that is no JSON.", {}),
    problems.Unauthenticated: (
        "No access token that is good; or no good password, code or other token in the body.",
        {"WWW-Authenticate": {"schema": {"type": "string"}}},
    ),
    problems.Forbidden: ("Your role, or your access token's scopes, do not reach so far.", {}),
    problems.NotFound: ("No such thing here, or it is none of yours.", {}),
    problems.Conflict: ("It clashes with what is there already.", {}),
    problems.PreconditionFailed: ("Somebody changed it since the version in If-Match.", {}),
    problems.PayloadTooLarge: ("The body is too large.", {}),
    problems.UriTooLong: ("The address is longer than 16 KiB.", {}),
    problems.UnsupportedMediaType: ("The body is no `application/json`.", {}),
    problems.Invalid: ("A field, a parameter or a header is not as it should be.", {}),
    problems.TooManyRequests: ("Too many requests; wait as long as it says.", _RETRY_AFTER),
    problems.Unavailable: ("This part is away for a moment.", _RETRY_AFTER),
}


def error_responses() -> Document:
    """The responses that operations refer to, by the problem's name."""
    return {kind.__name__: _response(kind) for kind in _ERRORS}


def reference(kind: type[Problem]) -> Document:
    return {"$ref": f"{_RESPONSES}{kind.__name__}"}


def problem_body(status: int) -> Document:
    """The body of an error, with an example of one with that status."""
    kind = next((kind for kind in _ERRORS if kind.status == status), Problem)
    shown = kind(_ERRORS[kind][0] if kind in _ERRORS else "").document(_PATH, _REQUEST_ID)
    return {"schema": {"$ref": f"{_SCHEMAS}{PROBLEM}"}, "example": shown | {"status": status}}


def _response(kind: type[Problem]) -> Document:
    description, headers = _ERRORS[kind]
    content = {problems.MEDIA_TYPE: problem_body(kind.status)}
    response: Document = {"description": description, "content": content}
    return response | ({"headers": headers} if headers else {})
