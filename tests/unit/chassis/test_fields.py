"""What request bodies refuse before any field is looked at."""

import json

import pytest
from pydantic import Field, ValidationError

from chassis.fields import RequestBody, sent


class Body(RequestBody):
    name: str = ""
    tags: list[str] = Field(default_factory=list)
    extra: dict[str, str] = Field(default_factory=dict)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "nul\x00"},
        {"name": "lone \ud800 surrogate"},
        {"tags": ["fine", "nul\x00"]},
        {"extra": {"key\x00": "v"}},
        {"extra": {"key": "v\x00"}},
    ],
)
def test_text_that_cannot_be_stored_is_refused(body: dict[str, object]) -> None:
    """NUL and lone surrogates, however deep."""
    with pytest.raises(ValidationError, match="can't be stored"):
        Body.model_validate(body)


def test_any_script_is_welcome() -> None:
    """Everything else in Unicode goes through untouched."""
    name = "Дрель 電動ドリル 🛠 é"
    assert Body.model_validate({"name": name}).name == name


def test_only_what_was_sent_counts() -> None:
    """A field that was sent as its default counts, one that was not sent does not."""
    assert sent(Body.model_validate({"name": ""})) == {"name": ""}


@pytest.mark.parametrize(
    ("given", "told"),
    [("NaN", "none"), ("-Infinity", "none"), ("1e400", "none"), ("1e31", "30 digits")],
)
def test_what_is_no_number_is_told_as_such(given: str, told: str) -> None:
    """JSON knows neither, and Python reads both."""
    with pytest.raises(ValidationError, match=told):
        Body.model_validate({"extra": json.loads(f'{{"a": {given}}}')})
