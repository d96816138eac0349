"""Shadow tables: empty copies of a service's tables in a schema of their own, filled beside the
live ones and then put in their place.

A copy is like its original in all that reads, writes or migrations could tell apart: columns,
defaults, constraints and indexes by the same names, row-level security, grants, storage options.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg

SCHEMA = "rebuild"

_OBSTACLES = """
    SELECT format('%I has the trigger %I', c.relname, t.tgname) FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal AND t.tgrelid = ANY($1::oid[])
    UNION ALL
    SELECT format('%s has the foreign key %I', k.conrelid::regclass, k.conname)
    FROM pg_constraint k
    WHERE k.contype = 'f' AND (k.conrelid = ANY($1::oid[]) OR k.confrelid = ANY($1::oid[]))
"""
_COPY = f"""
    SELECT format('CREATE TABLE {SCHEMA}.%I (LIKE public.%I INCLUDING ALL EXCLUDING INDEXES)',
        relname, relname) FROM pg_class WHERE oid = $1
    UNION ALL
    SELECT format('ALTER TABLE {SCHEMA}.%I SET (%s)', relname, array_to_string(reloptions, ', '))
    FROM pg_class WHERE oid = $1 AND reloptions IS NOT NULL
    UNION ALL
    SELECT format('ALTER TABLE {SCHEMA}.%I ADD CONSTRAINT %I %s',
        c.relname, k.conname, pg_get_constraintdef(k.oid))
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.oid = $1 AND k.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT format('ALTER TABLE {SCHEMA}.%I ENABLE ROW LEVEL SECURITY', relname)
    FROM pg_class WHERE oid = $1 AND relrowsecurity
    UNION ALL
    SELECT format('ALTER TABLE {SCHEMA}.%I FORCE ROW LEVEL SECURITY', relname)
    FROM pg_class WHERE oid = $1 AND relforcerowsecurity
    UNION ALL
    SELECT format('CREATE POLICY %I ON {SCHEMA}.%I AS %s FOR %s TO %s', p.policyname, p.tablename,
            p.permissive, p.cmd, (SELECT string_agg(
                CASE role WHEN 'public' THEN 'PUBLIC' ELSE quote_ident(role) END, ', '
            ) FROM unnest(p.roles) role))
        || coalesce(' USING (' || p.qual || ')', '')
        || coalesce(' WITH CHECK (' || p.with_check || ')', '')
    FROM pg_policies p JOIN pg_class c ON c.relname = p.tablename
    WHERE c.oid = $1 AND p.schemaname = 'public'
    UNION ALL
    SELECT format('GRANT %s ON {SCHEMA}.%I TO %s', privilege_type, relname,
        CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END)
    FROM pg_class, aclexplode(relacl) WHERE oid = $1 AND grantee <> relowner
"""
_INDEXES = f"""
    SELECT replace(pg_get_indexdef(i.indexrelid),
        format(' ON public.%I ', c.relname), format(' ON {SCHEMA}.%I ', c.relname))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indrelid = ANY($1::oid[])
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
"""


class CannotShadow(Exception):  # noqa: N818 - what it says
    """A table has what a copy of it would not have."""


class Shadow:
    """The copies of `tables`, and of `scratch` ones that never replace theirs. Needs a connection
    of the role that owns them; whatever PostgreSQL refuses is raised as it is."""

    def __init__(self, connection: Any, tables: Sequence[str], scratch: Sequence[str] = ()) -> None:  # noqa: ANN401 - asyncpg has no types
        self._connection = connection
        self._tables = tuple(tables)
        self._scratch = tuple(scratch)

    async def make(self) -> None:
        """Make them anew, empty and without the indexes that only reads need; what an earlier one
        left behind goes. Raises `CannotShadow`."""
        async with self._connection.transaction():
            await self._qualify_names()
            await self._execute(
                f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE", f"CREATE SCHEMA {SCHEMA}"
            )
            every = [await self._oid(table) for table in (*self._tables, *self._scratch)]
            replaced = every[: len(self._tables)]
            if obstacles := await self._lines(_OBSTACLES, replaced):
                raise CannotShadow("; ".join(obstacles))
            for oid in every:
                await self._execute(*await self._lines(_COPY, oid))

    async def index(self) -> None:
        """Make the indexes that reads need, and count the rows for the planner: once the tables
        are filled, both are cheap."""
        async with self._connection.transaction():
            await self._qualify_names()
            oids = [await self._oid(table) for table in self._tables]
            await self._execute(*await self._lines(_INDEXES, oids))
        await self._execute(*(f'ANALYZE {SCHEMA}."{table}"' for table in self._tables))

    async def swap(self) -> None:
        """Put the copies in the place of their originals, which are gone with the commit of the
        caller's transaction: whoever reads sees either all of the one or all of the other."""
        public = ", ".join(f'public."{table}"' for table in self._tables)
        await self._execute(f"LOCK TABLE {public} IN ACCESS EXCLUSIVE MODE", f"DROP TABLE {public}")
        for table in self._tables:
            await self._execute(f'ALTER TABLE {SCHEMA}."{table}" SET SCHEMA public')
        await self.drop()

    async def drop(self) -> None:
        """Throw away what is not in place."""
        await self._execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")

    async def _qualify_names(self) -> None:
        """For this transaction: PostgreSQL writes definitions out with every schema's name."""
        await self._execute(
            "SET LOCAL search_path = pg_catalog", "SET LOCAL client_min_messages = error"
        )

    async def _oid(self, table: str) -> int:
        oid: int | None = await self._connection.fetchval(
            "SELECT to_regclass(format('public.%I', $1::text))::oid", table
        )
        if oid is None:
            raise asyncpg.UndefinedTableError(f'relation "public.{table}" does not exist')
        return oid

    async def _lines(self, query: str, *arguments: object) -> list[str]:
        return [line for (line,) in await self._connection.fetch(query, *arguments)]

    async def _execute(self, *statements: str) -> None:
        for statement in statements:
            await self._connection.execute(statement)
