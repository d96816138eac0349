"""Records made again over the public API, each once however often a restore is run."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid5

from warehouse.archive.api import FileClient
from warehouse.archive.kinds import BY_NAME
from warehouse.archive.loading import Reader
from warehouse.archive.progress import Progress
from warehouse.archive.staging import Record, Staging
from warehouse.errors import OperatorError
from warehouse.importing.client import Answer, RefusedError

_TOLD = 200  # faults that are kept word for word
BATCHES = 4  # requests with many records each, at once
_BATCH, _BATCH_SIZE = 250, 2_000_000  # records of one, and the characters of their JSON
_PATIENCE = 60.0  # seconds that what follows by events may take


class MissingError(Exception):
    """What a record belongs to was not restored."""


@dataclass
class Report:
    """What a restore did, and what it could not do."""

    made: Counter[str] = field(default_factory=Counter)
    faults: list[tuple[str, str]] = field(default_factory=list)
    failed: int = 0
    told: Counter[str] = field(default_factory=Counter)

    def fault(self, where: str, why: str) -> None:
        self.failed += 1
        if len(self.faults) < _TOLD:
            self.faults.append((where, why))


@dataclass
class Maker:
    """Makes records in one workspace, `jobs` at once."""

    client: FileClient
    workspace_id: str
    user_id: str
    reader: Reader
    staging: Staging
    progress: Progress
    jobs: int
    report: Report = field(default_factory=Report)

    def path(self, resource: str) -> str:
        return f"/v1/workspaces/{self.workspace_id}/{resource}"

    def key(self, kind: str, identity: str, step: str = "") -> str:
        """The Idempotency-Key of a step of a record: the same when the archive is restored into
        the same workspace again."""
        archive = UUID(self.reader.manifest.archive_id)
        return str(uuid5(archive, f"{self.workspace_id}:{kind}:{identity}:{step}"))

    def begin(self, kind: str, step: str = "restoring") -> None:
        self.progress.begin(f"{step} {kind}", self.staging.count(kind))

    @asynccontextmanager
    async def one(self, kind: str, record: Record) -> AsyncIterator[None]:
        """Whatever keeps a record from being made is told with its place in the archive, and the
        others go on; what keeps all from it is raised."""
        identity = str(record[BY_NAME[kind].identity])
        try:
            yield
        except MissingError as missing:
            self.give_up(kind, identity, str(missing))
        except RefusedError as refused:
            if refused.status in (401, 403):
                raise OperatorError(f"You may not restore into this workspace: {refused}") from None
            self.give_up(kind, identity, self.reason(refused))
        self.progress.advance()

    @staticmethod
    def reason(refused: RefusedError) -> str:
        """Why something was refused, in a line."""
        said = [f"{name}: {message}" for name, message, _ in refused.errors]
        return "; ".join(said) or refused.detail

    def give_up(self, kind: str, identity: str, why: str) -> None:
        where = self.reader.where(kind, self.staging.place(kind, identity))
        self.report.fault(where, why)
        self.staging.waive(kind, identity)

    def tell(self, what: str, kind: str, identity: str, *fields: str) -> None:
        """Note what the API can't set: told at the end, and no difference when it is verified."""
        self.report.told[what] += 1
        for name in fields or ("",):
            self.staging.waive(kind, identity, name)

    def new_id(self, old: str) -> str:
        """The id of what was made of a record; raises `MissingError` where nothing was."""
        new = self.staging.new_id(old)
        if new is None:
            raise MissingError(f"{old}, which it belongs to, was not restored")
        return new

    def body(
        self, kind: str, record: Record, plain: Iterable[str], **more: object
    ) -> dict[str, Any]:
        """The request body of a record: its plain fields as they are, its references as they are
        called now. A null is what a field is without being sent."""
        named = {
            name: self.new_id(record[name])
            for name in BY_NAME[kind].references
            if name not in more and record.get(name) is not None
        }
        fields = {name: record[name] for name in plain if record.get(name) is not None}
        return {**fields, **named, **more}

    async def make(
        self, kind: str, record: Record, resource: str, body: Mapping[str, Any], *, step: str = ""
    ) -> Record:
        """POST a record; notes which id it has now."""
        key = self.key(kind, str(record[BY_NAME[kind].identity]), step)
        made: Record = (await self.post(resource, body, key)).body
        if "id" in record:
            self.staging.note_id(record["id"], made["id"])
        self.report.made[kind] += 1
        return made

    async def post(self, path: str, body: Any, key: str) -> Answer:  # noqa: ANN401 - JSON
        """POST what names only things that are there: a service that has not heard of one yet is
        asked again."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            try:
                return await self.client.post(self.path(path), body, key=key)
            except RefusedError as refused:
                if not _is_late(refused.document) or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(0.2)

    async def batch(
        self, resource: str, operations: Sequence[Mapping[str, Any]], key: str
    ) -> list[dict[str, Any]]:
        """POST a batch of operations; the result of each. Those that name what a service has not
        heard of yet are asked again, which what was made by then is not."""
        deadline = time.monotonic() + _PATIENCE
        left, tries = list(enumerate(operations)), 0
        done: dict[int, dict[str, Any]] = {}
        while left:
            body = {"operations": [operation for _, operation in left]}
            step = f"{key}-{tries}" if tries else key
            answer = await self.client.post(self.path(f"{resource}/batch"), body, key=step)
            for (at, _), result in zip(left, answer.body["results"], strict=True):
                done[at] = result
            if time.monotonic() > deadline:
                break
            left = [each for each in left if _is_late(done[each[0]]["problem"])]
            tries += 1
            if left:
                await asyncio.sleep(0.2)
        return [done[at] for at in range(len(operations))]

    async def act(self, kind: str, old: str, path: str, body: Any = None) -> Answer:  # noqa: ANN401
        """POST a verb upon what was made of a record."""
        return await self.post(path, body, self.key(kind, old, path))

    async def change(self, path: str, fields: Mapping[str, Any]) -> Record:
        changed: Record = (await self.client.call("PATCH", self.path(path), dict(fields))).body
        return changed

    async def read(self, path: str) -> Record:
        found: Record = await self.client.get(self.path(path))
        return found


def in_batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Records so many at a time, the same ones whenever the archive is restored."""
    batch: list[Record] = []
    size = 0
    for record in records:
        batch.append(record)
        size += len(json.dumps(record))
        if len(batch) == _BATCH or size > _BATCH_SIZE:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _is_late(problem: Mapping[str, Any] | None) -> bool:
    """Whether something was refused only since it names what a service has not heard of yet."""
    errors = (problem or {}).get("errors") or []
    return bool(errors) and all(error.get("code") == "not-found" for error in errors)


async def until(what: str, check: Callable[[], Awaitable[Record | None]]) -> Record:
    """What `check` answers once that is something: services hear of each other by events."""
    deadline = time.monotonic() + _PATIENCE
    pause = 0.02
    while (found := await check()) is None:
        if time.monotonic() > deadline:
            raise OperatorError(f"The platform does not get on: {what} for {_PATIENCE:.0f} s.")
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.5)
    return found
