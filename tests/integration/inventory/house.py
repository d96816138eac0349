"""A house for the tests of who sees what: places within places, with things in each."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from integration.inventory.rig import Shelf

_PLACES = (("house", None), ("cellar", "house"), ("rack", "cellar"), ("garage", None))


@dataclass
class House:
    """house > cellar > rack, and a garage beside the house; an entry and a box in each, and
    a repair and a maintenance schedule of what is in the house and in the cellar."""

    house: str
    cellar: str
    rack: str
    garage: str
    entries: dict[str, str]
    boxes: dict[str, str]
    codes: dict[str, str]  # of the entries
    repairs: dict[str, str]
    schedules: dict[str, str]

    @classmethod
    async def built(cls, shelf: Shelf) -> "House":
        ids: dict[str, str] = {}
        for name, above in _PLACES:
            parent = ids[above] if above else None
            ids[name] = (await shelf.add("/locations", name=name, parent_id=parent))["id"]
        item = await shelf.item("Bicycle")
        entries, boxes, codes, repairs, schedules = {}, {}, {}, {}, {}
        for name, id_ in ids.items():
            codes[name] = uuid4().hex[:12].upper()
            entry = await shelf.entry(3, item_id=item, location_id=id_, short_code=codes[name])
            entries[name] = entry["id"]
            box = await shelf.add("/containers", name=f"{name} box", location_id=id_)
            boxes[name] = box["id"]
        for name in ("cellar", "house"):
            about = {"inventory_id": entries[name]}
            repairs[name] = (await shelf.add("/repairs", **about, description="flat"))["id"]
            oiling = await shelf.add("/maintenance", **about, name="oil", every_days=9)
            schedules[name] = oiling["id"]
        things = {"entries": entries, "boxes": boxes, "codes": codes}
        return cls(**ids, **things, repairs=repairs, schedules=schedules)


def names(page: dict[str, Any], ids: dict[str, str]) -> list[str]:
    """By which names `ids` knows the rows of a page, in their order."""
    known = {id_: name for name, id_ in ids.items()}
    return [known[row["id"]] for row in page["items"]]


def problem(answer: httpx.Response) -> dict[str, Any]:
    """A problem document without what differs between any two requests."""
    document: dict[str, Any] = answer.json()
    return {k: v for k, v in document.items() if k not in {"instance", "request_id"}}


async def operations(shelf: Shelf) -> list[tuple[str, str]]:
    """Every path below a workspace that inventory serves, with its methods."""
    document = (await shelf.api.get(str(shelf.api.base_url.join("/openapi.json")))).json()
    return [
        (path.partition("{workspace_id}")[2], method.upper())
        for path, methods in document["paths"].items()
        for method in methods
        if "{workspace_id}" in path
    ]
