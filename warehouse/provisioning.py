"""One database per service, with the role that owns it and the role that works in it.

The owner migrates; the app role reads and writes rows and owns nothing, so that row-level security
holds for it. No role may connect to a database that is not its service's. Works against any
PostgreSQL whose administrator may create roles and databases; doing it again changes nothing but
the passwords, which become those asked for.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg

from warehouse.databases import Database, Role

EXTENSIONS = ("pg_trgm", "unaccent")


def provision(admin_url: str, databases: Iterable[Database]) -> None:
    """Make roles, databases, rights and extensions as described above. Blocks."""
    asyncio.run(provision_all(admin_url, list(databases)))


async def provision_all(admin_url: str, databases: list[Database]) -> None:
    """As `provision`, for a caller with an event loop."""
    async with _connection(admin_url) as admin:
        for database in databases:
            for role in (database.owner, database.app):
                await _ensure_role(admin, role)
            await _ensure_database(admin, database)
    for database in databases:
        async with _connection(_on_database(admin_url, database.name)) as connection:
            await _grant(connection, database)


async def _ensure_role(admin: Any, role: Role) -> None:  # noqa: ANN401 - asyncpg is untyped
    known = await admin.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role.name)
    if not known:
        await admin.execute(f"CREATE ROLE {_name(role.name)} LOGIN")
    password = await admin.fetchval("SELECT quote_literal($1::text)", role.password)
    await admin.execute(f"ALTER ROLE {_name(role.name)} LOGIN PASSWORD {password}")


async def _ensure_database(admin: Any, database: Database) -> None:  # noqa: ANN401
    name, owner, app = _name(database.name), _name(database.owner.name), _name(database.app.name)
    superuser = await admin.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
    if not superuser:  # a managed server's administrator acts for the owner as its member
        await admin.execute(f"GRANT {owner} TO CURRENT_USER")
    known = await admin.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", database.name)
    if not known:
        await admin.execute(f"CREATE DATABASE {name} OWNER {owner}")
    await admin.execute(f"ALTER DATABASE {name} OWNER TO {owner}")
    await admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    await admin.execute(f"GRANT CONNECT ON DATABASE {name} TO {app}")


async def _grant(connection: Any, database: Database) -> None:  # noqa: ANN401
    owner, app = _name(database.owner.name), _name(database.app.name)
    for extension in EXTENSIONS:
        await connection.execute(f"CREATE EXTENSION IF NOT EXISTS {extension} SCHEMA public")
    default = f"ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT"
    await connection.execute(f"""
        ALTER SCHEMA public OWNER TO {owner};
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE ON SCHEMA public TO {app};
        {default} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
        {default} USAGE, SELECT ON SEQUENCES TO {app};
        {default} EXECUTE ON FUNCTIONS TO {app};
    """)


@contextlib.asynccontextmanager
async def _connection(url: str) -> AsyncIterator[Any]:
    connection: Any = await asyncpg.connect(url)
    try:
        # Repeating what holds already is the point here, and no news.
        await connection.execute("SET client_min_messages = warning")
        yield connection
    finally:
        await connection.close()


def _on_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
