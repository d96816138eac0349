"""Reads outside of transactions, on a pool of their own: PostgreSQL builds the JSON, and the bytes
are passed on (ADR 1)."""

import time
from dataclasses import dataclass
from typing import Any

import asyncpg

from chassis.columns import pass_json_through
from chassis.scope import Scope

PLANS_LAST = 10.0  # seconds; a plan made for an empty table reads all of what fills it


class _Connection(asyncpg.Connection):  # type: ignore[misc] # asyncpg has no types
    """A connection that remembers the scope it was last told, so that the next read in the same
    workspace costs one round trip; and until when its plans are good, 0 while it is unused."""

    scope: Scope | None = None
    plans_until = 0.0


class Reader:
    """Rows and ready-made JSON, read outside of transactions. `json` columns arrive as bytes."""

    def __init__(self, url: str, settings: dict[str, str], pool_size: int) -> None:
        self._url = url
        self._settings = settings
        self._pool_size = pool_size
        self._pool: Any = None

    async def start(self) -> None:
        self._pool = await asyncpg.create_pool(
            self._url,
            min_size=1,
            max_size=self._pool_size,
            server_settings=self._settings,
            connection_class=_Connection,
            init=pass_json_through,
            reset=_keep_scope,
        )

    async def stop(self) -> None:
        if self._pool is not None:
            await self._pool.close()

    def within(self, scope: Scope) -> "ScopedReader":
        return ScopedReader(self, scope)

    async def rows(self, scope: Scope, sql: str, *args: object) -> list[Any]:
        """The rows of one statement, run in `scope`."""
        async with self._pool.acquire() as proxy:
            connection = proxy._con  # noqa: SLF001 - the proxy hides our subclass's attribute
            if connection.scope != scope:
                # Unknown until the server has answered: a cancelled call must not leave it wrong.
                connection.scope = None
                await connection.execute(scope.statement())
                connection.scope = scope
            now = time.monotonic()
            if now > connection.plans_until:
                if connection.plans_until:
                    await connection.execute("DISCARD PLANS")
                connection.plans_until = now + PLANS_LAST
            rows: list[Any] = await connection.fetch(sql, *args)
            return rows


@dataclass(frozen=True, slots=True)
class ScopedReader:
    """A reader in one scope."""

    reader: Reader
    scope: Scope

    async def rows(self, sql: str, *args: object) -> list[Any]:
        return await self.reader.rows(self.scope, sql, *args)


async def _keep_scope(_connection: Any) -> None:  # noqa: ANN401
    """Nothing to reset: the scope is told anew whenever it differs."""
