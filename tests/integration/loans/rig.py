"""What tests of loans hold in hand: a workspace, and catalog's and inventory's voices."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from support.kafka import Kafka
from support.waiting import eventually
from uuid_utils.compat import uuid7

NOW_OR_LATER = {"Prefer": "respond-async"}
PATIENT = {"Prefer": "wait=30"}


def in_days(days: float) -> str:
    """That many days from now, as clients write it."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


@dataclass
class Desk:
    """A workspace as a member sees it, with shorthands for what tests need around a loan."""

    api: httpx.AsyncClient
    kafka: Kafka
    database: Any  # a superuser's connection, to look with
    workspace_id: UUID

    async def add(self, path: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
        """POST that must answer 201; the answer's body."""
        answer = await self.api.post(path, json=body)
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    async def see(self, path: str) -> Any:  # noqa: ANN401
        """GET that must answer 200; the answer's body."""
        answer = await self.api.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def borrower(self, name: str = "Bob", **fields: Any) -> str:  # noqa: ANN401
        """A new borrower's id."""
        return str((await self.add("/borrowers", name=name, **fields))["id"])

    async def say(self, type_: str, **payload: Any) -> UUID:  # noqa: ANN401
        """Publish an event as its service would; the event's id."""
        full = {"version": 1, "workspace_id": str(self.workspace_id), **payload}
        return await self.kafka.tell(f"warehouse.{type_}", full)

    async def shelved(
        self,
        item: str = "Tent",
        place: str = "Attic",
        sku: str = "T-1",
        entry_id: str | None = None,
    ) -> str:
        """The id of an entry that loans has heard of, with its item and location."""
        item_id, location_id, entry_id = str(uuid7()), str(uuid7()), entry_id or str(uuid7())
        heard = [
            await self.say("catalog.item.created", id=item_id, name=item, sku=sku),
            await self.say("inventory.location.created", id=location_id, name=place),
            await self.say(
                "inventory.stock.created", id=entry_id, item_id=item_id, location_id=location_id
            ),
        ]
        for event_id in heard:
            await self.hears(event_id)
        return entry_id

    async def request(self, entry_id: str | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
        """A loan that inventory has not answered."""
        body = {"inventory_id": entry_id or str(uuid4()), **fields}
        body.setdefault("borrower_id", await self.borrower())
        answer = await self.api.post("/loans", json=body, headers=NOW_OR_LATER)
        assert answer.status_code == 202, answer.text
        loan: dict[str, Any] = answer.json()
        return loan

    async def lent(self, entry_id: str | None = None, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
        """A loan that is active."""
        loan = await self.request(entry_id, **fields)
        await self.hold(loan)
        return await self.settles(loan, status="active")

    def asking(
        self, headers: dict[str, str] = PATIENT, **body: object
    ) -> "asyncio.Task[httpx.Response]":
        """A client that asks for a loan and waits for its outcome."""
        return asyncio.create_task(self.api.post("/loans", json=body, headers=headers))

    async def asked(self, count: int = 1) -> list[dict[str, Any]]:
        """The requests that inventory was told of here, once there are so many."""

        async def look() -> list[dict[str, Any]]:
            rows = await self.database.fetch(
                "SELECT payload FROM outbox WHERE workspace_id = $1 AND type = $2 ORDER BY id",
                self.workspace_id,
                "warehouse.loans.loan.requested",
            )
            assert len(rows) == count
            return [json.loads(row["payload"]) for row in rows]

        return await eventually(look)

    async def hold(self, loan: dict[str, Any], **fields: Any) -> UUID:  # noqa: ANN401
        """Answer a request as inventory does when the units are free; the event's id."""
        known = await self.database.fetchrow(
            "SELECT item_id, location_id FROM known_entries WHERE id = $1",
            UUID(loan["inventory_id"]),
        )
        state = {
            "id": loan["inventory_id"],
            "version": 2,
            "item_id": str(known["item_id"] if known else uuid7()),
            "location_id": str(known["location_id"] if known else uuid7()),
            "hold": {"reference": loan["id"], "purpose": "loan", "quantity": loan["quantity"]},
        }
        return await self.say("inventory.stock.hold_placed", **{**state, **fields})

    async def refuse(
        self, loan: dict[str, Any], reason: str = "insufficient-stock", free: int = 0
    ) -> UUID:
        """Answer a request as inventory does when it can't be; the event's id."""
        return await self.say(
            "inventory.stock.hold_rejected",
            id=loan["inventory_id"],
            reference=loan["id"],
            purpose="loan",
            quantity=loan["quantity"],
            reason=reason,
            free_quantity=free,
        )

    async def hears(self, event_id: UUID) -> None:
        """Wait until loans has handled an event."""

        async def handled() -> bool:
            return bool(
                await self.database.fetchval("SELECT true FROM inbox WHERE event_id = $1", event_id)
            )

        await eventually(handled)

    async def settles(self, loan: dict[str, Any], **expected: Any) -> dict[str, Any]:  # noqa: ANN401
        """The loan, once its fields are as expected."""

        async def look() -> dict[str, Any]:
            now: dict[str, Any] = await self.see(f"/loans/{loan['id']}")
            assert {name: now[name] for name in expected} == expected
            return now

        return await eventually(look)

    async def told(self, aggregate_id: str) -> list[tuple[str, dict[str, Any]]]:
        """What happened to a loan or a borrower, in order: the verbs of its events, and these."""
        rows = await self.database.fetch(
            "SELECT type, payload FROM outbox WHERE workspace_id = $1 AND key = $2 ORDER BY id",
            self.workspace_id,
            aggregate_id,
        )
        return [(row["type"].rpartition(".")[2], json.loads(row["payload"])) for row in rows]

    async def verbs(self, aggregate_id: str) -> list[str]:
        return [verb for verb, _ in await self.told(aggregate_id)]
