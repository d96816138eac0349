"""A service's database in memory: outbox, advisory locks, inbox, positions and what handlers did.

It answers the statements of `chassis.relay` and `chassis.positions`, which are told apart by
identity, and nothing else: a statement it does not know is an error of the test.
"""

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import TopicPartition

from chassis import failpoints, outbox, positions, relay
from chassis.scope import Scope

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


class AwayError(asyncpg.PostgresConnectionError):
    """The database does not answer."""


@dataclass
class State:
    """What is committed on the consumer's side."""

    inbox: set[UUID] = field(default_factory=set)
    positions: dict[TopicPartition, tuple[int, UUID | None, datetime | None]] = field(
        default_factory=dict
    )
    effects: list[tuple[UUID, str, int]] = field(default_factory=list)
    projection: dict[str, int] = field(default_factory=dict)

    def copy(self) -> "State":
        return State(
            set(self.inbox), dict(self.positions), list(self.effects), dict(self.projection)
        )


class ModelDatabase:
    """One service's database. `away` refuses new work."""

    name = "model"

    def __init__(self) -> None:
        self.rows: dict[int, dict[str, Any]] = {}  # the outbox, committed rows alone
        self.locks: dict[int, RelayConnection] = {}
        self.connections: list[RelayConnection] = []
        self.state = State()
        self.away = False
        self._last_id = 0

    def new_id(self) -> int:
        """Ids are given when a row is written, not when it is committed."""
        self._last_id += 1
        return self._last_id

    def begin(self, row: dict[str, Any]) -> None:
        """A transaction begins that writes `row`; nobody sees it."""

    def commit(self, row: dict[str, Any]) -> None:
        self.rows[row["id"]] = row

    def roll_back(self, row: dict[str, Any]) -> None:
        """Nobody saw it."""

    def replay(self) -> None:
        """Have every row sent again, as `warehouse replay` does."""
        for row in self.rows.values():
            row["published_at"] = None

    @property
    def pending(self) -> int:
        return sum(row["published_at"] is None for row in self.rows.values())

    def relay_connection(self) -> "RelayConnection":
        return RelayConnection(self)

    async def apply(
        self, session: "Session", event_id: UUID, key: str, version: int, *, guarded: bool
    ) -> None:
        """What the handler writes: that it ran, and the newest version; without its guard, the last
        one."""
        session.state.effects.append((event_id, key, version))
        if not guarded or version > session.state.projection.get(key, 0):
            session.state.projection[key] = version

    def close(self) -> None:
        """Nothing is held."""

    @contextlib.asynccontextmanager
    async def session(self, scope: Scope, *, named: str = "") -> AsyncIterator["Session"]:
        """One transaction, as `chassis.database.Database.session` has it."""
        if self.away:
            raise AwayError("the database is away")
        session = Session(self.state.copy(), scope)
        yield session
        if failpoints.ACTIVE:
            failpoints.hit(f"{named}.before_commit")
        self.state = session.state
        if failpoints.ACTIVE:
            failpoints.hit(f"{named}.after_commit")


class Session:
    """A transaction over a copy of the state. Two consumers never run at once here: what they
    could do to each other is done by steps in between."""

    def __init__(self, state: State, scope: Scope) -> None:
        self.state = state
        self.scope = scope

    async def enter(self, scope: Scope) -> None:
        self.scope = scope

    async def execute(self, statement: object, arguments: Mapping[str, Any]) -> Iterable[Any]:
        assert statement is positions._TAKE, statement
        places = zip(arguments["topics"], arguments["partitions"], strict=True)
        return [self._take(TopicPartition(*place)) for place in places]

    async def rows(self, sql: str, *columns: Any) -> list[Any]:  # noqa: ANN401
        moved = self._move(*columns[:6])
        if sql is positions._MOVE:
            return [(1,)] * moved
        assert sql is positions._MOVE_AND_CLAIM, sql
        fresh = set(columns[6]) - self.state.inbox
        self.state.inbox |= fresh
        return [(moved, list(fresh))]

    def _take(self, partition: TopicPartition) -> tuple[Any, ...]:
        return (*partition, *self.state.positions.setdefault(partition, (0, None, None)))

    def _move(self, topics: Sequence[str], numbers: Sequence[int], *steps: Sequence[Any]) -> int:
        moved = 0
        for topic, number, expected, *step in zip(topics, numbers, *steps, strict=True):
            partition = TopicPartition(topic, number)
            if self.state.positions.get(partition, (None,))[0] == expected:
                following, anchor, time = step
                self.state.positions[partition] = (following, anchor, time)
                moved += 1
        return moved


class RelayConnection:
    """A relay's connection: the locks it took go when it ends."""

    def __init__(self, database: ModelDatabase) -> None:
        self._database = database
        self.open = True
        database.connections.append(self)

    def end(self) -> None:
        """The server ends it; the relay notices at its next statement."""
        self.open = False
        self._database.connections.remove(self)
        self._database.locks = {s: c for s, c in self._database.locks.items() if c is not self}

    def _check(self) -> None:
        if not self.open or self._database.away:
            raise AwayError("the connection was closed")

    async def fetch(
        self, statement: str, shards: list[int], after: int, limit: int, absent: list[str]
    ) -> list[dict[str, Any]]:
        self._check()
        assert statement is relay._PENDING, statement
        assert not absent
        rows = (self._database.rows[id_] for id_ in sorted(self._database.rows) if id_ > after)
        pending = [r for r in rows if r["published_at"] is None and r["shard"] in shards]
        return [dict(row) for row in pending[:limit]]

    async def fetchval(self, statement: str, *arguments: int) -> Any:  # noqa: ANN401
        self._check()
        if statement is relay._RELAYS:
            return len(self._database.connections)
        assert "pg_try_advisory_lock" in statement, statement
        shard = arguments[1]
        return self._database.locks.setdefault(shard, self) is self

    async def execute(self, statement: str, *arguments: Any) -> None:  # noqa: ANN401
        self._check()
        if "pg_advisory_unlock" in statement:
            del self._database.locks[arguments[1]]
            return
        assert statement is relay._MARK, statement
        for id_ in arguments[0]:
            self._database.rows[id_]["published_at"] = EPOCH


def row_of(id_: int, event_id: UUID, topic: str, key: str, headers: str, payload: str) -> Any:  # noqa: ANN401
    """An outbox row as it is stored."""
    return {
        "id": id_,
        "event_id": event_id,
        "topic": topic,
        "key": key,
        "headers": headers,
        "payload": payload,
        "shard": outbox.shard_of(key),
        "created_at": EPOCH,
        "published_at": None,
    }
