"""What becomes of the loans of an item that was merged into another."""

from uuid import uuid4

from integration.loans.rig import Desk
from uuid_utils.compat import uuid7


async def test_loans_are_of_the_item_that_their_entry_is_of(desk: Desk) -> None:
    """Past, open and requested ones, each by an event with from and to; whatever else changes of
    an entry changes no loan."""
    entry_id = await desk.shelved("Tent, again")
    past, open_ = await desk.lent(entry_id), await desk.lent(entry_id)
    assert (await desk.api.post(f"/loans/{past['id']}/return", json={})).status_code == 200
    requested = await desk.request(entry_id)
    other = await desk.lent(await desk.shelved("Stove"))
    kept = str(uuid7())
    await desk.say("catalog.item.created", id=kept, name="Tent", sku="T-9")
    gone = open_["item_id"]
    state = {"id": entry_id, "location_id": open_["location_id"]}
    await desk.say("catalog.item.merged", id=gone, name="Tent, again", version=2, into_id=kept)
    await desk.say(
        "inventory.stock.updated",
        **state,
        version=9,
        item_id=kept,
        changes={"item_id": [gone, kept]},
    )
    for loan in (past, open_, requested):
        await desk.settles(loan, item_id=kept, item_name="Tent", item_sku="T-9")
    verb, told = (await desk.told(open_["id"]))[-1]
    assert (verb, told["changes"]) == ("updated", {"item_id": [gone, kept]})
    assert told["item_name"] == "Tent"
    assert (await desk.see(f"/loans?item_id={kept}"))["items"][-1]["id"] == past["id"]
    seen = await desk.say(
        "inventory.stock.updated",
        **state,
        version=10,
        item_id=kept,
        notes="x",
        changes={"notes": [None, "x"]},
    )
    await desk.hears(seen)
    assert (await desk.verbs(open_["id"])).count("updated") == 1
    assert (await desk.see(f"/loans/{other['id']}"))["item_name"] == "Stove"
    later = await desk.request(entry_id)
    assert later["item_id"] == kept


async def test_an_entry_that_nothing_is_lent_of_changes_nothing(desk: Desk) -> None:
    """Heard of or not."""
    item_id = str(uuid7())
    seen = await desk.say(
        "inventory.stock.updated",
        id=str(uuid7()),
        version=2,
        item_id=item_id,
        location_id=str(uuid7()),
        changes={"item_id": [str(uuid4()), item_id]},
    )
    await desk.hears(seen)
