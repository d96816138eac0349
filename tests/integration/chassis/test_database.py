"""What scopes promise."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from chassis import outbox
from chassis.database import Database
from chassis.scope import SYSTEM, Scope

from .conftest import Happened

_INSERT = text("""
    INSERT INTO stocked_entries (id, workspace_id, version, item_id, is_archived)
    VALUES (:id, :workspace_id, 1, :id, false)
""")
_MINE = "SELECT DISTINCT workspace_id FROM stocked_entries WHERE workspace_id = ANY($1::uuid[])"


async def put(database: Database, workspace_id: UUID) -> None:
    async with database.tenant(workspace_id) as session:
        await session.execute(_INSERT, {"id": uuid4(), "workspace_id": workspace_id})


async def test_a_reader_sees_its_workspace_whichever_came_before(database: Database) -> None:
    """The same connections serve many workspaces, and each sees its own rows alone."""
    workspaces = [uuid4() for _ in range(6)]
    for workspace in workspaces:
        await put(database, workspace)

    async def seen(workspace: UUID) -> list[UUID]:
        rows = await database.reader.rows(Scope(workspace_id=workspace), _MINE, workspaces)
        return [row[0] for row in rows]

    for _ in range(20):
        results = await asyncio.gather(*(seen(workspace) for workspace in workspaces))
        assert results == [[workspace] for workspace in workspaces]


async def test_a_cancelled_read_leaves_no_scope_behind(database: Database) -> None:
    """A read that is cut off while it changes scope can't make the next one see too much."""
    mine, other = uuid4(), uuid4()
    await put(database, mine)
    await put(database, other)
    for delay in (0, 0.0002, 0.0005, 0.001, 0.002):
        for scope in (Scope(workspace_id=other), SYSTEM):
            reading = asyncio.create_task(database.reader.rows(scope, _MINE, [mine, other]))
            await asyncio.sleep(delay)
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            rows = await database.reader.rows(Scope(workspace_id=mine), _MINE, [mine, other])
            assert [row[0] for row in rows] == [mine]


async def test_a_savepoint_undoes_what_went_straight_to_the_driver(database: Database) -> None:
    """Rolled back to it, a plain statement is undone like any other; those before it stay."""
    workspace, kept, undone = uuid4(), uuid4(), uuid4()
    insert = "INSERT INTO stocked_entries VALUES ($1, $2, 1, $1, false)"
    async with database.tenant(workspace) as session:
        await session.rows(insert, kept, workspace)
        outer = await session.begin_nested()
        async with session.begin_nested():
            await session.rows(insert, undone, workspace)
        await outer.rollback()
        async with session.begin_nested():
            pass  # nothing asks for the connection here
        assert await session.rows("SELECT 1") == [(1,)]
        with pytest.raises(IntegrityError):
            async with session.begin_nested():
                await session.rows(insert, kept, workspace)
    rows = await database.reader.rows(
        Scope(workspace_id=workspace), "SELECT id FROM stocked_entries"
    )
    assert [row[0] for row in rows] == [kept]


async def test_a_savepoint_in_which_nothing_was_asked_is_no_matter(database: Database) -> None:
    """What is asked after it goes on in the transaction."""
    async with database.tenant(uuid4()) as session:
        await session.rows("SELECT 1")
        async with session.savepoint():
            pass
        assert await session.rows("SELECT 2") == [(2,)]


async def test_no_scope_sees_no_rows(database: Database) -> None:
    """A session of nobody sees nothing and writes nothing."""
    await put(database, workspace := uuid4())
    assert await database.reader.rows(Scope(), _MINE, [workspace]) == []
    with pytest.raises(Exception, match="row-level security"):
        async with database.session(Scope()) as session:
            await session.execute(_INSERT, {"id": uuid4(), "workspace_id": workspace})


async def test_a_workspace_cannot_write_into_another(database: Database) -> None:
    """Row-level security refuses a row of another workspace."""
    with pytest.raises(Exception, match="row-level security"):
        async with database.tenant(uuid4()) as session:
            await session.execute(_INSERT, {"id": uuid4(), "workspace_id": uuid4()})


