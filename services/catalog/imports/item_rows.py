"""Rows that make or change items, and rows that only name one."""

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from uuid_utils.compat import uuid7

from chassis.batches import Done
from chassis.bulk import State
from chassis.database import TenantSession
from chassis.importing import UNCHANGED, UPDATED, Making, Outcome
from chassis.imports import ImportRow
from chassis.problems import Problem
from chassis.product_codes import WrongCheckDigitError, normalised
from services.catalog.imports.named import CATEGORIES, COMPANIES, LABELS
from services.catalog.items import bulk, repository
from services.catalog.items.bulk import Change, Create, Update
from services.catalog.items.schemas import ItemCreate, ItemPatch

KIND = "items"
KEYS = ("external_id", "sku", "barcode", "name")
_NAMED_BY = ("sku", "external_id", "barcode", "name")
_ATTRIBUTE = "attributes."
_FIELDS = frozenset(ItemCreate.model_fields) - {"category_id", "labels", "attributes"}
_REFERENCES = frozenset({"category", "labels", "purchased_from"})
_SENT_AS = {"category": "category_id", "purchased_from": "purchased_from"}
_NAMES = {"category_id": "category", "labels": "labels"}  # by the file's names
#: What inventory has to know of an item, at once: the item's own event may come later.
_FACTS = (
    *("id", "name", "sku", "external_id", "barcode", "category_id", "version", "is_archived"),
    "min_stock_level",
)

Code = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _References:
    """What the names in rows stand for, and why others stand for nothing."""

    found: Mapping[tuple[str, str], UUID]
    wrong: Mapping[tuple[str, str], str]


async def bring_in(
    session: TenantSession, rows: Sequence[ImportRow], making: Making, key: str | None
) -> tuple[Outcome, list[tuple[ImportRow, State]]]:
    """Make or change the item of each row, found by `key`, or else by the first code that it has;
    what came of it, and the rows that went in with their items. Rows of one item go in one after
    the other."""
    outcome = Outcome()
    references = await _resolve(session, rows, making, outcome)
    codes = [_code_of(row, key) for row in rows]
    known = await repository.matches(session, [*dict.fromkeys(code for code in codes if code)])
    merged = await _merged(session, rows, codes, known)
    changes: list[Change] = []
    sources: list[tuple[ImportRow, Code | None]] = []
    for row, code in zip(rows, codes, strict=True):
        ids = known.get(code, []) if code else []
        if len(ids) > 1 and code:
            outcome.refuse(row, code[0], f"Several items here have {code[1]!r}.")
            continue
        if why := None if ids else merged.get(row.number):
            outcome.refuse(row, *why)
            continue
        try:
            values = _values(row, references, outcome)
            if values is None:
                continue
            change = _change(values, ids)
        except ValidationError as error:
            outcome.refuse_as_unfit(row, error, _NAMES)
            continue
        if isinstance(change, Create) and change.item_id:
            for each in _codes_of(row):
                known.setdefault(each, []).append(change.item_id)
        changes.append(change)
        sources.append((row, code))
    went_in = []
    outcomes = await bulk.perform(session, changes) if changes else []
    for (row, code), change, done in zip(sources, changes, outcomes, strict=True):
        if isinstance(done, Problem):
            outcome.refuse_for(row, done, _NAMES)
            continue
        _count(outcome, making, change, done, code)
        went_in.append((row, done.state))
    return outcome, went_in


async def _merged(
    session: TenantSession,
    rows: Sequence[ImportRow],
    codes: Sequence[Code | None],
    known: Mapping[Code, list[UUID]],
) -> dict[int, tuple[str, str]]:
    """What is wrong with rows whose item is gone, merged into another: made anew, it would undo
    the merge."""
    lost = {
        row.number: _codes_of(row)
        for row, code in zip(rows, codes, strict=True)
        if code is None or code not in known
    }
    went = await repository.merged_matches(
        session, {code for each in lost.values() for code in each}
    )
    if not went:
        return {}
    items = await repository.facts(session, session.workspace_id, set(went.values()))
    why = {
        code: f"{code[1]!r} was merged into {items[id_]['sku']!r}; name that, or leave the row out."
        for code, id_ in went.items()
    }
    return {
        number: (code[0], why[code])
        for number, each in lost.items()
        if (code := next((one for one in each if one in went), None))
    }


