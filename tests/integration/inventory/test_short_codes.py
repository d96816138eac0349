"""What short codes promise."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest
from integration.inventory.codes_rig import make, thing, unheard
from integration.inventory.rig import Shelf
from support.waiting import eventually

from chassis.database import Database
from services.inventory.short_codes import registry
from services.inventory.short_codes.kinds import Thing

TOPIC = "warehouse.inventory.short_code.v1"
FOLDERS = {"entry": "inventory", "location": "locations", "container": "containers"}


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=8)
    await database.start()
    yield database
    await database.stop()


def told(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("kind", ["item", "entry", "location", "container"])
async def test_a_thing_of_any_kind_has_a_code_and_gives_it_back(shelf: Shelf, kind: str) -> None:
    """The registry names it; what has a column says so too, in its event as well; released, the
    code is on nothing."""
    id_ = await thing(shelf, kind)
    code = await make(shelf, kind=kind, id=id_)
    assert (code["state"], code["kind"], code["target_id"]) == ("claimed", kind, id_)
    assert code["path"].endswith(id_)
    if kind in FOLDERS:
        path = f"/{FOLDERS[kind]}/{id_}"
        seen = await shelf.see(path)
        assert (seen["short_code"], seen["version"]) == (code["code"], 2)
    answer = await shelf.api.post(f"/short-codes/{code['code']}/release")
    assert (answer.json()["state"], answer.json()["kind"]) == ("unused", None)
    if kind in FOLDERS:
        assert (await shelf.see(path))["short_code"] is None
        rows = await shelf.database.fetch(
            "SELECT payload FROM outbox WHERE workspace_id = $1 AND key = $2 ORDER BY id",
            shelf.workspace_id,
            id_,
        )
        assert f'"changes":{{"short_code":["{code["code"]}",null]}}' in rows[-1]["payload"]


@pytest.mark.parametrize("kind", FOLDERS)
async def test_a_code_may_be_given_chosen_changed_and_taken_off(shelf: Shelf, kind: str) -> None:
    """By the thing's own POST and PATCH, in any case; what it had before is on nothing."""
    chosen, other = unheard(), unheard()
    body: dict[str, Any] = {"short_code": chosen.lower()}
    if kind == "entry":
        made = await shelf.entry(**body)
    elif kind == "location":
        made = await shelf.add("/locations", name="Attic", **body)
    else:
        place = await thing(shelf, "location")
        made = await shelf.add("/containers", name="Box", location_id=place, **body)
    assert made["short_code"] == chosen
    path = f"/{FOLDERS[kind]}/{made['id']}"
    changed = await shelf.api.patch(path, json={"short_code": other})
    assert (changed.json()["short_code"], changed.json()["version"]) == (other, 2)
    assert (await shelf.see(f"/short-codes/{chosen}"))["state"] == "unused"
    await shelf.api.patch(path, json={"short_code": None})
    assert (await shelf.see(f"/short-codes/{other}"))["state"] == "unused"
    assert (await shelf.see(path))["short_code"] is None


async def test_preprinted_codes_are_claimed_by_scan(shelf: Shelf) -> None:
    """Made on nothing, all different, found by filter; claimed once, by who scans it first."""
    codes = (await shelf.add("/short-codes", count=40))["items"]
    assert len({code["code"] for code in codes}) == 40
    shelf_id, entry_id = await thing(shelf, "location"), await thing(shelf, "entry")
    scanned = codes[0]["code"]
    claim = f"/short-codes/{scanned}/claim"
    first = await shelf.api.post(claim, json={"kind": "location", "id": shelf_id})
    assert (first.status_code, first.json()["target_id"]) == (200, shelf_id)
    again = await shelf.api.post(claim, json={"kind": "location", "id": shelf_id})
    assert (again.status_code, again.json()["version"]) == (200, 2)
    taken = await shelf.api.post(claim, json={"kind": "entry", "id": entry_id})
    assert told(taken) == (409, "short-code-taken")
    unused = await shelf.see("/short-codes?state=unused&limit=200")
    assert len(unused["items"]) == 39
    assert [c["code"] for c in (await shelf.see("/short-codes?kind=location"))["items"]] == [
        scanned
    ]


