"""Catalog's part of an import's rows."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chassis import importing
from chassis.database import TenantSession
from chassis.importing import Making, Outcome
from chassis.imports import ImportRow, RowFault, Tally
from services.catalog.categories import service as categories
from services.catalog.companies import service as companies
from services.catalog.imports import item_rows
from services.catalog.imports.named import CATEGORY_ROWS, COMPANIES, LABELS
from services.catalog.items import service as items
from services.catalog.labels import service as labels

CONSTRAINTS = {
    **categories.CONSTRAINTS,
    **companies.CONSTRAINTS,
    **items.CONSTRAINTS,
    **labels.CONSTRAINTS,
}


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an import asks of its rows. `key` is the field that rows are found by, None: by what
    they have. `chunk` is the place of the rows at hand among the file's chunks."""

    id: UUID
    workspace_id: UUID
    kind: str
    key: str | None
    dry_run: bool
    create_missing: bool
    chunk: int


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a chunk: what was made of it by kind, which rows were refused, and `rows` with
    what is left of them for the services that come after; refused ones and those that are done are
    not among them."""

    tallies: Mapping[str, Tally] = field(default_factory=dict)
    faults: Sequence[RowFault] = ()
    rows: Sequence[ImportRow] = ()


async def apply(session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow]) -> Applied:
    """Do catalog's part of `rows` within the session's transaction, in which the job's position
    is noted, too. The context's actor is who asked for the import."""
    if order.kind not in _PARTS:
        return Applied(rows=rows)
    part = _PARTS[order.kind]
    outcome = await importing.apply(
        session,
        order.id,
        rows,
        lambda rows, making: part(session, order, rows, making),
        CONSTRAINTS,
        dry_run=order.dry_run,
        create_missing=order.create_missing,
    )
    return Applied(outcome.tallies, outcome.faults, outcome.rows)


async def _items(
    session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow], making: Making
) -> Outcome:
    outcome, _ = await item_rows.bring_in(session, rows, making, order.key)
    return outcome


async def _mixed(
    session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow], making: Making
) -> Outcome:
    """The items; where they are, and who has them, is left."""
    outcome, went_in = await item_rows.bring_in(session, rows, making, order.key)
    for row, item in went_in:
        if row.fields.get("location") or row.fields.get("entry_external_id"):
            outcome.rows.append(item_rows.passed_on(row, item, made_it=True))
        elif row.fields.get("borrower"):
            message = "Say where it is: what stands nowhere can't be lent. The item went in."
            outcome.refuse(row, "location", message)
    return outcome


async def _named_items(
    session: TenantSession, _order: ImportOrder, rows: Sequence[ImportRow], _making: Making
) -> Outcome:
    """Rows of what inventory and loans keep, which name an item."""
    outcome, found = await item_rows.find(session, rows, "item")
    named = {row.number: item_rows.passed_on(row, item, made_it=False) for row, item in found}
    refused = {fault.number for fault in outcome.faults}
    outcome.rows += [named.get(row.number, row) for row in rows if row.number not in refused]
    return outcome


async def _categories(
    session: TenantSession, _order: ImportOrder, rows: Sequence[ImportRow], making: Making
) -> Outcome:
    return await CATEGORY_ROWS.bring_in(session, rows, making)


async def _labels(
    session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow], making: Making
) -> Outcome:
    return await LABELS.bring_in(session, rows, making, order.key)


async def _companies(
    session: TenantSession, order: ImportOrder, rows: Sequence[ImportRow], making: Making
) -> Outcome:
    return await COMPANIES.bring_in(session, rows, making, order.key)


Part = Callable[[TenantSession, ImportOrder, Sequence[ImportRow], Making], Awaitable[Outcome]]
_PARTS: Mapping[str, Part] = {
    "items": _items,
    "mixed": _mixed,
    "inventory": _named_items,
    "loans": _named_items,
    "categories": _categories,
    "labels": _labels,
    "companies": _companies,
}
