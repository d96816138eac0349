"""Rows that make, change, move or adjust inventory entries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from chassis import importing
from chassis.bulk import State, Table, edited
from chassis.database import TenantSession
from chassis.events import Event
from chassis.fields import sent
from chassis.importing import CREATED, UNCHANGED, UPDATED, Making, Outcome, check_in_use
from chassis.imports import ImportRow
from chassis.outbox import stage_state
from chassis.problems import Problem, invalid
from services.inventory.imports import places, repository
from services.inventory.imports.repository import Known
from services.inventory.items import repository as items
from services.inventory.items.service import check_state
from services.inventory.movements import bulk as movements
from services.inventory.movements.models import Kind
from services.inventory.movements.service import Place
from services.inventory.stock.events import StockAdjusted, StockCreated, StockMoved, StockUpdated
from services.inventory.stock.models import Entry
from services.inventory.stock.problems import InsufficientStock
from services.inventory.stock.schemas import EntryCreate, EntryPatch
from services.inventory.stock.service import check_price, check_status

KIND = "inventory"
ENTRIES = Table(Entry)
REASON = "Import"
_OWN = frozenset(EntryCreate.model_fields) - {"item_id", "location_id", "container_id"}
_NAMES = {"location_id": "location", "container_id": "container", "item_id": "item"}
_LOAN = ("borrower", "borrower_email", "loaned_at", "due_at", "_free")
_SAME = (
    "An earlier row is the same stock: the same item in the same place, with the same serial "
    "number and lot. Give each an identifier of its own, or make them one row."
)

Stock = tuple[object, ...]  # what tells entries without an identifier apart


@dataclass(slots=True)
class _Work:
    """Entries as they were found and as they are by now, and what happened to them."""

    states: dict[UUID, State]
    fresh: list[State] = field(default_factory=list)
    changed: set[UUID] = field(default_factory=set)
    events: list[tuple[type[Event], State]] = field(default_factory=list)
    movements: list[State] = field(default_factory=list)

    def tell(self, happened: type[Event], state: State, **facts: Any) -> None:  # noqa: ANN401
        self.events.append((happened, {**state, **facts}))

    async def write(self, session: TenantSession) -> None:
        await ENTRIES.update(session, [self.states[each] for each in sorted(self.changed)])
        await ENTRIES.insert(session, self.fresh)
        for happened, state in self.events:
            stage_state(session, happened, state)
        if self.movements:
            await movements.record(session, self.movements)


async def bring_in_mixed(
    session: TenantSession, rows: Sequence[ImportRow], making: Making
) -> Outcome:
    """As `bring_in`, of rows whose item catalog made; those of somebody who has it go on."""
    own = [
        row.model_copy(
            update={
                "fields": {
                    "external_id" if name == "entry_external_id" else name: value
                    for name, value in row.fields.items()
                }
            }
        )
        for row in rows
    ]
    places_alone = [row for row in own if row.fields.keys() == {"location"}]
    things = [row for row in own if row.fields.keys() != {"location"}]
    outcome = await bring_in(session, things, making, alone=False)
    standing = await places.resolve(session, places_alone, making, outcome)
    for row in places_alone:
        standing.of(row, outcome)
    # Quantity and notes are the entry's; the loan is of one unit.
    outcome.rows = [
        row.model_copy(
            update={"fields": {name: row.fields[name] for name in _LOAN if name in row.fields}}
        )
        for row in outcome.rows
    ]
    return outcome


async def bring_in(
    session: TenantSession, rows: Sequence[ImportRow], making: Making, *, alone: bool = True
) -> Outcome:
    """Make or change the entry of each row: found by its external_id, or else the item's entry in
    that place with that serial number and lot. Rows of a file are each of another entry; whoever
    read it saw to that, as far as a row is `alone` what it is of."""
    outcome = Outcome()
    await _note_items(session, rows)
    item_ids = {row.found["item_id"] for row in rows if "item_id" in row.found}
    usable = await items.held_states(session, item_ids)
    standing = await places.resolve(session, rows, making, outcome)
    refused = len(outcome.faults)
    where = {row.number: standing.of(row, outcome) for row in rows}
    bad = {fault.number for fault in outcome.faults[refused:]}
    good = [row for row in rows if row.number not in bad]
    matches = await _match(session, good, where, outcome)
    work = _Work(await ENTRIES.lock(session, {known.id for known in matches.values()}))
    bad = {fault.number for fault in outcome.faults}
    met: set[Stock] = set()
    if not alone:
        met |= await _met_before(session, making, good, where)
    for row in good:
        if row.number in bad:
            continue
        place = where[row.number]
        try:
            if (known := matches.get(row.number)) is not None:
                _meet(met, (known.id,), _stock_of(row, place))
                entry = _change(work, row, work.states[known.id], place)
                outcome.count(KIND, UNCHANGED if entry is work.states[known.id] else UPDATED)
                work.states[known.id] = entry
            else:
                _meet(met, _stock_of(row, place))
                entry = _create(work, session.workspace_id, row, place, usable)
                outcome.count(KIND, CREATED)
        except ValidationError as error:
            outcome.refuse_as_unfit(row, error, _NAMES)
        except Problem as problem:
            outcome.refuse_for(row, problem, _NAMES)
        else:
            if row.fields.get("borrower"):
                found = {**row.found, "entry_id": entry["id"]}
                fields = {**row.fields, "_free": entry["quantity"] - entry["held_quantity"]}
                outcome.rows.append(row.model_copy(update={"found": found, "fields": fields}))
    await work.write(session)
    return outcome


async def _note_items(session: TenantSession, rows: Sequence[ImportRow]) -> None:
    """Know the rows' items, whose own events may come later."""
    told = {
        fact["id"]: {
            "min_stock_level": 0,
            **fact,
            "id": UUID(fact["id"]),
            "category_id": UUID(fact["category_id"]) if fact["category_id"] else None,
            "workspace_id": session.workspace_id,
            "is_deleted": False,
            "into_id": None,
        }
        for row in rows
        if (fact := row.fields.get("_item"))
    }
    if told:
        await items.record(session, list(told.values()))


