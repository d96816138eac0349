"""Field types that request bodies share, and the base that refuses what no field may hold."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

MAX_INTEGER = 2_147_483_647  # PostgreSQL's integer
MAX_MONEY = 9_007_199_254_740_991  # minor units; the largest integer every JSON reader keeps

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
ShortName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Text = Annotated[str, StringConstraints(max_length=10_000)]
ExternalId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]
PositiveCount = Annotated[int, Field(ge=1, le=MAX_INTEGER, strict=True)]
Delta = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER, strict=True)]
MinorUnits = Annotated[int, Field(ge=0, le=MAX_MONEY, strict=True)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

# The default of a PATCH body's fields: never read, since only fields that were sent are applied.
OMITTED: Any = None

# Neither PostgreSQL text nor UTF-8 can hold these.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class RequestBody(BaseModel):
    """A request body: unknown fields are refused, and so is text that can't be stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:  # noqa: ANN401 - this is raw JSON
        where = _unstorable(data)
        if where is not None:
            raise ValueError(f"{where or 'the body'} has a character that can't be stored (NUL)")
        return data


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep `text`: no NUL and no lone surrogate."""
    return _UNSTORABLE.search(text) is None


def _unstorable(data: object, path: str = "") -> str | None:
    if isinstance(data, str):
        return None if storable(data) else path
    if isinstance(data, dict):
        for name, value in data.items():
            if not storable(str(name)):
                return path
            found = _unstorable(value, f"{path}.{name}" if path else str(name))
            if found is not None:
                return found
    if isinstance(data, list):
        for index, value in enumerate(data):
            found = _unstorable(value, f"{path}[{index}]")
            if found is not None:
                return found
    return None


def sent(body: RequestBody) -> dict[str, Any]:
    """The fields that the client sent, by name; for PATCH."""
    return {name: getattr(body, name) for name in body.model_fields_set}
