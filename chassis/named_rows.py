"""Things that people know by name, with an own identifier or without: found by what files call
them, made where they are missing, and brought in as rows of their own."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from pydantic import ValidationError

from chassis.bulk import State, Table, edited
from chassis.database import TenantSession
from chassis.events import Event
from chassis.field_errors import told
from chassis.fields import RequestBody, sent
from chassis.importing import UNCHANGED, UPDATED, Making, Outcome
from chassis.imports import ImportRow
from chassis.outbox import stage_state
from chassis.statements import Statement

Key = tuple[str, str]  # a field, and what it says


@dataclass(frozen=True, slots=True)
class Found:
    id: UUID
    is_archived: bool


@dataclass(slots=True)
class Resolved:
    """`found`: what names stand for; `wrong`: why others stand for nothing."""

    found: dict[str, Found] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


class Names:
    """The things of one `kind`. `keys`: fields that tell them apart, first things first, each with
    whether it is compared whatever the case. `create` and `patch` are the bodies that rows have to
    fit."""

    def __init__(
        self,
        kind: str,
        one: str,
        table: Table,
        keys: Mapping[str, bool],
        *,
        create: type[RequestBody],
        patch: type[RequestBody],
        created: type[Event],
        updated: type[Event],
    ) -> None:
        self.kind, self.one = kind, one
        self._table, self._keys = table, keys
        self._create, self._patch = create, patch
        self._created, self._updated = created, updated
        each = " UNION ALL ".join(
            f"""
            SELECT r.ordinality, t.id, t.is_archived FROM {{rows}} JOIN {table.name} t
            ON t.workspace_id = r.workspace_id
                AND {f"lower(t.{key}) = lower(r.value)" if folds else f"t.{key} = r.value"}
            WHERE r.field = '{key}'
            """
            for key, folds in keys.items()
        )
        self._find = Statement(each, {"workspace_id": "uuid", "field": "text", "value": "text"})

    async def resolve(
        self,
        session: TenantSession,
        names: Iterable[str],
        making: Making,
        outcome: Outcome,
        more: Mapping[str, Mapping[str, object]] | None = None,
    ) -> Resolved:
        """What each of `names` stands for, by the first of the keys that has it; what is missing is
        made if it may be, with what there is `more` to a name."""
        resolved = Resolved()
        wanted = list(dict.fromkeys(names))
        matches = await self._matches(session, [(key, one) for key in self._keys for one in wanted])
        may_make = making.may(self.kind)
        fresh: dict[str, State] = {}
        for name in wanted:
            found = next((each for key in self._keys if (each := matches.get((key, name)))), [])
            if len(found) == 1:
                resolved.found[name] = found[0]
            elif found:
                resolved.wrong[name] = f"Several {self.kind} here are called {name!r}."
            elif not may_make(name):
                resolved.wrong[name] = f"There is no {self.one} {name!r} here."
            else:
                self._make(session, {"name": name, **(more or {}).get(name, {})}, fresh, resolved)
        for state in fresh.values():
            making.count(outcome, self.kind, state["name"].lower())
            stage_state(session, self._created, state)
        await self._table.insert(session, fresh.values())
        return resolved

    async def bring_in(
        self,
        session: TenantSession,
        rows: Sequence[ImportRow],
        making: Making,
        key: str | None = None,
    ) -> Outcome:
        """Make or change what each row is of, found by `key`, or else the first key that it has."""
        outcome = Outcome()
        own = [self._key_of(row, key) for row in rows]
        matches = await self._matches(session, [each for each in own if each is not None])
        states = await self._table.lock(
            session, {each.id for found in matches.values() for each in found}
        )
        fresh: list[State] = []
        changed: dict[UUID, State] = {}
        for row, each in zip(rows, own, strict=True):
            found = matches.get(each, []) if each is not None else []
            try:
                if len(found) > 1:
                    assert each is not None  # noqa: S101 - something was found by it
                    outcome.refuse(row, each[0], f"Several {self.kind} here have {each[1]!r}.")
                elif found:
                    state = states[found[0].id]
                    after = self._change(session, row, state)
                    outcome.count(self.kind, UNCHANGED if after is state else UPDATED)
                    if after is not state:
                        states[after["id"]] = changed[after["id"]] = after
                else:
                    state = self._new(session, row.fields)
                    stage_state(session, self._created, state)
                    fresh.append(state)
                    making.count(outcome, self.kind, state["name"].lower())
            except ValidationError as error:
                outcome.refuse_as_unfit(row, error)
        await self._table.update(session, changed.values())
        await self._table.insert(session, fresh)
        return outcome

    async def _matches(
        self, session: TenantSession, wanted: Sequence[Key]
    ) -> dict[Key, list[Found]]:
        """What has these keys: that in use, or else what is archived."""
        keys = list(dict.fromkeys(wanted))
        if not keys:
            return {}
        rows = [
            {"workspace_id": session.workspace_id, "field": field_, "value": value}
            for field_, value in keys
        ]
        found: dict[Key, list[Found]] = {}
        for ordinality, id_, archived in await self._find.execute(session, rows):
            found.setdefault(keys[ordinality - 1], []).append(Found(id_, archived))
        return {
            key: [one for one in each if not one.is_archived] or each for key, each in found.items()
        }

    def _key_of(self, row: ImportRow, key: str | None) -> Key | None:
        for field_ in [key] if key in self._keys else self._keys:
            if field_ is not None and (value := row.fields.get(field_)):
                return field_, str(value)
        return None

    def _make(
        self,
        session: TenantSession,
        fields: Mapping[str, object],
        fresh: dict[str, State],
        resolved: Resolved,
    ) -> None:
        name = str(fields["name"])
        folded = name.lower()
        if folded not in fresh:
            try:
                fresh[folded] = self._new(session, fields)
            except ValidationError as error:
                why = told(error.errors(include_url=False)[0])
                resolved.wrong[name] = f"{name[:50]!r} can't be its name. {why}"
                return
        resolved.found[name] = Found(fresh[folded]["id"], is_archived=False)

    def _new(self, session: TenantSession, fields: Mapping[str, object]) -> State:
        body = self._create.model_validate(dict(fields))
        values = {**body.__dict__, "is_archived": False}
        return self._table.new(session.workspace_id, values)

    def _change(self, session: TenantSession, row: ImportRow, state: State) -> State:
        after, changes = edited(state, sent(self._patch.model_validate(row.fields)))
        if changes:
            stage_state(session, self._updated, {**after, "changes": changes})
        return after
