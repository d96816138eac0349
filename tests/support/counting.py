"""Statements that sessions of this process send, one round trip each."""

from typing import Any

import pytest
from sqlalchemy.dialects.postgresql.asyncpg import (
    AsyncAdapt_asyncpg_connection,
    AsyncAdapt_asyncpg_cursor,
)


def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """All that are sent from now on, with the BEGIN of each transaction that has one."""
    sent: list[str] = []
    execute = AsyncAdapt_asyncpg_cursor._prepare_and_execute
    begin = AsyncAdapt_asyncpg_connection._start_transaction

    async def executed(cursor: Any, sql: str, parameters: Any) -> None:  # noqa: ANN401
        await execute(cursor, sql, parameters)
        sent.append(sql)

    async def begun(connection: Any) -> None:  # noqa: ANN401
        if not connection.autocommit:
            sent.append("BEGIN")
        await begin(connection)

    monkeypatch.setattr(AsyncAdapt_asyncpg_cursor, "_prepare_and_execute", executed)
    monkeypatch.setattr(AsyncAdapt_asyncpg_connection, "_start_transaction", begun)
    return sent
