"""What always holds of inventory's tables: the ledger sums to the present, trees are trees, and
what is held is what holds say. Plain code over plain rows, of one workspace or of many."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Rows = Sequence[Mapping[str, Any]]
TABLES = ("locations", "containers", "entries", "movements", "holds")


def wrong_in(tables: Mapping[str, Rows]) -> Iterator[str]:
    """What is wrong in `TABLES`, by their names."""
    yield from _sums(tables["entries"], tables["movements"])
    yield from _held(tables["entries"], tables["holds"])
    for name in ("locations", "containers"):
        yield from _tree(name, tables[name], "parent_id")
    yield from _tree("entries", tables["entries"], "merged_into")
    yield from _standing(tables["entries"], tables["containers"])


def effects(movement: Mapping[str, Any]) -> Iterator[tuple[Any, Any, Any, int]]:
    """What a movement did: (entry, location, container, units that came or, below 0, went)."""
    left = (movement["entry_id"], movement["from_location_id"], movement["from_container_id"])
    came = (
        movement["to_entry_id"] or movement["entry_id"],
        movement["to_location_id"],
        movement["to_container_id"],
    )
    if movement["units_out"]:
        yield *left, -movement["units_out"]
    if movement["units_in"]:
        yield *came, movement["units_in"]


def _sums(entries: Rows, movements: Rows) -> Iterator[str]:
    """Per entry and place; by that also per item and place, since an entry has one item."""
    known = {entry["id"] for entry in entries}
    told: Counter[tuple[Any, Any, Any]] = Counter()
    for movement in movements:
        for *where, units in effects(movement):
            told[tuple(where)] += units
            if where[0] not in known:
                yield f"movement {movement['id']} is of no entry there is: {where[0]}"
    present: Counter[tuple[Any, Any, Any]] = Counter()
    for entry in entries:
        if not entry["is_archived"]:
            place = (entry["id"], entry["location_id"], entry["container_id"])
            present[place] = entry["quantity"]
    for place in told.keys() | present.keys():
        if told[place] != present[place]:
            yield f"the ledger has {told[place]} units of {place}, there are {present[place]}"


def _held(entries: Rows, holds: Rows) -> Iterator[str]:
    held: Counter[Any] = Counter()
    for hold in holds:
        if hold["state"] == "held":
            held[hold["entry_id"]] += hold["quantity"] - hold["released_quantity"]
    said = {entry["id"]: entry for entry in entries}
    for entry_id in held.keys() | said.keys():
        entry = said.get(entry_id, {"held_quantity": 0, "quantity": 0})
        if entry["held_quantity"] != held[entry_id]:
            yield f"entry {entry_id}: held {entry['held_quantity']}, holds {held[entry_id]}"
        if not 0 <= entry["held_quantity"] <= entry["quantity"]:
            yield f"entry {entry_id}: {entry['held_quantity']} held of {entry['quantity']}"


def _tree(name: str, rows: Rows, parent: str) -> Iterator[str]:
    above = {row["id"]: row[parent] for row in rows}
    for start in above:
        node, seen = start, set()
        while node is not None and node not in seen:
            seen.add(node)
            if node not in above:
                yield f"{name}: {start} is below {node}, which is not there"
            node = above.get(node)
        if node is not None:
            yield f"{name}: {start} is below itself"


def _standing(entries: Rows, containers: Rows) -> Iterator[str]:
    stands = {row["id"]: row["location_id"] for row in containers}
    inside = [(row["id"], row["container_id"], row["location_id"]) for row in entries]
    inside += [(row["id"], row["parent_id"], row["location_id"]) for row in containers]
    for id_, container_id, location_id in inside:
        if container_id is not None and stands.get(container_id) != location_id:
            yield f"{id_} is at {location_id}, its container at {stands.get(container_id)}"
