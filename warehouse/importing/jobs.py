"""An import as the platform runs it: a file handed in, followed to its end, and what came of it."""

import asyncio
import csv
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from warehouse.errors import OperatorError
from warehouse.importing.client import Client, RefusedError
from warehouse.importing.workspaces import Workspace

OUTCOMES = ("created", "updated", "unchanged")
PAUSE = 0.5  # seconds before a stream that was lost is asked for again
_OPEN = ("queued", "running")

Job = Mapping[str, Any]


class Fault(NamedTuple):
    """All that is wrong with one row."""

    line: int
    message: str


@dataclass(frozen=True)
class Order:
    """What is to be imported, and how: `parameters` are the API's own."""

    file: Path
    parameters: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """How an import ended, and the seconds that it took."""

    job: Job
    seconds: float

    @property
    def kind(self) -> str:
        return str(self.job["kind"])

    @property
    def rows(self) -> int:
        return int(self.job["rows_read"])

    @property
    def failed(self) -> int:
        return int(self.job["rows_failed"])

    def counted(self, kind: str | None = None) -> dict[str, int]:
        """How many things of a kind, the file's own by default, came to what."""
        tally = self.job["tallies"].get(kind or self.kind, {})
        return {outcome: tally.get(outcome, 0) for outcome in OUTCOMES}

    def lines(self) -> list[str]:
        """The run in a line, and one for each further kind that it brought in."""
        would = "would be " if self.job["dry_run"] else ""

        def counts(kind: str) -> str:
            found = self.counted(kind)
            return ", ".join(f"{found[each]:,} {would}{each}" for each in OUTCOMES)

        rate = f" ({self.rows / self.seconds:,.0f} rows/s)" if self.seconds > 0 else ""
        own = f" {counts(self.kind)}," if self.kind != "mixed" else ""
        first = f"{self.kind}: {self.rows:,} rows:{own} {self.failed:,} failed; "
        others = [kind for kind in self.job["tallies"] if kind != self.kind]
        return [
            f"{first}{self.seconds:.1f} s{rate}",
            *(f"  {kind}: {counts(kind)}" for kind in others),
        ]


class Import:
    """One import through `client`. What it is told of progress it tells `hears`."""

    def __init__(
        self, client: Client, workspace: Workspace, hears: Callable[[Job], None] = lambda _: None
    ) -> None:
        self._client, self._workspace, self._hears = client, workspace, hears

    async def run(self, order: Order) -> Result:
        """All of it; raises `OperatorError` for what keeps it from beginning, and for a file that
        can't be read to its end. When it is interrupted, the platform reads no further row."""
        began = time.monotonic()
        job = await self._hand_in(order)
        try:
            job = await self._follow(job)
        except asyncio.CancelledError:
            await asyncio.shield(self._cancel(job))
            raise
        return Result(job, time.monotonic() - began)

    def path(self, job: Job, rest: str = "") -> str:
        return self._workspace.path(f"imports/{job['id']}{rest}")

    async def faults(self, result: Result) -> AsyncIterator[Fault]:
        """What is wrong with rows, in their order."""
        lines = _lines(self._client.download(self.path(result.job, "/errors.csv")))
        async for number, message in lines:
            yield Fault(number, message)

    async def save_faults(self, result: Result, file: Path) -> None:
        """The rows that failed, with their cells and why, to be mended and imported again."""
        try:
            with file.open("wb") as opened:
                async for part in self._client.download(self.path(result.job, "/errors.csv")):
                    opened.write(part)
        except OSError as error:
            raise OperatorError(f"{file} can't be written: {error}") from error

    async def _hand_in(self, order: Order) -> Job:
        defaults = {"currency": self._workspace.currency, "name": order.file.name[:100]}
        path = self._workspace.path("imports")
        try:
            answer = await self._client.upload(path, order.file, {**defaults, **order.parameters})
        except OSError as error:
            raise OperatorError(f"{order.file} can't be read: {error}") from error
        except RefusedError as refused:
            said = [message for _, message, _ in refused.errors] or [refused.detail]
            raise OperatorError(f"{order.file}: {' '.join(said)}") from refused
        job: Job = answer.body
        return job

    async def _follow(self, job: Job) -> Job:
        """The job at its end. A stream that is lost is asked for again; the job goes on anyway."""
        seen = str(job["version"])
        self._hears(job)
        while job["state"] in _OPEN:
            told = False
            async for event_id, state in self._client.events(self.path(job, "/events"), after=seen):
                job, seen, told = state, event_id, True
                self._hears(job)
            if job["state"] in _OPEN and not told:
                job = await self._client.get(self.path(job))
                await asyncio.sleep(PAUSE)
        return job

    async def _cancel(self, job: Job) -> None:
        try:
            await self._client.post(self.path(job, "/cancel"), None)
        except OperatorError:
            return


async def _lines(parts: AsyncIterator[bytes]) -> AsyncIterator[tuple[int, str]]:
    """Line and message out of a file of faults, which is read whole: it is as long as what is
    wrong."""
    text = b"".join([part async for part in parts]).decode("utf-8-sig")
    for row in list(csv.reader(text.splitlines(keepends=True)))[1:]:
        yield int(row[0]), row[1].removeprefix("'")