async def _match(
    session: TenantSession,
    rows: Sequence[ImportRow],
    where: dict[int, Place | None],
    outcome: Outcome,
) -> dict[int, Known]:
    """The entries that rows are of, by the rows' numbers."""
    external_ids = {str(one) for row in rows if (one := row.fields.get("external_id"))}
    own = await repository.by_external_id(session, external_ids)
    rest = [row for row in rows if not row.fields.get("external_id")]
    there: dict[Stock, list[Known]] = {}
    item_ids = {row.found["item_id"] for row in rest if "item_id" in row.found}
    for known in await repository.of_items(session, item_ids):
        stock = (known.item_id, known.location_id, known.container_id)
        there.setdefault((*stock, known.serial_number, known.lot), []).append(known)
    matches: dict[int, Known] = {}
    for row in rows:
        if external_id := row.fields.get("external_id"):
            found = [own[str(external_id)]] if str(external_id) in own else []
        else:
            found = there.get(_stock_of(row, where[row.number]), [])
        if len(found) > 1:
            message = f"{len(found)} entries here fit this row; give it the identifier of one."
            outcome.refuse(row, "row", message)
        elif found:
            matches[row.number] = found[0]
    return matches


def _stock_of(row: ImportRow, place: Place | None) -> Stock:
    if external_id := row.fields.get("external_id"):
        return ("external_id", external_id)
    return (
        row.found.get("item_id"),
        place and place.location_id,
        place and place.container_id,
        row.fields.get("serial_number"),
        row.fields.get("lot"),
    )


def _meet(met: set[Stock], *names: Stock) -> None:
    if met.intersection(names):
        raise invalid("row", _SAME, "repeated")
    met.update(names)


