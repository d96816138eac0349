"""What undo promises: the opposite of a movement, once, or a reason why not; and then again."""

import asyncio
from typing import Any

import pytest
from integration.inventory.rig import Shelf

VERSIONS = ("version", "updated_at")


class Story:
    """An entry of five units, and one alike with two in another room."""

    def __init__(self, shelf: Shelf, entry: dict[str, Any], other: dict[str, Any]) -> None:
        self.shelf, self.entry, self.other = shelf, entry, other

    async def do(self, verb: str, **body: object) -> None:
        answer = await self.shelf.api.post(f"/inventory/{self.entry['id']}/{verb}", json=body)
        assert answer.status_code in {200, 201}, answer.text

    async def last(self) -> str:
        """The id of the newest movement."""
        [movement, *_] = (await self.shelf.see("/movements"))["items"]
        return str(movement["id"])

    async def undo(self, movement_id: str | None = None) -> Any:  # noqa: ANN401
        return await self.shelf.api.post(f"/movements/{movement_id or await self.last()}/undo")

    async def state(self) -> list[dict[str, Any]]:
        """All entries in use, without what every change changes."""
        rows = (await self.shelf.see("/inventory"))["items"]
        return [{k: v for k, v in row.items() if k not in VERSIONS} for row in rows]


@pytest.fixture
async def story(shelf: Shelf) -> Story:
    entry = await shelf.entry(5)
    room = await shelf.add("/locations", name="Other room")
    other = await shelf.entry(2, item_id=entry["item_id"], location_id=room["id"])
    return Story(shelf, entry, other)


VERBS: list[tuple[str, str, dict[str, Any]]] = [
    ("adjust", "adjusted", {"delta": -2, "reason": "broken"}),
    ("count", "counted", {"quantity": 9}),
    ("use", "used", {"used_at": "2024-05-01T12:00:00Z"}),
    ("archive", "archived", {}),
    ("move", "moved", {"location_id": "other"}),
    ("move", "split", {"location_id": "other", "quantity": 2}),
    ("move", "split", {"location_id": "other", "quantity": 2, "merge": True}),
    ("move", "merged", {"location_id": "other", "merge": True}),
    ("merge", "merged", {"into": "other"}),
]


@pytest.mark.parametrize(("verb", "kind", "body"), VERBS)
async def test_every_verb_is_undone_and_done_again(
    story: Story, verb: str, kind: str, body: dict[str, Any]
) -> None:
    """Undone, all is as before; undone again, as after; and the ledger sums all the time."""
    places = {"location_id": story.other["location_id"], "into": story.other["id"]}
    body = {
        name: places.get(name, value) if value == "other" else value for name, value in body.items()
    }
    before = await story.state()
    await story.do(verb, **body)
    after, done = await story.state(), await story.last()
    assert after != before
    assert (await story.shelf.see(f"/movements/{done}"))["kind"] == kind

    answer = await story.undo(done)
    assert answer.status_code == 201, answer.text
    undone = answer.json()
    assert (undone["undoes"], undone["undone_by"]) == (done, None)
    assert (await story.shelf.see(f"/movements/{done}"))["undone_by"] == undone["id"]
    assert await story.shelf.see(f"/movements/{undone['id']}") == undone
    assert await story.state() == before
    await story.shelf.balances()

    assert (await story.undo(undone["id"])).status_code == 201
    assert await story.state() == after
    await story.shelf.balances()


async def test_what_was_taken_in_is_put_away_again(story: Story) -> None:
    """The opposite of coming in is to be archived, and that of being archived to come back."""
    created = await story.last()
    assert (await story.undo(created)).json()["kind"] == "archived"
    assert [entry["id"] for entry in await story.state()] == [story.entry["id"]]
    assert (await story.undo()).json()["kind"] == "restored"
    assert len(await story.state()) == 2
    await story.shelf.balances()


async def test_holds_part_again_with_their_units(story: Story) -> None:
    """Of a merge that is undone, each entry has its own holds again, and returns find them."""
    shelf, entry, other = story.shelf, story.entry, story.other
    mine, theirs = await shelf.request(entry["id"], 3), await shelf.request(other["id"], 1)
    await shelf.settles(entry["id"], held_quantity=3)
    await shelf.settles(other["id"], held_quantity=1)
    await story.do("merge", into=other["id"])
    await shelf.settles(other["id"], held_quantity=4, quantity=7)
    assert (await story.undo()).status_code == 201
    await shelf.settles(entry["id"], held_quantity=3, quantity=5)
    await shelf.settles(other["id"], held_quantity=1, quantity=2)
    await shelf.balances()
    # The loan heard that its units were merged, and tells of the other entry.
    await shelf.loan("returned", other["id"], loan_id=mine, quantity=3, returned_quantity=3)
    await shelf.settles(entry["id"], held_quantity=0)
    await shelf.loan("returned", other["id"], loan_id=theirs, returned_quantity=1)
    await shelf.settles(other["id"], held_quantity=0)


async def test_one_movement_is_undone_once(story: Story) -> None:
    """Of ten who undo it at once one does; the others are told that it is done."""
    await story.do("adjust", delta=3, reason="found")
    done = await story.last()
    answers = await asyncio.gather(*(story.undo(done) for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 9]
    assert {answer.json().get("code") for answer in answers} == {None, "already-undone"}
    assert (await story.shelf.see(f"/inventory/{story.entry['id']}"))["quantity"] == 5


async def refused(story: Story, movement_id: str) -> str:
    """The code of the refusal, which changed nothing."""
    before = await story.state()
    answer = await story.undo(movement_id)
    assert answer.status_code == 409, answer.text
    assert await story.state() == before
    code: str = answer.json()["code"]
    return code


async def test_what_can_not_be_undone_any_more_says_why(story: Story) -> None:
    """Units that are gone, held, or elsewhere; a place that is out of use; nothing to undo."""
    shelf, path = story.shelf, f"/inventory/{story.entry['id']}"
    await story.do("adjust", delta=3, reason="found")
    found = await story.last()
    loan = await shelf.request(story.entry["id"], 6)
    await shelf.settles(story.entry["id"], held_quantity=6)
    assert await refused(story, found) == "insufficient-stock"
    await shelf.loan("cancelled", story.entry["id"], loan_id=loan, quantity=6)
    await shelf.settles(story.entry["id"], held_quantity=0)

    third = await shelf.add("/locations", name="Third")
    await story.do("move", location_id=third["id"], quantity=4)
    split = await story.last()
    [movement] = [m for m in (await shelf.see("/movements"))["items"] if m["id"] == split]
    await story.do("move", location_id=story.other["location_id"])
    moved = await story.last()
    assert await refused(story, split) == "cannot-undo"  # the whole stands elsewhere now
    await shelf.api.post(f"/locations/{story.entry['location_id']}/archive")
    assert await refused(story, moved) == "conflict"
    await shelf.api.post(f"/locations/{story.entry['location_id']}/restore")
    await story.undo(moved)
    part = f"/inventory/{movement['to_inventory_id']}"
    await shelf.api.patch(part, json={"condition": "POOR"})
    assert await refused(story, split) == "unlike"
    await shelf.api.patch(part, json={"condition": "GOOD"})
    await shelf.api.post(f"{part}/adjust", json={"delta": -3, "reason": "gone"})
    assert await refused(story, split) == "insufficient-stock"

    await shelf.api.post(f"{path}/count", json={"quantity": 4})
    assert await refused(story, await story.last()) == "cannot-undo"
    await shelf.balances()
