"""Everybody whom analytics hears, played by a test."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from support.kafka import Kafka, Seen
from support.waiting import eventually

from chassis.envelope import topic_of

PROJECTIONS = (
    *("items", "entries", "locations", "containers", "borrowers", "loans"),
    *("workspace_totals", "workspace_values", "activity"),
)


@dataclass
class Neighbours:
    """Every service that analytics hears, speaking of one workspace."""

    kafka: Kafka
    api: httpx.AsyncClient
    database: Any
    workspace_id: UUID
    versions: dict[UUID, int] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)
    said: list[UUID] = field(default_factory=list)

    async def say(
        self,
        type_: str,
        id_: UUID,
        *,
        actor: str = "system",
        workspace_id: UUID | str | None = "ours",
        wait: bool = True,
        **state: Any,  # noqa: ANN401
    ) -> UUID:
        """Publish the next version of an aggregate, and wait until analytics has applied it."""
        self.versions[id_] = self.versions.get(id_, 0) + 1
        now = datetime.now(UTC)
        payload = {
            "id": id_,
            "workspace_id": self.workspace_id if workspace_id == "ours" else workspace_id,
            "version": self.versions[id_],
            "created_at": now,
            "updated_at": now,
            "is_archived": False,
            **state,
        }
        self.topics.add(topic_of(f"warehouse.{type_}"))
        event_id = await self.kafka.tell(f"warehouse.{type_}", payload, actor=actor)
        self.said.append(event_id)
        if wait:
            await self.applied(event_id)
        return event_id

    async def item(self, verb: str, id_: UUID, name: str = "Saw", **state: Any) -> UUID:  # noqa: ANN401
        return await self.say(
            f"catalog.item.{verb}", id_, **({"name": name, "min_stock_level": 0} | state)
        )

    async def stock(
        self,
        verb: str,
        id_: UUID,
        item_id: UUID,
        quantity: int,
        **state: Any,  # noqa: ANN401
    ) -> UUID:
        unpriced = {"purchase_price": None, "currency": None}
        state = unpriced | {"item_id": item_id, "quantity": quantity} | state
        return await self.say(f"inventory.stock.{verb}", id_, **state)

    async def loan(self, verb: str, id_: UUID, status: str | None = None, **state: Any) -> UUID:  # noqa: ANN401
        loan = {"borrower_id": self.workspace_id, "borrower_name": "Ann", "quantity": 1}
        return await self.say(f"loans.loan.{verb}", id_, status=status or verb, **(loan | state))

    async def applied(self, event_id: UUID) -> None:
        """Wait until analytics has applied an event."""

        async def claimed() -> bool:
            return bool(
                await self.database.fetchval("SELECT 1 FROM inbox WHERE event_id = $1", event_id)
            )

        await eventually(claimed)

    async def see(self, path: str, **params: Any) -> Any:  # noqa: ANN401
        """What analytics answers under the workspace."""
        answer = await self.api.get(f"/v1/workspaces/{self.workspace_id}{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self) -> dict[str, list[Any]]:
        """All that analytics keeps of the workspace."""
        return {
            table: await self.database.fetch(
                f"SELECT * FROM {table} t WHERE workspace_id = $1 ORDER BY t::text",
                self.workspace_id,
            )
            for table in PROJECTIONS
        }

    async def clear(self) -> None:
        """Empty the projections of the workspace, as a rebuild begins."""
        for table in PROJECTIONS:
            await self.database.execute(
                f"DELETE FROM {table} WHERE workspace_id = $1", self.workspace_id
            )

    async def redeliver(self) -> None:
        """Deliver every topic from the start, to a service that has forgotten that it had it."""
        records = await eventually(self._all_records)
        await self.database.execute("DELETE FROM inbox WHERE event_id = ANY($1)", self.said)
        for record in records:
            await self._send(record)
        for event_id in self.said:
            await self.applied(event_id)

    async def _all_records(self) -> list[Seen]:
        records = [
            record
            for topic in sorted(self.topics, reverse=True)
            for record in await self.kafka.read(topic, workspace_id=self.workspace_id)
        ]
        assert {UUID(record.headers["ce_id"]) for record in records} >= set(self.said)
        return records

    async def _send(self, record: Seen) -> None:
        await self.kafka.send(
            record.topic,
            key=record.key,
            value=json.dumps(record.payload).encode(),
            headers=[(name, value.encode()) for name, value in record.headers.items()],
        )
