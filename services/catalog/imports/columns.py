"""Which column of a file holds what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.catalog.imports.cells import Reader
from services.catalog.imports.kinds import ATTRIBUTE, KINDS, Field, Kind, folded_heading

KEY_FIELD = "external_id"
#: Columns of our own in a file of faults, which say nothing when it is handed in again.
OWN = ("import:line", "import:faults")
_CODES = ("external_id", "sku", "barcode", "name")  # what things are found by, each by some
PLACE_ALONE = "_place_alone"  # set by `finish`: the row is a location, with no item in it
Fields = dict[str, Any]


class UnfitError(Exception):
    """Headings that can't be what was meant; `parameter` is the one that would put it right."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


@dataclass(frozen=True)
class Wanted:
    """What whoever hands a file in says of its columns. `chosen`: heading to field, or to None for
    one to leave out; `unknown_to_attributes`: so are those that nobody knows."""

    kind: str | None = None
    map: str = "auto"
    chosen: Mapping[str, str | None] = field(default_factory=dict)
    key: str | None = None
    unknown_to_attributes: bool = False
    date_format: str | None = None
    currency: str | None = None
    location: str | None = None


@dataclass(frozen=True)
class Column:
    """The column at `position`: the field it holds and how its cells are read, without their outer
    blanks unless they are taken `verbatim`. What is read as None says nothing."""

    position: int
    name: str
    read: Reader
    verbatim: bool = False


@dataclass(frozen=True)
class Columns:
    """How rows of this file are read: `finish` makes the platform's fields of what cells said,
    where a map has more to do than to rename; `key` is the field that rows are found by."""

    kind: Kind
    map: str
    headings: Sequence[str]
    columns: Sequence[Column]
    ignored: Sequence[str]
    key: str | None
    finish: Callable[[Fields], None] | None = None

    @property
    def told(self) -> dict[str, str]:
        """Heading to field, for people; a map's own intermediate names are its affair."""
        return {self.headings[one.position]: one.name.lstrip("_") for one in self.columns}


@dataclass(frozen=True)
class Source:
    """Another system whose exports are understood. `recognises`: whether headings are such an
    export's; `knows`: whether one of them is a column of its own; `hold`: what a column holds;
    `date_format`: what its dates are like unless it is said otherwise."""

    name: str
    recognises: Callable[[Sequence[str]], bool]
    knows: Callable[[str], bool]
    hold: Callable[[str], Field | None]
    finish: Callable[[Fields], None]
    date_format: str | None = None


def assign(
    headings: Sequence[str],
    wanted: Wanted,
    sources: Sequence[Source],
    unnamed: Sequence[int] = (),
) -> Columns:
    """Match columns with fields: as `wanted` says, else as the export of another system if it is
    one, else by their names; those of a file of faults are left alone. `unnamed` columns are told
    as left out. Raises `UnfitError`."""
    source = _source(headings, wanted, sources)
    kind = _kind(wanted, source)
    hold = source.hold if source else kind.recognised
    key_column, key = _key(headings, wanted, kind)
    _refuse_unknown(headings, wanted, kind)
    date_format = wanted.date_format or (source.date_format if source else None)
    taken: dict[str, Column] = {}
    ignored = []

    def take(position: int, found: Field) -> None:
        # As an export calls an attribute, of which nobody knows whether its blanks mean something.
        verbatim = headings[position] == found.name and found.name.startswith(ATTRIBUTE)
        taken[found.name] = Column(position, found.name, found.reader(date_format), verbatim)

    said = {**wanted.chosen, **({key_column: KEY_FIELD} if key_column else {})}
    for position, heading in enumerate(headings):
        if name := said.get(heading):
            take(position, _field(kind, name))
    for position, heading in _by_exactness(headings, hold):
        if heading in said:
            if said[heading] is None:
                ignored.append(position)
            continue
        found = hold(heading)
        if (found is None or found.name in taken) and wanted.unknown_to_attributes:
            found = kind.field(f"{ATTRIBUTE}{heading}") if heading else None
        if found is None or found.name in taken:
            if heading:
                ignored.append(position)
        else:
            take(position, found)
    _refuse_missing(headings, wanted, kind, key, taken, source)
    return Columns(
        kind,
        source.name if source else "auto",
        headings,
        sorted(taken.values(), key=lambda one: one.position),
        [headings[position] for position in sorted(ignored)]
        + [f"column {_letters(position)}, which has no heading" for position in unnamed],
        key,
        source.finish if source else None,
    )


def count_known(wanted: Wanted, sources: Sequence[Source]) -> Callable[[Sequence[str]], int]:
    """How many of a row's cells are headings that one of all those in question understands."""
    kinds = [KINDS[wanted.kind]] if wanted.kind in KINDS else list(KINDS.values())
    knows = [kind.recognised for kind in kinds] + [source.knows for source in sources]

    def count(cells: Sequence[str]) -> int:
        named = {cell.strip() for cell in cells} & {*wanted.chosen, wanted.key}
        return len(named) + max(
            sum(bool(cell.strip() and known(cell.strip())) for cell in cells) for known in knows
        )

    return count


