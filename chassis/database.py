"""PostgreSQL behind two walls: a session always belongs to a scope, and row-level security holds
the scope whatever a query forgets.

Writes use a SQLAlchemy session in one transaction: raising rolls back, returning commits. Reads
that return rows as they are go through `Reader`, where PostgreSQL builds the JSON and the bytes
are passed on. Both tell the server the scope before the first statement; the policies made by
`chassis.migrations.isolate` do the rest.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import asyncpg
from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session, SessionTransaction

from chassis import failpoints, outbox
from chassis.columns import pass_json_through
from chassis.reader import Reader
from chassis.scope import SYSTEM, Scope

_SET_LOCAL = (
    "SELECT set_config('warehouse.workspace_id', $1, true), "
    "set_config('warehouse.user_id', $2, true), set_config('warehouse.scope', $3, true)"
)


# What asyncpg raises while the server is unreachable, stopping, or out of what it needs.
DATABASE_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that broke while it was used
    ConnectionError,
)
_AWAY = {"08", "53", "57"}  # the same as classes of SQLSTATE
_ROLLED_BACK = "40"


def is_away(error: BaseException, *, rolled_back: bool = False) -> bool:
    """Whether the trouble is the database's and passes, rather than the statement's; with
    `rolled_back`, also whether the server asks to try the transaction again."""
    if isinstance(error, OSError | PoolTimeoutError | OperationalError | InterfaceError):
        return True
    if isinstance(error, DATABASE_AWAY):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state = str(getattr(error.orig, "sqlstate", "") or "")[:2]
    return error.connection_invalidated or state in _AWAY or (rolled_back and state == _ROLLED_BACK)


class _ScopedSession(Session):
    """The synchronous session under `TenantSession`; its own, so that events reach no other."""


class TenantSession(AsyncSession):
    """A session in one transaction and one scope, with the events that it will publish."""

    sync_session_class = _ScopedSession

    @property
    def scope(self) -> Scope:
        scope: Scope = self.info["scope"]
        return scope

    @property
    def workspace_id(self) -> UUID:
        """The workspace of this session; an error in code that runs outside any workspace."""
        if self.scope.workspace_id is None:
            raise LookupError("this session belongs to no workspace")
        return self.scope.workspace_id

    async def rows(self, sql: str, *args: object) -> list[Any]:
        """The rows of a plain statement, which sees what this session changed."""
        if not self.sync_session._is_clean():  # noqa: SLF001 - a flush of nothing costs, too
            await self.flush()
        return await self._run(sql, args)

    async def last_rows(self, sql: str, *args: object) -> list[Any]:
        """As `rows`, of the statement that ends this transaction: nothing that may fail comes after
        it. Where it is the first one as well, it is a transaction by itself, which spares the round
        trips of a BEGIN and a COMMIT."""
        if not self.sync_session._is_clean():  # noqa: SLF001
            await self.flush()
        return await self._run(sql, args, by_itself=True)

    async def _run(self, sql: str, args: Sequence[object], *, by_itself: bool = False) -> list[Any]:
        """Straight to the driver, as SQLAlchemy's own cursor would in the end: its way there costs
        as much as the statement. Errors go back to it, so that they are told as ever."""
        if "driver" not in self.info:  # also after a savepoint in which nothing was asked
            self.info["driver"] = await self.run_sync(_driver_of)
        driver = self.info["driver"]
        cursor = driver.cursor()
        driver.autocommit = by_itself  # says what a first statement does; a transaction goes on
        try:
            await cursor._prepare_and_execute(sql, args)  # noqa: SLF001 - `execute` is not async
        except BaseException as error:
            await self.run_sync(_told_by_sqlalchemy, error, sql, args)
            raise
        finally:
            driver.autocommit = False
        return [tuple(row) for row in cursor._rows]  # noqa: SLF001 - where `fetchall` has them from

    @property
    def last(self) -> "Source":
        """Answers one plain SELECT, with which the events staged so far are written: for the
        answer to a change, to spare a round trip."""
        return _Last(self)

    @contextlib.asynccontextmanager
    async def savepoint(self) -> AsyncIterator[None]:
        """What is done within is undone by itself when it raises, with the events it staged."""
        since = outbox.staged(self)
        try:
            async with self.begin_nested():
                yield
        except BaseException:
            outbox.unstage(self, since)
            raise

    def wake(self) -> None:
        """Have the database's `on_commit` called after the commit, as it is for staged events: for
        what waits in a table of its own, too."""
        self.info["wakes"] = True

    async def enter(self, scope: Scope) -> None:
        """Go on in another scope within the same transaction; for consumers of batches."""
        if scope != self.scope:
            await self.flush()
            self.info["scope"] = scope
            if self.in_transaction():
                await self.run_sync(lambda session: _tell(session.connection(), scope))


class Source(Protocol):
    """Anything that answers plain SQL in a scope: a scoped reader, or a session before it commits.

    Parameters are PostgreSQL's own `$1`; `json` columns arrive as bytes, unparsed.
    """

    async def rows(self, sql: str, *args: object) -> list[Any]: ...


@dataclass(frozen=True, slots=True)
class _Last:
    session: TenantSession

    async def rows(self, sql: str, *args: object) -> list[Any]:
        return await outbox.write_and_select(self.session, sql, *args)


class Database:
    """A service's database as its app role sees it. `on_commit` is called after a commit that
    staged events or left other work; those who do it, the relay above all, are woken there."""

    def __init__(self, url: str, *, name: str, pool_size: int = 8) -> None:
        self.name = name
        settings = {"application_name": name, "timezone": "UTC", "jit": "off"}
        self._engine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            pool_use_lifo=True,
            max_overflow=0,  # a connection beyond the pool would be made and closed for each use
            pool_timeout=10,
            connect_args={"server_settings": settings},
        )
        event.listen(self._engine.sync_engine, "connect", _pass_json_through_sqlalchemy)
        self.reader = Reader(url, settings, pool_size)
        self.on_commit: list[Callable[[], None]] = []

    async def start(self) -> None:
        await self.reader.start()

    async def stop(self) -> None:
        await self.reader.stop()
        await self._engine.dispose()

    async def ready(self) -> bool:
        return bool(await self.reader.within(SYSTEM).rows("SELECT 1"))

    @contextlib.asynccontextmanager
    async def session(self, scope: Scope, *, named: str = "") -> AsyncIterator[TenantSession]:
        """One transaction in `scope`: raising rolls back, returning commits, rows and events
        together. `named` is what its failpoints are called after."""
        async with TenantSession(
            self._engine, expire_on_commit=False, info={"scope": scope}
        ) as session:
            yield session
            await outbox.write(session)
            if failpoints.ACTIVE:
                failpoints.hit(f"{named}.before_commit")
            await session.commit()
        if failpoints.ACTIVE:
            failpoints.hit(f"{named}.after_commit")
        if session.info.get("wakes"):
            for wake in self.on_commit:
                wake()

    def tenant(self, workspace_id: UUID) -> contextlib.AbstractAsyncContextManager[TenantSession]:
        return self.session(Scope(workspace_id=workspace_id))

    def system(self) -> contextlib.AbstractAsyncContextManager[TenantSession]:
        """For work that spans workspaces by its nature; never for a request in a workspace."""
        return self.session(SYSTEM)


@event.listens_for(_ScopedSession, "after_begin")
def _scope_begins(
    session: Session, _transaction: SessionTransaction, connection: Connection
) -> None:
    scope = session.info.get("scope")
    if scope is None:
        return
    # Outside of the transaction, which the driver begins with the first statement, and only when
    # the connection's last transaction had another scope.
    known = connection.info
    if known.get("scope") != scope:
        known.pop("scope", None)
        _tell_ahead(connection, scope)
        known["scope"] = scope


@event.listens_for(_ScopedSession, "after_transaction_create")
def _savepoint_is_due(session: Session, transaction: SessionTransaction) -> None:
    """SQLAlchemy sets a savepoint when the session next asks for its connection; a statement that
    goes straight to the driver has to ask for it anew, or nothing of it would be rolled back."""
    if transaction.nested:
        session.info.pop("driver", None)


@event.listens_for(_ScopedSession, "after_transaction_end")
def _connection_goes(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop("driver", None)


def _driver_of(session: Session) -> Any:  # noqa: ANN401 - asyncpg has no types
    """The driver's connection, in the transaction and the savepoint that the session is in."""
    return session.connection().connection.dbapi_connection