async def test_all_in_a_place_get_their_codes_at_once(shelf: Shelf) -> None:
    """Those that have none and are in use, there and below; once more there is nothing to do."""
    house = await shelf.add("/locations", name="House", short_code=unheard())
    attic = await shelf.add("/locations", name="Attic", parent_id=house["id"])
    old = await shelf.add("/locations", name="Old", parent_id=attic["id"])
    await shelf.api.post(f"/locations/{old['id']}/archive")
    entries = [await shelf.entry(location_id=attic["id"]) for _ in range(3)]
    await thing(shelf, "entry")  # elsewhere
    for kind, expected in (("location", {attic["id"]}), ("entry", {e["id"] for e in entries})):
        body = {"kind": kind, "location_id": house["id"]}
        made = (await shelf.add("/short-codes", **body))["items"]
        assert {code["target_id"] for code in made} == expected
        assert (await shelf.add("/short-codes", **body))["items"] == []
    [code] = [one["code"] for one in made if one["target_id"] == entries[0]["id"]]
    seen = await shelf.see(f"/inventory/{entries[0]['id']}")
    assert (seen["short_code"], seen["version"]) == (code, 2)
    nowhere = {"kind": "entry", "location_id": str(uuid4())}
    refused = await shelf.api.post("/short-codes", json=nowhere)
    assert refused.json()["errors"][0]["field"] == "location_id"


async def test_a_second_label_is_asked_about(shelf: Shelf) -> None:
    """What has a code keeps it unless `replace` says otherwise."""
    id_ = await thing(shelf, "item")
    first = await make(shelf, kind="item", id=id_)
    second = await make(shelf)
    claim = {"kind": "item", "id": id_}
    refused = await shelf.api.post(f"/short-codes/{second['code']}/claim", json=claim)
    assert told(refused) == (409, "has-short-code")
    assert refused.json()["short_code"] == first["code"]
    done = await shelf.api.post(
        f"/short-codes/{second['code']}/claim", json={**claim, "replace": True}
    )
    assert done.status_code == 200
    assert (await shelf.see(f"/short-codes/{first['code']}"))["state"] == "unused"
    third = await make(shelf, kind="item", id=id_, replace=True)
    assert [one["code"] for one in (await shelf.see(f"/short-codes?target_id={id_}"))["items"]] == [
        third["code"]
    ]


async def test_refusals_say_why_and_change_nothing(shelf: Shelf) -> None:
    """Unknown codes and things, too many, what does not go together, what is no code."""
    code, nobody = (await make(shelf))["code"], str(uuid4())
    unknown = await shelf.api.post(
        "/short-codes/ZZZZZZZZ/claim", json={"kind": "item", "id": nobody}
    )
    assert told(unknown) == (404, "not-found")
    for path, body, field in (
        (f"/short-codes/{code}/claim", {"kind": "entry", "id": nobody}, "id"),
        (f"/short-codes/{code}/claim", {"kind": "borrower", "id": nobody}, "kind"),
        ("/short-codes", {"count": 1001}, "count"),
        ("/short-codes", {"count": 0}, "count"),
        ("/short-codes", {"kind": "entry"}, "id"),
        ("/short-codes", {"code": "GOOD1"}, "id"),
        ("/short-codes", {"kind": "entry", "id": nobody, "count": 2}, "count"),
        ("/short-codes", {"kind": "item", "location_id": nobody}, "kind"),
        ("/short-codes", {"kind": "entry", "id": nobody, "location_id": nobody}, "location_id"),
        ("/locations", {"name": "x", "short_code": "A-1"}, "short_code"),
        ("/locations", {"name": "x", "short_code": "ABC"}, "short_code"),
        ("/locations", {"name": "x", "short_code": "ÄÖÜÕ"}, "short_code"),
    ):
        answer = await shelf.api.post(path, json=body)
        assert answer.status_code == 422, (path, body, answer.text)
        assert answer.json()["errors"][0]["field"] == field, (path, body, answer.text)
    assert (await shelf.see(f"/short-codes/{code}"))["version"] == 1


