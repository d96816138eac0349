"""The model's database, real: the statements of relay and consumer go to PostgreSQL, transactions
stay open beside each other, and locks end with the connection that holds them."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Coroutine
from typing import Any, TypeVar
from uuid import UUID

import asyncpg
from sqlalchemy import text

from chassis.database import Database, TenantSession
from chassis.scope import Scope
from support.model.database import AwayError, State
from support.model.loop import PatientLoop

T = TypeVar("T")

SCHEMA = """
    CREATE TABLE IF NOT EXISTS effects
        (number bigint GENERATED ALWAYS AS IDENTITY, event_id uuid, key text, version integer);
    CREATE TABLE IF NOT EXISTS projection (key text PRIMARY KEY, version integer);
    GRANT ALL ON effects, projection TO model_app
"""
_EMPTY = "TRUNCATE outbox, inbox, consumer_positions, effects, projection RESTART IDENTITY"
_WRITE = """
    INSERT INTO outbox (event_id, topic, key, type, aggregate_version, headers, payload, shard,
        created_at)
    VALUES ($1, $2, $3, $2, $4, $5, $6, $7, now())
"""
_EFFECT = text("INSERT INTO effects (event_id, key, version) VALUES (:id, :key, :version)")
_PROJECT = text("""
    INSERT INTO projection VALUES (:key, :version) ON CONFLICT (key)
    DO UPDATE SET version = excluded.version WHERE projection.version < excluded.version
""")


class RealDatabase:
    """One service's database on a server, as `ModelDatabase` looks from outside; empty at first.
    `url` is the app role's, `admin_url` the superuser's in the same database."""

    name = "model"

    def __init__(self, loop: PatientLoop, url: str, admin_url: str) -> None:
        self._loop = loop
        self._url = url
        self._database = Database(url, name="model", pool_size=4)
        self.away = False
        self._last_id = 0
        self._open: dict[UUID, Any] = {}  # connections in a transaction, by the event it writes
        self._relays: list[RealRelayConnection] = []
        self._admin: Any = self.wait(asyncpg.connect(admin_url))
        self.wait(self._admin.execute(_EMPTY))

    def wait(self, what: Coroutine[Any, Any, T] | Awaitable[T]) -> T:
        return self._loop.run_until_complete(what)

    # Writers.

    def new_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def begin(self, row: dict[str, Any]) -> None:
        """Write `row` in a transaction that stays open."""
        connection: Any = self.wait(asyncpg.connect(self._url))
        self._open[row["event_id"]] = connection
        named = ("event_id", "topic", "key", "version", "headers", "payload", "shard")
        self.wait(connection.execute("SET warehouse.scope = 'system'; BEGIN"))
        self.wait(connection.execute(_WRITE, *(row[name] for name in named)))

    def commit(self, row: dict[str, Any]) -> None:
        self._end(row, "COMMIT")

    def roll_back(self, row: dict[str, Any]) -> None:
        self._end(row, "ROLLBACK")

    def _end(self, row: dict[str, Any], how: str) -> None:
        connection = self._open.pop(row["event_id"])
        self.wait(connection.execute(how))
        self.wait(connection.close())

    def replay(self) -> None:
        self.wait(self._admin.execute("UPDATE outbox SET published_at = NULL"))

    # What is committed.

    @property
    def pending(self) -> int:
        return int(self._value("SELECT count(*) FROM outbox WHERE published_at IS NULL"))

    @property
    def rows(self) -> dict[int, dict[str, Any]]:
        rows = self._rows("SELECT id, event_id, published_at FROM outbox")
        return {row["id"]: dict(row) for row in rows}

    @property
    def state(self) -> State:
        effects = self._rows("SELECT event_id, key, version FROM effects ORDER BY number")
        return State(
            effects=[tuple(row) for row in effects],
            projection=dict(self._rows("SELECT key, version FROM projection")),
        )

    def _rows(self, query: str) -> list[Any]:
        return list(self.wait(self._admin.fetch(query)))

    def _value(self, query: str) -> Any:  # noqa: ANN401 - asyncpg has no types
        return self.wait(self._admin.fetchval(query))

    # Relays and consumers.

    def relay_connection(self) -> "RealRelayConnection":
        settings = {"application_name": "model-relay"}
        connection: Any = self.wait(asyncpg.connect(self._url, server_settings=settings))
        self.wait(connection.execute("SET warehouse.scope = 'system'"))
        self._relays.append(RealRelayConnection(self, connection))
        return self._relays[-1]

    def terminate(self, pid: int) -> None:
        """End a connection from the server's side, and wait until it is gone with its locks."""
        assert self._value(f"SELECT pg_terminate_backend({pid}, 5000)")

    @contextlib.asynccontextmanager
    async def session(self, scope: Scope, *, named: str = "") -> AsyncIterator[TenantSession]:
        if self.away:
            raise AwayError("the database is away")
        async with self._database.session(scope, named=named) as session:
            yield session

    async def apply(
        self, session: TenantSession, event_id: UUID, key: str, version: int, *, guarded: bool
    ) -> None:
        assert guarded
        await session.execute(_EFFECT, {"id": event_id, "key": key, "version": version})
        await session.execute(_PROJECT, {"key": key, "version": version})

    def close(self) -> None:
        for relay in self._relays:
            if relay.open:
                relay.end()  # and its locks with it: the next database begins without
        for connection in (*self._open.values(), *(relay.real for relay in self._relays)):
            connection.terminate()
        self.wait(self._database.stop())
        self.wait(self._admin.close())


class RealRelayConnection:
    """A relay's connection, which the server may end at any time."""

    def __init__(self, database: RealDatabase, real: Any) -> None:  # noqa: ANN401 - no types
        self._database = database
        self.real = real
        self.open = True

    def end(self) -> None:
        self.open = False
        self._database.terminate(self.real.get_server_pid())

    async def fetch(self, statement: str, *arguments: object) -> list[Any]:
        return list(await self._ask(self.real.fetch, statement, *arguments))

    async def fetchval(self, statement: str, *arguments: object) -> Any:  # noqa: ANN401
        return await self._ask(self.real.fetchval, statement, *arguments)

    async def execute(self, statement: str, *arguments: object) -> None:
        await self._ask(self.real.execute, statement, *arguments)

    async def _ask(self, how: Any, *question: object) -> Any:  # noqa: ANN401
        if self._database.away:
            raise AwayError("the connection was closed")
        try:
            return await how(*question)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if self.open:
                raise
            raise AwayError("the connection was closed") from error
