"""What lists of entries can be narrowed by."""

from typing import Any

import pytest
from integration.inventory.rig import Shelf
from uuid_utils.compat import uuid7


@pytest.fixture
async def stocked(shelf: Shelf) -> Shelf:
    """A drill with a serial number, and a box of five masks that expire, two of them held."""
    tools, power = str(uuid7()), str(uuid7())
    for id_, name, parent in ((tools, "Tools", None), (power, "Power tools", tools)):
        await shelf.kafka.tell(
            "warehouse.catalog.category.created",
            {
                "id": id_,
                "workspace_id": str(shelf.workspace_id),
                "version": 1,
                "name": name,
                "parent_id": parent,
                "is_archived": False,
            },
        )
    drill = await shelf.item("Drill", sku="D-1", barcode="0088381696722", category_id=power)
    masks = await shelf.item("Mask", sku="M-1", barcode=None, category_id=None)
    await shelf.entry(
        item_id=drill,
        serial_number="SN-7",
        purchase_price=9_007_199_254_740_991,
        currency="EUR",
        warranty_expires="2027-01-31",
        date_acquired="2025-01-31",
        notes="In the blue case",
    )
    held = await shelf.entry(
        5,
        item_id=masks,
        lot="L7",
        purchase_price=200,
        currency="EUR",
        expiration_date="2026-05-31",
        date_acquired="2024-01-31",
    )
    await shelf.request(held["id"], 5)
    await shelf.settles(held["id"], free_quantity=0)
    return shelf


async def found(shelf: Shelf, query: str) -> list[str]:
    items: list[dict[str, Any]] = (await shelf.see(f"/inventory?{query}"))["items"]
    return sorted(item["item_name"] for item in items)


async def test_entries_are_narrowed_by_what_they_are(stocked: Shelf) -> None:
    """By each filter alone, and by all together."""
    shelf = stocked
    [drill, mask] = sorted(
        (await shelf.see("/inventory"))["items"], key=lambda entry: str(entry["item_name"])
    )
    assert (drill["category_name"], mask["category_name"]) == ("Power tools", None)
    category = drill["category_id"]
    for query in (
        f"category_id={category}",
        "serial_number=SN-7",
        "free=true",
        "held=false",
        "warranty_before=2027-02-01",
        "acquired_from=2025-01-31",
        "min_value=1001",
        *("q=sn-7", "q=blue+drill", "q=00883", "q=d-1"),
    ):
        assert await found(shelf, query) == ["Drill"], query
    for query in (
        "lot=L7",
        "free=false",
        "held=true",
        "expires_before=2026-06-01",
        "acquired_to=2024-01-31",
        "max_value=1000",
        "lot=L7&held=true&max_value=1000&expires_before=2026-06-01&q=l7",
    ):
        assert await found(shelf, query) == ["Mask"], query
    for query in ("warranty_before=2027-01-31", "expires_before=2026-05-31", "lot=L8"):
        assert await found(shelf, query) == [], query


async def test_a_category_has_all_that_is_below_it(stocked: Shelf) -> None:
    """And one that is unknown has nothing."""
    tools = await stocked.database.fetchval(
        "SELECT id FROM known_categories WHERE workspace_id = $1 AND name = 'Tools'",
        stocked.workspace_id,
    )
    assert await found(stocked, f"category_id={tools}") == ["Drill"]
    assert await found(stocked, f"category_id={uuid7()}") == []


@pytest.mark.parametrize("query", ["free=perhaps", "min_value=-1", "acquired_from=0"])
async def test_a_filter_that_can_not_be_is_refused(shelf: Shelf, query: str) -> None:
    assert (await shelf.api.get(f"/inventory?{query}")).status_code == 422


async def test_an_item_heals_in_whatever_order_its_news_comes(shelf: Shelf) -> None:
    """Renamed and archived before inventory heard that it was made: shown as it is now."""
    entry = await shelf.entry()
    await shelf.item("Renamed", "archived", id=entry["item_id"], version=3, is_archived=True)
    late = await shelf.item("Between", "updated", id=entry["item_id"], version=2)
    await shelf.settles(entry["id"], item_name="Renamed")
    assert late == entry["item_id"]
    place = {"location_id": entry["location_id"]}
    answer = await shelf.api.post("/inventory", json={"item_id": entry["item_id"], **place})
    assert answer.json()["errors"][0]["code"] == "archived"
    await shelf.item("Back", "restored", id=entry["item_id"], version=4)
    await shelf.settles(entry["id"], item_name="Back")
    await shelf.entry(item_id=entry["item_id"], **place)
