"""A service's database as an operator looks at it: its app role, the whole service's rows."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from warehouse.errors import OperatorError

CONNECT = 5.0  # seconds
_LOST = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)


@contextlib.asynccontextmanager
async def connected(service: str, url: str) -> AsyncIterator[Any]:
    """A connection that sees every workspace's rows. Whatever PostgreSQL refuses, there or inside
    of the block, is raised as an `OperatorError` that names the service and its server."""
    parts = urlsplit(url)
    where = f"{service}'s database at {parts.hostname}:{parts.port or 5432}"
    try:
        connection: Any = await asyncpg.connect(
            url,
            timeout=CONNECT,
            server_settings={"application_name": "warehouse-operator", "timezone": "UTC"},
        )
    except (*_LOST, asyncpg.PostgresError) as error:
        raise OperatorError(
            f"{where} did not let us in: {str(error) or type(error).__name__}"
        ) from error
    try:
        await connection.execute("SET warehouse.scope = 'system'")
        yield connection
    except asyncpg.UndefinedTableError as error:
        raise OperatorError(
            f"{where} is not up to date ({error}): run `warehouse migrate {service}`."
        ) from error
    except (*_LOST, asyncpg.PostgresError) as error:
        raise OperatorError(f"{where} failed: {str(error) or type(error).__name__}") from error
    finally:
        with contextlib.suppress(*_LOST):
            await connection.close(timeout=CONNECT)
