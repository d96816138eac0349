"""What containers promise."""

from typing import Any
from uuid import uuid4

import pytest
from integration.inventory.rig import Shelf
from support.waiting import eventually

CONTAINERS = "warehouse.inventory.container.v1"


async def two_rooms(shelf: Shelf) -> tuple[dict[str, Any], dict[str, Any]]:
    return await shelf.add("/locations", name="Here"), await shelf.add("/locations", name="There")


async def test_a_container_says_where_it_stands(shelf: Shelf) -> None:
    """It comes with its location's name and the containers around it."""
    here, _ = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"], capacity=20)
    tray = await shelf.add("/containers", name="Tray", location_id=here["id"], parent_id=case["id"])
    assert tray["location_name"] == "Here"
    assert tray["breadcrumb"] == [{"id": case["id"], "name": "Case"}]
    listed = await shelf.see(f"/containers?location_id={here['id']}&roots=true")
    assert listed["items"] == [case]


async def test_what_is_in_a_container_moves_with_it(shelf: Shelf) -> None:
    """In a new location the containers within, and the stock in all of them, stand there too,
    and each tells of its move."""
    here, there = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    tray = await shelf.add("/containers", name="Tray", location_id=here["id"], parent_id=case["id"])
    inside = await shelf.entry(location_id=here["id"], container_id=tray["id"])
    outside = await shelf.entry(location_id=here["id"])

    moved = await shelf.api.patch(f"/containers/{case['id']}", json={"location_id": there["id"]})

    assert moved.status_code == 200, moved.text
    assert (await shelf.see(f"/containers/{tray['id']}"))["location_name"] == "There"
    assert (await shelf.see(f"/inventory/{inside['id']}"))["location_name"] == "There"
    assert (await shelf.see(f"/inventory/{outside['id']}"))["location_name"] == "Here"
    [movement, _created] = (await shelf.see(f"/movements?inventory_id={inside['id']}"))["items"]
    assert movement["kind"] == "moved"
    assert movement["reason"] == "moved with the container Case"

    async def told() -> bool:
        change = {"location_id": [here["id"], there["id"]]}
        containers = [
            one for one in await shelf.published(CONTAINERS) if one.type.endswith("moved")
        ]
        stock = [one for one in await shelf.published() if one.type.endswith("moved")]
        assert {one.key for one in containers} == {case["id"], tray["id"]}
        assert [one.key for one in stock] == [inside["id"]]
        assert all(one.payload["changes"] == change for one in [*containers, *stock])
        return True

    assert await eventually(told)


async def test_a_container_that_moves_alone_leaves_its_parent(shelf: Shelf) -> None:
    """A new location without a new parent takes it out of the old one."""
    here, there = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    tray = await shelf.add("/containers", name="Tray", location_id=here["id"], parent_id=case["id"])
    moved = await shelf.api.patch(f"/containers/{tray['id']}", json={"location_id": there["id"]})
    assert (moved.json()["parent_id"], moved.json()["location_id"]) == (None, there["id"])


async def test_a_large_container_moves_whole(shelf: Shelf) -> None:
    """Thousands of entries in one container move with it in one request."""
    here, there = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    entry = await shelf.entry(location_id=here["id"], container_id=case["id"])
    await shelf.database.execute(
        """
        INSERT INTO entries SELECT (jsonb_populate_record(e,
            jsonb_build_object('id', gen_random_uuid()))).*
        FROM entries e, generate_series(1, 3999) WHERE e.workspace_id = $1
        """,
        shelf.workspace_id,
    )
    moved = await shelf.api.patch(f"/containers/{case['id']}", json={"location_id": there["id"]})
    assert moved.status_code == 200, moved.text
    assert (await shelf.see(f"/inventory/{entry['id']}"))["version"] == 2
    counted = await shelf.database.fetchval(
        "SELECT count(*) FROM entries WHERE workspace_id = $1 AND location_id = $2",
        shelf.workspace_id,
        there["id"],
    )
    assert counted == 4000


