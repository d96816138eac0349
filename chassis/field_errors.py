"""What pydantic finds wrong with a field, in our words: what is allowed there."""

from collections.abc import Mapping
from typing import Any

from chassis.problems import FieldError

_ALLOWED = {
    "missing": "This field is needed.",
    "extra_forbidden": "There is no such field.",
    **dict.fromkeys(("model_attributes_type", "model_type", "dict_type"), "Send a JSON object."),
    **dict.fromkeys(("list_type", "tuple_type", "set_type"), "Send a list."),
    "string_type": "Give text, in quotes.",
    "string_unicode": "Give text in UTF-8.",
    **dict.fromkeys(
        ("int_type", "int_parsing", "int_parsing_size", "int_from_float"), "Give a whole number."
    ),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), "Give a number."),
    **dict.fromkeys(("bool_type", "bool_parsing"), "Give true or false."),
    **dict.fromkeys(
        ("uuid_type", "uuid_parsing", "uuid_version"),
        "Give an id, such as 019cad8f-ac10-7c3e-8a51-0d2f6b7e9c01.",
    ),
    **dict.fromkeys(
        ("datetime_parsing", "datetime_type", "datetime_from_date_parsing", "timezone_aware"),
        "Give a time with a zone, such as 2026-11-30T12:00:00Z.",
    ),
    **dict.fromkeys(
        (
            *("date_parsing", "date_type"),
            *("date_from_datetime_parsing", "date_from_datetime_inexact"),
        ),
        "Give a date, such as 2026-11-30.",
    ),
}
# Those that have a bound or a choice in their context.
_BOUNDED = {
    "greater_than_equal": "Give a number of at least {ge}.",
    "greater_than": "Give a number above {gt}.",
    "less_than_equal": "Give a number of at most {le}.",
    "less_than": "Give a number below {lt}.",
    "too_long": "Give at most {max_length}; there are {actual_length}.",
    "too_short": "Give at least {min_length}; there are {actual_length}.",
    "literal_error": "Give {expected}.",
    "enum": "Give {expected}.",
}
_PATTERNS = {
    "^[A-Z]{3}$": "Give a currency code of ISO 4217, such as EUR.",
    "^#[0-9A-Fa-f]{6}$": "Give a colour, such as #1F7A4D.",
}


def field_error(detail: Mapping[str, Any]) -> FieldError:
    """What pydantic says of a field; its `loc` begins with what was read: the body, say."""
    # Where it was found (body, query, path, header) is no part of the field's name.
    path = [str(part) for part in detail["loc"][1:]]
    # A validator of a whole body names the field itself (`chassis.fields.wrong`).
    if named := detail.get("ctx", {}).get("field"):
        path.append(named)
    return FieldError(".".join(path) or str(detail["loc"][0]), told(detail), str(detail["type"]))


def told(detail: Mapping[str, Any]) -> str:
    """What is wrong and what is allowed."""
    kind, context = str(detail["type"]), detail.get("ctx", {})
    if kind in _ALLOWED:
        return _ALLOWED[kind]
    if kind in _BOUNDED:
        return _BOUNDED[kind].format(**context)
    if kind in ("string_too_short", "string_too_long"):
        return _of_length(context, detail.get("input"))
    if kind == "string_pattern_mismatch":
        return _of_form(str(context["pattern"]))
    return str(detail["msg"]).removeprefix("Value error, ")


def _of_length(context: Mapping[str, Any], given: object) -> str:
    if context.get("min_length") == 1:
        return "It is empty; give at least one character that can be seen."
    has = f"; it has {len(given):,}" if isinstance(given, str) else ""
    if "min_length" in context:
        return f"Give at least {context['min_length']} characters{has}."
    return f"Give at most {context['max_length']:,} characters{has}."


def _of_form(pattern: str) -> str:
    # E-mail addresses are the only texts here whose form has an @.
    if "@" in pattern:
        return "Give an e-mail address, such as name@example.org."
    return _PATTERNS.get(pattern, f"It has to match {pattern}.")
