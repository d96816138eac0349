"""Where a scanned code leads, and whom."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.inventory.codes_rig import make, thing, unheard
from integration.inventory.rig import Shelf
from uuid_utils.compat import uuid7

from chassis.identity import MemberRole


class Scanner:
    """Somebody with an account, and their memberships as auth tells of them."""

    def __init__(self, shelf: Shelf, api: httpx.AsyncClient, user_id: UUID) -> None:
        self.shelf, self.api, self.user_id = shelf, api, user_id
        self.member_id = uuid7()

    async def hears(self, verb: str, version: int = 1, **fields: Any) -> None:  # noqa: ANN401
        """Publish a change of the membership, and wait until inventory has taken it in."""
        payload = {
            "id": str(self.member_id),
            "workspace_id": str(self.shelf.workspace_id),
            "version": version,
            "user_id": str(self.user_id),
            **fields,
        }
        key = f"{self.shelf.workspace_id}:{self.user_id}"
        event = await self.shelf.kafka.tell(f"warehouse.auth.member.{verb}", payload, key=key)
        await self.shelf.hears(event)

    async def scan(self, code: str) -> httpx.Response:
        return await self.api.get(f"/v1/r/{code}")


@pytest.fixture
async def scanner(shelf: Shelf, caller: Callable[..., httpx.AsyncClient]) -> Scanner:
    user_id = uuid4()
    return Scanner(shelf, caller("inventory", user_id=user_id), user_id)


async def test_a_scanned_code_leads_members_to_what_it_is_on(
    shelf: Shelf, scanner: Scanner
) -> None:
    """In any case, with look-alikes; nobody else learns that it exists, nor does who left."""
    room = await thing(shelf, "location")
    made = (await make(shelf, kind="location", id=room))["code"]
    assert (await scanner.scan(made)).status_code == 404
    await scanner.hears("added")
    found = (await scanner.scan(made.lower())).json()
    assert (found["kind"], found["target_id"]) == ("location", room)
    assert found["path"] == f"/v1/workspaces/{shelf.workspace_id}/locations/{room}"
    typed = made.translate(str.maketrans("01", "OI"))
    assert (await scanner.scan(typed)).json()["code"] == made
    unknown = await scanner.scan("ZZZZZZZZZZZ")
    await scanner.hears("removed", 2)
    left = await scanner.scan(made)
    assert (left.status_code, left.json()["detail"]) == (404, unknown.json()["detail"])
    await scanner.hears("added")  # late news of what is over
    assert (await scanner.scan(made)).status_code == 404


async def test_a_token_for_one_workspace_is_led_within_it(
    shelf: Shelf, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """Inventory need not have heard of its account: the gateway knows that it is a member."""
    house = await shelf.add("/locations", name="House")
    shed = await shelf.add("/locations", name="Shed")
    made = (await make(shelf, kind="location", id=house["id"]))["code"]
    for workspace_id, within, status in (
        (shelf.workspace_id, None, 200),
        (shelf.workspace_id, frozenset({UUID(shed["id"])}), 404),
        (uuid4(), None, 404),
    ):
        kiosk = caller(
            "inventory",
            workspace_id=workspace_id,
            role=MemberRole.VIEWER,
            locations=within,
            token_id=uuid4(),
            scopes=["read"],
        )
        assert (await kiosk.get(f"/v1/r/{made.lower()}")).status_code == status


async def test_who_is_restricted_is_led_within_their_reach_alone(
    shelf: Shelf, scanner: Scanner
) -> None:
    """Items and unused codes stand nowhere; the way to a thing begins where the access does."""
    house = await shelf.add("/locations", name="House")
    room = await shelf.add("/locations", name="Room", parent_id=house["id"])
    inside = await shelf.entry(location_id=room["id"], short_code=unheard())
    outside = await shelf.entry(location_id=house["id"], short_code=unheard())
    on_item = await make(shelf, kind="item", id=inside["item_id"])
    await scanner.hears("added", location_ids=[room["id"]])
    found = await scanner.scan(inside["short_code"])
    assert [crumb["name"] for crumb in found.json()["location_path"]] == ["Room"]
    assert (await scanner.scan(outside["short_code"])).status_code == 404
    assert (await scanner.scan(on_item["code"])).status_code == 200
    await scanner.hears("updated", 2, location_ids=None)
    assert (await scanner.scan(outside["short_code"])).status_code == 200


async def test_with_a_workspace_its_codes_are_gone(
    shelf: Shelf, scanner: Scanner, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """Even where the news of a member comes after that of the end; others may have them."""
    code = (await make(shelf))["code"]
    gone = {"id": str(shelf.workspace_id), "workspace_id": str(shelf.workspace_id), "version": 2}
    room = await shelf.add("/locations", name="Room", short_code=(chosen := unheard()))
    event = await shelf.kafka.tell("warehouse.auth.workspace.deleted", gone)
    await shelf.hears(event)
    await scanner.hears("added")
    assert (await scanner.scan(code)).status_code == 404
    assert (await shelf.see(f"/locations/{room['id']}"))["short_code"] is None
    other = caller("inventory", workspace_id=(elsewhere := uuid4()))
    place = {"name": "Room", "short_code": chosen}
    answer = await other.post(f"/v1/workspaces/{elsewhere}/locations", json=place)
    assert answer.status_code == 201, answer.text
