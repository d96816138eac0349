"""Two items that were one all along: merged in catalog, and so everywhere."""

from collections.abc import Callable
from typing import Any

from support.callers import Person
from support.waiting import eventually


async def test_a_merge_is_seen_everywhere(person: Callable[..., Any]) -> None:
    """Stock, loans, the numbers and the activity tell of one item; the old address leads to it."""
    owner: Person = await person()
    drill = await owner.add("/items", {"name": "Drill", "min_stock_level": 4})
    again = await owner.add("/items", {"name": "Drill (again)", "brand": "Makita"})
    shelf = await owner.add("/locations", {"name": "Shelf"})
    borrower = await owner.add("/borrowers", {"name": "Bob"})
    entries = [
        await owner.add(
            "/inventory", {"item_id": item["id"], "location_id": shelf["id"], "quantity": 3}
        )
        for item in (drill, again)
    ]
    back, out, lent = [
        await owner.add("/loans", {"inventory_id": entry["id"], "borrower_id": borrower["id"]})
        for entry in (entries[1], entries[1], entries[0])
    ]
    returned = await owner.http.post(owner.at(f"/loans/{back['id']}/return"), json={})
    assert returned.status_code == 200

    body = {"duplicates": [again["id"]]}
    merged = await owner.http.post(owner.at(f"/items/{drill['id']}/merge"), json=body)
    assert (merged.status_code, merged.json()["brand"]) == (200, "Makita")
    gone = await owner.http.get(owner.at(f"/items/{again['id']}"))
    assert (gone.status_code, gone.json()["merged_into"]) == (404, drill["id"])

    async def one_stock() -> bool:
        found = (await owner.see(f"/inventory?item_id={drill['id']}"))["items"]
        assert {entry["id"] for entry in found} == {entry["id"] for entry in entries}
        assert {entry["item_name"] for entry in found} == {"Drill"}
        return True

    async def one_history() -> bool:
        found = (await owner.see(f"/loans?item_id={drill['id']}"))["items"]
        assert {loan["id"] for loan in found} == {back["id"], out["id"], lent["id"]}
        assert {loan["item_name"] for loan in found} == {"Drill"}
        return True

    async def one_in_the_numbers() -> bool:
        dashboard = await owner.see("/dashboard")
        expected = {"items": 1, "units": 6, "inventory_entries": 2, "active_loans": 2}
        assert {**expected, "low_stock_items": 0}.items() <= dashboard.items(), dashboard
        most = (await owner.see("/analytics/most-lent-items"))["items"]
        assert most == [{"item_id": drill["id"], "name": "Drill", "loans": 3}]
        return True

    async def told() -> bool:
        activity = (await owner.see(f"/activity?entity_id={again['id']}"))["items"]
        return activity[0]["type"] == "warehouse.catalog.item.merged"

    for seen in (one_stock, one_history, one_in_the_numbers, told):
        assert await eventually(seen)
    rest = await owner.http.post(owner.at(f"/loans/{out['id']}/return"), json={})
    assert (rest.status_code, rest.json()["item_name"]) == (200, "Drill")
    late = {"item_id": again["id"], "location_id": shelf["id"]}
    refused = await owner.http.post(owner.at("/inventory"), json=late)
    assert (refused.status_code, drill["id"] in refused.json()["detail"]) == (422, True)
