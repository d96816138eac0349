"""What `warehouse digest` promises."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from support.processes import Processes

from warehouse.registry import SERVICES

from .conftest import Command

Connection = Any  # asyncpg has no types


@pytest.fixture
async def table(connect: Callable[[str], Any], processes: Processes) -> AsyncIterator[Any]:
    """A connection to catalog's database, with a table for this test that only a session of the
    whole service sees."""
    processes.only()
    connection = await connect("catalog")
    await connection.execute("""
        CREATE TABLE digested (
            id bigint GENERATED ALWAYS AS IDENTITY, number serial,
            workspace_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000001',
            content text, at integer, written_at timestamptz NOT NULL DEFAULT now()
        );
        ALTER TABLE digested ENABLE ROW LEVEL SECURITY;
        CREATE POLICY system ON digested
            USING (current_setting('warehouse.scope', true) = 'system');
        GRANT SELECT ON digested TO catalog_app;
    """)
    yield connection
    await connection.execute("DROP TABLE digested")


async def digested(warehouse: Command) -> tuple[str, str, int]:
    """The digest of everything in catalog, of the test's table, and how many rows that has."""
    found = (await warehouse("digest", "catalog", "--all", "--json")).json
    [table] = [each for each in found["tables"] if each["table"] == "digested"]
    return found["digest"], table["digest"], table["rows"]


async def fill(table: Connection, *rows: tuple[str | None, int | None]) -> None:
    await table.execute("TRUNCATE digested")
    for content, at in rows:
        await table.execute("INSERT INTO digested (content, at) VALUES ($1, $2)", content, at)


async def test_the_same_content_has_the_same_digest_whatever_its_order(
    warehouse: Command, table: Connection
) -> None:
    """Identities and times of writing, which the database fills in, are no content."""
    await fill(table, ("a", 1), ("b", 2), ("b", 2))
    once = await digested(warehouse)
    await fill(table, ("b", 2), ("a", 1), ("b", 2))
    assert await digested(warehouse) == once
    assert once[2] == 3


@pytest.mark.parametrize(
    "rows",
    [
        [("a", 1), ("b", 2)],
        [("a", 1), ("a", 1), ("b", 2)],
        [("a", 2), ("b", 1), ("b", 2)],
        [("a", 1), ("b", 2), ("b", 2), ("b", 2)],
        [("a", 1), ("b", 2), (None, 2)],
        [("a", 1), ("b", 2), ("", 2)],
        [],
    ],
)
async def test_other_content_has_another_digest(
    warehouse: Command, table: Connection, rows: list[tuple[str | None, int | None]]
) -> None:
    await fill(table, ("a", 1), ("b", 2), ("b", 2))
    every, own, _ = await digested(warehouse)
    await fill(table, *rows)
    other_every, other_own, count = await digested(warehouse)
    assert count == len(rows)
    assert other_own != own
    assert other_every != every


async def test_no_text_and_an_empty_text_differ(warehouse: Command, table: Connection) -> None:
    await fill(table, (None, 1))
    none = await digested(warehouse)
    await fill(table, ("", 1))
    assert await digested(warehouse) != none


async def test_the_backbones_own_tables_are_no_content(warehouse: Command) -> None:
    for service in SERVICES:
        found = (await warehouse("digest", service, "--json", "--all")).json
        names = {each["table"] for each in found["tables"]}
        assert names
        assert not [name for name in names if name.startswith(("outbox", "inbox", "alembic"))]
        assert not names & {"consumer_positions", "idempotency_keys"}
    analytics = (await warehouse("digest", "analytics", "--json")).json
    assert {"activity", "entries", "loans", "workspace_totals"} <= {
        each["table"] for each in analytics["tables"]
    }
    shown = await warehouse("digest", "analytics")
    assert shown.out.splitlines()[-1] == f"analytics {analytics['digest']}"
