"""Many changes of items at once, in a handful of statements: by the rules of the single use cases,
with the events that these stage.

Changes are made one after another in memory, on rows that are locked, and what comes of them is
written in the end. What another transaction writes meanwhile and an index then refuses (a sku, say)
is found out by making the changes of each half, and so on, so that only the one at fault fails; so
are codes that items swap.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from chassis.batches import Done
from chassis.bulk import State, Table, edited, touched
from chassis.database import TenantSession
from chassis.events import Event
from chassis.fields import RequestBody, sent
from chassis.http import problem_of
from chassis.importing import check_in_use
from chassis.outbox import stage_state
from chassis.problems import Problem
from chassis.requests import check_version
from services.catalog.attachments import service as attachments
from services.catalog.custom_fields.kinds import from_text
from services.catalog.custom_fields.rules import Rules, rules_of
from services.catalog.items import repository
from services.catalog.items.events import (
    ItemArchived,
    ItemCreated,
    ItemDeleted,
    ItemRestored,
    ItemUpdated,
)
from services.catalog.items.models import Item
from services.catalog.items.schemas import ItemCreate, ItemPatch
from services.catalog.items.service import (
    CONSTRAINTS,
    check_category,
    check_company,
    check_labels,
    gone,
    in_stock,
    new_sku,
)

ITEMS = Table(Item)
_CODES = ("sku", "external_id", "barcode")


@dataclass(frozen=True, slots=True)
class Create:
    """`item_id`: the id that it is to have, where others refer to it already. `from_file`: its
    attributes are texts, to be read as its custom fields have them."""

    body: ItemCreate
    item_id: UUID | None = None
    from_file: bool = False


@dataclass(frozen=True, slots=True)
class Update:
    """`from_file`: attributes that the body leaves out stay, and those it has are texts, to be read
    as the item's custom fields have them."""

    item_id: UUID
    body: ItemPatch
    version: int | None = None
    from_file: bool = False


@dataclass(frozen=True, slots=True)
class Archive:
    item_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Restore:
    item_id: UUID
    version: int | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    item_id: UUID
    version: int | None = None


Change = Create | Update | Archive | Restore | Delete


async def perform(session: TenantSession, changes: Sequence[Change]) -> list[Done | Problem]:
    """Make `changes`, in their order; what came of each. One that is refused changes nothing, and
    keeps none of the others."""
    try:
        async with session.savepoint():
            return await _perform(session, changes)
    except IntegrityError as error:
        if len(changes) == 1:
            problem = problem_of(error, CONSTRAINTS)
            if problem is None:
                raise
            return [problem]
    half = len(changes) // 2
    return [*await perform(session, changes[:half]), *await perform(session, changes[half:])]


async def _perform(session: TenantSession, changes: Sequence[Change]) -> list[Done | Problem]:
    work = await _begin(session, changes)
    outcomes: list[Done | Problem] = []
    for change in changes:
        try:
            outcomes.append(work.make(change))
        except Problem as problem:
            outcomes.append(problem)
    await work.write(session)
    return outcomes


