"""What counting and marking as used promise."""

import json
from datetime import UTC, datetime, timedelta

from integration.inventory.rig import Shelf


async def test_a_count_says_how_many_there_are(shelf: Shelf) -> None:
    """The quantity is what was counted; the difference is written down, and told."""
    entry = await shelf.entry(5)
    path = f"/inventory/{entry['id']}"
    answer = await shelf.api.post(f"{path}/count", json={"quantity": 3, "reason": "spring"})
    assert (answer.status_code, answer.json()["quantity"]) == (200, 3)
    assert answer.json()["version"] == 2

    [movement, _created] = (await shelf.see(f"/movements?inventory_id={entry['id']}"))["items"]
    assert (movement["kind"], movement["quantity"], movement["reason"]) == ("counted", -2, "spring")
    assert (movement["units_out"], movement["units_in"], movement["balance"]) == (2, 0, 3)
    payload = await shelf.database.fetchval(
        "SELECT payload FROM outbox WHERE key = $1 AND type LIKE '%counted'", entry["id"]
    )
    assert json.loads(payload)["changes"] == {"quantity": [5, 3]}


async def test_a_count_that_finds_what_was_known_is_written_down(shelf: Shelf) -> None:
    """It changes no quantity, and the books say that somebody looked."""
    entry = await shelf.entry(5)
    await shelf.api.post(f"/inventory/{entry['id']}/count", json={"quantity": 5})
    [movement, _created] = (await shelf.see(f"/movements?inventory_id={entry['id']}"))["items"]
    assert (movement["kind"], movement["quantity"], movement["balance"]) == ("counted", 0, 5)
    assert await shelf.staged() == ["created", "counted"]


async def test_what_is_held_is_there(shelf: Shelf) -> None:
    """A count below what is held is refused with what is free, and one of an archived entry."""
    entry = await shelf.entry(3)
    path = f"/inventory/{entry['id']}"
    await shelf.request(entry["id"], 2)
    await shelf.settles(entry["id"], held_quantity=2)
    answer = await shelf.api.post(f"{path}/count", json={"quantity": 1})
    assert (answer.status_code, answer.json()["code"]) == (409, "insufficient-stock")
    assert (await shelf.api.post(f"{path}/count", json={"quantity": 2})).status_code == 200
    other = await shelf.entry(1)
    await shelf.api.post(f"/inventory/{other['id']}/archive")
    answer = await shelf.api.post(f"/inventory/{other['id']}/count", json={"quantity": 2})
    assert (answer.status_code, answer.json()["code"]) == (409, "archived")


async def test_use_is_noted_with_its_time(shelf: Shelf) -> None:
    """Now or as given, as an update and a movement of no units; not in the future."""
    entry = await shelf.entry(2)
    path = f"/inventory/{entry['id']}"
    now = (await shelf.api.post(f"{path}/use")).json()
    assert datetime.now(UTC) - datetime.fromisoformat(now["last_used_at"]) < timedelta(minutes=1)
    answer = await shelf.api.post(f"{path}/use", json={"used_at": "2024-05-01T12:00:00+02:00"})
    assert datetime.fromisoformat(answer.json()["last_used_at"]) == datetime(
        2024, 5, 1, 10, tzinfo=UTC
    )
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    answer = await shelf.api.post(f"{path}/use", json={"used_at": later})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "used_at")

    movements = (await shelf.see(f"/movements?inventory_id={entry['id']}"))["items"]
    assert [one["kind"] for one in movements] == ["used", "used", "created"]
    assert [one["balance"] for one in movements] == [2, 2, 2]
    assert await shelf.staged() == ["created", "updated", "updated"]
