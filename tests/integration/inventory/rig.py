"""What tests of inventory hold in hand: a workspace, and catalog's and loans' voices."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
from support import books
from support.kafka import Kafka, Seen
from support.waiting import eventually
from uuid_utils.compat import uuid7

STOCK = "warehouse.inventory.stock.v1"


@dataclass
class Shelf:
    """A workspace as a member sees it, with shorthands for what tests need around an entry."""

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

    async def item(self, name: str = "Tent", verb: str = "created", **fields: Any) -> str:  # noqa: ANN401
        """Publish an item's event as catalog would; its id, once inventory knows the item.

        A service that has just started may have more to catch up with than a request waits for.
        """
        payload = {
            "id": str(uuid7()),
            "workspace_id": str(self.workspace_id),
            "version": 1,
            "name": name,
            "sku": "WH-1",
            "is_archived": False,
            **fields,
        }
        await self.kafka.tell(f"warehouse.catalog.item.{verb}", payload)

        async def is_known() -> bool:
            version = await self.database.fetchval(
                "SELECT version FROM known_items WHERE workspace_id = $1 AND id = $2",
                self.workspace_id,
                UUID(payload["id"]),
            )
            return version is not None and version >= payload["version"]

        await eventually(is_known)
        return str(payload["id"])

    async def entry(self, quantity: int = 1, **fields: Any) -> dict[str, Any]:  # noqa: ANN401
        """An entry of a new item in a new location."""
        fields.setdefault("item_id", await self.item())
        if "location_id" not in fields:
            location = await self.add("/locations", name=f"Room {uuid4()}")
            fields["location_id"] = location["id"]
        return await self.add("/inventory", quantity=quantity, **fields)

    async def loan(
        self,
        verb: str,
        inventory_id: str,
        *,
        loan_id: UUID,
        quantity: int = 1,
        **facts: Any,  # noqa: ANN401
    ) -> UUID:
        """Publish a loan's event as loans would; the event's id."""
        payload = {
            "id": str(loan_id),
            "workspace_id": str(self.workspace_id),
            "version": 1,
            "inventory_id": inventory_id,
            "borrower_id": str(uuid4()),
            "quantity": quantity,
            "returned_quantity": 0,
            "loaned_at": datetime.now(UTC).isoformat(),
            "due_at": None,
            **facts,
        }
        # A request for nothing is no event of loans; it is sent as it is, to see it refused.
        send = self.kafka.tell if quantity else self.kafka.publish
        return await send(f"warehouse.loans.loan.{verb}", payload)

    async def request(self, inventory_id: str, quantity: int = 1) -> UUID:
        """Ask for units for a new loan; its id."""
        loan_id = uuid7()
        await self.loan("requested", inventory_id, loan_id=loan_id, quantity=quantity)
        return loan_id

    async def published(self, topic: str = STOCK) -> list[Seen]:
        """This workspace's records of a topic."""
        return await self.kafka.read(topic, workspace_id=self.workspace_id)

    async def staged(self) -> list[str]:
        """What happened to stock here, in order: the verbs of the events in the outbox."""
        rows = await self.database.fetch(
            "SELECT type FROM outbox WHERE workspace_id = $1 AND topic = $2 ORDER BY id",
            self.workspace_id,
            STOCK,
        )
        return [row["type"].rpartition(".")[2] for row in rows]

    async def tables(self) -> dict[str, list[dict[str, Any]]]:
        """This workspace's rows of the tables that the books are kept in."""
        return {
            table: [
                dict(row)
                for row in await self.database.fetch(
                    f"SELECT * FROM {table} WHERE workspace_id = $1", self.workspace_id
                )
            ]
            for table in books.TABLES
        }

    async def balances(self) -> None:
        """Require that the ledger sums to the present, and the rest of `support.books`."""
        assert list(books.wrong_in(await self.tables())) == []

    async def told(self, topic: str) -> list[tuple[str, dict[str, Any]]]:
        """What was staged here on a topic, in order: each event's verb and payload."""
        rows = await self.database.fetch(
            "SELECT type, payload FROM outbox WHERE workspace_id = $1 AND topic = $2 ORDER BY id",
            self.workspace_id,
            topic,
        )
        return [(row["type"].rpartition(".")[2], json.loads(row["payload"])) for row in rows]

    async def settles(self, inventory_id: str, **expected: Any) -> dict[str, Any]:  # noqa: ANN401
        """The entry, once its fields are as expected."""

        async def look() -> dict[str, Any]:
            entry: dict[str, Any] = await self.see(f"/inventory/{inventory_id}")
            assert {name: entry[name] for name in expected} == expected
            return entry

        return await eventually(look)

    async def hears(self, event_id: UUID) -> None:
        """Wait until inventory has handled an event."""

        async def handled() -> bool:
            return bool(
                await self.database.fetchval("SELECT true FROM inbox WHERE event_id = $1", event_id)
            )

        await eventually(handled)

    async def outcomes(self, count: int) -> list[Seen]:
        """The answers to requests for holds, once there are so many."""

        async def look() -> list[Seen]:
            answers = [
                one
                for one in await self.published()
                if one.type.endswith((".hold_placed", ".hold_rejected"))
            ]
            assert len(answers) == count
            return answers

        return await eventually(look)
