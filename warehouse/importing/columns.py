"""Which column of a file holds which field."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warehouse.errors import OperatorError
from warehouse.importing.kinds import Field, Kind

KEY_FIELD = "external_id"


@dataclass(frozen=True)
class Columns:
    """Positions of fields in a row. `key` is the heading that `--key` named; its field is
    `external_id`. `ignored`: headings that are no field's."""

    fields: Mapping[Field, int]
    key: str | None
    ignored: Sequence[str]

    def said(self, sent_as: str) -> str:
        """How the file's owner knows a field that the API calls `sent_as`."""
        if self.key and sent_as == KEY_FIELD:
            return self.key
        names = {field.sent_as: field.name for field in self.fields}
        return names.get(sent_as, sent_as)


def assign(
    kind: Kind, headings: Sequence[str], chosen: Mapping[str, str], key: str | None
) -> Columns:
    """Match headings with fields: as `chosen` says (field to heading), else those that are called
    as a field is, whatever the case. Raises `OperatorError` when that can't be what is meant."""
    _refuse_unknown(kind, headings, chosen, key)
    positions: dict[Field, int] = {}
    for name, heading in chosen.items():
        field = kind.field(name)
        assert field is not None  # noqa: S101 - unknown ones were refused
        positions[field] = _position(headings, heading)
    if key is not None:
        positions[_key_field(kind)] = _position(headings, key)
    for heading in headings:
        field = kind.field(_as_field_name(heading))
        if field is not None and field not in positions and heading not in chosen.values():
            positions[field] = _position(headings, heading)
    _refuse_missing(kind, headings, positions)
    used = set(positions.values())
    ignored = [each for place, each in enumerate(headings) if each and place not in used]
    return Columns(positions, key, ignored)


def _refuse_unknown(
    kind: Kind, headings: Sequence[str], chosen: Mapping[str, str], key: str | None
) -> None:
    for name in chosen:
        if kind.field(name) is None:
            known = ", ".join(field.name for field in kind.fields)
            free = ", attributes.<name>" if kind.free_fields else ""
            raise OperatorError(f"{kind.name} have no field {name!r}; they have: {known}{free}.")
    for heading in [*chosen.values(), *([key] if key is not None else [])]:
        if heading not in headings:
            raise OperatorError(
                f"The file has no column {heading!r}; it has: {', '.join(headings)}."
            )
    if key is not None and KEY_FIELD in chosen:
        raise OperatorError("--key fills external_id already; leave out --column external_id=...")


def _refuse_missing(kind: Kind, headings: Sequence[str], positions: Mapping[Field, int]) -> None:
    missing = [f.name for f in kind.fields if f.required and f not in positions]
    if missing:
        raise OperatorError(
            f"{kind.name} need a column for: {', '.join(missing)}. The file has: "
            f"{', '.join(headings)}. Name it: --column {missing[0]}=HEADER"
        )


def _position(headings: Sequence[str], heading: str) -> int:
    if Counter(headings)[heading] > 1:
        raise OperatorError(f"The file has several columns {heading!r}; rename all but one.")
    return headings.index(heading)


def _key_field(kind: Kind) -> Field:
    field = kind.field(KEY_FIELD)
    assert field is not None  # noqa: S101 - every kind has it
    return field


def _as_field_name(heading: str) -> str:
    prefix, dot, own = heading.partition(".")
    bare = re.sub(r"[\s_-]+", "_", prefix.strip().casefold())
    return f"{bare}{dot}{own}"
