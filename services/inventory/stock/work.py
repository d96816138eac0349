"""The verbs of stock on entries in memory, of which nothing is written until the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chassis.batches import Done
from chassis.bulk import State, Table, edited, touched
from chassis.database import TenantSession
from chassis.events import Event
from chassis.fields import sent
from chassis.outbox import stage_state
from chassis.problems import Conflict, NotFound, Problem
from chassis.requests import check_version
from services.inventory.items import service as items
from services.inventory.items.repository import State as ItemState
from services.inventory.movements import bulk as movements
from services.inventory.movements.models import Kind
from services.inventory.movements.service import Place
from services.inventory.places import Places
from services.inventory.short_codes.bulk import Codes
from services.inventory.short_codes.kinds import Thing
from services.inventory.stock import service
from services.inventory.stock.changes import (
    AdjustEntry,
    ArchiveEntry,
    Change,
    ChangeOfOne,
    CountEntry,
    CreateEntry,
    MoveEntry,
    RestoreEntry,
    UpdateEntry,
    UseEntry,
)
from services.inventory.stock.events import (
    StockAdjusted,
    StockArchived,
    StockCounted,
    StockCreated,
    StockMoved,
    StockRestored,
    StockSplit,
    StockUpdated,
)
from services.inventory.stock.models import Entry
from services.inventory.stock.moving import KEPT_BY_PARTS
from services.inventory.stock.problems import Archived, InsufficientStock
from services.inventory.stock.schemas import EntryCreate, EntryPatch

ENTRIES = Table(Entry)


@dataclass(slots=True)
class Work:
    """Entries within reach as they were found and as they are by now; what is known of the items
    that stock is taken in of, and which of those that stock is restored of are deleted; the places
    and codes that changes name; and who has which external_id."""

    workspace_id: UUID
    entries: dict[UUID, State]
    items: Mapping[UUID, ItemState]
    deleted: set[UUID]
    places: Places
    codes: Codes
    holders: dict[str, UUID]
    created: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)
    events: list[tuple[type[Event], State]] = field(default_factory=list)
    movements: list[State] = field(default_factory=list)

    def make(self, change: Change) -> Done:
        """Raises the `Problem` of a change that can't be made, before it changes anything."""
        match change:
            case CreateEntry():
                return self._create(change.body)
            case UpdateEntry():
                return self._update(self._find(change), change.body)
            case MoveEntry():
                return self._move(change)
            case AdjustEntry() | CountEntry():
                return self._correct(change)
            case UseEntry():
                return self._use(change)
            case ArchiveEntry() | RestoreEntry():
                return self._put_away(self._find(change), is_archived=change.op == "archive")

    async def write(self, session: TenantSession) -> None:
        await self.codes.write(session)
        kept = sorted(self.changed - self.created)
        await ENTRIES.update(session, [self.entries[each] for each in kept])
        await ENTRIES.insert(session, [self.entries[each] for each in sorted(self.created)])
        for happened, state in self.events:
            stage_state(session, happened, state)
        if self.movements:
            await movements.record(session, self.movements)

    def _find(self, change: ChangeOfOne) -> State:
        state = self.entries.get(change.id)
        if state is None:
            raise NotFound("There is no such inventory entry in this workspace.")
        check_version(state["version"], change.version)
        return state

    def _create(self, body: EntryCreate) -> Done:
        service.check_price(body.purchase_price, body.currency)
        items.check_usable_state(self.items.get(body.item_id))
        self.places.check(body.location_id, body.container_id)
        self._check_external_id(body.external_id)
        entry = ENTRIES.new(
            self.workspace_id, {**body.__dict__, "held_quantity": 0, "is_archived": False}
        )
        entry["short_code"] = self._put_code(entry, None, body.short_code)
        self.created.add(entry["id"])
        self._keep(entry)
        self._tell(StockCreated, entry, split_from=None)
        self._record(Kind.CREATED, entry, entry["quantity"], destination=_place(entry))
        return Done(entry, changed=True, status=201)

    def _update(self, entry: State, body: EntryPatch) -> Done:
        fields = sent(body)
        if (code := fields.get("short_code")) is not None:
            fields["short_code"] = self.codes.registered(code)
        after, changes = edited(entry, fields)
        service.check_price(after["purchase_price"], after["currency"])
        service.check_status(after["held_quantity"], entry["status"], after["status"])
        if not changes:
            return Done(entry, changed=False)
        if after["external_id"] != entry["external_id"]:
            self._check_external_id(after["external_id"])
        self._put_code(entry, entry["short_code"], after["short_code"])
        self._keep(after, entry)
        self._tell(StockUpdated, after, changes=changes)
        return Done(after, changed=True)

    def _move(self, change: MoveEntry) -> Done:
        body = change.body
        if change.id not in self.entries:
            raise NotFound("There is no such inventory entry in this workspace.")
        self.places.check(body.location_id, body.container_id)
        entry = self._find(change)
        if entry["is_archived"]:
            raise Archived("Restore it first.")
        destination = Place(body.location_id, body.container_id)
        quantity = entry["quantity"] if body.quantity is None else body.quantity
        free = entry["quantity"] - entry["held_quantity"]
        if quantity > entry["quantity"] or free < quantity < entry["quantity"]:
            raise InsufficientStock(Entry(**entry))
        if quantity < entry["quantity"]:
            return self._split_off(entry, destination, quantity, body.reason)
        return self._move_all(entry, destination, body.reason)

    def _move_all(self, entry: State, destination: Place, reason: str | None) -> Done:
        origin = _place(entry)
        if destination == origin:
            return Done(entry, changed=False)
        after, changes = edited(entry, _at(destination))
        self._keep(after)
        self._tell(StockMoved, after, changes=changes)
        ends = {"origin": origin, "destination": destination}
        self._record(Kind.MOVED, after, after["quantity"], **ends, reason=reason)
        return Done(after, changed=True)

    def _split_off(
        self, entry: State, destination: Place, quantity: int, reason: str | None
    ) -> Done:
        kept = {name: entry[name] for name in KEPT_BY_PARTS}
        amounts = {"quantity": quantity, "held_quantity": 0, "is_archived": False}
        part = ENTRIES.new(self.workspace_id, {**kept, **_at(destination), **amounts})
        after, changes = edited(entry, {"quantity": entry["quantity"] - quantity})
        self._keep(after)
        self.created.add(part["id"])
        self._keep(part)
        moved = {"moved_to": part["id"], "moved_quantity": quantity}
        self._tell(StockSplit, after, changes=changes, **moved)
        self._tell(StockCreated, part, split_from=entry["id"])
        ends = {"origin": _place(entry), "destination": destination, "to": part}
        self._record(Kind.SPLIT, after, quantity, **ends, reason=reason)
        return Done(part, changed=True, status=201)

    def _correct(self, change: AdjustEntry | CountEntry) -> Done:
        if isinstance(change, AdjustEntry):
            service.check_delta(change.body.delta)
        entry = self._find(change)
        happened: type[Event] = StockAdjusted
        kind = Kind.ADJUSTED
        if isinstance(change, AdjustEntry):
            delta = change.body.delta
            service.check_correction(Entry(**entry), delta)
        else:
            happened, kind = StockCounted, Kind.COUNTED
            service.check_count(Entry(**entry), change.body.quantity)
            delta = change.body.quantity - entry["quantity"]
        after, changes = edited(entry, {"quantity": entry["quantity"] + delta})
        if not changes:  # a count is told also when it was known
            after = touched(entry, {})
        self._keep(after)
        reason = change.body.reason
        self._tell(happened, after, changes=changes, delta=delta, reason=reason)
        place = _place(after)
        self._record(kind, after, delta, origin=place, destination=place, reason=reason)
        return Done(after, changed=True)

    def _use(self, change: UseEntry) -> Done:
        used_at = service.use_time(change.body)
        entry = self._find(change)
        if entry["is_archived"]:
            raise Archived("Restore it first.")
        after, changes = edited(entry, {"last_used_at": used_at})
        if not changes:
            return Done(entry, changed=False)
        self._keep(after)
        self._tell(StockUpdated, after, changes=changes)
        place = _place(after)
        times = {"used_at": used_at, "used_before": entry["last_used_at"]}
        self._record(Kind.USED, after, 0, origin=place, destination=place, **times)
        return Done(after, changed=True)

    def _put_away(self, entry: State, *, is_archived: bool) -> Done:
        if entry["is_archived"] == is_archived:
            return Done(entry, changed=False)
        return self._archive(entry) if is_archived else self._restore(entry)

    def _archive(self, entry: State) -> Done:
        service.check_not_held(entry["held_quantity"])
        after, _ = edited(entry, {"is_archived": True})
        self._keep(after)
        self._tell(StockArchived, after)
        self._record(Kind.ARCHIVED, after, after["quantity"], origin=_place(after))
        return Done(after, changed=True)

    def _restore(self, entry: State) -> Done:
        if entry["location_id"] not in self.places.locations:
            raise Conflict("Somebody moved its place meanwhile; try again.")
        self.places.check_for_return(entry["location_id"], entry["container_id"])
        if entry["item_id"] in self.deleted:
            raise service.item_deleted()
        after, changes = edited(entry, {"is_archived": False, "merged_into": None})
        self._keep(after)
        self._tell(StockRestored, after, changes=changes)
        self._record(Kind.RESTORED, after, after["quantity"], destination=_place(after))
        return Done(after, changed=True)

    def _check_external_id(self, external_id: str | None) -> None:
        if external_id is not None and external_id in self.holders:
            taken: Problem = service.external_id_taken()
            raise taken

    def _put_code(self, entry: State, old: str | None, new: str | None) -> str | None:
        new = None if new is None else self.codes.registered(new)
        self.codes.exchange((Thing.ENTRY, entry["id"]), old, new, self.events)
        return new

    def _keep(self, entry: State, before: State | None = None) -> None:
        self.entries[entry["id"]] = entry
        self.changed.add(entry["id"])
        if before is not None and before["external_id"] is not None:
            self.holders.pop(before["external_id"], None)
        if entry["external_id"] is not None:
            self.holders[entry["external_id"]] = entry["id"]

    def _tell(self, happened: type[Event], entry: State, **facts: Any) -> None:  # noqa: ANN401
        self.events.append((happened, {**entry, **facts}))

    def _record(self, kind: Kind, entry: State, quantity: int, **facts: Any) -> None:  # noqa: ANN401
        self.movements.append(movements.movement(kind, entry, quantity, **facts))


def _place(entry: State) -> Place:
    return Place(entry["location_id"], entry["container_id"])


def _at(place: Place) -> State:
    return {"location_id": place.location_id, "container_id": place.container_id}
