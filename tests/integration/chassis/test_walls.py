"""With every `WHERE workspace_id = ...` forgotten, row-level security alone still holds: for each
table that has a workspace, found in the catalog of every service's database. (What a superuser made
there, as tests do for themselves, is no service's.)

Each table is tried within one transaction that is rolled back: a row of either workspace is put
into it with its constraints out of the way, then the service's own role runs statements that name
no workspace, in the scope of one of them.
"""

from collections.abc import AsyncIterator, Iterable
from typing import Self
from uuid import UUID, uuid4

import asyncpg
import pytest

from warehouse.embedded.stack import Servers
from warehouse.provisioning import Database
from warehouse.registry import SERVICES

OURS, THEIRS = uuid4(), uuid4()
US, THEM = uuid4(), uuid4()
_TABLES = """
    SELECT c.oid::regclass::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS walled,
           c.relispartition AS part, c.relkind::text AS kind,
           ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid) AS policies
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
      AND c.relowner <> (SELECT oid FROM pg_roles WHERE rolname = current_user)
    ORDER BY 1
"""
_COLUMNS = """
    SELECT a.attname AS name, format_type(a.atttypid, NULL) AS type, a.attnotnull AS needed,
           a.atthasdef OR a.attidentity <> '' AS given,
           EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary
                   AND a.attnum = ANY (i.indkey)) AS key
    FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped
"""
_CHECKS = "SELECT conname FROM pg_constraint WHERE conrelid = $1::regclass AND contype = 'c'"
_POLICIES = {"tenant", "system", "personal"}  # those of `chassis.migrations.isolate`
_MORE_POLICIES = {
    # To read: those that one is a member of, and what is found in them without naming one.
    "workspaces": {"mine"},
    "short_codes": {"mine"},
    # To read, the owner's alone, who reads them for the views below.
    "items": {"owner"},
    "entries": {"owner"},
    "search_words": {"owner"},
}
# Those that say themselves whose rows they show; where they are tried, the table below them is.
_VIEWS = {"searchable_items": "items", "searchable_words": "search_words"} | {
    "searchable_entries": "entries"
}
_ANY = {
    "uuid": "gen_random_uuid()",
    "bigint": "(random() * 1e9)::bigint",
    "integer": "(random() * 1e9)::integer",
    "smallint": "(random() * 1e4)::smallint",
    "date": "current_date",
    "timestamp with time zone": "now()",
    "boolean": "true",
    "bytea": "gen_random_uuid()::text::bytea",
}


@pytest.fixture(scope="module", params=SERVICES)
async def admin(
    request: pytest.FixtureRequest, servers: Servers
) -> AsyncIterator[tuple[str, asyncpg.Connection]]:
    """A superuser's connection to the database of a service, and the role its requests have."""
    name: str = request.param
    role = Database.of(name, owner_password="", app_password="").app.name
    connection = await asyncpg.connect(
        servers.admin_url.rsplit("/", 1)[0] + f"/warehouse_{name}",
        server_settings={"lock_timeout": "20s"},
    )
    yield role, connection
    await connection.close()


