"""What keeps outbox and inbox small, and what never goes with it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from chassis import outbox
from chassis.database import Database

from .conftest import Happened

OLD = datetime.now(UTC).replace(hour=12) - timedelta(days=30)


@pytest.fixture
async def look(connect: Callable[[str], Any]) -> Any:  # noqa: ANN401
    connection = await connect("catalog")
    await connection.execute("SET warehouse.scope = 'system'")
    return connection


async def partitions(look: Any, table: str) -> list[str]:  # noqa: ANN401
    rows = await look.fetch(
        "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = $1::regclass",
        table,
    )
    return sorted(row["name"] for row in rows)


async def add_day(look: Any, day: datetime) -> tuple[str, str]:  # noqa: ANN401
    """Partitions of a day long gone, as they were made then."""
    name, date = f"{day:%Y%m%d}", day.date()
    await look.execute(f"""
        CREATE TABLE outbox_{name} PARTITION OF outbox
        FOR VALUES FROM ('{date}Z') TO ('{date + timedelta(days=1)}Z');
        CREATE TABLE inbox_{name} PARTITION OF inbox
        FOR VALUES FROM (first_event_id('{date}')) TO (first_event_id('{date}'::date + 1));
        ALTER TABLE outbox_{name} OWNER TO catalog_owner;
        ALTER TABLE inbox_{name} OWNER TO catalog_owner;
    """)
    return f"outbox_{name}", f"inbox_{name}"


async def add_row(look: Any, when: datetime, published: datetime | None) -> None:  # noqa: ANN401
    await look.execute(
        """
        INSERT INTO outbox (event_id, topic, key, type, aggregate_version, headers, payload, shard,
                            created_at, published_at)
        VALUES ($1, 'nowhere', 'k', 't', 1, '{}', '{}', 99, $2, $3)
        """,
        uuid4(),
        when,
        published,
    )


async def test_days_ahead_have_their_partitions(database: Database, look: Any) -> None:  # noqa: ANN401
    """Nothing lands in the default partition, today or while maintenance is out for a weekend."""
    await outbox.maintain(database, 7)
    days = [f"{datetime.now(UTC) + timedelta(days=n):%Y%m%d}" for n in range(4)]
    for table in ("outbox", "inbox"):
        assert {f"{table}_{day}" for day in days} <= {*await partitions(look, table)}
    before = await partitions(look, "outbox")
    await outbox.maintain(database, 7)
    assert await partitions(look, "outbox") == before


async def test_days_past_keeping_go_whole(database: Database, look: Any) -> None:  # noqa: ANN401
    names = await add_day(look, OLD)
    await add_row(look, OLD, OLD)
    await outbox.maintain(database, 7)
    left = [*await partitions(look, "outbox"), *await partitions(look, "inbox")]
    assert not {*names} & {*left}


async def test_a_day_with_a_pending_row_stays(database: Database, look: Any) -> None:  # noqa: ANN401
    """However old it is, what Kafka has not acknowledged is not dropped."""
    day = OLD - timedelta(days=1)
    outbox_day, inbox_day = await add_day(look, day)
    await add_row(look, day, None)
    await outbox.maintain(database, 7)
    assert outbox_day in await partitions(look, "outbox")
    assert inbox_day not in await partitions(look, "inbox")
    await look.execute("UPDATE outbox SET published_at = now() WHERE created_at = $1", day)
    await outbox.maintain(database, 7)
    assert outbox_day not in await partitions(look, "outbox")


async def test_the_inbox_remembers_a_day_longer_than_the_outbox_keeps(
    database: Database,
    look: Any,  # noqa: ANN401
) -> None:
    """What can be sent again is still known when it comes."""
    outbox_day, inbox_day = await add_day(look, datetime.now(UTC) - timedelta(days=8))
    await outbox.maintain(database, 7)
    assert outbox_day not in await partitions(look, "outbox")
    assert inbox_day in await partitions(look, "inbox")
    await outbox.maintain(database, 6)
    assert inbox_day not in await partitions(look, "inbox")


async def test_ids_of_no_day_leave_the_inbox_too(database: Database, look: Any) -> None:  # noqa: ANN401
    """Foreign producers need not use UUIDv7: their ids are kept by when they came."""
    old, new = uuid4(), uuid4()
    for event_id, days in ((old, 30), (new, 1)):
        await look.execute(
            "INSERT INTO inbox VALUES ($1, now() - make_interval(days => $2))", event_id, days
        )
    await outbox.maintain(database, 7)
    kept = await look.fetch("SELECT event_id FROM inbox WHERE event_id = ANY($1)", [old, new])
    assert [row["event_id"] for row in kept] == [new]


async def test_no_partition_is_a_way_around_the_wall(
    database: Database,
    look: Any,  # noqa: ANN401
    workspace_id: UUID,
) -> None:
    """A session that reads a day's partition by its name sees no row, its own or others'."""
    async with database.tenant(workspace_id) as session:
        event = Happened(id=uuid4(), workspace_id=workspace_id, version=1, number=1)
        outbox.stage(session, event)
    name = f"outbox_{datetime.now(UTC):%Y%m%d}"
    assert await look.fetchval(f"SELECT count(*) FROM {name} WHERE key = $1", str(event.id)) == 1
    async with database.tenant(workspace_id) as session:
        assert await session.rows(f"SELECT count(*) FROM {name}") == [(0,)]
        assert await session.rows("SELECT count(*) FROM outbox") == [(1,)]


async def test_what_is_pending_is_measured(
    database: Database,
    look: Any,  # noqa: ANN401
    workspace_id: UUID,
) -> None:
    async with database.tenant(workspace_id) as session:
        outbox.stage(session, Happened(id=uuid4(), workspace_id=workspace_id, version=1, number=1))
    await look.execute(
        "UPDATE outbox SET published_at = NULL WHERE workspace_id = $1", workspace_id
    )
    await outbox.measure(database, "measured")
    pending = await look.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL")
    assert REGISTRY.get_sample_value("warehouse_outbox_pending", {"service": "measured"}) == pending
    oldest = REGISTRY.get_sample_value("warehouse_outbox_oldest_seconds", {"service": "measured"})
    assert oldest is not None
    assert oldest > 0
