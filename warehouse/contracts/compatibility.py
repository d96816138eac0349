"""Whether a schema may follow another one under the same version.

The topics are kept for good, so a version's schema describes every record since its first, and
what its readers rely on stays. Within a version a field may be added if it is optional, a text may
be changed, and an enumeration may grow: a reader has to expect values that it does not know.
Anything else, widening included, is a new version.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from warehouse.contracts.schemas import KEY, TOPIC, Schema, alternatives, readable, values

_ANNOTATIONS = {"$schema", "$id", "title", "description", "examples", "default"}
_WALKED = {"properties", "required", "items", "additionalProperties", "enum", "const", TOPIC, KEY}


def broken(old: Schema, new: Schema) -> list[str]:
    """What a reader of `old` can't take from `new`, or `new` can't say of records of `old`."""
    found = []
    if old.get(TOPIC) != new.get(TOPIC):
        found.append(f"topic: was {old.get(TOPIC)}, is {new.get(TOPIC)}")
    if old.get(KEY) != new.get(KEY):
        found.append(f"key: was {old.get(KEY)}, is {new.get(KEY)}")
    return found + list(_differences(old, new, ""))


def bare(schema: Mapping[str, Any]) -> Schema:
    """The schema without what may change freely."""
    kept: Schema = {}
    for key, value in schema.items():
        if key == "properties":
            kept[key] = {name: bare(body) for name, body in value.items()}
        elif key == "anyOf":
            kept[key] = [bare(one) for one in value]
        elif key not in _ANNOTATIONS:
            kept[key] = bare(value) if isinstance(value, dict) else value
    return kept


def _differences(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before = sorted(alternatives(old), key=_kind)
    after = sorted(alternatives(new), key=_kind)
    if [_kind(one) for one in before] != [_kind(one) for one in after]:
        yield f"{_at(path)}was {readable(old)}, is {readable(new)}"
        return
    for was, is_ in zip(before, after, strict=True):
        yield from _lost_values(was, is_, path)
        yield from _fields(was, is_, path)
        for part in ("items", "additionalProperties"):
            if isinstance(was.get(part), dict) and isinstance(is_.get(part), dict):
                yield from _differences(was[part], is_[part], f"{path}[]")


def _fields(old: Schema, new: Schema, path: str) -> Iterator[str]:
    had, has = old.get("properties", {}), new.get("properties", {})
    needed, needs = set(old.get("required", ())), set(new.get("required", ()))
    for name, body in had.items():
        where = f"{path}.{name}" if path else name
        if name not in has:
            yield f"field {where}: was removed"
            continue
        if (name in needed) != (name in needs):
            words = ("optional", "required")
            yield f"field {where}: was {words[name in needed]}, is {words[name in needs]}"
        yield from _differences(body, has[name], where)
    for name in has:
        if name not in had and name in needs:
            where = f"{path}.{name}" if path else name
            yield f"field {where}: is new and required; give it a default"


def _lost_values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = values(old), values(new)
    if before is not None and after is not None:
        lost = [value for value in before if value not in after]
        if lost:
            yield f"{_at(path)}no longer one of {', '.join(map(str, lost))}"


def _kind(schema: Mapping[str, Any]) -> str:
    """A shape as far as it must not change at all."""
    kept = {k: v for k, v in schema.items() if k not in _ANNOTATIONS | _WALKED}
    parts = {part: type(schema.get(part)).__name__ for part in ("items", "additionalProperties")}
    return json.dumps([kept, parts, values(schema) is not None], sort_keys=True)


def _at(path: str) -> str:
    return f"field {path}: " if path else ""
