"""The use case of batches."""

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from chassis.database import TenantSession
from chassis.field_errors import field_error
from chassis.problems import FieldError, Invalid, Problem, invalid
from services.catalog.batches.schemas import (
    ArchiveItem,
    CreateItem,
    DeleteItem,
    Operation,
    RestoreItem,
    UpdateItem,
)
from services.catalog.items import bulk
from services.catalog.items.bulk import Change, Done

_OPERATIONS: Mapping[str, type[Operation]] = {
    "create": CreateItem,
    "update": UpdateItem,
    "archive": ArchiveItem,
    "restore": RestoreItem,
    "delete": DeleteItem,
}
_STATUS = {"create": 201, "delete": 204}


class NothingChanged(Problem):
    status, code, title = 422, "batch-refused", "Nothing was changed: not all of it could be"


async def run(session: TenantSession, rows: Sequence[Any], *, atomic: bool) -> list[dict[str, Any]]:
    """Make the operations in `rows`, in their order; the result of each. Raises `NothingChanged`
    when one is refused and they are to be `atomic`."""
    read = [_read(row) for row in rows]
    changes = [each for each in read if not isinstance(each, Problem)]
    made = iter(await bulk.perform(session, changes) if changes else ())
    outcomes = [each if isinstance(each, Problem) else next(made) for each in read]
    results = [_result(row, outcome) for row, outcome in zip(rows, outcomes, strict=True)]
    if atomic and any(result["problem"] for result in results):
        raise _nothing_changed(outcomes, results)
    return results


def _read(row: object) -> Change | Problem:
    op = row.get("op") if isinstance(row, dict) else None
    kind = _OPERATIONS.get(op) if isinstance(op, str) else None
    if kind is None:
        return invalid("op", f"Give an object whose `op` is one of {', '.join(_OPERATIONS)}.")
    try:
        operation = kind.model_validate(row)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return Invalid(
            "See `errors`: each names a field, what is wrong with it and what is allowed.",
            errors=[_of_item(field_error({**each, "loc": ("", *each["loc"])})) for each in details],
        )
    return _change(operation)


def _change(operation: Operation) -> Change:
    match operation:
        case CreateItem(body=body):
            return bulk.Create(body)
        case UpdateItem(id=id_, body=body, version=version):
            return bulk.Update(id_, body, version)
        case ArchiveItem(id=id_, version=version):
            return bulk.Archive(id_, version)
        case RestoreItem(id=id_, version=version):
            return bulk.Restore(id_, version)
        case DeleteItem(id=id_, version=version):
            return bulk.Delete(id_, version)


def _of_item(error: FieldError) -> FieldError:
    """A field by the name that it has where the item is sent alone."""
    return FieldError(error.field.removeprefix("body."), error.message, error.code)


def _result(row: Any, outcome: Done | Problem) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    if isinstance(outcome, Problem):
        problem = outcome.document()
        return {"status": outcome.status, "id": None, "version": None, "problem": problem}
    return {
        "status": _STATUS.get(row["op"], 200),
        "id": outcome.state["id"],
        "version": outcome.state["version"],
        "problem": None,
    }


def _nothing_changed(
    outcomes: Sequence[Done | Problem], results: Sequence[Mapping[str, Any]]
) -> NothingChanged:
    refused = {at: each for at, each in enumerate(outcomes) if isinstance(each, Problem)}
    errors = [
        FieldError(f"operations.{at}", problem.detail or problem.title, problem.code)
        for at, problem in refused.items()
    ]
    return NothingChanged(
        f"{len(refused)} of {len(results)} operations were refused; see `errors`. Mend them, or "
        "send the batch without `atomic` to have the others made.",
        errors=errors,
        problems={str(at): results[at]["problem"] for at in refused},
    )
