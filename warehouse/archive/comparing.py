"""Whether two workspaces are equal in every field, but for ids, versions, and the times of change.

Records of a kind are paired by the ids that the restore noted. What it told it could not do is no
difference; whatever else there is, is one."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from warehouse.archive.api import FileClient
from warehouse.archive.exporting import Export
from warehouse.archive.kinds import ALWAYS_NEW, KINDS, NOT_RESTORED, Kind
from warehouse.archive.manifest import Manifest
from warehouse.archive.progress import Progress
from warehouse.archive.staging import Record, Staging

_PATIENCE = 30.0  # seconds that services may take to hear of each other's last news
_MOST = 100  # differences that are told
_SHOWN = 200  # characters of a value


@dataclass(frozen=True)
class Difference:
    """What of a record is not as it was."""

    kind: str
    identity: str
    field: str
    was: str
    now: str

    def __str__(self) -> str:
        return f"{self.kind} {self.identity}: {self.field}: was {self.was}, is {self.now}"


async def verify(
    client: FileClient,
    workspace_id: str,
    manifest: Manifest,
    original: Staging,
    progress: Progress,
) -> list[Difference]:
    """The first differences of a workspace from what it was restored from, once they stay."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        with Staging() as restored:
            now = await Export(client, workspace_id, restored, progress).read()
            found = [*_of_workspaces(manifest, now), *differences(original, restored)][:_MOST]
        if not found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(0.5)


def differences(original: Staging, restored: Staging) -> Iterator[Difference]:
    """What differs, kind by kind; `original` knows which id is which."""
    for kind in KINDS:
        if kind.name in NOT_RESTORED:
            continue
        seen = 0
        for record in original.all(kind.name):
            identity = str(record[kind.identity])
            waived = original.waived(kind.name, identity)
            if "" in waived:
                continue
            seen += 1
            now = restored.get(kind.name, original.new_id(identity) or identity)
            if now is None:
                yield Difference(kind.name, identity, "all of it", "there", "missing")
            else:
                yield from _of_records(kind, identity, record, now, original, waived)
        if (more := restored.count(kind.name) - seen) > 0:
            yield Difference(kind.name, "-", "count", f"{seen:,}", f"{seen + more:,}")


def _of_records(
    kind: Kind, identity: str, was: Record, now: Record, original: Staging, waived: set[str]
) -> Iterator[Difference]:
    for name in was.keys() | now.keys():
        if name in ALWAYS_NEW or name in kind.unset or name in waived:
            continue
        nested = {path.partition(".")[2] for path in kind.unset if path.startswith(f"{name}.")}
        before = _renamed(was.get(name), original, nested)
        after = _renamed(now.get(name), None, nested)
        if before != after:
            yield Difference(kind.name, identity, name, repr(before)[:_SHOWN], repr(after)[:_SHOWN])


def _renamed(value: Any, original: Staging | None, dropped: set[str]) -> Any:  # noqa: ANN401 - JSON
    """A value with the ids of the new workspace, without the fields in it that are always new."""
    if isinstance(value, dict):
        return {
            key: _renamed(one, original, dropped)
            for key, one in value.items()
            if key not in dropped
        }
    if isinstance(value, list):
        return [_renamed(one, original, dropped) for one in value]
    if original is not None and isinstance(value, str) and len(value) == 36:
        return original.new_id(value) or value
    return value


def _of_workspaces(was: Manifest, now: Manifest) -> Iterator[Difference]:
    pairs = [
        (name, getattr(was.workspace, name), getattr(now.workspace, name))
        for name in ("description", "currency", "timezone", "settings")
    ]
    pairs.append(("only_defined", bool(was.only_defined), bool(now.only_defined)))
    for name, before, after in pairs:
        if before != after:
            yield Difference("workspace", was.workspace.id, name, repr(before), repr(after))
