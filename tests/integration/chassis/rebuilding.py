"""A service with one projection that counts every record applied, for the tests of rebuilds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from support.kafka import Kafka
from support.waiting import eventually

from chassis.consumers import Consumer
from chassis.database import Database, TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener
from chassis.projections import Projections
from chassis.rebuild import Rebuilt, rebuild

_COUNT = text("""
    INSERT INTO tallies (workspace_id, id, n) VALUES (:workspace_id, :id, :number)
    ON CONFLICT (workspace_id, id) DO UPDATE SET n = tallies.n + excluded.n
""")
TABLE = """
    DROP TABLE IF EXISTS tallies, beside CASCADE;
    CREATE TABLE tallies (
        workspace_id uuid NOT NULL,
        id uuid NOT NULL,
        n bigint NOT NULL DEFAULT 0 CONSTRAINT not_many CHECK (n < 1000000),
        is_some boolean GENERATED ALWAYS AS (n > 0) STORED,
        CONSTRAINT one_tally PRIMARY KEY (workspace_id, id)
    ) WITH (fillfactor = 70);
    CREATE INDEX some_tallies ON tallies (workspace_id, n DESC) WHERE is_some;
    CREATE UNIQUE INDEX each_tally ON tallies (id);
    ALTER TABLE tallies ENABLE ROW LEVEL SECURITY;
    ALTER TABLE tallies FORCE ROW LEVEL SECURITY;
    CREATE POLICY tenant ON tallies
        USING (workspace_id = nullif(current_setting('warehouse.workspace_id', true), '')::uuid);
    CREATE POLICY system ON tallies USING (current_setting('warehouse.scope', true) = 'system');
    GRANT SELECT ON tallies TO PUBLIC;
    CREATE TABLE beside (workspace_id uuid)
"""


class Tallied(Received):
    id: UUID
    number: int


@dataclass
class Rig:
    """A service with one projection, on catalog's database and a topic of its own."""

    kafka: Kafka
    database: Database
    owner_url: str
    connection: Any
    workspace_id: UUID
    name: str = field(default_factory=lambda: f"rebuilt{uuid4().hex[:8]}")
    table: str = "tallies"

    @property
    def topic(self) -> str:
        return f"warehouse.{self.name}.thing.v1"

    @property
    def projections(self) -> Projections:
        listener = Listener()

        @listener.on(Tallied, f"warehouse.{self.name}.thing.counted")
        async def count(session: TenantSession, event: Tallied) -> None:
            await session.execute(
                _COUNT,
                {"workspace_id": session.workspace_id, "id": event.id, "number": event.number},
            )

        return Projections(tables=(self.table,), listeners=(listener,))

    async def say(self, *numbers: int, id_: UUID | None = None) -> None:
        """Publish one event a number, each of another thing unless that is given."""
        for number in numbers:
            payload = {
                "id": str(id_ or uuid4()),
                "workspace_id": str(self.workspace_id),
                "number": number,
            }
            await self.kafka.publish(f"warehouse.{self.name}.thing.counted", payload)

    @asynccontextmanager
    async def consuming(self) -> AsyncIterator[Consumer]:
        """The service's own consumer runs."""
        consumer = Consumer(
            service=self.name,
            bootstrap_servers=self.kafka.bootstrap_servers,
            database=self.database,
            listeners=self.projections.listeners,
        )
        await consumer.start()
        try:
            await eventually(consumer.ready)
            yield consumer
        finally:
            await consumer.stop()

    async def heard(self, *numbers: int) -> None:
        """The service has heard of all of these, and rests."""
        async with self.consuming():
            await self.say(*numbers)
            await self.comes_to(sum(numbers))

    async def comes_to(self, total: int) -> None:
        async def there() -> bool:
            return await self.total() == total

        await eventually(there)

    async def total(self) -> int:
        return int(await self.connection.fetchval("SELECT coalesce(sum(n), 0) FROM tallies"))

    async def rows(self) -> list[Any]:
        rows: list[Any] = await self.connection.fetch("SELECT * FROM tallies ORDER BY id")
        return rows

    async def rebuild(
        self,
        projections: Projections | None = None,
        **options: Any,  # noqa: ANN401
    ) -> Rebuilt:
        return await rebuild(
            self.name,
            projections or self.projections,
            owner_url=self.owner_url,
            bootstrap_servers=self.kafka.bootstrap_servers,
            **options,
        )
