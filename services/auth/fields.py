"""Field types of auth's request bodies."""

from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from services.auth.passwords import MAX_LENGTH, MIN_LENGTH


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("This is no IANA time zone, such as Europe/Tallinn.")
    return name


_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
# What HTML takes for a valid e-mail address; whether mail arrives there, only mail can tell.
Email = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        max_length=254,
        pattern=rf"^[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*$",
    ),
    Field(json_schema_extra={"format": "email"}),
]
NewPassword = Annotated[str, StringConstraints(min_length=MIN_LENGTH, max_length=MAX_LENGTH)]
GivenPassword = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
Timezone = Annotated[str, StringConstraints(max_length=64), AfterValidator(_timezone)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=500)]
