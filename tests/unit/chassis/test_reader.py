"""How a reader treats its connections."""

import contextlib
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest

from chassis.reader import PLANS_LAST, Reader
from chassis.scope import SYSTEM


class Connection:
    scope = SYSTEM
    plans_until = 0.0

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def execute(self, sql: str) -> None:
        self.asked.append(sql)

    async def fetch(self, sql: str) -> list[Any]:
        self.asked.append(sql)
        return []


class Pool:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextlib.asynccontextmanager
    async def acquire(self) -> AsyncIterator[SimpleNamespace]:
        yield SimpleNamespace(_con=self._connection)


async def test_plans_are_made_anew_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan made for an empty table would read all of what fills it since."""
    now = 1000.0
    monkeypatch.setattr("chassis.reader.time", SimpleNamespace(monotonic=lambda: now))
    connection, reader = Connection(), Reader("postgresql://nowhere", {}, 1)
    reader._pool = Pool(connection)
    await reader.rows(SYSTEM, "SELECT 1")
    now += PLANS_LAST
    await reader.rows(SYSTEM, "SELECT 2")
    now += 0.1
    await reader.rows(SYSTEM, "SELECT 3")
    await reader.rows(SYSTEM, "SELECT 4")
    assert connection.asked == ["SELECT 1", "SELECT 2", "DISCARD PLANS", "SELECT 3", "SELECT 4"]
