"""The backbone on its own: catalog's database and Kafka, with no service running."""

from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from support.processes import Processes

from chassis.database import Database
from chassis.events import Event
from warehouse import topics
from warehouse.topics import Topic


class Happened(Event):
    """An event of a service that exists in these tests alone."""

    topic = "warehouse.test.thing.v1"
    type = "warehouse.test.thing.happened"

    workspace_id: UUID
    number: int


@pytest.fixture(scope="session", autouse=True)
async def test_topics(kafka_bootstrap: str) -> None:
    names = {Happened.topic: 3, "warehouse.test.dlq.v1": 1, "warehouse.test.retry.v1": 1}
    await topics.apply(
        kafka_bootstrap, [Topic(name, count, 1, {}) for name, count in names.items()]
    )


@pytest.fixture
async def database(
    processes: Processes,
    environment: dict[str, str],
    connect: Callable[[str], Any],
) -> AsyncIterator[Database]:
    """Catalog's database as its app role, with a table for what handlers do."""
    processes.only()
    connection = await connect("catalog")
    await connection.execute("""
        CREATE TABLE IF NOT EXISTS effects (workspace_id uuid, number integer);
        GRANT ALL ON effects TO catalog_app
    """)
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=4)
    await database.start()
    yield database
    await database.stop()
