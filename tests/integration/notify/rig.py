"""The services that notify hears, played by a test."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from support.kafka import Kafka, Seen
from support.waiting import eventually
from uuid_utils.compat import uuid7

from chassis.envelope import topic_of


@dataclass
class Neighbours:
    """The services that notify hears, speaking of one workspace."""

    kafka: Kafka
    caller: Callable[..., httpx.AsyncClient]
    database: Any
    workspace_id: UUID
    versions: dict[UUID, int] = field(default_factory=dict)
    members: dict[UUID, UUID] = field(default_factory=dict)
    published: dict[UUID, str] = field(default_factory=dict)

    async def say(
        self,
        type_: str,
        id_: UUID,
        at: datetime | None = None,
        **state: Any,  # noqa: ANN401
    ) -> UUID:
        """Publish the next version of an aggregate, changed now or back `at` some time, and wait
        until notify has applied it."""
        self.versions[id_] = self.versions.get(id_, 0) + 1
        now = at or datetime.now(UTC)
        key = f"{self.workspace_id}:{state['user_id']}" if ".member." in type_ else None
        payload = {
            "id": id_,
            "workspace_id": self.workspace_id,
            "version": self.versions[id_],
            "created_at": now,
            "updated_at": now,
            **state,
        }
        event_id = await self.kafka.tell(f"warehouse.{type_}", payload, key=key, time=now)
        self.published[event_id] = f"warehouse.{type_}"
        await self.applied(event_id)
        return event_id

    async def redeliver(self, event_id: UUID) -> None:
        """Deliver an event again, to a service that has forgotten that it had it."""
        topic = topic_of(self.published[event_id])

        async def found() -> Seen | None:
            records = await self.kafka.read(topic, workspace_id=self.workspace_id)
            return next((one for one in records if one.headers["ce_id"] == str(event_id)), None)

        record = await eventually(found)
        assert record is not None
        await self.database.execute("DELETE FROM inbox WHERE event_id = $1", event_id)
        await self.kafka.send(
            record.topic,
            key=record.key,
            value=json.dumps(record.payload).encode(),
            headers=[(name, value.encode()) for name, value in record.headers.items()],
        )
        await self.applied(event_id)

    async def applied(self, event_id: UUID) -> None:
        """Wait until notify has applied an event."""

        async def claimed() -> bool:
            return bool(
                await self.database.fetchval("SELECT 1 FROM inbox WHERE event_id = $1", event_id)
            )

        await eventually(claimed)

    async def workspace(self, name: str = "Makerspace") -> None:
        await self.say("auth.workspace.created", self.workspace_id, name=name, timezone="UTC")

    async def member(
        self,
        role: str,
        name: str = "Grace Hopper",
        *,
        kind: str = "person",
        at: datetime | None = None,
        user_id: UUID | None = None,
    ) -> UUID:
        """Somebody joins, or was heard of now and joined back `at` some time; their user id."""
        user_id = user_id or uuid4()
        await self.say(
            "auth.member.added",
            self.member_id(user_id),
            at,
            user_id=user_id,
            full_name=name,
            role=role,
            kind=kind,
        )
        return user_id

    def member_id(self, user_id: UUID) -> UUID:
        return self.members.setdefault(user_id, uuid7())

    async def item(self, verb: str, id_: UUID, *, minimum: int, archived: bool = False) -> UUID:
        return await self.say(
            f"catalog.item.{verb}",
            id_,
            name="Batteries",
            min_stock_level=minimum,
            is_archived=archived,
        )

    async def stock(
        self,
        verb: str,
        id_: UUID,
        item_id: UUID,
        quantity: int,
        *,
        archived: bool = False,
        **more: Any,  # noqa: ANN401
    ) -> UUID:
        return await self.say(
            f"inventory.stock.{verb}",
            id_,
            item_id=item_id,
            quantity=quantity,
            is_archived=archived,
            **more,
        )

    async def loan(self, verb: str, **facts: Any) -> UUID:  # noqa: ANN401
        loan = {
            "item_name": "Cordless drill",
            "borrower_id": uuid4(),
            "borrower_name": "Ann Ray",
            "quantity": 1,
            "returned_quantity": 0,
            "due_at": datetime.now(UTC) - timedelta(days=2),
        }
        return await self.say(f"loans.loan.{verb}", facts.pop("id_", uuid7()), **(loan | facts))

    def inbox(self, user_id: UUID) -> httpx.AsyncClient:
        return self.caller("notify", user_id=user_id)

    async def told(self, user_id: UUID, **params: str | bool) -> list[dict[str, Any]]:
        """What lies in a user's inbox, newest first."""
        answer = await self.inbox(user_id).get("/v1/notifications", params=params)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items
