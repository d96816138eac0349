"""One run: what is there is listed once, the file is read twice, rows go in several at a time.

The first reading finds the rows that would meet in one record, the second brings them in. In
memory are an index of what is there and of what identifies each row, never the file; only rows that
refer to rows of their own file (locations) are held, and go in generation by generation.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from warehouse.errors import OperatorError
from warehouse.importing.bodies import Bodies
from warehouse.importing.client import Client, RefusedError
from warehouse.importing.columns import Columns
from warehouse.importing.existing import Existing, Known
from warehouse.importing.faults import Fault, RowError
from warehouse.importing.kinds import Fields, Identity, Kind, keyed
from warehouse.importing.meetings import Meetings
from warehouse.importing.references import Directory
from warehouse.importing.report import Outcome, Report, Tally
from warehouse.importing.source import Row, Source
from warehouse.importing.workspaces import Workspace
from warehouse.importing.writing import EntryWriter, Writer

JOBS = 12  # rows on their way at once
_ALSO_ARCHIVED = {"key", "sku"}  # identities that an archived record keeps to itself


@dataclass(frozen=True)
class Order:
    """What is to be imported, from where, and how."""

    kind: Kind
    source: Source
    columns: Columns
    dry_run: bool = False
    jobs: int = JOBS


class Import:
    """One run of `order`. Raises `OperatorError` for what stops all of it; a row that can't go in
    is told to `report`, and the others go on."""

    def __init__(self, client: Client, workspace: Workspace, order: Order, report: Report) -> None:
        self._client, self._workspace = client, workspace
        self._order, self._report = order, report
        self._kind, self._source = order.kind, order.source
        columns = order.columns
        self._identities: Callable[[Fields], list[Identity]] = (
            keyed if columns.key is not None else order.kind.identities
        )
        resources = {field.refers_to for field in columns.fields if field.refers_to}
        if order.kind.nested:
            resources.add(order.kind.path)
        self._directories = {resource: Directory(resource) for resource in sorted(resources)}
        self._bodies = Bodies(
            columns, len(self._source.headings), self._directories, workspace.currency
        )
        self._existing = Existing(
            sorted({field.sent_as.partition(".")[0] for field in columns.fields} | {"currency"})
        )
        self._meetings = Meetings()
        writer = EntryWriter if order.kind.name == "inventory" else Writer
        self._writer = writer(client, workspace, order.kind, secrets.token_hex(8))
        self.tally = Tally()

    async def run(self) -> Tally:
        """All of it; what came of it."""
        began = time.monotonic()
        try:
            await self._list_what_is_there()
            if self._kind.nested:
                await self._import_generations()
            else:
                self._report.begins(self._survey(self._source.rows()))
                await self._import_all(self._source.rows())
        finally:
            self.tally.seconds = time.monotonic() - began
        return self.tally

    async def _list_what_is_there(self) -> None:
        for directory in self._directories.values():
            async for record in self._client.pages(self._workspace.path(directory.resource)):
                directory.add(record)
        path = self._workspace.path(self._kind.path)
        async for record in self._client.pages(path):
            self._existing.add(record, self._identities(record))
        async for record in self._client.pages(path, archived="true"):
            kept = [each for each in self._identities(record) if each[0] in _ALSO_ARCHIVED]
            self._existing.add(record, kept)

    def _survey(self, rows: Iterable[Row]) -> int:
        """Note what each row is identified by; how many rows there are."""
        total = 0
        for row in rows:
            total += 1
            with contextlib.suppress(RowError):  # said when the row's turn comes
                self._meetings.note(row.number, self._identities_of(row))
        return total

    def _identities_of(self, row: Row) -> list[Identity]:
        if self._order.columns.key is not None:
            return keyed({"external_id": self._bodies.cell(row, "external_id")})
        return self._identities(self._bodies.of(row))

    async def _import_generations(self) -> None:
        """Rows whose parent is there, then those whose parent is there now, and so on."""
        waiting = list(self._source.rows())
        self._report.begins(len(waiting))
        has_key = self._order.columns.key is not None
        if has_key:
            self._survey(waiting)
        while waiting:
            ready = [row for row in waiting if self._has_its_parent(row)] or waiting
            left = {row.number for row in ready}
            if not has_key:  # without one, a row is known by the parent it has by now
                self._survey(ready)
            await self._import_all(iter(ready))
            waiting = [row for row in waiting if row.number not in left]

    def _has_its_parent(self, row: Row) -> bool:
        parent = self._bodies.cell(row, "parent")
        return not parent or self._directories[self._kind.path].knows(parent)

    async def _import_all(self, rows: Iterable[Row]) -> None:
        rows = iter(rows)

        async def work() -> None:
            for row in rows:  # shared: each row is one worker's
                await self._import(row)

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._order.jobs):
                    group.create_task(work())
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None

    async def _import(self, row: Row) -> None:
        try:
            outcome = await self._bring_in(row)
        except RowError as error:
            outcome = self._say(row, error.faults)
        except RefusedError as refused:
            if refused.status in (401, 403):
                raise OperatorError(f"{self._client.url} refused: {refused.detail}") from refused
            outcome = self._say(row, self._faults_of(refused))
        self.tally.counts[outcome] += 1
        self._report.done()

    def _say(self, row: Row, faults: Iterable[Fault]) -> Outcome:
        self._report.bad(row, list(faults))
        return Outcome.FAILED

    def _faults_of(self, refused: RefusedError) -> list[Fault]:
        said = self._order.columns.said
        return [
            Fault(said(field.removeprefix("body.")), message)
            for field, message, _ in refused.errors
        ] or [Fault("row", refused.detail)]

    async def _bring_in(self, row: Row) -> Outcome:
        body = self._bodies.of(row)
        identity = self._identities(body)[0]
        self._refuse_meeting(row, identity)
        known = self._existing.match(identity)
        if known is None:
            await self._create(row, body)
            return Outcome.CREATED
        changes = self._existing.changes(known, body)
        if not changes:
            return Outcome.UNCHANGED
        await self._change(known, changes)
        return Outcome.UPDATED

    def _refuse_meeting(self, row: Row, identity: Identity) -> None:
        others = self._meetings.others(row.number, identity)
        if not others:
            return
        rows = f"row{'s' if len(others) > 1 else ''} {', '.join(map(str, others))}"
        key = self._order.columns.key
        if key is not None:
            raise RowError.of(key, f"{rows} {'have' if len(others) > 1 else 'has'} the same")
        raise RowError.of(
            "row",
            f"would meet {rows} in one record ({self._kind.identified_by}); "
            f"--key HEADER tells them apart",
        )

    async def _create(self, row: Row, body: dict[str, Any]) -> None:
        record = {**body, "id": f"row {row.number}"}
        if not self._order.dry_run:
            record = await self._writer.create(row.number, body)
        if self._kind.nested:
            self._directories[self._kind.path].add(record)

    async def _change(self, known: Known, changes: dict[str, Any]) -> None:
        if self._order.dry_run:
            return
        record = await self._writer.change(known.id, changes)
        if self._kind.nested:
            self._directories[self._kind.path].add(record)