async def _met_before(
    session: TenantSession,
    making: Making,
    rows: Sequence[ImportRow],
    where: dict[int, Place | None],
) -> set[Stock]:
    """The stock of these rows that earlier chunks had."""
    told = {
        " ".join(map(str, stock)): stock
        for stock in (_stock_of(row, where[row.number]) for row in rows)
    }
    return {told[name] for name in await importing.met_before(session, making, KIND, set(told))}


def _create(
    work: _Work,
    workspace_id: UUID,
    row: ImportRow,
    place: Place | None,
    usable: dict[UUID, items.State],
) -> State:
    item_id = row.found.get("item_id")
    if item_id is None or place is None:
        raise invalid("item" if item_id is None else "location", "is empty", "missing")
    if (state := usable.get(item_id)) is not None:
        check_state(state)
    body = EntryCreate.model_validate(
        {
            **_own(row),
            "item_id": item_id,
            "location_id": place.location_id,
            "container_id": place.container_id,
        }
    )
    check_price(body.purchase_price, body.currency)
    entry = ENTRIES.new(workspace_id, {**body.__dict__, "held_quantity": 0, "is_archived": False})
    work.fresh.append(entry)
    work.tell(StockCreated, entry, split_from=None)
    work.movements.append(
        movements.movement(Kind.CREATED, entry, entry["quantity"], destination=place)
    )
    return entry


def _change(work: _Work, row: ImportRow, entry: State, place: Place | None) -> State:
    """The entry as the row has it: what changed of it, then that it moved, then its quantity, each
    as its own verb has it."""
    item_id = row.found.get("item_id")
    if item_id is not None and item_id != entry["item_id"]:
        raise invalid("item_id", "This entry is of another item; that can't change.", "other-item")
    fields = _own(row)
    quantity = fields.pop("quantity", entry["quantity"])
    after, changes = edited(entry, sent(EntryPatch.model_validate(fields)))
    check_price(after["purchase_price"], after["currency"])
    check_status(after["held_quantity"], entry["status"], after["status"])
    destination = _destination(entry, row, place)
    origin = Place(entry["location_id"], entry["container_id"])
    told: list[tuple[type[Event], State]] = []
    moved: list[State] = []
    if changes:
        told.append((StockUpdated, {**after, "changes": changes}))
    if changes or destination != origin or quantity != entry["quantity"]:
        check_in_use(entry)
    if destination != origin:
        there = {"location_id": destination.location_id, "container_id": destination.container_id}
        after, changes = edited(after, there)
        told.append((StockMoved, {**after, "changes": changes}))
        moved.append(
            movements.movement(
                Kind.MOVED,
                after,
                after["quantity"],
                origin=origin,
                destination=destination,
                reason=REASON,
            )
        )
    if quantity != entry["quantity"]:
        after = _adjusted(after, quantity, destination, told, moved)
    if after is not entry:
        work.changed.add(entry["id"])
        work.events += told
        work.movements += moved
    return after


def _adjusted(
    entry: State,
    quantity: int,
    place: Place,
    told: list[tuple[type[Event], State]],
    moved: list[State],
) -> State:
    if quantity < entry["held_quantity"]:
        raise InsufficientStock(Entry(**entry))
    delta = quantity - entry["quantity"]
    after, changes = edited(entry, {"quantity": quantity})
    told.append((StockAdjusted, {**after, "delta": delta, "reason": REASON, "changes": changes}))
    moved.append(
        movements.movement(
            Kind.ADJUSTED, after, delta, origin=place, destination=place, reason=REASON
        )
    )
    return after


def _destination(entry: State, row: ImportRow, place: Place | None) -> Place:
    """Where the row has the entry; in the container that it is in, if the row tells of none and the
    location is the same."""
    here = Place(entry["location_id"], entry["container_id"])
    if place is None or (place.location_id == here.location_id and not row.fields.get("container")):
        return here
    return place


def _own(row: ImportRow) -> dict[str, Any]:
    """The fields of the entry itself."""
    return {name: value for name, value in row.fields.items() if name in _OWN}
