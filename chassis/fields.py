"""Field types that request bodies share, and the base that refuses what no field may hold."""

import re
from datetime import UTC, date, datetime
from math import isfinite
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic_core import PydanticCustomError

from chassis.typed_text import tidy

MAX_INTEGER = 2_147_483_647  # PostgreSQL's integer
MAX_MONEY = 9_007_199_254_740_991  # minor units; the largest integer every JSON reader keeps

FIRST_YEAR, LAST_YEAR = 1000, 9000  # of moments that are kept

MOST_DIGITS = 30  # of a number in JSON; far more than anything here counts or measures

TYPED = BeforeValidator(tidy)
"""Of a line that a person types: it is kept as `chassis.typed_text` has it."""
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), TYPED]
ShortName = Annotated[str, StringConstraints(min_length=1, max_length=100), TYPED]
Text = Annotated[str, StringConstraints(max_length=10_000)]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=500), TYPED]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER, strict=True)]
PositiveCount = Annotated[int, Field(ge=1, le=MAX_INTEGER, strict=True)]
Delta = Annotated[int, Field(ge=-MAX_INTEGER, le=MAX_INTEGER, strict=True)]
MinorUnits = Annotated[int, Field(ge=0, le=MAX_MONEY, strict=True)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]

_HTTP: TypeAdapter[HttpUrl] = TypeAdapter(HttpUrl)


def _web_address(text: str) -> str:
    try:
        _HTTP.validate_python(text)
    except ValidationError as error:
        raise PydanticCustomError(
            "web-address", "Give an address on the web, such as https://example.org/."
        ) from error
    return text


WebAddress = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=2000),
    AfterValidator(_web_address),
    Field(description="http or https", examples=["https://example.org/"]),
]

# The default of a PATCH body's fields: never read, since only fields that were sent are applied.
OMITTED: Any = None

# PostgreSQL text can't hold the one, UTF-8 not the others.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BEYOND: int = 10**MOST_DIGITS
_MAX_DEPTH = 100  # far more than any body here, far less than Python's own recursion has


class RequestBody(BaseModel):
    """A request body: unknown fields are refused, and so are text and numbers that can't be
    stored."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, data: Any) -> Any:  # noqa: ANN401 - this is raw JSON
        _refuse_unstorable(data)
        return data


def wrong(field: str, message: str, code: str = "invalid") -> PydanticCustomError:
    """What a validator of a whole body raises about one field of it; `field` is the path to it."""
    return PydanticCustomError(code, "{message}", {"message": message, "field": field})


def storable(text: str) -> bool:
    """Whether PostgreSQL can keep `text`: no NUL and no lone surrogate."""
    return _UNSTORABLE.search(text) is None


def _refuse_unstorable(data: object, path: tuple[str, ...] = ()) -> None:
    if isinstance(data, str):
        _refuse_characters(data, path, "It has")
    elif isinstance(data, int | float):
        if not -_BEYOND < data < _BEYOND:
            raise _too_large(data, path)
    elif len(path) > _MAX_DEPTH:
        raise wrong(path[0], f"It is nested more than {_MAX_DEPTH} levels deep.", "too-deep")
    elif isinstance(data, dict):
        for name, value in data.items():
            _refuse_characters(str(name), path, "A name in it has")
            # Most are plain, and fit: a path for each takes longer than to look at it.
            if not _fits(value):
                _refuse_unstorable(value, (*path, str(name)))
    elif isinstance(data, list):
        for index, value in enumerate(data):
            _refuse_unstorable(value, (*path, str(index)))


def _too_large(number: object, path: tuple[str, ...]) -> PydanticCustomError:
    why = f"Give a number of at most {MOST_DIGITS} digits before the point"
    if isinstance(number, float) and not isfinite(number):
        why += "; NaN and Infinity are none"
    return wrong(".".join(path), f"{why}.", "number-too-large")


def _fits(value: object) -> bool:
    """Whether it is a plain value that can be stored."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, int | float):
        return -_BEYOND < value < _BEYOND
    return not isinstance(value, dict | list)


def _refuse_characters(text: str, path: tuple[str, ...], what_has: str) -> None:
    found = _UNSTORABLE.search(text)
    if found is None:
        return
    reason = (
        "a NUL character (\\u0000), which can't be stored; leave it out."
        if found[0] == "\0"
        else f"half of a surrogate pair (\\u{ord(found[0]):04x}), which is no character and can't "
        "be stored; send both halves, or the character itself."
    )
    raise wrong(".".join(path), f"{what_has} {reason}", "unstorable-character")


# RFC 3339. What pydantic reads beyond it, numbers above all, is a mistake more often than a time:
# 2026 would be half an hour past midnight on 1 January 1970.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _written_as_moment(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_parsing", "is no time of RFC 3339")


def _written_as_day(value: object) -> object:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise PydanticCustomError("date_parsing", "is no date of RFC 3339")


def in_utc(moment: datetime) -> datetime:
    """Refuses what is a time somewhere and beyond the calendar in UTC."""
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is beyond the years 1 to 9999") from error


# Of plain types: one of pydantic's sends a read the long way through FastAPI (`chassis.direct`).
Moment = Annotated[datetime, BeforeValidator(_written_as_moment), AfterValidator(in_utc)]
"""A time with a zone that somebody sent, in UTC."""
Day = Annotated[date, BeforeValidator(_written_as_day)]
"""A date that somebody sent."""


def _within_calendar(moment: datetime) -> datetime:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"The year has to be between {FIRST_YEAR} and {LAST_YEAR}.")
    return moment


KeptMoment = Annotated[Moment, AfterValidator(_within_calendar)]
"""A time that is kept, from which there is a way in either direction: the driver takes the first
and the last there is in Python for `infinity`, and no calendar goes beyond them."""


def sent(body: RequestBody) -> dict[str, Any]:
    """The fields that the client sent, by name; for PATCH."""
    return {name: getattr(body, name) for name in body.model_fields_set}
