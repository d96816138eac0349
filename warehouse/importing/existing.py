"""What a workspace has already, by what rows are matched with."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from warehouse.importing.faults import RowError
from warehouse.importing.kinds import Fields, Identity

_SHORT = 64  # characters; of longer texts a digest is kept


@dataclass(frozen=True, slots=True)
class Known:
    """A record: its id and, in the order of `Existing.names`, its values."""

    id: str
    values: tuple[Any, ...]


class Existing:
    """Records by their identities. Only the fields `names`, which the file may change, are kept,
    and long ones as digests: an index of the workspace, not a copy."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._by: dict[Identity, list[Known]] = {}

    def add(self, record: Fields, identities: Sequence[Identity]) -> None:
        known = Known(record["id"], tuple(_imprint(record.get(name)) for name in self.names))
        for identity in identities:
            self._by.setdefault(identity, []).append(known)

    def match(self, identity: Identity) -> Known | None:
        """The record of this identity; raises `RowError` when there are several."""
        found = self._by.get(identity, [])
        if len(found) > 1:
            raise RowError.of(
                identity[0],
                f"{len(found)} records here fit this row; --key HEADER tells them apart",
            )
        return found[0] if found else None

    def changes(self, known: Known, body: Fields) -> dict[str, Any]:
        """The fields of `body` that say something else than the record does."""
        before = dict(zip(self.names, known.values, strict=True))
        changes = {
            name: value for name, value in body.items() if before.get(name) != _imprint(value)
        }
        if "attributes" in changes:
            merged = {**(before["attributes"] or {}), **changes["attributes"]}
            changes["attributes"] = merged
            if merged == before["attributes"]:
                del changes["attributes"]
        return changes


def _imprint(value: object) -> object:
    if isinstance(value, str) and len(value) > _SHORT:
        return hashlib.blake2b(value.encode(), digest_size=16).digest()
    return value