@pytest.mark.parametrize("change", ["create", "move"])
async def test_a_parent_stands_in_the_same_location(shelf: Shelf, change: str) -> None:
    """A parent in another location answers 422 on `parent_id`."""
    here, there = await two_rooms(shelf)
    far = await shelf.add("/containers", name="Far", location_id=there["id"])
    if change == "create":
        body = {"name": "Tray", "location_id": here["id"], "parent_id": far["id"]}
        answer = await shelf.api.post("/containers", json=body)
    else:
        tray = await shelf.add("/containers", name="Tray", location_id=here["id"])
        answer = await shelf.api.patch(f"/containers/{tray['id']}", json={"parent_id": far["id"]})
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "elsewhere")


async def test_a_container_in_use_is_not_deleted(shelf: Shelf) -> None:
    """With stock in it DELETE answers 409; empty it is gone."""
    here, _ = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    entry = await shelf.entry(location_id=here["id"], container_id=case["id"])
    assert (await shelf.api.delete(f"/containers/{case['id']}")).status_code == 409
    await shelf.api.post(f"/inventory/{entry['id']}/move", json={"location_id": here["id"]})
    assert (await shelf.api.delete(f"/containers/{case['id']}")).status_code == 204
    assert (await shelf.api.get(f"/containers/{case['id']}")).status_code == 404


async def test_a_container_is_not_restored_into_an_archived_location(shelf: Shelf) -> None:
    """Restoring it answers 409 until its location is in use again."""
    here, _ = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    await shelf.api.post(f"/containers/{case['id']}/archive")
    await shelf.api.post(f"/locations/{here['id']}/archive")
    assert (await shelf.api.post(f"/containers/{case['id']}/restore")).status_code == 409
    await shelf.api.post(f"/locations/{here['id']}/restore")
    restored = await shelf.api.post(f"/containers/{case['id']}/restore")
    assert (restored.status_code, restored.json()["is_archived"]) == (200, False)


async def test_the_unknown_is_not_found(shelf: Shelf) -> None:
    """Every verb on a container of no workspace of ours answers 404."""
    path = f"/containers/{uuid4()}"
    body = {"location_id": str(uuid4())}
    assert (await shelf.api.get(path)).status_code == 404
    assert (await shelf.api.patch(path, json=body)).status_code == 404
    assert (await shelf.api.delete(path)).status_code == 404
    for verb in ("archive", "restore"):
        assert (await shelf.api.post(f"{path}/{verb}")).status_code == 404


async def test_the_database_keeps_contents_and_container_together(
    shelf: Shelf,
) -> None:
    """No statement can leave an entry's location different from its container's."""
    here, there = await two_rooms(shelf)
    case = await shelf.add("/containers", name="Case", location_id=here["id"])
    await shelf.entry(location_id=here["id"], container_id=case["id"])
    with pytest.raises(Exception, match="entry_container"):
        await shelf.database.execute(
            "UPDATE containers SET location_id = $2 WHERE workspace_id = $1",
            shelf.workspace_id,
            there["id"],
        )


async def test_a_container_with_a_capacity_shows_what_is_in_it(shelf: Shelf) -> None:
    """The units in use that stand in it; nothing where no capacity was given."""
    room = await shelf.add("/locations", name="Room")
    box = await shelf.add("/containers", name="Box", location_id=room["id"], capacity=10)
    other = await shelf.add("/containers", name="Other", location_id=room["id"])
    assert (box["units_inside"], other["units_inside"]) == (0, None)
    for quantity in (3, 1, 5):
        entry = await shelf.entry(quantity, location_id=room["id"], container_id=box["id"])
    await shelf.api.post(f"/inventory/{entry['id']}/archive")
    assert (await shelf.see(f"/containers/{box['id']}"))["units_inside"] == 4
