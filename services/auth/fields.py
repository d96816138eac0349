"""Field types of auth's request bodies."""

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from chassis.fields import ShortName
from services.auth.passwords import MAX_LENGTH, MIN_LENGTH


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("This is no IANA time zone, such as Europe/Tallinn.")
    return name


def _one_line(text: object) -> object:
    if isinstance(text, str) and _CONTROL.search(text.strip()):
        raise ValueError("Keep it to one line, without control characters.")
    return text


# Of ASCII and Latin-1, line and paragraph separators, and what turns the direction of a text.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# Names that are read elsewhere, as in a mail to somebody else: what would be left out of another
# name is refused in these.
DisplayName = Annotated[ShortName, BeforeValidator(_one_line)]

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
