"""Whether what a consumer reads is what the producer publishes.

A consumer's subset model fits when it accepts every payload that fits the producer's schema: what
it requires is always there, and no value that may come is one that it refuses. A field that it can
do without may be missing from some of the types it hears, but not from all of them.
"""

from collections.abc import Iterable, Iterator

from warehouse.contracts.schemas import Schema, alternatives, readable, values

_AT_LEAST = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_AT_MOST = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACTLY = ("format", "pattern", "multipleOf")


def misfits(produced: Schema, read: Schema, path: str = "") -> Iterator[str]:
    """What of `produced` a reader of `read` would refuse or miss, a line each."""
    candidates = alternatives(read)
    for branch in alternatives(produced):
        found = [list(_branch(branch, candidate, path)) for candidate in candidates]
        if all(found):
            same = [
                lines
                for lines, candidate in zip(found, candidates, strict=True)
                if candidate.get("type") == branch.get("type")
            ]
            yield from same[0] if same else [_mismatch(branch, read, path)]


def unpublished(produced: Iterable[Schema], read: Schema) -> list[str]:
    """The fields that a reader could do without and that none of `produced` has."""
    known = {name for schema in produced for name in schema.get("properties", {})}
    return [
        name
        for name in read.get("properties", {})
        if name not in known and name not in read.get("required", ())
    ]


def _branch(produced: Schema, read: Schema, path: str) -> Iterator[str]:
    wanted, given = read.get("type"), produced.get("type")
    if wanted is not None and wanted != given and (given, wanted) != ("integer", "number"):
        yield _mismatch(produced, read, path)
        return
    if not _accepts(produced, read):
        yield _mismatch(produced, read, path)
    if wanted == "object":
        yield from _fields(produced, read, path)
    for part in ("items", "additionalProperties"):
        inner = read.get(part)
        if isinstance(inner, dict):
            theirs = produced.get(part)
            yield from misfits(theirs if isinstance(theirs, dict) else {}, inner, f"{path}[]")


def _fields(produced: Schema, read: Schema, path: str) -> Iterator[str]:
    published, always = produced.get("properties", {}), produced.get("required", ())
    required = read.get("required", ())
    for name, body in read.get("properties", {}).items():
        where = f"{path}.{name}" if path else name
        if name not in published:
            if name in required:
                yield f"field {where}: is required here and not published"
        elif name in required and name not in always:
            yield f"field {where}: is required here and optional there; give it a default"
        else:
            yield from misfits(published[name], body, where)


def _accepts(produced: Schema, read: Schema) -> bool:
    accepted, coming = values(read), values(produced)
    if accepted is not None and (coming is None or any(one not in accepted for one in coming)):
        return False
    return (
        all(produced.get(key, float("-inf")) >= read[key] for key in _AT_LEAST if key in read)
        and all(produced.get(key, float("inf")) <= read[key] for key in _AT_MOST if key in read)
        and all(produced.get(key) == read[key] for key in _EXACTLY if key in read)
    )


def _mismatch(produced: Schema, read: Schema, path: str) -> str:
    what = f"field {path}: " if path else ""
    return f"{what}is published as {readable(produced)}, read as {readable(read)}"