async def test_entering_another_scope_changes_what_a_session_sees(database: Database) -> None:
    """Within one transaction, each scope sees its own."""
    one, two = uuid4(), uuid4()
    await put(database, one)
    await put(database, two)
    async with database.session(SYSTEM) as session:
        assert len(await session.rows(_MINE, [one, two])) == 2
        await session.enter(Scope(workspace_id=one))
        assert [row[0] for row in await session.rows(_MINE, [one, two])] == [one]
        await session.enter(Scope(workspace_id=two))
        assert [row[0] for row in await session.rows(_MINE, [one, two])] == [two]


async def test_a_pooled_connection_brings_no_scope_along(environment: dict[str, str]) -> None:
    """On one connection, sessions of many scopes in turn: committed, rolled back, cancelled, or
    having entered another scope, none leaves the next more than its own."""
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=1)
    await database.start()
    one, two = uuid4(), uuid4()
    await put(database, one)
    await put(database, two)

    async def look(scope: Scope, entered: Scope | None, fail: bool) -> None:
        async with database.session(scope) as session:
            await session.rows(_MINE, [one, two])
            if entered is not None:
                await session.enter(entered)
                await session.rows(_MINE, [one, two])
            if fail:
                raise LookupError

    for scope in (SYSTEM, Scope(workspace_id=two), Scope()):
        for entered in (None, SYSTEM, Scope(workspace_id=two)):
            for fail in (False, True):
                with contextlib.suppress(LookupError):
                    await look(scope, entered, fail)
                async with database.tenant(one) as session:
                    assert await session.rows(_MINE, [one, two]) == [(one,)]
        for delay in (0, 0.0002, 0.0005, 0.001, 0.002):
            looking = asyncio.create_task(look(scope, None, fail=False))
            await asyncio.sleep(delay)
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)
            async with database.tenant(one) as session:
                assert await session.rows(_MINE, [one, two]) == [(one,)]
    await database.stop()


async def test_connections_that_the_server_ended_are_made_anew(
    environment: dict[str, str], connect: Callable[[str], Any]
) -> None:
    """After a restart of the server, or an operator's pg_terminate_backend, sessions work again
    after one failure at the most, whether or not they had to change scope."""
    database = Database(environment["CATALOG_DATABASE_URL"], name="ended", pool_size=3)
    await database.start()
    look = await connect("catalog")
    workspace = uuid4()

    async def works(scope: Scope) -> bool:
        with contextlib.suppress(DBAPIError):
            async with database.session(scope) as session:
                return await session.rows("SELECT 1") == [(1,)]
        return False

    for scope in (Scope(workspace_id=workspace), SYSTEM):
        assert all(await asyncio.gather(*(works(Scope(workspace_id=workspace)) for _ in range(3))))
        await look.fetch("""
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ended'
        """)
        assert [await works(scope) for _ in range(4)].count(False) <= 1
        assert await works(scope)
    await database.stop()


async def test_a_plain_statement_fails_as_any_other_and_leaves_nothing(database: Database) -> None:
    """What it runs into is told as SQLAlchemy tells it, and the next session is none the worse."""
    workspace, id_ = uuid4(), uuid4()
    sql = "INSERT INTO stocked_entries VALUES ($1, $2, 1, $1, false)"

    async def insert(*ids: object) -> None:
        async with database.tenant(workspace) as session:
            for id_ in ids:
                await session.rows(sql, id_, workspace)

    with pytest.raises(IntegrityError, match="stocked_entries_pkey"):
        await insert(id_, id_)
    with pytest.raises(DBAPIError, match="invalid input for query argument"):
        await insert("no id")
    async with database.tenant(workspace) as session:
        assert await session.rows(_MINE, [workspace]) == []


async def test_a_cancelled_statement_spoils_no_connection(environment: dict[str, str]) -> None:
    """Whatever it was cut off in, the pool's one connection serves the next session."""
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=1)

    async def wait() -> None:
        async with database.tenant(uuid4()) as session:
            await session.rows("SELECT pg_sleep(5)")

    for delay in (0, 0.001, 0.01):
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(delay)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with database.tenant(uuid4()) as session:
            assert await session.rows("SELECT 1") == [(1,)]
    await database.stop()


