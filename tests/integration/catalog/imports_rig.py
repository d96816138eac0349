"""What tests of imports hold in hand: a workspace, and the voices of inventory and loans."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx
from support.kafka import Kafka
from support.waiting import eventually

Json = dict[str, Any]


@dataclass
class Desk:
    """A workspace as a member sees it; what inventory and loans do with rows is up to the test."""

    api: httpx.AsyncClient
    kafka: Kafka
    database: Any  # a superuser's connection, to look with
    workspace_id: UUID
    answered: set[tuple[str, int]] = field(default_factory=set)

    async def hand_in(self, content: str | bytes, **parameters: Any) -> Json:  # noqa: ANN401
        """The job of a file that was taken."""
        answer = await self.try_(content, **parameters)
        assert answer.status_code == 202, answer.text
        job: Json = answer.json()
        assert answer.headers["location"].endswith(f"/imports/{job['id']}")
        return job

    async def try_(self, content: str | bytes, **parameters: Any) -> httpx.Response:  # noqa: ANN401
        headers = {"content-type": parameters.pop("content_type", "text/csv")}
        headers |= parameters.pop("headers", {})
        body = content.encode() if isinstance(content, str) else content
        return await self.api.post("/imports", content=body, params=parameters, headers=headers)

    async def see(self, job: Json) -> Json:
        found: Json = (await self.api.get(f"/imports/{job['id']}")).json()
        return found

    async def prepared(self, job: Json, chunks: int = 1) -> list[Json]:
        """The chunks that were sent on, once there are so many."""

        async def look() -> list[Json]:
            rows = await self.database.fetch(
                "SELECT payload FROM outbox WHERE key = $1 AND type LIKE '%rows_prepared' "
                "ORDER BY id",
                job["id"],
            )
            found = [json.loads(row["payload"]) for row in rows]
            assert len(found) >= chunks
            return found

        return await eventually(look)

    async def answer(
        self,
        job: Json,
        chunk: int,
        *,
        tallies: Json | None = None,
        faults: list[Json] | None = None,
        of: str = "inventory, loans",
    ) -> None:
        """Say as inventory and as loans that they are done with a chunk; what they made is said by
        the first of them."""
        for service in of.split(", "):
            payload = {
                "id": job["id"],
                "workspace_id": str(self.workspace_id),
                "version": chunk,
                "kind": job["kind"],
                "dry_run": False,
                "create_missing": False,
                "chunk": chunk,
                "is_last": False,
                "rows": [],
                "tallies": tallies or {},
                "faults": faults or [],
            }
            await self.kafka.publish(f"warehouse.{service}.import.rows_applied", payload)
            tallies = faults = None

    async def answer_all(self, job: Json) -> None:
        """As `answer`, for every chunk that is on its way now."""
        for event in await self.prepared(job):
            known = (job["id"], event["chunk"])
            if known not in self.answered:
                self.answered.add(known)
                await self.answer(job, event["chunk"])

    async def ends(self, job: Json, state: str = "completed") -> Json:
        """The job once it has ended as it should, with every chunk answered."""

        async def look() -> Json:
            found = await self.see(job)
            if found["state"] in ("queued", "running"):
                await self.answer_all(job)
            assert found["state"] == state, found
            return found

        return await eventually(look)

    async def stream(self, job: Json, **headers: str) -> AsyncIterator[Json]:
        """The states that the job's stream tells."""
        path = f"/imports/{job['id']}/events"
        async with asyncio.timeout(20), self.api.stream("GET", path, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))
