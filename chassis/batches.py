"""Batches: up to a thousand operations in one request, each with a result of its own.

What is wrong with one operation is that one's result, so they are read one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from uuid import UUID

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json

from chassis.bulk import State
from chassis.field_errors import field_error
from chassis.fields import Count, RequestBody
from chassis.problems import FieldError, Invalid, Problem, invalid
from chassis.requests import Member
from chassis.responses import json_bytes

MAX_OPERATIONS = 1_000
MAX_BODY = 8 * 1024 * 1024  # bytes: a thousand operations, of eight thousand characters each

Version = Annotated[
    Count | None, Field(description="The version you read, as `If-Match` has it; stale: 412")
]
Change = TypeVar("Change")


class NothingChanged(Problem):
    status, code, title = 422, "batch-refused", "Nothing was changed: not all of it could be"


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a change: the aggregate as it is now, whether that is other than before, and the
    status that it would be answered with alone."""

    state: State
    changed: bool
    status: int = 200


class RowProblem(BaseModel):
    """RFC 9457: why this operation was refused, as if it had been sent alone."""

    type: str = Field(examples=["urn:warehouse:problem:conflict"])
    title: str = Field(examples=["This clashes with what is already there"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["conflict"])
    detail: str | None = None
    errors: list[dict[str, Any]] | None = Field(
        None,
        examples=[
            [{"field": "external_id", "code": "taken", "message": "taken in this workspace"}],
        ],
    )


class OperationResult(BaseModel):
    status: int = Field(
        description="What it would be answered alone: 200, 201, 204, 404, 409, 412 or 422",
        examples=[201],
    )
    id: UUID | None = Field(description="What was made or changed; null where nothing was")
    version: int | None = Field(description="Its version by now; null where refused")
    problem: RowProblem | None = Field(description="Why it was refused; null unless it was")


class BatchOut(BaseModel):
    results: list[OperationResult] = Field(description="One for each operation, in their order")
    succeeded: int
    failed: int = Field(examples=[0])


async def unversioned(request: Request, _tenant: Member) -> None:
    """Refuse an `If-Match` of who may send a batch: it has no version, and whoever sends one means
    to be safe."""
    if request.headers.get("if-match", "*").strip() != "*":
        why = "A batch has no version of its own; give `version` with each operation instead."
        raise invalid("If-Match", why)


VERSIONS_WITHIN = Depends(unversioned)


def read(
    rows: Sequence[object],
    kinds: Mapping[str, type[RequestBody]],
    change_of: Callable[[Any], Change],
) -> list[Change | Problem]:
    """The change that each operation asks for, or why it can't be read; `kinds` are the operations
    by their `op`."""
    return [_read(row, kinds, change_of) for row in rows]


def outcomes(
    asked: Sequence[Change | Problem], made: Sequence[Done | Problem]
) -> list[Done | Problem]:
    """What came of all operations, given what came of those that could be read."""
    left = iter(made)
    return [each if isinstance(each, Problem) else next(left) for each in asked]


def answer(results: Sequence[Done | Problem], *, atomic: bool) -> Response:
    """The answer to a batch. Raises `NothingChanged` where one is refused and they are to be
    `atomic`."""
    refused = {at: each for at, each in enumerate(results) if isinstance(each, Problem)}
    documents = [_result(each) for each in results]
    if atomic and refused:
        errors = [
            FieldError(f"operations.{at}", problem.detail or problem.title, problem.code)
            for at, problem in refused.items()
        ]
        raise NothingChanged(
            f"{len(refused)} of {len(results)} operations were refused; see `errors`. Mend them, "
            "or send the batch without `atomic` to have the others made.",
            errors=errors,
            problems={str(at): documents[at]["problem"] for at in refused},
        )
    counts = {"succeeded": len(results) - len(refused), "failed": len(refused)}
    return json_bytes(to_json({"results": documents, **counts}))


def _read(
    row: object, kinds: Mapping[str, type[RequestBody]], change_of: Callable[[Any], Change]
) -> Change | Problem:
    op = row.get("op") if isinstance(row, dict) else None
    kind = kinds.get(op) if isinstance(op, str) else None
    if kind is None:
        return invalid("op", f"Give an object whose `op` is one of {', '.join(kinds)}.")
    try:
        return change_of(kind.model_validate(row))
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return Invalid(
            "See `errors`: each names a field, what is wrong with it and what is allowed.",
            errors=[_alone(field_error({**each, "loc": ("", *each["loc"])})) for each in details],
        )


def _alone(error: FieldError) -> FieldError:
    """A field by the name that it has where the body is sent alone."""
    return FieldError(error.field.removeprefix("body."), error.message, error.code)


def _result(outcome: Done | Problem) -> dict[str, Any]:
    if isinstance(outcome, Problem):
        problem = outcome.document()
        return {"status": outcome.status, "id": None, "version": None, "problem": problem}
    return {
        "status": outcome.status,
        "id": outcome.state["id"],
        "version": outcome.state["version"],
        "problem": None,
    }
