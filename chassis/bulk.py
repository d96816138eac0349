"""Many aggregates of a table read, changed and written at once, in a statement each.

A `State` is an aggregate as its columns have it. Use cases of one thing use the ORM, for clarity;
what writes a thousand at once has no use for an object, its history and its flush for each: that
takes five times as long as PostgreSQL itself.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import Column, inspect
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase

from chassis.aggregate import born
from chassis.database import TenantSession
from chassis.events import Changes, now, plain
from chassis.statements import Statement

State = dict[str, Any]

_KEPT = {"id", "workspace_id", "created_at"}
_TYPES = postgresql.dialect()  # type: ignore[no-untyped-call]


class Table:
    """The table of a model that has the standard columns of an aggregate, or at least an id and a
    workspace."""

    def __init__(self, model: type[DeclarativeBase]) -> None:
        columns: Mapping[str, Column[Any]] = dict(inspect(model).columns)
        everything = {
            each: column.type.compile(dialect=_TYPES).lower()
            for each, column in columns.items()
            if column.computed is None
        }
        self.name = name = str(model.__tablename__)
        self._json = tuple(each for each, type_ in everything.items() if type_ == "jsonb")
        self._arrays = tuple(each for each, type_ in everything.items() if type_.endswith("[]"))
        as_text = {*self._json, *self._arrays}
        self.columns = tuple(everything)
        self._empty = dict.fromkeys(everything)
        # Arrays of arrays come apart in `unnest`, and JSON goes as text to the driver anyway.
        sent = {each: "text" if each in as_text else type_ for each, type_ in everything.items()}
        given = {
            each: f"r.{each}::{type_}" if each in as_text else f"r.{each}"
            for each, type_ in everything.items()
        }
        self._insert = Statement(
            f"INSERT INTO {name} ({', '.join(everything)}) "
            f"SELECT {', '.join(given.values())} FROM {{rows}} ORDER BY ordinality",
            sent,
        )
        changing = [each for each in everything if each not in _KEPT]
        self._update = Statement(
            f"UPDATE {name} t SET {', '.join(f'{each} = {given[each]}' for each in changing)} "
            f"FROM {{rows}} WHERE t.workspace_id = r.workspace_id AND t.id = r.id",
            sent,
        )
        read = ", ".join(
            f"t.{each}::text" if each in self._json else f"t.{each}" for each in everything
        )
        # Joined by both columns of each row, and in the rows' order: other plans, made before there
        # are statistics, read all of a workspace.
        found = (
            f"SELECT {read} FROM {{rows}} JOIN {name} t "
            f"ON t.workspace_id = r.workspace_id AND t.id = r.id ORDER BY r.ordinality"
        )
        wanted = {"workspace_id": "uuid", "id": "uuid"}
        self._read = Statement(found, wanted)
        self._lock = Statement(f"{found} FOR UPDATE OF t", wanted)
        self._delete = f"DELETE FROM {name} WHERE workspace_id = $1 AND id = ANY ($2)"

    def new(self, workspace_id: UUID, fields: Mapping[str, Any]) -> State:
        """The state of an aggregate that is new; columns that are not given are null."""
        return {**self._empty, **born(workspace_id), **fields}

    async def lock(self, session: TenantSession, ids: Collection[UUID]) -> dict[UUID, State]:
        """Those of `ids` that there are, locked in the order of their ids, so that no two who lock
        many wait for each other."""
        return await self._load(session, ids, self._lock)

    async def read(self, session: TenantSession, ids: Collection[UUID]) -> dict[UUID, State]:
        """Those of `ids` that there are."""
        return await self._load(session, ids, self._read)

    async def _load(
        self, session: TenantSession, ids: Collection[UUID], statement: Statement
    ) -> dict[UUID, State]:
        if not ids:
            return {}
        wanted = [{"workspace_id": session.workspace_id, "id": id_} for id_ in sorted(ids)]
        states = [self._state(row) for row in await statement.execute(session, wanted)]
        return {state["id"]: state for state in states}

    async def insert(self, session: TenantSession, states: Iterable[State]) -> None:
        if rows := [self._row(state) for state in states]:
            await self._insert.execute(session, rows)

    async def update(self, session: TenantSession, states: Iterable[State]) -> None:
        if rows := [self._row(state) for state in states]:
            await self._update.execute(session, rows)

    async def delete(self, session: TenantSession, ids: Collection[UUID]) -> None:
        if ids:
            await session.rows(self._delete, session.workspace_id, list(ids))

    def _state(self, row: tuple[Any, ...]) -> State:
        state = dict(zip(self.columns, row, strict=True))
        for name in self._json:
            if state[name] is not None:
                state[name] = json.loads(state[name])
        return state

    def _row(self, state: State) -> State:
        if not self._json and not self._arrays:
            return state
        row = dict(state)
        for name in self._json:
            row[name] = None if state[name] is None else json.dumps(state[name])
        for name in self._arrays:
            row[name] = f"{{{','.join(map(str, state[name]))}}}"
        return row


def edited(state: State, fields: Mapping[str, Any]) -> tuple[State, Changes]:
    """The state after `fields` were set, and what that changes; the very same `state` when they
    say what is there already."""
    changes: Changes = {}
    for name, value in fields.items():
        before = state[name]
        if before != value:
            old, new_ = plain(before), plain(value)
            if old != new_:
                changes[name] = (old, new_)
    return (touched(state, fields), changes) if changes else (state, changes)


def touched(state: State, fields: Mapping[str, Any]) -> State:
    """The state after `fields` were set: a version on, as of now."""
    return {**state, **fields, "version": state["version"] + 1, "updated_at": now()}