class Try:
    """One table in a transaction that leaves nothing behind."""

    def __init__(self, connection: asyncpg.Connection, role: str, table: str) -> None:
        self._connection, self._role, self._table = connection, role, table
        self.table = table  # that statements are tried on

    async def __aenter__(self) -> Self:
        self._transaction = self._connection.transaction()
        await self._transaction.start()
        try:
            await self._connection.execute("SET LOCAL session_replication_role = replica")
            await self._fill()
            await self._connection.execute(f"SET LOCAL ROLE {self._role}")
        except BaseException:
            await self._transaction.rollback()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._transaction.rollback()

    async def _fill(self) -> None:
        for (constraint,) in await self._connection.fetch(_CHECKS, self._table):
            await self._connection.execute(
                f'ALTER TABLE {self._table} DROP CONSTRAINT "{constraint}"'
            )
        columns = await self._connection.fetch(_COLUMNS, self._table)
        self._names = {column["name"] for column in columns}
        filled = {}
        for column in columns:
            if column["key"] and not column["given"]:
                filled[column["name"]] = _ANY.get(column["type"], "gen_random_uuid()::text")
            elif column["needed"] and not column["key"]:
                await self._alter(f"ALTER COLUMN {column['name']} DROP NOT NULL")
        for workspace, user in ((OURS, US), (THEIRS, THEM)):
            values = filled | {"workspace_id": f"'{workspace}'"}
            if "user_id" in self._names:
                values["user_id"] = f"'{user}'"
            names, given = ", ".join(values), ", ".join(values.values())
            await self._connection.execute(f"INSERT INTO {self._table} ({names}) VALUES ({given})")

    async def _alter(self, how: str) -> None:
        await self._connection.execute(f"ALTER TABLE {self._table} {how}")

    async def within(self, workspace: UUID | None = None, user: UUID | None = None) -> None:
        await self._connection.execute(
            "SELECT set_config('warehouse.workspace_id', $1, true), "
            "set_config('warehouse.user_id', $2, true), set_config('warehouse.scope', '', true)",
            str(workspace or ""),
            str(user or ""),
        )

    async def touched(self, sql: str) -> set[UUID]:
        """The workspaces of the rows that a statement returns, of those two."""
        undone = self._connection.transaction()
        await undone.start()
        found = {row[0] for row in await self._connection.fetch(sql.format(self.table))}
        await undone.rollback()
        return found & {OURS, THEIRS}

    async def refused(self, sql: str) -> bool:
        """Whether row-level security, and nothing else, refuses a statement."""
        try:
            async with self._connection.transaction():
                await self._connection.execute(sql.format(self.table), THEIRS)
        except asyncpg.InsufficientPrivilegeError as error:
            return "row-level security" in str(error)
        return False


async def tables(connection: asyncpg.Connection) -> Iterable[asyncpg.Record]:
    found = await connection.fetch(_TABLES)
    assert "outbox" in {table["name"] for table in found}
    return found


async def test_every_table_with_a_workspace_is_behind_the_wall(
    admin: tuple[str, asyncpg.Connection],
) -> None:
    """Row-level security is on and holds for the owner, too, by no policy but those named here.
    No view leads around it, but those that are named here, to read alone."""
    role, connection = admin
    for table in await tables(connection):
        if table["name"] in _VIEWS:
            for verb in ("INSERT", "UPDATE", "DELETE"):
                assert not await may(connection, role, table["name"], verb), table["name"]
            continue
        assert table["kind"] in {"r", "p"}, f"{table['name']} is a view"
        assert table["walled"], table["name"]
        known = _POLICIES | _MORE_POLICIES.get(table["name"], set())
        assert known.issuperset(table["policies"]), table["name"]


async def test_a_statement_without_a_workspace_sees_and_changes_ones_own_alone(
    admin: tuple[str, asyncpg.Connection],
) -> None:
    """SELECT, UPDATE and DELETE of everything; INSERT into another workspace, and moving a row
    there."""
    role, connection = admin
    for table in await tables(connection):
        if table["part"]:
            continue  # reached through its parent; it has no policy that would let anybody in
        name = table["name"]
        async with Try(connection, role, _VIEWS.get(name, name)) as attempt:
            attempt.table = name
            await attempt.within(OURS)
            assert await attempt.touched("SELECT workspace_id FROM {}") == {OURS}, name
            for sql in (
                "UPDATE {} SET workspace_id = workspace_id RETURNING workspace_id",
                "DELETE FROM {} RETURNING workspace_id",
            ):
                if await may(connection, role, name, sql.split()[0]):
                    assert await attempt.touched(sql) <= {OURS}, (name, sql)
            if await may(connection, role, name, "INSERT"):
                assert await attempt.refused("INSERT INTO {} (workspace_id) VALUES ($1)"), name
            if await may(connection, role, name, "UPDATE"):
                assert await attempt.refused("UPDATE {} SET workspace_id = $1"), name
            await attempt.within()
            assert await attempt.touched("SELECT workspace_id FROM {}") == set(), name


async def test_a_user_sees_rows_of_their_own_alone(
    admin: tuple[str, asyncpg.Connection],
) -> None:
    """Where a user's rows of all workspaces are theirs to see, those of another user are not."""
    role, connection = admin
    for table in await tables(connection):
        if "personal" in table["policies"]:
            async with Try(connection, role, table["name"]) as attempt:
                await attempt.within(user=US)
                assert await attempt.touched("SELECT workspace_id FROM {}") == {OURS}, table["name"]


async def may(connection: asyncpg.Connection, role: str, table: str, what: str) -> bool:
    allowed: bool = await connection.fetchval(
        "SELECT has_table_privilege($1, $2::regclass, $3)", role, table, what
    )
    return allowed
