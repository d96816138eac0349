"""What is wrong with the contract: broken promises within a version, consumers that don't fit, and
files that are not what the code says."""

import json
from collections.abc import Iterator, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path

from chassis.envelope import Received
from chassis.events import Event
from warehouse.contracts import files, headers, released
from warehouse.contracts.compatibility import broken
from warehouse.contracts.declared import Heard
from warehouse.contracts.fitting import misfits, unpublished
from warehouse.contracts.schemas import Schema, identifier, of_event, of_reader

_LONGEST = 60  # lines of one file's difference


def incompatible(root: Path, events: Sequence[type[Event]]) -> list[str]:
    """Changes within a version that would break a reader of the committed or the released one."""
    found: dict[str, None] = {}
    given = released.read(root)
    for event in events:
        path = root / files.path_of(event)
        before = [given.get(identifier(event), {})]
        before += [json.loads(path.read_text())] if path.exists() else []
        for schema in filter(None, before):
            for line in broken(schema, of_event(event)):
                found[f"{event.type} v{event.schema_version}: {line}"] = None
    if (path := root / files.HEADERS).exists():
        for line in broken(json.loads(path.read_text()), headers.schema()):
            found[f"headers: {line}"] = None
    return list(found)


def gone(root: Path, events: Sequence[type[Event]]) -> list[str]:
    """Types that the contract has and the code does not: their records stay in the log."""
    declared = {event.type for event in events}
    folder = root / files.EVENTS
    kept = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    kept |= {name.split(":")[3] for name in released.read(root)}
    return [
        f"{type_}: has a schema and no class; keep the class, its records stay in the log"
        for type_ in sorted(kept - declared)
    ]


def unfit(events: Sequence[type[Event]], heard: Heard) -> list[str]:
    """Consumers that would refuse, or wait in vain for, what producers publish."""
    published: Mapping[str, Schema] = {event.type: of_event(event) for event in events}
    found = []
    for service, types in sorted(heard.items()):
        readers: dict[type[Received], list[Schema]] = {}
        for type_, models in sorted(types.items()):
            if type_ not in published:
                found.append(f"{service} hears {type_}: nobody publishes it")
                continue
            for model in models:
                readers.setdefault(model, []).append(published[type_])
                found += [
                    f"{service} hears {type_} as {model.__name__}: {line}"
                    for line in misfits(published[type_], of_reader(model))
                ]
        found += [
            f"{service} reads {model.__name__}: field {name}: no event that it hears has it"
            for model, schemas in readers.items()
            for name in unpublished(schemas, of_reader(model))
        ]
    return found


def stale(root: Path, generated: Mapping[str, str]) -> list[str]:
    """Generated files that are not what the code says, each as a unified difference."""
    found = []
    for name, text in generated.items():
        path = root / name
        committed = path.read_text() if path.exists() else ""
        if committed != text:
            found.append(_difference(name, committed, text))
    found += [f"{name}: nothing generates it; remove it" for name in _left_over(root, generated)]
    return found


def _difference(name: str, committed: str, text: str) -> str:
    lines = list(
        unified_diff(
            committed.splitlines(), text.splitlines(), f"{name} (committed)", name, lineterm=""
        )
    )
    more = len(lines) - _LONGEST
    return "\n".join(lines[:_LONGEST] + ([f"... and {more} lines more"] if more > 0 else []))


def _left_over(root: Path, generated: Mapping[str, str]) -> Iterator[str]:
    """Files in folders that are generated whole; the versions of an event before its present one
    stay as they were."""
    for folder in files.WHOLE:
        for path in sorted((root / folder).rglob("*.json")):
            name = path.relative_to(root).as_posix()
            if name not in generated and not _is_former(path, folder):
                yield name


def _is_former(path: Path, folder: str) -> bool:
    return folder == files.EVENTS and path.stem.isdigit()