def _told_by_sqlalchemy(
    session: Session, error: BaseException, sql: str, args: Sequence[object]
) -> None:
    """Raise `error` as SQLAlchemy would, and let it drop the connection if that is at fault."""
    connection = session.connection()
    if not isinstance(error, Exception):
        # A cancellation: the connection may be in the middle of an answer, and is done with.
        connection.invalidate(error)
        raise error
    connection._handle_dbapi_exception(error, sql, tuple(args), None, None)  # noqa: SLF001


def _tell_ahead(connection: Connection, scope: Scope) -> None:
    """Set the scope for the whole connection, before its transaction. A connection that turns out
    to be broken leaves the pool, as SQLAlchemy sees to for statements of its own."""
    statement = scope.statement()
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.run_async(lambda asyncpg_: asyncpg_.execute(statement))
    except (asyncpg.PostgresError, OSError, *DATABASE_AWAY) as error:
        connection.engine.pool._invalidate(connection.connection, error)  # noqa: SLF001
        connection.invalidate(error)
        raise OperationalError(statement, None, error, connection_invalidated=True) from error


def _tell(connection: Connection, scope: Scope) -> None:
    connection.exec_driver_sql(_SET_LOCAL, scope.settings())


async def lock_key(session: TenantSession, name: str) -> None:
    """Hold others who lock the same name in this workspace until this transaction ends."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
        {"name": f"{session.scope.workspace_id}:{name}"},
    )


def _pass_json_through_sqlalchemy(connection: Any, _record: object) -> None:  # noqa: ANN401
    # After SQLAlchemy's own set-up, which would parse `json`; `jsonb` columns keep its codec.
    connection.run_async(pass_json_through)