async def test_the_last_select_writes_the_events_staged_so_far(
    database: Database, connect: Callable[[str], Any]
) -> None:
    """It sees what the session changed; the events get their ids as they were staged, those that
    are staged later come after them, and whoever publishes them is woken once."""
    workspace, woken = uuid4(), []
    database.on_commit.append(lambda: woken.append(True))

    def happened(number: int) -> Happened:
        return Happened(id=uuid4(), workspace_id=workspace, version=1, number=number)

    async with database.tenant(workspace) as session:
        await session.execute(_INSERT, {"id": workspace, "workspace_id": workspace})
        for number in (2, 0, 1):
            outbox.stage(session, happened(number))
        assert await session.last.rows(_MINE, [workspace]) == [(workspace,)]
        assert await session.last.rows(_MINE, [workspace]) == [(workspace,)]
        assert woken == []
        outbox.stage(session, happened(3))
    assert woken == [True]
    connection = await connect("catalog")
    rows = await connection.fetch(
        "SELECT payload::json ->> 'number' FROM outbox WHERE workspace_id = $1 ORDER BY id",
        workspace,
    )
    assert [row[0] for row in rows] == ["2", "0", "1", "3"]
    await connection.execute("DELETE FROM outbox WHERE workspace_id = $1", workspace)


_CHANGE = """
    INSERT INTO stocked_entries (id, workspace_id, version, item_id, is_archived)
    SELECT $1, $2, 1, $1, false WHERE $3::boolean RETURNING id
"""


@pytest.mark.parametrize("begun", [False, True])
async def test_a_change_that_ends_its_transaction_is_written_with_its_events(
    database: Database, connect: Callable[[str], Any], begun: bool
) -> None:
    """First and last, it takes one statement that nobody begins or commits; after others it is
    committed with them. Where it changes nothing the event stays staged, and nobody is woken."""
    workspace, id_, woken = uuid4(), uuid4(), []
    database.on_commit.append(lambda: woken.append(True))
    look = await connect("catalog")
    counted = "SELECT count(*) FROM outbox WHERE workspace_id = $1"
    async with database.tenant(workspace) as session:
        if begun:
            await session.rows("SELECT 1")
        outbox.stage(session, Happened(id=id_, workspace_id=workspace, version=1, number=1))
        for meant in (False, True):
            assert outbox.staged(session) == 1
            rows = await outbox.write_with(
                session, _CHANGE, "SELECT id FROM changed", id_, workspace, meant, last=True
            )
            assert rows == ([(id_,)] if meant else [])
        assert outbox.staged(session) == 0
        assert await look.fetchval(counted, workspace) == (0 if begun else 1)
        assert woken == []
    assert woken == [True]
    assert await look.fetchval(counted, workspace) == 1
    await look.execute("DELETE FROM outbox WHERE workspace_id = $1", workspace)


async def test_a_change_that_ends_its_transaction_fails_as_a_whole(
    database: Database, connect: Callable[[str], Any]
) -> None:
    """What it runs into is told as ever, neither row nor event is there, and the connection that
    it was alone on begins transactions again."""
    workspace, id_ = uuid4(), uuid4()
    await put(database, workspace)

    async def change() -> None:
        async with database.tenant(workspace) as session:
            outbox.stage(session, Happened(id=id_, workspace_id=workspace, version=1, number=1))
            await outbox.write_with(
                session, _CHANGE, "SELECT id FROM changed", id_, workspace, True, last=True
            )

    await change()
    with pytest.raises(IntegrityError, match="stocked_entries_pkey"):
        await change()
    look = await connect("catalog")
    counted = "SELECT count(*) FROM outbox WHERE workspace_id = $1"
    assert await look.fetchval(counted, workspace) == 1
    async with database.tenant(workspace) as session:
        await session.rows("DELETE FROM stocked_entries WHERE workspace_id = $1", workspace)
        await session.rollback()
        assert await session.rows(_MINE, [workspace]) == [(workspace,)]
    await look.execute("DELETE FROM outbox WHERE workspace_id = $1", workspace)


async def test_a_cancelled_statement_is_told_as_that(database: Database) -> None:
    """Not as an error, which whoever asked might take for one of the database's and go on."""

    async def ask(*, plain: bool) -> None:
        async with database.system() as session:
            if plain:
                await session.rows("SELECT pg_sleep(30)")
            else:
                await session.execute(text("SELECT pg_sleep(30)"))

    for plain in (True, False):
        for pause in (0, 0.001, 0.01, 0.05, 0.2):
            task = asyncio.create_task(ask(plain=plain))
            await asyncio.sleep(pause)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
    assert await database.ready()
