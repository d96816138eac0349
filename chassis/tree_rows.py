"""Rows of an imported file that are nodes of a tree: found, made, changed and moved, parents before
what stands below them, whatever their order in the file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from chassis import trees
from chassis.bulk import State, edited
from chassis.database import TenantSession
from chassis.events import Changes, Event
from chassis.fields import RequestBody, sent
from chassis.importing import UNCHANGED, UPDATED, Making, Outcome, check_in_use
from chassis.imports import ImportRow
from chassis.outbox import stage_state
from chassis.problems import Problem, invalid
from chassis.statements import Statement
from chassis.tree_paths import Tree, folded, path_of
from chassis.trees import MAX_DEPTH

_NAMES = {"parent_id": "parent"}


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row whose parent is there."""

    row: ImportRow
    parent_id: UUID | None
    says_parent: bool


class TreeRows:
    """Brings in rows of the kind `kind`, with the fields of `create` but for `parent`, the path to
    a parent. `happened` says which event tells of changes."""

    def __init__(
        self,
        kind: str,
        tree: Tree,
        *,
        create: type[RequestBody],
        patch: type[RequestBody],
        created: type[Event],
        happened: Callable[[Changes], type[Event]],
    ) -> None:
        self._kind = kind
        self._tree = tree
        self._body, self._patch = create, patch
        self._created, self._happened = created, happened
        name = tree.table.name
        columns = {"workspace_id": "uuid", "external_id": "text", "parent_id": "uuid"}
        self._match = Statement(
            f"""
            SELECT r.ordinality, t.id FROM {{rows}}
            JOIN {name} t ON t.workspace_id = r.workspace_id AND t.external_id = r.external_id
            UNION ALL
            SELECT r.ordinality, t.id FROM {{rows}}
            JOIN {name} t ON t.workspace_id = r.workspace_id AND t.parent_id = r.parent_id
                AND lower(t.name) = lower(r.name)
            WHERE r.external_id IS NULL
            UNION ALL
            SELECT r.ordinality, t.id FROM {{rows}}
            JOIN {name} t ON t.workspace_id = r.workspace_id AND t.parent_id IS NULL
                AND lower(t.name) = lower(r.name)
            WHERE r.external_id IS NULL AND r.parent_id IS NULL
            """,
            {**columns, "name": "text"},
        )

    async def bring_in(
        self, session: TenantSession, rows: Sequence[ImportRow], making: Making
    ) -> Outcome:
        """Each row once its parent is there. Parents that no row brings are made, if they may be;
        else the row is refused."""
        outcome = Outcome()
        await trees.hold(session, self._tree.table.name)
        waiting = list(rows)
        while waiting:
            ready, wrong = await self._sort(session, waiting, lambda _: False)
            waiting = [row for row, _ in wrong]
            if not ready:
                may = making.may(self._kind)
                ready, wrong = await self._sort(session, waiting, may, making, outcome)
                waiting = []
                for row, message in wrong:
                    outcome.refuse(row, "parent", message)
            await self._apply(session, ready, making, outcome)
        return outcome

    async def _sort(
        self,
        session: TenantSession,
        rows: Sequence[ImportRow],
        may_make: Callable[[str], bool],
        making: Making | None = None,
        outcome: Outcome | None = None,
    ) -> tuple[list[_Ready], list[tuple[ImportRow, str]]]:
        """Rows whose parent is there; and others, each with why that is not."""
        said = [parent for row in rows if (parent := row.fields.get("parent"))]
        resolved = await self._tree.resolve(session, said, may_make)
        if making is not None and outcome is not None:
            for path in resolved.made:
                making.count(outcome, self._kind, path)
        ready, wrong = [], []
        for row in rows:
            parent = row.fields.get("parent")
            if not parent:
                ready.append(_Ready(row, None, says_parent=False))
            elif parent in resolved.found:
                ready.append(_Ready(row, resolved.found[parent].id, says_parent=True))
            else:
                wrong.append((row, resolved.wrong[parent]))
        return ready, wrong

    async def _apply(
        self, session: TenantSession, ready: Sequence[_Ready], making: Making, outcome: Outcome
    ) -> None:
        if not ready:
            return
        matches = await self._matches(session, ready)
        found = {id_ for ids in matches.values() for id_ in ids}
        parents = {one.parent_id for one in ready if one.parent_id is not None}
        levels = await self._tree.levels(session, parents)
        states = await self._tree.table.lock(session, found)
        fresh: list[State] = []
        changed: dict[UUID, State] = {}
        for at, one in enumerate(ready):
            try:
                ids = matches.get(at, [])
                if not ids:
                    fresh.append(self._new(session, one, levels))
                    making.count(outcome, self._kind, self._path(one))
                    continue
                state = states[ids[0]]
                after = await self._changed(session, one, state)
                outcome.count(self._kind, UNCHANGED if after is state else UPDATED)
                if after is not state:
                    states[ids[0]] = changed[ids[0]] = after
            except ValidationError as error:
                outcome.refuse_as_unfit(one.row, error, _NAMES)
            except Problem as problem:
                outcome.refuse_for(one.row, problem, _NAMES)
        await self._tree.table.update(session, changed.values())
        await self._tree.table.insert(session, fresh)

    async def _matches(
        self, session: TenantSession, ready: Sequence[_Ready]
    ) -> dict[int, list[UUID]]:
        rows = [
            {
                "workspace_id": session.workspace_id,
                "external_id": one.row.fields.get("external_id"),
                "parent_id": one.parent_id,
                "name": one.row.fields.get("name"),
            }
            for one in ready
        ]
        matches: dict[int, list[UUID]] = {}
        for ordinality, id_ in await self._match.execute(session, rows):
            matches.setdefault(ordinality - 1, []).append(id_)
        return matches

    def _new(
        self, session: TenantSession, one: _Ready, levels: dict[UUID, tuple[int, bool]]
    ) -> State:
        body = self._body.model_validate({**_own(one.row), "parent_id": one.parent_id})
        if one.parent_id is not None:
            depth, archived = levels[one.parent_id]
            if depth >= MAX_DEPTH:
                raise invalid("parent_id", f"A tree has {MAX_DEPTH} levels at most.", "too-deep")
            if archived:
                raise invalid("parent_id", "This parent is archived; restore it first.", "archived")
        values = {**body.__dict__, "is_archived": False}
        state = self._tree.table.new(session.workspace_id, values)
        stage_state(session, self._created, state)
        return state

    async def _changed(self, session: TenantSession, one: _Ready, state: State) -> State:
        fields: dict[str, Any] = sent(self._patch.model_validate(_own(one.row)))
        if one.says_parent and one.parent_id != state["parent_id"]:
            await trees.place(session, self._tree.table.name, one.parent_id, moving=state["id"])
            fields["parent_id"] = one.parent_id
        after, changes = edited(state, fields)
        if changes:
            check_in_use(state)
            stage_state(session, self._happened(changes), {**after, "changes": changes})
        return after

    @staticmethod
    def _path(one: _Ready) -> str:
        parent = one.row.fields.get("parent") or ""
        return folded((*path_of(parent), *path_of(str(one.row.fields.get("name", "")))))


def _own(row: ImportRow) -> dict[str, Any]:
    """The fields of the node itself."""
    return {name: value for name, value in row.fields.items() if name not in {"parent", "path"}}
