"""What `warehouse lag` promises."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.kafka import Kafka
from support.processes import Processes
from support.waiting import eventually

from .conftest import Command

STOCK = "warehouse.inventory.stock.v1"


@pytest.fixture
async def caught_up(processes: Processes, warehouse: Command) -> None:
    """Catalog has applied all there is, and rests."""

    async def done() -> bool:
        lag = (await warehouse("lag", "--service", "catalog", "--json")).json
        read = {each["source"] for each in lag["partitions"]} == {"database"}
        return read and lag["lag"] == 0

    processes.only()  # what still runs may still publish
    if not await done():
        processes.only(["catalog"])
        await eventually(done)
        processes.only()


async def waiting(kafka: Kafka, workspace_id: UUID, *, hours: int, key: str) -> None:
    """An event for catalog that happened `hours` ago."""
    headers = {
        "ce_id": str(uuid4()),
        "ce_type": "warehouse.inventory.stock.created",
        "ce_subject": key,
        "ce_time": (datetime.now(UTC) - timedelta(hours=hours)).isoformat(),
        "ce_aggregateversion": "1",
        "ce_workspaceid": str(workspace_id),
    }
    body = {"id": key, "item_id": str(uuid4()), "version": 1, "is_archived": False}
    await kafka.send(
        STOCK,
        key=key,
        value=json.dumps(body).encode(),
        headers=[(name, value.encode()) for name, value in headers.items()],
    )


@pytest.mark.usefixtures("caught_up")
async def test_lag_counts_what_waits_and_tells_the_age_of_the_oldest(
    warehouse: Command, kafka: Kafka, workspace_id: UUID, processes: Processes
) -> None:
    """By the positions in the database, of the partition that it waits in; consumed, it is gone."""
    key = str(uuid4())
    await waiting(kafka, workspace_id, hours=3, key=key)
    await waiting(kafka, workspace_id, hours=2, key=key)
    lag = (await warehouse("lag", "--service", "catalog", "--json")).json
    assert (lag["lag"], lag["unread"], lag["members"]) == (2, {}, {"catalog": 0})
    [behind] = [each for each in lag["partitions"] if each["lag"]]
    assert (behind["topic"], behind["state"], behind["source"]) == (STOCK, "behind", "database")
    assert behind["position"] == behind["end"] - 2
    assert 3 * 3600 <= behind["oldest_seconds"] < 3 * 3600 + 600
    assert lag["oldest_seconds"] == behind["oldest_seconds"]
    shown = await warehouse("lag", "--service", "catalog")
    assert "3 h" in shown.out
    assert "In all 2 behind" in shown.out
    assert "Nobody consumes for catalog" in shown.out
    processes.only(["catalog"])

    async def consumed() -> bool:
        lag = (await warehouse("lag", "--service", "catalog", "--json")).json
        return bool(lag["lag"] == 0 and lag["members"]["catalog"] == 1)

    await eventually(consumed)


async def test_every_partition_that_a_service_reads_is_there_once(
    warehouse: Command, processes: Processes
) -> None:
    processes.only(["catalog"])
    lag = (await warehouse("lag", "--json")).json
    seen = [(each["service"], each["topic"], each["partition"]) for each in lag["partitions"]]
    assert len(seen) == len(set(seen))
    told = ("warehouse.auth.member.v1", "warehouse.auth.workspace.v1")
    heard = [
        *("warehouse.inventory.import.v1", "warehouse.inventory.location.v1", STOCK),
        "warehouse.loans.import.v1",
    ]
    assert [each[1:] for each in seen if each[0] == "catalog"] == [
        *((topic, number) for topic in told for number in range(3)),
        ("warehouse.catalog.retry.v1", 0),
        *((topic, number) for topic in heard for number in range(3)),
    ]


@pytest.fixture
async def position(connect: Callable[[str], Any]) -> AsyncIterator[Callable[[int], Any]]:
    """`await position(by)`: move catalog's position in a partition, for the test's time."""
    connection = await connect("catalog")
    moved: list[int] = []

    async def move(by: int) -> None:
        moved.append(by)
        await connection.execute(_MOVE, STOCK, by)

    yield move
    await connection.execute(_MOVE, STOCK, -sum(moved))


_MOVE = """
    UPDATE consumer_positions SET next_offset = next_offset + $2 WHERE topic = $1 AND partition = 0
"""


@pytest.mark.usefixtures("caught_up")
async def test_a_position_past_the_end_says_that_the_log_is_lost(
    warehouse: Command, position: Callable[[int], Any]
) -> None:
    await position(1000)
    lag = (await warehouse("lag", "--service", "catalog", "--json")).json
    [lost] = [each for each in lag["partitions"] if each["state"] != "caught_up"]
    assert (lost["topic"], lost["partition"], lost["state"]) == (STOCK, 0, "lost")
    assert lost["lag"] == lost["end"] - lost["start"]


@pytest.mark.usefixtures("caught_up")
async def test_without_the_database_the_groups_offsets_stand_in(
    warehouse: Command, kafka: Kafka, workspace_id: UUID
) -> None:
    """What could not be asked is told and fails; the rest is shown all the same."""
    await waiting(kafka, workspace_id, hours=1, key=str(uuid4()))
    nowhere = "postgresql://catalog_app:x@127.0.0.1:1/warehouse_catalog"
    lag = await warehouse("lag", "--service", "catalog", "--json", CATALOG_DATABASE_URL=nowhere)
    assert lag.code == 1
    assert "catalog's database at 127.0.0.1:1" in lag.err
    found = json.loads(lag.out)
    assert found["lag"] == 1
    assert {each["source"] for each in found["partitions"]} == {"group"}


async def test_an_unknown_service_is_refused_with_the_names_there_are(warehouse: Command) -> None:
    refused = await warehouse("lag", "--service", "lones")
    assert refused.code == 1
    assert "auth, catalog, inventory, loans" in refused.err
