"""The end of a restore: entries that were merged, and what is out of use."""

from collections.abc import Iterable
from functools import partial

from warehouse.archive.api import at_once
from warehouse.archive.inventory import settle
from warehouse.archive.making import Maker
from warehouse.archive.staging import Record

# Where each kind is, what is in something before what it is in.
_ORDER = {
    "maintenance": "maintenance",
    "entries": "inventory",
    "containers": "containers",
    "locations": "locations",
    "borrowers": "borrowers",
    "custom_fields": "custom-fields",
    "items": "items",
    "labels": "labels",
    "companies": "companies",
    "categories": "categories",
}
_LONGEST = 1_000  # merges of merges: more than that is a ring
_MERGED = "json_extract(body, '$.merged_into') IS NOT NULL"
_ARCHIVED = "json_extract(body, '$.is_archived')"


async def restore(maker: Maker) -> None:
    """Merge what was merged, put away what was put away."""
    for level in _merges(maker):
        await at_once(maker.jobs, level, partial(_merge, maker))
        targets = {str(entry["merged_into"]) for entry in level}
        await at_once(maker.jobs, sorted(targets), partial(settle, maker))
    for kind, resource in _ORDER.items():
        maker.progress.begin(f"archiving {kind}", None)
        archived: Iterable[Record] = maker.staging.all(kind, _ARCHIVED)
        if kind in ("containers", "locations", "categories"):
            levels = [*maker.staging.levels(kind)][::-1]
            archived = [one for level in levels for one in level if one["is_archived"]]
        await at_once(maker.jobs, archived, partial(_archive, maker, kind, resource))


def _merges(maker: Maker) -> list[list[Record]]:
    """Merged entries, those that others were merged into after those."""
    levels: dict[int, list[Record]] = {}
    for entry in maker.staging.all("entries", _MERGED):
        far, into = 1, maker.staging.get("entries", entry["merged_into"])
        while into and into["merged_into"] is not None and far < _LONGEST:
            far, into = far + 1, maker.staging.get("entries", into["merged_into"])
        levels.setdefault(far, []).append(entry)
    return [levels[far] for far in sorted(levels, reverse=True)]


async def _merge(maker: Maker, entry: Record) -> None:
    old, new = entry["id"], maker.staging.new_id(entry["id"])
    if new is None:
        return
    async with maker.one("entries", entry):
        body = {"into": maker.new_id(entry["merged_into"]), "even_if_unlike": True}
        await maker.act("entries", old, f"inventory/{new}/merge", body)


async def _archive(maker: Maker, kind: str, resource: str, record: Record) -> None:
    old, new = record["id"], maker.staging.new_id(record["id"])
    if new is None or record.get("merged_into") is not None:
        return
    async with maker.one(kind, record):
        await maker.act(kind, old, f"{resource}/{new}/archive")
        if record.get("barcode") is not None:
            await maker.change(f"items/{new}", {"barcode": record["barcode"]})
