"""What a member sees and changes who is restricted to location subtrees."""

import csv
import io
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID, uuid4

import httpx
import pytest
from integration.inventory.house import House, names, operations, problem
from integration.inventory.rig import Shelf
from pypdf import PdfReader

from chassis.identity import MemberRole

Restricted = Callable[..., Shelf]


@pytest.fixture
def restricted(caller: Callable[..., httpx.AsyncClient], shelf: Shelf) -> Restricted:
    """`restricted(cellar)`: the workspace as a member restricted to the cellar sees it."""

    def make(*ids: str, role: MemberRole = MemberRole.MEMBER) -> Shelf:
        client = caller(
            "inventory",
            workspace_id=shelf.workspace_id,
            role=role,
            locations=frozenset(map(UUID, ids)),
        )
        client.base_url = shelf.api.base_url
        return replace(shelf, api=client)

    return make


@pytest.fixture
async def house(shelf: Shelf) -> House:
    return await House.built(shelf)


async def test_what_lies_within_is_seen_and_begins_at_the_top(
    house: House, restricted: Restricted
) -> None:
    """Nested places too; the way to them begins where the access does, without a word of above."""
    mine = restricted(house.cellar)
    top, rack = (
        await mine.see(f"/locations/{house.cellar}"),
        await mine.see(f"/locations/{house.rack}"),
    )
    assert (top["parent_id"], top["breadcrumb"]) == (None, [])
    assert (rack["parent_id"], [c["name"] for c in rack["breadcrumb"]]) == (
        house.cellar,
        ["cellar"],
    )
    assert (await mine.see("/locations"))["items"] == [rack, top]
    assert (await mine.see("/locations?roots=true"))["items"] == [top]
    assert (await mine.see(f"/locations?parent_id={house.cellar}"))["items"] == [rack]
    entry = await mine.see(f"/inventory/{house.entries['rack']}")
    assert [crumb["name"] for crumb in entry["location_path"]] == ["cellar", "rack"]
    assert (await mine.see(f"/containers/{house.boxes['rack']}"))["location_name"] == "rack"
    both = restricted(house.rack, house.garage)
    assert {row["name"] for row in (await both.see("/locations?roots=true"))["items"]} == {
        "rack",
        "garage",
    }


async def test_exports_tell_of_nothing_else(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """Ways begin where the access does, as in lists; a place out of reach holds nothing."""

    async def rows(of: Shelf, kind: str, **parameters: str) -> list[list[str]]:
        answer = await of.api.get(f"/exports/{kind}", params=parameters)
        assert answer.status_code == 200, answer.text
        return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))[1:]

    mine = restricted(house.cellar)
    assert [row[:2] for row in await rows(mine, "locations")] == [
        ["cellar", ""],
        ["rack", "cellar"],
    ]
    assert [row[:2] for row in await rows(shelf, "locations")] == [
        ["house", ""],
        ["garage", ""],
        ["cellar", "house"],
        ["rack", "house / cellar"],
    ]
    assert [row[:3] for row in await rows(mine, "containers")] == [
        ["cellar box", "cellar", ""],
        ["rack box", "cellar / rack", ""],
    ]
    entries = [["WH-1", "cellar", "", "3"], ["WH-1", "cellar / rack", "", "3"]]
    assert [row[:4] for row in await rows(mine, "inventory")] == entries
    assert [row[:4] for row in await rows(mine, "inventory", location_id=house.rack)] == entries[1:]
    assert await rows(mine, "inventory", location_id=house.garage) == []
    assert await rows(mine, "locations", archived="true") == []


