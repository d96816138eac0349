"""Lists of items by their attributes: `?attribute.voltage=18`, `?attribute.year.min=1920`.

A value in a query is text, whatever it was in the item: it finds the text itself, and the number or
truth that it is the notation of. Named more than once, an attribute may have any of the values.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request

from chassis.fields import storable
from chassis.pages import Where
from chassis.problems import invalid
from chassis.query import PREFIXES
from services.catalog.custom_fields.kinds import is_date, number_of

PREFIX = "attribute."
MOST = 20  # values in a query
MAX_LENGTH = 500  # characters of a name, and of a value
_BOUNDS = {".min": ">=", ".max": "<="}
_TRUTHS = {"true": True, "false": False}

#: How the parameters are told of in OpenAPI: their names are the owner's own.
DOCUMENTED: dict[str, Any] = {
    PREFIXES: [PREFIX],
    "parameters": [
        {
            "name": "attributes",
            "in": "query",
            "required": False,
            "style": "form",
            "explode": True,
            "description": "Items by their attributes, each by its name: `attribute.case=blue` for "
            "a value, `attribute.voltage.min=12` and `.max` for a range of numbers or days. One "
            "that is named again may have any of its values.",
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    ],
}


@dataclass(frozen=True, slots=True)
class AttributeFilter:
    """What an item's attribute `name` has to be: one of `values`, or beyond a `bound`, which is a
    comparison and what is compared with."""

    name: str
    values: tuple[str, ...] = ()
    bound: tuple[str, int | float | str] | None = None

    def apply(self, where: Where) -> None:
        """Add the condition on `i.attributes`."""
        if self.bound is None:
            self._apply_values(where)
        else:
            self._apply_bound(where, *self.bound)

    def _apply_values(self, where: Where) -> None:
        meant = [one for value in self.values for one in _meanings(value)]
        wanted = [json.dumps({self.name: one}) for one in meant]
        where.also("i.attributes <> '{}'")  # as the index has it
        where.add("i.attributes @> ANY ({}::jsonb[])", wanted)

    def _apply_bound(self, where: Where, comparison: str, bound: float | str) -> None:
        where.values.append(self.name)
        value = f"i.attributes -> ${len(where.values)}"
        if isinstance(bound, str):
            # Days are text, in whose order they come.
            day = f"jsonb_typeof({value}) = 'string' AND ({value}) #>> '{{}}' ~ '^[0-9]{{4}}-'"
            where.values.append(bound)
            compared = f"({value}) #>> '{{}}' COLLATE \"C\" {comparison} ${len(where.values)}"
        else:
            day = f"jsonb_typeof({value}) = 'number'"
            where.values.append(json.dumps(bound))
            compared = f"({value}) {comparison} ${len(where.values)}::jsonb"
        where.also(f"CASE WHEN {day} THEN {compared} ELSE false END")


def filters_of(query: Iterable[tuple[str, str]]) -> list[AttributeFilter]:
    """The filters in a query; raises `Invalid` for one that says nothing."""
    values: dict[str, list[str]] = {}
    found: list[AttributeFilter] = []
    given = [(key, value) for key, value in query if key.startswith(PREFIX)]
    if len(given) > MOST:
        raise invalid("attribute", f"Ask for {MOST} values of attributes at most.", "too-many")
    for key, value in given:
        name = key.removeprefix(PREFIX)
        if not name or max(len(name), len(value)) > MAX_LENGTH or not storable(name + value):
            raise invalid(key[:100], f"Name an attribute, as {PREFIX}voltage=18.")
        name, ending = name.removesuffix(name[-4:]), name[-4:]
        if ending in _BOUNDS and name:
            found.append(AttributeFilter(name, bound=(_BOUNDS[ending], _bound(key, value))))
        else:
            values.setdefault(name + ending, []).append(value)
    return found + [AttributeFilter(name, tuple(any_of)) for name, any_of in values.items()]


async def attribute_filters(request: Request) -> list[AttributeFilter]:
    """The filters of a list."""
    return filters_of(request.query_params.multi_items())


AttributeFilters = Annotated[list[AttributeFilter], Depends(attribute_filters)]


def _meanings(text: str) -> list[str | int | float | bool]:
    number = number_of(text.strip())
    meant: list[str | int | float | bool] = [text]
    if number is not None:
        meant.append(number)
    if text in _TRUTHS:
        meant.append(_TRUTHS[text])
    return meant


def _bound(key: str, text: str) -> int | float | str:
    number = number_of(text.strip())
    if number is not None:
        return number
    if is_date(text.strip()):
        return text.strip()
    raise invalid(key, "Give a number, as 18, or a day, as 2026-03-02.")
