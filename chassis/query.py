"""Query parameters: those that a route knows, each once unless it takes several.

A filter that is misspelt would narrow nothing, and who asked go on with all there is.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import QueryParams

from chassis.problems import FieldError, Invalid

# Says nothing: browsers' libraries add it, so that no cache answers.
_IGNORED = frozenset({"_"})
PREFIXES = "x-query-prefixes"  # in a route's `openapi_extra`: what names of its own begin with
_LONGEST = 100  # characters of a name that are told
_MOST = 20  # parameters that are told: an address has room for thousands


class Known(NamedTuple):
    """The parameters of a route: all, those that may come several times, and how others begin that
    it reads by itself."""

    names: frozenset[str]
    several: frozenset[str]
    prefixes: tuple[str, ...] = ()

    def check(self, query: QueryParams) -> None:
        """Raise `Invalid` for parameters that the route does not know, or gets twice."""
        given = [name for name, _ in query.multi_items()]
        if self.names.issuperset(given) and len(given) == len(set(given)):
            return
        errors = [*islice(self._errors(given), _MOST)]
        if errors:
            raise Invalid(
                "See `errors`: each names a query parameter and what is wrong with it.",
                errors=errors,
            )

    def _errors(self, given: Sequence[str]) -> Iterable[FieldError]:
        for name in dict.fromkeys(given):
            if name in _IGNORED or name.startswith(self.prefixes):
                continue
            if name not in self.names:
                there = (
                    f"there are {', '.join(sorted(self.names))}" if self.names else "there are none"
                )
                yield FieldError(
                    name[:_LONGEST], f"There is no such query parameter here; {there}.", "unknown"
                )
            elif name not in self.several and given.count(name) > 1:
                yield FieldError(name, "It is given more than once; give it once.", "repeated")


def known(route: APIRoute) -> Known:
    """What a route's declaration says."""
    fields = dict(_fields(route.dependant))
    extra = route.openapi_extra or {}
    return Known(
        frozenset(fields),
        frozenset(name for name, annotation in fields.items() if _is_list(annotation)),
        tuple(extra.get(PREFIXES, ())),
    )


def _fields(dependant: Dependant) -> Iterable[tuple[str, object]]:
    """The names of parameters, with what they are; those of a model are its fields."""
    for param in dependant.query_params:
        annotation = param.field_info.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            for name, info in annotation.model_fields.items():
                yield info.alias or name, info.annotation
        else:
            yield param.validation_alias or param.alias, annotation
    for needed in dependant.dependencies:
        yield from _fields(needed)


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) in {list, set, tuple} or any(
        _is_list(each) for each in get_args(annotation)
    )