async def test_lists_searches_and_filters_tell_of_nothing_else(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """Not by words, ids or filters, not by the place above, not among what was archived."""
    item = (await shelf.see(f"/inventory/{house.entries['house']}"))["item_id"]
    await shelf.add("/locations", name="attic", parent_id=house.house, external_id="A-1")
    await shelf.api.post(f"/inventory/{house.entries['garage']}/archive")
    mine = restricted(house.cellar)
    for path in ("/inventory", "/inventory?q=bicy", f"/inventory?item_id={item}"):
        assert names(await mine.see(path), house.entries) == ["rack", "cellar"], path
    assert names(await mine.see("/containers?q=box"), house.boxes) == ["rack", "cellar"]
    within = f"location_id={house.rack}"
    assert names(await mine.see(f"/inventory?{within}"), house.entries) == ["rack"]
    assert names(await mine.see(f"/containers?{within}"), house.boxes) == ["rack"]
    for path in (
        *(f"/{kind}?location_id={house.house}" for kind in ("inventory", "containers")),
        f"/inventory?location_id={house.garage}",
        "/inventory?archived=true",
        f"/locations?parent_id={house.house}",
        "/locations?q=attic",
        "/locations?external_id=A-1",
        f"/movements?inventory_id={house.entries['garage']}",
        f"/repairs?inventory_id={house.entries['house']}",
        f"/maintenance?inventory_id={house.entries['house']}",
    ):
        assert (await mine.see(path))["items"] == [], path
    assert names(await mine.see("/repairs"), house.repairs) == ["cellar"]
    assert names(await mine.see("/maintenance"), house.schedules) == ["cellar"]
    assert (await mine.see("/repair-summary"))["repairs"] == 1


async def test_pages_are_full_and_miss_nothing(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """Rows out of reach between those within neither shorten a page nor show in a cursor."""
    item = await shelf.item("Jar")
    mine, expected = restricted(house.cellar), []
    for place in (house.cellar, house.garage, house.rack, house.house, house.rack):
        entry = await shelf.entry(item_id=item, location_id=place)
        expected += [entry["id"]] if place in {house.cellar, house.rack} else []
    seen: list[str] = []
    path: str | None = f"/inventory?item_id={item}&limit=2"
    sizes = []
    while path is not None:
        page = await mine.see(path)
        seen += [row["id"] for row in page["items"]]
        sizes.append(len(page["items"]))
        cursor = page["next_cursor"]
        path = f"/inventory?item_id={item}&limit=2&cursor={cursor}" if cursor else None
    assert (seen, sizes) == (expected[::-1], [2, 1])


async def test_access_follows_what_is_moved(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """A subtree that leaves is gone with all in it, one that comes is there; likewise an entry."""
    mine = restricted(house.cellar)
    await shelf.api.patch(f"/locations/{house.rack}", json={"parent_id": house.garage})
    assert names(await mine.see("/inventory"), house.entries) == ["cellar"]
    assert (await mine.api.get(f"/inventory/{house.entries['rack']}")).status_code == 404
    await shelf.api.patch(f"/locations/{house.garage}", json={"parent_id": house.cellar})
    assert names(await mine.see("/inventory"), house.entries) == ["garage", "rack", "cellar"]
    path = f"/inventory/{house.entries['cellar']}"
    await shelf.api.post(f"{path}/move", json={"location_id": house.house})
    assert (await mine.api.get(path)).status_code == 404
    await shelf.api.post(f"/locations/{house.rack}/archive")
    assert names(await mine.see("/inventory"), house.entries) == ["garage", "rack"]


async def test_an_id_out_of_reach_is_answered_as_an_unknown_one(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """Whatever a route does, in the same words; nothing changes, not even by a stale ETag."""
    mine = restricted(house.cellar)
    [made] = (await shelf.see(f"/movements?inventory_id={house.entries['garage']}"))["items"]
    count = await shelf.add("/stocktakes", name="Count", location_id=house.garage)
    outside = {
        "movement_id": made["id"],
        "stocktake_id": count["id"],
        "finding_id": str(uuid4()),
        "location_id": house.house,
        "container_id": house.boxes["garage"],
        "entry_id": house.entries["garage"],
        "short_code": house.codes["garage"],
        "repair_id": house.repairs["house"],
        "maintenance_id": house.schedules["house"],
    }
    unheard = {**dict.fromkeys(outside, uuid4()), "short_code": "ZZZZZZZZZZZZ"}
    asked = 0
    for path, method in await operations(mine):
        if "{" not in path:
            continue
        theirs, unknown = [
            await mine.api.request(
                method,
                path.format(**ids),
                json=None if method in {"GET", "DELETE"} else {"name": "x"},
                headers={"If-Match": '"77"'},
            )
            for ids in (outside, unheard)
        ]
        assert theirs.status_code == 404, (method, path, theirs.text)
        assert problem(theirs) == problem(unknown)
        asked += 1
    assert asked >= 16


async def test_a_place_out_of_reach_is_answered_as_an_unknown_one(
    house: House, restricted: Restricted
) -> None:
    """In every body that names one: to put in, to move to, as a parent."""
    mine = restricted(house.cellar)
    item = (await mine.see(f"/inventory/{house.entries['cellar']}"))["item_id"]
    here, box = house.cellar, house.boxes["garage"]
    entry, rack = f"/inventory/{house.entries['cellar']}", f"/locations/{house.rack}"
    my_box = f"/containers/{house.boxes['cellar']}"
    before = await mine.see(entry)
    for method, path, body, field, theirs in (
        ("POST", "/locations", {"name": "x"}, "parent_id", house.house),
        ("PATCH", rack, {}, "parent_id", house.garage),
        ("POST", "/containers", {"name": "x"}, "location_id", house.garage),
        ("POST", "/containers", {"name": "x", "location_id": here}, "parent_id", box),
        ("PATCH", my_box, {}, "location_id", house.garage),
        ("PATCH", my_box, {}, "parent_id", box),
        ("POST", "/inventory", {"item_id": item}, "location_id", house.house),
        ("POST", "/inventory", {"item_id": item, "location_id": here}, "container_id", box),
        ("POST", f"{entry}/move", {}, "location_id", house.garage),
        ("POST", "/repairs", {"description": "x"}, "inventory_id", house.entries["house"]),
        (
            *("POST", "/maintenance", {"name": "x", "every_days": 9}),
            *("inventory_id", house.entries["house"]),
        ),
        ("POST", f"{entry}/move", {"location_id": here, "quantity": 1}, "container_id", box),
    ):
        answer, unknown = [
            await mine.api.request(method, path, json={**body, field: str(id_)})
            for id_ in (theirs, uuid4())
        ]
        assert answer.status_code == 422, (method, path, field, answer.text)
        assert answer.json()["errors"][0]["field"] == field
        assert problem(answer) == problem(unknown)
    assert await mine.see(entry) == before


async def test_locations_stay_within(house: House, restricted: Restricted, shelf: Shelf) -> None:
    """Neither new ones at the top nor moves there; where the access begins, nothing is moved, and
    sending it back as it is seen moves nothing either."""
    mine = restricted(house.cellar)
    for method, path, body in (
        ("POST", "/locations", {"name": "x"}),
        ("PATCH", f"/locations/{house.rack}", {"parent_id": None}),
        ("PATCH", f"/locations/{house.cellar}", {"parent_id": house.rack}),
    ):
        answer = await mine.api.request(method, path, json=body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0] | {"message": ""} == {
            "field": "parent_id",
            "code": "restricted",
            "message": "",
        }
    kept = await mine.api.patch(
        f"/locations/{house.cellar}", json={"parent_id": None, "name": "Wine cellar"}
    )
    assert (kept.status_code, kept.json()["name"]) == (200, "Wine cellar")
    assert (await shelf.see(f"/locations/{house.cellar}"))["parent_id"] == house.house


async def test_within_all_can_be_done(house: House, restricted: Restricted) -> None:
    """Put in, moved, split, archived, boxed; and its movements are told."""
    mine = restricted(house.cellar)
    niche = await mine.add("/locations", name="niche", parent_id=house.rack)
    moved = await mine.api.patch(f"/locations/{niche['id']}", json={"parent_id": house.cellar})
    assert [crumb["name"] for crumb in moved.json()["breadcrumb"]] == ["cellar"]
    box = await mine.add("/containers", name="Crate", location_id=niche["id"])
    entry = f"/inventory/{house.entries['rack']}"
    part = await mine.api.post(
        f"{entry}/move",
        json={"location_id": niche["id"], "container_id": box["id"], "quantity": 1},
    )
    assert part.status_code == 201, part.text
    boxed = await mine.api.patch(f"/containers/{box['id']}", json={"location_id": house.rack})
    assert boxed.status_code == 200
    assert (await mine.see(f"/inventory/{part.json()['id']}"))["location_id"] == house.rack
    kinds = [m["kind"] for m in (await mine.see("/movements"))["items"]]
    assert kinds == ["moved", "split", "created", "created"]
    assert (await mine.api.delete(f"/locations/{niche['id']}")).status_code == 204
    looking = restricted(house.cellar, role=MemberRole.VIEWER)
    assert (await looking.api.post(f"{entry}/archive")).status_code == 403


async def test_movements_name_nothing_out_of_reach(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """Neither what left, nor where from something came; what was split off elsewhere neither."""
    mine = restricted(house.cellar)
    garage = f"/inventory/{house.entries['garage']}/move"
    await shelf.api.post(garage, json={"location_id": house.rack, "quantity": 1})
    await shelf.api.post(garage, json={"location_id": house.rack})
    await shelf.api.post(
        f"/inventory/{house.entries['cellar']}/move", json={"location_id": house.garage}
    )
    told = (await mine.see("/movements"))["items"]
    assert [(m["kind"], m["inventory_id"]) for m in told] == [("created", house.entries["rack"])]
    assert house.garage not in str(told)


async def test_what_involves_a_place_out_of_reach_is_not_undone(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """A movement that came from there is unknown; and nothing is merged with what stands there."""
    mine = restricted(house.cellar)
    await shelf.api.post(
        f"/inventory/{house.entries['garage']}/move", json={"location_id": house.rack}
    )
    [moved, *_] = (await shelf.see("/movements"))["items"]
    for answer in (
        await mine.api.post(f"/movements/{moved['id']}/undo"),
        await mine.api.get(f"/movements/{moved['id']}"),
    ):
        assert answer.status_code == 404
    merge = f"/inventory/{house.entries['rack']}/merge"
    theirs, unknown = [
        await mine.api.post(merge, json={"into": str(id_)})
        for id_ in (house.entries["house"], uuid4())
    ]
    assert theirs.status_code == 422
    assert problem(theirs) == problem(unknown)


async def test_holds_show_and_are_given_back(
    house: House, restricted: Restricted, shelf: Shelf
) -> None:
    """What is lent of an entry within shows there, and comes back, as to anybody."""
    mine, entry_id = restricted(house.rack), house.entries["rack"]
    loan = await shelf.request(entry_id, 2)
    await mine.settles(entry_id, held_quantity=2, free_quantity=1)
    await shelf.loan(
        "returned",
        entry_id,
        loan_id=loan,
        quantity=2,
        **{
            "returned_quantity": 2,
            "return": {"quantity": 2, "condition": "GOOD", "notes": None},
        },
    )
    await mine.settles(entry_id, held_quantity=0, free_quantity=3)


async def test_unknown_locations_give_no_access(house: House, restricted: Restricted) -> None:
    """Nor does an empty restriction: whatever is listed is empty."""
    for nobody in (restricted(str(uuid4())), restricted()):
        lists = [path for path, method in await operations(nobody) if method == "GET"]
        # The feed of changes is for who sees all; sheets of labels are no list.
        lists = [path for path in lists if "{" not in path and "/changes" not in path]
        lists.remove("/label-sheets")
        exports = [path for path in lists if path.startswith("/exports/")]
        lists = [path for path in lists if path not in exports]
        for path in exports:
            assert (await nobody.api.get(path)).text.count("\n") == 1, path
        assert len(lists) >= 5
        for path in lists:
            assert not any((await nobody.see(path)).values()), path
        assert (await nobody.api.get(f"/locations/{house.house}")).status_code == 404
        assert (await nobody.api.get("/label-sheets")).status_code == 404


async def test_codes_are_put_on_what_is_within(house: House, restricted: Restricted) -> None:
    """Those within are listed, with items' and unused ones; a thing elsewhere gets none."""
    mine = restricted(house.cellar)
    listed = {code["code"] for code in (await mine.see("/short-codes"))["items"]}
    assert listed == {house.codes["cellar"], house.codes["rack"]}
    [code] = (await mine.add("/short-codes"))["items"]
    claim = f"/short-codes/{code['code']}/claim"
    theirs, unknown = [
        await mine.api.post(claim, json={"kind": "location", "id": id_})
        for id_ in (house.garage, str(uuid4()))
    ]
    assert theirs.status_code == 422
    assert problem(theirs) == problem(unknown)
    done = await mine.api.post(claim, json={"kind": "container", "id": house.boxes["rack"]})
    assert done.status_code == 200, done.text
    printed = await mine.api.get("/label-sheets")
    [page] = PdfReader(io.BytesIO(printed.content)).pages
    said = page.extract_text()
    assert [name for name, code in house.codes.items() if code in said] == ["cellar", "rack"]
    assert "house" not in said
