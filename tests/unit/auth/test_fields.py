"""Names that others read keep to one line."""

import pytest
from pydantic import TypeAdapter, ValidationError

from services.auth.fields import DisplayName

NAME: TypeAdapter[str] = TypeAdapter(DisplayName)


@pytest.mark.parametrize(
    "character", ["\n", "\r", "\x1b", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"], ids=ascii
)
def test_a_name_that_would_break_or_turn_a_line_is_refused(character: str) -> None:
    with pytest.raises(ValidationError, match="one line"):
        NAME.validate_python(f"Ada{character}Lovelace")


@pytest.mark.parametrize("name", ["Ada Lovelace", "Õnne Jõgi", "Дана Рекова", "李小龍", "عائشة"])
def test_any_other_name_is_fine(name: str) -> None:
    assert NAME.validate_python(f" {name} ") == name