async def test_a_code_is_one_workspaces_and_says_nothing_elsewhere(
    shelf: Shelf, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """Elsewhere it is not there: not to be seen, claimed or released; and not to be chosen."""
    code = (await make(shelf))["code"]
    theirs = uuid4()
    other = caller("inventory", workspace_id=theirs)
    base = f"/v1/workspaces/{theirs}"
    for method, path in (("GET", ""), ("POST", "/claim"), ("POST", "/release")):
        body = {"kind": "item", "id": str(uuid4())} if path == "/claim" else None
        answer = await other.request(method, f"{base}/short-codes/{code}{path}", json=body)
        assert told(answer) == (404, "not-found")
    answer = await other.post(f"{base}/locations", json={"name": "x", "short_code": code})
    assert told(answer) == (409, "short-code-taken")
    assert (await other.get(f"{base}/locations")).json()["items"] == []


async def test_a_deleted_things_code_stays_the_workspaces(shelf: Shelf) -> None:
    """It is on nothing and can be put on something else; an archived thing keeps its code."""
    room = await shelf.add("/locations", name="Room", short_code=unheard())
    item = await shelf.item("Kite")
    on_item = (await make(shelf, kind="item", id=item))["code"]
    await shelf.api.post(f"/locations/{room['id']}/archive")
    seen = await shelf.see(f"/short-codes/{room['short_code']}")
    assert (seen["name"], seen["is_archived"]) == ("Room", True)
    await shelf.api.delete(f"/locations/{room['id']}")
    assert (await shelf.see(f"/short-codes/{room['short_code']}"))["state"] == "unused"
    await shelf.item("Kite", "deleted", id=item, version=2)

    async def released() -> bool:
        return bool((await shelf.see(f"/short-codes/{on_item}"))["state"] == "unused")

    await eventually(released)
    gone = await shelf.api.post(f"/short-codes/{on_item}/claim", json={"kind": "item", "id": item})
    assert told(gone) == (422, "validation-failed")


async def test_codes_get_longer_where_short_ones_are_taken(
    shelf: Shelf, database: Database
) -> None:
    """Rather than collide; and each of many made at once has its thing."""
    mark = uuid4().hex[:5].upper().translate(str.maketrans("OIL", "011"))

    things = [uuid4() for _ in range(3)]

    def draw(length: int) -> str:
        return mark + "X" if length == 6 else f"{mark}{registry.draw(length - 5)}"

    async with database.tenant(shelf.workspace_id) as session:
        made = await registry.make(session, kind=Thing.ITEM, targets=things, draw_code=draw)
    assert sorted(len(row.code) for row in made) == [6, 7, 7]
    assert {row.target_id for row in made} == set(things)


async def test_the_same_code_asked_for_by_many_goes_to_one(shelf: Shelf) -> None:
    """Of eight who choose it at once, and of eight who scan it at once."""
    chosen, scanned = unheard(), (await make(shelf))["code"]
    rooms = [await thing(shelf, "location") for _ in range(8)]
    answers = await asyncio.gather(
        *(shelf.api.patch(f"/locations/{id_}", json={"short_code": chosen}) for id_ in rooms)
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    answers = await asyncio.gather(
        *(
            shelf.api.post(
                f"/short-codes/{scanned}/claim",
                json={"kind": "location", "id": id_, "replace": True},
            )
            for id_ in rooms
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 7]
    on = await shelf.database.fetchval(
        "SELECT count(*) FROM locations WHERE short_code = ANY ($1)", [chosen, scanned]
    )
    assert on in {1, 2}  # one room may have won both


async def test_what_happens_to_codes_is_published(shelf: Shelf) -> None:
    """Made, claimed, released: with the state after it, and from what to what."""
    item = await shelf.item("Kite")
    code = await make(shelf)
    path = f"/short-codes/{code['code']}"
    await shelf.api.post(f"{path}/claim", json={"kind": "item", "id": item})
    stale = await shelf.api.post(f"{path}/release", headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    await shelf.api.post(f"{path}/release", headers={"If-Match": '"2"'})

    async def published() -> list[Any]:
        seen = [one for one in await shelf.published(TOPIC) if one.key == code["id"]]
        assert len(seen) == 3
        return seen

    made, claimed, released = await eventually(published)
    assert [made.type, claimed.type, released.type] == [
        f"warehouse.inventory.short_code.{verb}" for verb in ("made", "claimed", "released")
    ]
    assert (made.payload["code"], made.payload["state"]) == (code["code"], "unused")
    assert claimed.payload["changes"]["target_id"] == [None, item]
    assert released.payload["changes"]["kind"] == ["item", None]
