"""The baseline of releases: every version of every event as it was last released.

`contracts/events` can be written over by whoever changes an event; this file is written by
`warehouse contracts release` alone, so that no later change breaks what subscribers were given.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from chassis.events import Event
from warehouse.contracts.compatibility import bare
from warehouse.contracts.schemas import Schema, identifier, of_event

FILE = "contracts/released.json"


def read(root: Path) -> dict[str, Schema]:
    """The released schemas by their identifier; empty before the first release."""
    path = root / FILE
    known: dict[str, Schema] = json.loads(path.read_text()) if path.exists() else {}
    return known


def write(root: Path, events: Sequence[type[Event]]) -> int:
    """Note today's schemas as released, and keep those of versions that went before; how many."""
    now = read(root) | {identifier(event): bare(of_event(event)) for event in events}
    (root / FILE).write_text(_text(now))
    return len(now)


def _text(schemas: Mapping[str, Schema]) -> str:
    """A schema a line, so that a release's difference can be read."""
    lines = [f"{json.dumps(name)}: {json.dumps(schemas[name])}" for name in sorted(schemas)]
    return "{\n" + ",\n".join(lines) + "\n}\n"