def _source(headings: Sequence[str], wanted: Wanted, sources: Sequence[Source]) -> Source | None:
    for source in sources:
        if wanted.map == source.name:
            if not any(source.hold(heading) for heading in headings):
                raise UnfitError(
                    "map", f"This is no export of {source.name}: it has {_listed(headings)}."
                )
            return source
    if wanted.map != "auto" or wanted.kind not in (None, "mixed"):
        return None
    return next((source for source in sources if source.recognises(headings)), None)


def _kind(wanted: Wanted, source: Source | None) -> Kind:
    if source is not None:
        if wanted.kind not in (None, "mixed"):
            raise UnfitError("kind", f"Rows of {source.name} are mixed; leave out the kind.")
        return KINDS["mixed"]
    if wanted.kind is None:
        raise UnfitError("kind", f"Say what the rows are: one of {', '.join(KINDS)}.")
    return KINDS[wanted.kind]


def _by_exactness(
    headings: Sequence[str], hold: Callable[[str], Field | None]
) -> list[tuple[int, str]]:
    """Columns that may hold something; those that are called just as their field is come before
    those that have another word for it."""

    def is_other_word(each: tuple[int, str]) -> bool:
        found = hold(each[1])
        return found is None or folded_heading(each[1]) != found.name

    columns = [each for each in enumerate(headings) if each[1].casefold() not in OWN]
    return sorted(columns, key=is_other_word)


def _key(headings: Sequence[str], wanted: Wanted, kind: Kind) -> tuple[str | None, str | None]:
    """The column that holds rows' own identifiers, if `key` names one, and the field of the key."""
    if wanted.key is None:
        return None, None
    if wanted.key in _CODES and wanted.key not in kind.keys:
        raise UnfitError(
            "key",
            f"{wanted.key} is no key of {kind.name}: {', '.join(kind.keys) or 'they have none'}. "
            "Leave it out, and they are found by what they say.",
        )
    if wanted.key in headings and wanted.key not in kind.keys:
        if kind.field(KEY_FIELD) is None:
            raise UnfitError("key", f"{kind.name} have no {KEY_FIELD} to keep it as.")
        if KEY_FIELD in wanted.chosen.values():
            raise UnfitError("key", f"Another column is mapped to {KEY_FIELD} already.")
        return wanted.key, KEY_FIELD
    if wanted.key in kind.keys:
        return None, wanted.key
    raise UnfitError(
        "key",
        f"{wanted.key!r} is no column of the file, which has {_listed(headings)}, and no key of "
        f"{kind.name}: {', '.join(kind.keys) or 'they have none'}.",
    )


def _field(kind: Kind, name: str) -> Field:
    found = kind.field(name)
    assert found is not None  # noqa: S101 - unknown ones were refused
    return found


def _refuse_unknown(headings: Sequence[str], wanted: Wanted, kind: Kind) -> None:
    for heading, name in wanted.chosen.items():
        if heading not in headings:
            raise UnfitError(
                "map", f"The file has no column {heading!r}; it has {_listed(headings)}."
            )
        if headings.count(heading) > 1:
            why = f"The file has several columns {heading!r}; rename all but one."
            raise UnfitError("map", why)
        if name is not None and kind.field(name) is None:
            free = ", attributes.<name>" if kind.free_fields else ""
            known = ", ".join(each.name for each in kind.fields)
            raise UnfitError(
                "map", f"{kind.name} have no field {name!r}; they have: {known}{free}."
            )
    named = [name for name in wanted.chosen.values() if name is not None]
    if twice := sorted({name for name in named if named.count(name) > 1}):
        raise UnfitError("map", f"Several columns are mapped to {', '.join(twice)}.")


def _refuse_missing(
    headings: Sequence[str],
    wanted: Wanted,
    kind: Kind,
    key: str | None,
    taken: Mapping[str, Column],
    source: Source | None,
) -> None:
    if source is None:
        missing = sorted(needed(kind, key) - taken.keys() - {key})
        if wanted.location is not None and "location" in missing:
            missing.remove("location")
        if missing:
            raise UnfitError(
                "map",
                f"Rows of {kind.name} need a column for: {', '.join(missing)}. The file has "
                f'{_listed(headings)}. Name it: {{"HEADING": "{missing[0]}"}}',
            )
        if key is not None and key not in taken:
            raise UnfitError("key", f"No column holds {key}; the file has {_listed(headings)}.")
    if wanted.location is not None and kind.field("location") is None:
        raise UnfitError("location", f"{kind.name} stand nowhere by themselves; leave it out.")
    prices = {name.lstrip("_") for name in taken} & {"purchase_price"}
    if prices and "currency" not in taken and wanted.currency is None:
        raise UnfitError("currency", "The file has prices: say their currency, such as EUR.")


def needed(kind: Kind, key: str | None) -> set[str]:
    """Fields that every row needs. What has an identifier for its key may say only what changes of
    what is there; what is new needs more than that, and whoever makes it says so."""
    if key is not None and key != "name":
        return {key}
    return {each.name for each in kind.fields if each.required}


def _letters(position: int) -> str:
    """A column as spreadsheets call it: A, B, …, Z, AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _listed(headings: Sequence[str]) -> str:
    return ", ".join(repr(heading) for heading in headings if heading) or "no headings"