async def find(
    session: TenantSession, rows: Sequence[ImportRow], field: str
) -> tuple[Outcome, list[tuple[ImportRow, State]]]:
    """The items that rows name in `field`: by external_id, sku, barcode or name, or what one was
    merged into. Rows that name
    none are left out of both; those whose item is not there are refused."""
    outcome = Outcome()
    named = list(dict.fromkeys(str(row.fields[field]) for row in rows if row.fields.get(field)))
    by_name: dict[str, list[UUID]] = {}
    for field_ in _NAMED_BY:  # a file has one of them, most often: who is found is not sought again
        left = {name: _code(field_, name) for name in named if name not in by_name}
        matches = await repository.matches(session, set(left.values()))
        by_name |= {name: matches[code] for name, code in left.items() if code in matches}
    gone = [(field_, name) for name in named if name not in by_name for field_ in _NAMED_BY]
    by_name |= {
        name: [into_id]
        for (_, name), into_id in (await repository.merged_matches(session, gone)).items()
    }
    items = await repository.facts(
        session, session.workspace_id, {ids[0] for ids in by_name.values() if len(ids) == 1}
    )
    found = []
    for row in rows:
        if not (name := row.fields.get(field)):
            continue
        ids = by_name.get(str(name), [])
        if len(ids) == 1:
            found.append((row, items[ids[0]]))
        elif ids:
            outcome.refuse(row, field, f"Several items here are called {name!r}; write its sku.")
        else:
            outcome.refuse(row, field, f"There is no item {name!r} here.")
    return outcome, found


def passed_on(row: ImportRow, item: State, *, made_it: bool) -> ImportRow:
    """What is left for the services after this one of a row that made the item, or named it."""
    done = _is_own if made_it else {"item"}.__contains__
    fields = {name: value for name, value in row.fields.items() if not done(name)}
    fields["_item"] = {name: item[name] for name in _FACTS}
    return ImportRow(number=row.number, fields=fields, found={**row.found, "item_id": item["id"]})


def _is_own(name: str) -> bool:
    return name in _FIELDS or name in _REFERENCES or name.startswith(_ATTRIBUTE)


async def _resolve(
    session: TenantSession, rows: Sequence[ImportRow], making: Making, outcome: Outcome
) -> _References:
    found: dict[tuple[str, str], UUID] = {}
    wrong: dict[tuple[str, str], str] = {}
    paths = _said(rows, "category")
    if paths:
        nodes = await CATEGORIES.resolve(session, paths, making.may("categories"))
        for path in nodes.made:
            making.count(outcome, "categories", path)
        found |= {("category", path): node.id for path, node in nodes.found.items()}
        wrong |= {("category", path): why for path, why in nodes.wrong.items()}
    labels = (label for row in rows for label in row.fields.get("labels") or ())
    for field, names, said in (
        ("labels", LABELS, labels),
        ("purchased_from", COMPANIES, _said(rows, "purchased_from")),
    ):
        things = await names.resolve(session, said, making, outcome)
        found |= {(field, name): one.id for name, one in things.found.items()}
        wrong |= {(field, name): why for name, why in things.wrong.items()}
    return _References(found, wrong)


def _said(rows: Iterable[ImportRow], field: str) -> list[str]:
    return [str(value) for row in rows if (value := row.fields.get(field))]


def _values(row: ImportRow, references: _References, outcome: Outcome) -> dict[str, Any] | None:
    """The row as the API takes an item; None where a name in it stands for nothing."""
    values = {name: value for name, value in row.fields.items() if name in _FIELDS}
    values.pop("purchased_from", None)
    attributes = {
        name.removeprefix(_ATTRIBUTE): value
        for name, value in row.fields.items()
        if name.startswith(_ATTRIBUTE)
    }
    if attributes:
        values["attributes"] = attributes
    fits = True
    for field, name in _named_in(row):
        id_ = references.found.get((field, name))
        if id_ is None:
            outcome.refuse(row, field, references.wrong[field, name])
            fits = False
        elif field == "labels":
            values.setdefault("labels", []).append(id_)
        else:
            values[_SENT_AS[field]] = id_
    return values if fits else None


def _named_in(row: ImportRow) -> list[tuple[str, str]]:
    """What a row refers to by name: the field, and the name."""
    said = [(field, str(value)) for field in _SENT_AS if (value := row.fields.get(field))]
    return said + [("labels", label) for label in row.fields.get("labels") or ()]


def _code_of(row: ImportRow, key: str | None) -> Code | None:
    """What a row is found by."""
    codes = _codes_of(row)
    return next((code for code in codes if key not in KEYS or code[0] == key), None)


def _codes_of(row: ImportRow) -> list[Code]:
    """All that a row's item goes by, first things first."""
    return [_code(name, str(value)) for name in KEYS if (value := row.fields.get(name))]


def _code(name: str, value: str) -> Code:
    """A code as it is compared."""
    if name == "name":
        return name, value.lower()
    if name == "barcode":
        with contextlib.suppress(WrongCheckDigitError):
            return name, normalised(value)
    return name, value


def _change(values: dict[str, Any], ids: Sequence[UUID]) -> Change:
    """Raises pydantic's `ValidationError`."""
    if ids:
        return Update(ids[0], ItemPatch.model_validate(values), from_file=True)
    return Create(ItemCreate.model_validate(values), uuid7(), from_file=True)


def _count(outcome: Outcome, making: Making, change: Change, done: Done, code: Code | None) -> None:
    if isinstance(change, Create):
        making.count(outcome, KIND, ":".join(code) if code else str(change.item_id))
    else:
        outcome.count(KIND, UPDATED if done.changed else UNCHANGED)
