"""What tests of imports hold in hand: a workspace, and the voices of inventory and loans."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import httpx
from support.kafka import Kafka
from support.waiting import eventually

from chassis.database import Database
from chassis.imports import ImportRow
from services.catalog.imports.stage import Applied, ImportOrder, apply

Json = dict[str, Any]
# Whatever else a job has to have; one that has ended is taken up by no worker.
JOB = """
    INSERT INTO imports SELECT * FROM jsonb_populate_record(NULL::imports, (
        SELECT jsonb_object_agg(column_name, CASE data_type
            WHEN 'uuid' THEN to_jsonb($1::uuid) WHEN 'jsonb' THEN '{}'
            WHEN 'boolean' THEN 'true' WHEN 'text' THEN '"-"'
            WHEN 'timestamp with time zone' THEN to_jsonb(now()) ELSE '0' END)
        FROM information_schema.columns WHERE table_name = 'imports' AND is_nullable = 'NO'
    ) || jsonb_build_object('workspace_id', $2::uuid, 'state', 'completed'))
"""


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
        async with asyncio.timeout(40), self.api.stream("GET", path, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line.removeprefix("data: "))


@dataclass
class Stage:
    """Catalog's part, with no service around it."""

    database: Database
    connection: Any  # a superuser's, to look with
    workspace_id: UUID

    async def apply(self, given: list[ImportRow], kind: str = "items", **order: Any) -> Applied:  # noqa: ANN401
        wanted = ImportOrder(
            id=uuid4(),
            workspace_id=self.workspace_id,
            kind=kind,
            key=None,
            dry_run=False,
            create_missing=True,
            chunk=1,
        )
        async with self.database.tenant(self.workspace_id) as session:
            return await apply(session, replace(wanted, **order), given)

    async def counts(self, given: list[ImportRow], kind: str = "items", **order: Any) -> Any:  # noqa: ANN401
        """What came of rows that are all right: created, updated, unchanged."""
        applied = await self.apply(given, kind, **order)
        assert applied.faults == []
        return {
            of: (one.created, one.updated, one.unchanged) for of, one in applied.tallies.items()
        }

    async def see(self, table: str) -> list[Any]:
        found: list[Any] = await self.connection.fetch(
            f"SELECT * FROM {table} WHERE workspace_id = $1 ORDER BY id", self.workspace_id
        )
        return found
