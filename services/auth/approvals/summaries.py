"""What a change is about, in a few words, read off the request."""

import json

_ACTS = {"POST": "add", "PUT": "set", "PATCH": "change", "DELETE": "delete"}
_NAMES = ("name", "title", "label")
MAX_LENGTH = 200


def summary(method: str, path: str, body: str | None) -> str:
    """`items: add "Drill"`, `items: 12 changes`, `loans: return`: the resource, what is done, and a
    name if the body has one. `path` is that of a resource in a workspace."""
    resource, *rest = path.split("/")[4:]
    if method == "POST" and rest == ["batch"]:
        return f"{resource}: {_count(body)}"
    act = rest[-1] if method == "POST" and len(rest) > 1 else _ACTS[method]
    name = _name(body)
    return f"{resource}: {act}{name}"[:MAX_LENGTH]


def _count(body: str | None) -> str:
    document = json.loads(body) if body else None
    operations = document.get("operations") if isinstance(document, dict) else None
    if not isinstance(operations, list):
        return "batch"
    return f"{len(operations)} change{'s' * (len(operations) != 1)}"


def _name(body: str | None) -> str:
    document = json.loads(body) if body else None
    if isinstance(document, dict):
        for field in _NAMES:
            value = document.get(field)
            if isinstance(value, str) and value.isprintable():
                return f' "{value}"'
    return ""
