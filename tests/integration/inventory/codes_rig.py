"""What tests of short codes hold in hand."""

from typing import Any
from uuid import uuid4

from integration.inventory.rig import Shelf


def unheard() -> str:
    """A chosen code that no other test has."""
    return f"Z{uuid4().hex[:8].upper()}"


async def thing(shelf: Shelf, kind: str) -> str:
    """A new thing of a kind; its id."""
    if kind == "item":
        return await shelf.item("Drill")
    if kind == "entry":
        return str((await shelf.entry())["id"])
    location = await shelf.add("/locations", name=f"Room {uuid4()}")
    if kind == "location":
        return str(location["id"])
    return str((await shelf.add("/containers", name="Box", location_id=location["id"]))["id"])


async def make(shelf: Shelf, **body: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """The one code that POST makes."""
    [code] = (await shelf.add("/short-codes", **body))["items"]
    return dict(code)