@dataclass(slots=True)
class _Work:
    """Items as they were found and as they are by now; what they refer to, with whether that is in
    use; and who has which code."""

    workspace_id: UUID
    items: dict[UUID, State]
    stocked: set[UUID]
    categories: Mapping[UUID, bool]
    labels: Mapping[UUID, bool]
    companies: Mapping[UUID, bool]
    holders: dict[tuple[str, str], UUID]
    merged: Mapping[UUID, UUID]
    rules: Rules
    created: set[UUID] = field(default_factory=set)
    changed: set[UUID] = field(default_factory=set)
    deleted: set[UUID] = field(default_factory=set)
    events: list[tuple[type[Event], State]] = field(default_factory=list)

    def make(self, change: Change) -> Done:
        """Raises the `Problem` of a change that can't be made."""
        match change:
            case Create():
                return self._create(change)
            case Update():
                return self._update(self._find(change), change)
            case Archive():
                return self._put_away(self._find(change), ItemArchived, is_archived=True)
            case Restore():
                return self._put_away(self._find(change), ItemRestored, is_archived=False)
            case Delete():
                return self._delete(self._find(change))

    async def write(self, session: TenantSession) -> None:
        """Those that are gone first, then those that changed: new ones may have their codes."""
        for item_id in sorted(self.deleted):
            await attachments.delete_all(session, item_id)
        await ITEMS.delete(session, self.deleted)
        kept = self.changed - self.created - self.deleted
        await ITEMS.update(session, [self.items[each] for each in sorted(kept)])
        await ITEMS.insert(session, [self.items[each] for each in sorted(self.created)])
        for happened, state in self.events:
            stage_state(session, happened, state)

    def _find(self, change: Update | Archive | Restore | Delete) -> State:
        state = self.items.get(change.item_id)
        if state is None:
            raise gone(self.merged.get(change.item_id))
        check_version(state["version"], change.version)
        return state

    def _create(self, change: Create) -> Done:
        body = change.body
        if body.category_id is not None:
            check_category(self.categories.get(body.category_id))
        check_labels(body.labels, self.labels)
        if body.purchased_from is not None:
            check_company(self.companies.get(body.purchased_from))
        fields = {**body.__dict__, "sku": body.sku or new_sku(), "image": None}
        state = ITEMS.new(self.workspace_id, {**fields, "is_archived": False})
        state["id"] = change.item_id or state["id"]
        if change.from_file:
            state["attributes"] = self._read(state["attributes"], body.category_id)
        self.rules.check(state["attributes"], body.category_id)
        self._take_codes(state, None)
        self.created.add(state["id"])
        return self._keep(ItemCreated, state, status=201)

    def _update(self, state: State, change: Update) -> Done:
        fields = sent(change.body)
        if change.from_file and "attributes" in fields:
            own = self._read(fields["attributes"], fields.get("category_id", state["category_id"]))
            own = {name: _as_it_was(value, state, name) for name, value in own.items()}
            fields["attributes"] = {**state["attributes"], **own}
        if change.from_file and set(fields.get("labels", ())) == set(state["labels"]):
            fields.pop("labels", None)  # in another order, they are the same
        category_id = fields.get("category_id")
        if category_id is not None and category_id != state["category_id"]:
            check_category(self.categories.get(category_id))
        added = [one for one in fields.get("labels", ()) if one not in state["labels"]]
        check_labels(added, self.labels)
        company_id = fields.get("purchased_from")
        if company_id is not None and company_id != state["purchased_from"]:
            check_company(self.companies.get(company_id))
        after, changes = edited(state, fields)
        if not changes:
            return Done(state, changed=False)
        if change.from_file:
            check_in_use(state)
        if not changes.keys().isdisjoint(("attributes", "category_id")):
            self.rules.check(after["attributes"], after["category_id"], state["attributes"])
        self._take_codes(after, state)
        return self._keep(ItemUpdated, after, changes=changes)

    def _read(self, texts: Mapping[str, Any], category_id: UUID | None) -> dict[str, Any]:
        """Attributes as their custom fields have them; what no field defines stays what it is: in a
        spreadsheet a number, too, which a field of texts would not take."""
        holding = self.rules.holding(category_id)
        return {
            name: from_text(holding[name].value_type, _as_text(text)) if name in holding else text
            for name, text in texts.items()
        }

    def _put_away(self, state: State, happened: type[Event], *, is_archived: bool) -> Done:
        if state["is_archived"] == is_archived:
            return Done(state, changed=False)
        after = touched(state, {"is_archived": is_archived})
        self._take_codes(after, state)
        return self._keep(happened, after)

    def _delete(self, state: State) -> Done:
        if state["id"] in self.stocked:
            raise in_stock()
        after = touched(state, {})
        self._release_codes(state)
        self.events.append((ItemDeleted, after))
        self.deleted.add(state["id"])
        del self.items[state["id"]]
        return Done(after, changed=True, status=204)

    def _keep(
        self,
        happened: type[Event],
        state: State,
        *,
        status: int = 200,
        **facts: Any,  # noqa: ANN401 - the event's own
    ) -> Done:
        self.items[state["id"]] = state
        self.changed.add(state["id"])
        self.events.append((happened, {**state, **facts}))
        return Done(state, changed=True, status=status)

    def _take_codes(self, state: State, before: State | None) -> None:
        wanted = _codes_of(state)
        for name, value in wanted:
            if self.holders.get((name, value), state["id"]) != state["id"]:
                taken = CONSTRAINTS[f"item_{name}"]()
                raise taken
        if before is not None:
            self._release_codes(before)
        for code in wanted:
            self.holders[code] = state["id"]

    def _release_codes(self, state: State) -> None:
        for code in _codes_of(state):
            self.holders.pop(code, None)


async def _begin(session: TenantSession, changes: Sequence[Change]) -> _Work:
    """Lock what is to be changed, in the order of its ids, then what it is to refer to."""
    workspace_id = session.workspace_id
    ids = {change.item_id for change in changes if not isinstance(change, Create)}
    items = await ITEMS.lock(session, ids)
    bodies = [change.body for change in changes if isinstance(change, Create | Update)]
    codes = {(name, value) for name in _CODES for value in _all(bodies, name)} | {
        ("barcode", barcode)
        for change in changes
        if isinstance(change, Restore) and change.item_id in items
        if (barcode := items[change.item_id]["barcode"])
    }
    labels = {label for body in bodies for label in (body.labels or ())}
    to_delete = {change.item_id for change in changes if isinstance(change, Delete)}
    return _Work(
        workspace_id,
        items,
        await repository.stocked(session, workspace_id, to_delete),
        await repository.in_use(session, workspace_id, "categories", _all(bodies, "category_id")),
        await repository.in_use(session, workspace_id, "labels", labels),
        await repository.in_use(session, workspace_id, "companies", _all(bodies, "purchased_from")),
        {code: ids[0] for code, ids in (await repository.matches(session, codes)).items()},
        await repository.all_merged_into(session, workspace_id, ids - items.keys()),
        await rules_of(
            session,
            {*_all(bodies, "category_id"), *(item["category_id"] for item in items.values())},
        ),
    )


def _all(bodies: Iterable[RequestBody], name: str) -> set[Any]:
    return {value for body in bodies if (value := getattr(body, name)) is not None}


def _codes_of(state: State) -> list[tuple[str, str]]:
    """The codes that nobody else may have while this item has them."""
    names = ("sku", "external_id") if state["is_archived"] else _CODES
    return [(name, state[name]) for name in names if state[name] is not None]


def _as_text(value: Any) -> str:  # noqa: ANN401 - JSON
    """An attribute as a table of texts has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _as_it_was(value: Any, state: State, name: str) -> Any:  # noqa: ANN401 - JSON
    """A text of a file that is what an attribute that no field defines is already: its number, or
    its truth, as an export writes it."""
    now = state["attributes"].get(name)
    if not isinstance(value, str) or isinstance(now, str) or now is None:
        return value
    return now if value == _as_text(now) else value
