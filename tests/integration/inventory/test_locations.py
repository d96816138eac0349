"""What locations promise."""

from uuid import uuid4

import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually


async def test_a_location_knows_the_way_to_it(shelf: Shelf) -> None:
    """The breadcrumb leads from the root to the parent; the list of a parent has its children."""
    house = await shelf.add("/locations", name="House")
    cellar = await shelf.add("/locations", name="Cellar", parent_id=house["id"])
    rack = await shelf.add("/locations", name="Rack", parent_id=cellar["id"])

    assert [crumb["name"] for crumb in rack["breadcrumb"]] == ["House", "Cellar"]
    assert (await shelf.see(f"/locations?parent_id={house['id']}"))["items"] == [cellar]
    assert (await shelf.see("/locations?roots=true"))["items"] == [house]
    assert (await shelf.see("/locations?q=RAC"))["items"] == [rack]


async def test_every_change_is_published_with_the_state_after_it(shelf: Shelf) -> None:
    """Created, updated, moved (with from and to), archived, restored, deleted: versions 1 to 6."""
    garage = await shelf.add("/locations", name="Garage")
    box = await shelf.add("/locations", name="Box")
    path = f"/locations/{box['id']}"
    await shelf.api.patch(path, json={"description": "Red"})
    await shelf.api.patch(path, json={"parent_id": garage["id"], "name": "Red box"})
    await shelf.api.post(f"{path}/archive")
    await shelf.api.post(f"{path}/restore")
    assert (await shelf.api.delete(path)).status_code == 204

    async def published() -> list[tuple[str, int]]:
        topic = "warehouse.inventory.location.v1"
        seen = [one for one in await shelf.published(topic) if one.key == box["id"]]
        assert len(seen) == 6
        assert seen[2].payload["changes"] == {
            "parent_id": [None, garage["id"]],
            "name": ["Box", "Red box"],
        }
        return [(one.type.rpartition(".")[2], one.payload["version"]) for one in seen]

    verbs = ["created", "updated", "moved", "archived", "restored", "deleted"]
    assert await eventually(published) == list(zip(verbs, range(1, 7), strict=True))


async def test_siblings_have_different_names(shelf: Shelf) -> None:
    """A name taken among the siblings, in any case, answers 409; elsewhere it is free."""
    house = await shelf.add("/locations", name="House")
    taken = await shelf.api.post("/locations", json={"name": "HOUSE"})
    assert (taken.status_code, taken.json()["code"]) == (409, "name-taken")
    await shelf.add("/locations", name="House", parent_id=house["id"])


async def test_a_tree_has_no_cycle(shelf: Shelf) -> None:
    """Moving a location below itself answers 422."""
    top = await shelf.add("/locations", name="Top")
    below = await shelf.add("/locations", name="Below", parent_id=top["id"])
    answer = await shelf.api.patch(f"/locations/{top['id']}", json={"parent_id": below["id"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "cycle")


@pytest.mark.parametrize("held", ["location", "container", "entry"])
async def test_a_location_in_use_is_not_deleted(shelf: Shelf, held: str) -> None:
    """While it holds a location, a container or stock, DELETE answers 409."""
    room = await shelf.add("/locations", name="Room")
    if held == "location":
        await shelf.add("/locations", name="Shelf", parent_id=room["id"])
    elif held == "container":
        await shelf.add("/containers", name="Box", location_id=room["id"])
    else:
        await shelf.entry(location_id=room["id"])
    answer = await shelf.api.delete(f"/locations/{room['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not-empty")


async def test_nothing_new_goes_into_an_archived_location(shelf: Shelf) -> None:
    """Containers and stock for it are refused with 422 on `location_id`; what is there stays."""
    room = await shelf.add("/locations", name="Room")
    entry = await shelf.entry(location_id=room["id"])
    await shelf.api.post(f"/locations/{room['id']}/archive")

    for path, body in (
        ("/containers", {"name": "Box"}),
        ("/inventory", {"item_id": entry["item_id"]}),
    ):
        answer = await shelf.api.post(path, json={**body, "location_id": room["id"]})
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0] | {"message": ""} == {
            "field": "location_id",
            "code": "archived",
            "message": "",
        }
    assert (await shelf.see(f"/inventory/{entry['id']}"))["location_name"] == "Room"


async def test_an_external_id_finds_one_location(shelf: Shelf) -> None:
    """`external_id` filters exactly, and a second use of it answers 409 naming the field."""
    kept = await shelf.add("/locations", name="A", external_id="row-1")
    await shelf.add("/locations", name="B", external_id="row-11")
    assert (await shelf.see("/locations?external_id=row-1"))["items"] == [kept]
    taken = await shelf.api.post("/locations", json={"name": "C", "external_id": "row-1"})
    assert taken.status_code == 409
    assert taken.json()["errors"][0]["field"] == "external_id"


async def test_a_stale_etag_is_refused(shelf: Shelf) -> None:
    """If-Match with an older version answers 412."""
    room = await shelf.add("/locations", name="Room")
    path = f"/locations/{room['id']}"
    await shelf.api.patch(path, json={"name": "Hall"}, headers={"If-Match": '"1"'})
    stale = await shelf.api.patch(path, json={"name": "Attic"}, headers={"If-Match": '"1"'})
    assert stale.status_code == 412


async def test_unknown_parents_are_named(shelf: Shelf) -> None:
    """A parent that is not in this workspace answers 422 on `parent_id`."""
    answer = await shelf.api.post("/locations", json={"name": "x", "parent_id": str(uuid4())})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "not-found")
