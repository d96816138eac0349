"""Things by the names that files use for them."""

from collections.abc import Mapping, Sequence
from typing import Any

from warehouse.importing.cells import folded

Record = Mapping[str, Any]
SEPARATOR = "/"
_SEVERAL = ""  # no id: the name is several things'


class UnknownNameError(Exception):
    """There is no such thing, or there are several."""


class Directory:
    """The things of one resource by sku, external_id, path or name, tried in this order.

    Names are compared folded. `within` narrows a name to one place: containers of one location.
    """

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self._by: tuple[dict[str, str], ...] = ({}, {}, {}, {})
        self._paths: dict[str, list[str]] = {}

    def add(self, record: Record) -> None:
        """Let a record be found; again after it was renamed or moved."""
        within = record["location_id"] if self.resource == "containers" else ""
        names = (record.get("sku"), record.get("external_id"), None, record["name"])
        for found, name in zip(self._by, names, strict=True):
            if name:
                self._note(found, _key(name, within), record["id"])
        if self.resource in ("locations", "categories"):
            path = [*self._parents(record), record["name"]]
            self._paths[record["id"]] = path
            self._note(self._by[2], _path_key(SEPARATOR.join(path)), record["id"])

    def find(self, name: str, within: str = "") -> str:
        """The id of what `name` stands for; raises `UnknownNameError`."""
        keys = (_key(name, within), _key(name, within), _path_key(name), _key(name, within))
        for found, key in zip(self._by, keys, strict=True):
            if key in found:
                if found[key] == _SEVERAL:
                    raise UnknownNameError(f"several {self.resource} are called {name!r}")
                return found[key]
        raise UnknownNameError(f"there is no {_SINGULAR[self.resource]} {name!r}")

    def knows(self, name: str) -> bool:
        """Whether `find` has an answer, even if it is that there are several."""
        return any(
            key in found
            for found, key in zip(
                self._by, (*[_key(name, "")] * 2, _path_key(name), _key(name, "")), strict=True
            )
        )

    def _note(self, found: dict[str, str], key: str, record_id: str) -> None:
        found[key] = record_id if found.get(key, record_id) == record_id else _SEVERAL

    def _parents(self, record: Record) -> Sequence[str]:
        if "breadcrumb" in record:
            return [crumb["name"] for crumb in record["breadcrumb"]]
        return self._paths.get(record.get("parent_id") or "", [])


_SINGULAR = {
    "items": "item",
    "categories": "category",
    "locations": "location",
    "containers": "container in that location",
}


def _key(name: str, within: str) -> str:
    return f"{within}\n{folded(name)}"


def _path_key(path: str) -> str:
    """`House / Garage`, `house/garage` and a lone name that has a slash in it alike."""
    return SEPARATOR.join(folded(part) for part in path.split(SEPARATOR))
