"""What deadlines promise: told when their day has come, by whatever path, each day once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from integration.inventory.rig import STOCK, Shelf
from support.waiting import eventually

from chassis.database import Database
from services.inventory.deadlines.service import tell

MAINTENANCE, REPAIR = "warehouse.inventory.maintenance.v1", "warehouse.inventory.repair.v1"
ALERTS = {"expiring", "warranty_ending", "due", "overdue"}
Entry = dict[str, Any]


def day(days: int) -> str:
    """So many days from today; the workspaces here are at UTC unless they say so."""
    return str(datetime.now(UTC).date() + timedelta(days=days))


@pytest.fixture
async def database(environment: dict[str, str]) -> AsyncIterator[Database]:
    """The service's database, for another clock beside its own."""
    database = Database(environment["INVENTORY_DATABASE_URL"], name="inventory")
    await database.start()
    yield database
    await database.stop()


async def alerts(shelf: Shelf, id_: str, topic: str = STOCK) -> list[tuple[str, int]]:
    """What was told of one aggregate: verb, and its number of days."""
    return [
        (verb, payload["days_left"] if "days_left" in payload else payload["days_overdue"])
        for verb, payload in await shelf.told(topic)
        if verb in ALERTS and payload["id"] == id_
    ]


async def alerted(
    shelf: Shelf,
    id_: str,
    expected: list[tuple[str, int]],
    topic: str = STOCK,
    *,
    ordered: bool = True,
) -> None:
    async def look() -> bool:
        told = await alerts(shelf, id_, topic)
        assert told == expected or (not ordered and sorted(told) == sorted(expected))
        return True

    await eventually(look)


async def as_it_was(_shelf: Shelf, entry: Entry) -> str:
    return str(entry["id"])


async def set_later(shelf: Shelf, entry: Entry) -> str:
    await patch(shelf, entry, expiration_date=day(5))
    return str(entry["id"])


async def moved_nearer(shelf: Shelf, entry: Entry) -> str:
    await patch(shelf, entry, expiration_date=day(200))
    return await set_later(shelf, entry)


async def taken_into_use(shelf: Shelf, entry: Entry) -> str:
    await verb(shelf, entry, "archive")
    await patch(shelf, entry, expiration_date=day(5))
    assert await alerts(shelf, entry["id"]) == []
    await verb(shelf, entry, "restore")
    return str(entry["id"])


async def filled_again(shelf: Shelf, entry: Entry) -> str:
    await verb(shelf, entry, "adjust", delta=-3, reason="eaten")
    await patch(shelf, entry, expiration_date=day(5))
    assert await alerts(shelf, entry["id"]) == []
    await verb(shelf, entry, "adjust", delta=3, reason="bought")
    return str(entry["id"])


async def split_off(shelf: Shelf, entry: Entry) -> str:
    await patch(shelf, entry, expiration_date=day(5))
    there = await shelf.add("/locations", name="Pantry")
    part = await shelf.api.post(
        f"/inventory/{entry['id']}/move", json={"location_id": there["id"], "quantity": 1}
    )
    return str(part.json()["id"])


async def written_past_the_service(shelf: Shelf, entry: Entry) -> str:
    await shelf.database.execute(
        "UPDATE entries SET expiration_date = $2 WHERE id = $1",
        UUID(entry["id"]),
        datetime.now(UTC).date() + timedelta(days=5),
    )
    return str(entry["id"])


async def patch(shelf: Shelf, entry: Entry, **fields: Any) -> None:  # noqa: ANN401
    answer = await shelf.api.patch(f"/inventory/{entry['id']}", json=fields)
    assert answer.status_code == 200, answer.text


async def verb(shelf: Shelf, entry: Entry, name: str, **body: Any) -> None:  # noqa: ANN401
    answer = await shelf.api.post(f"/inventory/{entry['id']}/{name}", json=body or None)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("path", "at_first"),
    [
        (as_it_was, {"expiration_date": day(5)}),
        *((path, {}) for path in (set_later, moved_nearer, taken_into_use, filled_again)),
        *((path, {}) for path in (split_off, written_past_the_service)),
    ],
)
async def test_no_path_forgets_what_expires(
    shelf: Shelf, path: Callable[[Shelf, Entry], Awaitable[str]], at_first: dict[str, Any]
) -> None:
    """Whichever way a date comes to be near for what is in use, it is told at once; and once."""
    entry = await shelf.entry(3, **at_first)
    id_ = await path(shelf, entry)
    await alerted(shelf, id_, [("expiring", 5)])
    [told] = [
        one for name, one in await shelf.told(STOCK) if name == "expiring" and one["id"] == id_
    ]
    assert (told["item_name"], told["expiration_date"]) == ("Tent", day(5))
    assert (await shelf.see(f"/inventory/{id_}"))["version"] == told["version"]


async def test_what_is_far_off_gone_or_out_of_use_is_left_alone(
    shelf: Shelf, database: Database
) -> None:
    """Nor is a warranty told that ended before it was written down; what expired is."""
    item = await shelf.item("Milk")
    far = await shelf.entry(item_id=item, expiration_date=day(31), warranty_expires=day(31))
    over = await shelf.entry(item_id=item, warranty_expires=day(-1))
    none = await shelf.entry(0, item_id=item, expiration_date=day(1), warranty_expires=day(1))
    gone = await shelf.entry(item_id=item, expiration_date=day(90))
    await verb(shelf, gone, "archive")
    await patch(shelf, gone, expiration_date=day(1))
    kept = await shelf.entry(item_id=item, expiration_date=day(90))
    await patch(shelf, kept, expiration_date=None)
    old = await shelf.entry(item_id=item, expiration_date=day(-40))
    await alerted(shelf, old["id"], [("expiring", -40)])
    await tell(database)
    for entry in (far, over, none, gone, kept):
        assert await alerts(shelf, entry["id"]) == []


async def test_as_days_pass_each_is_told_once(shelf: Shelf, database: Database) -> None:
    """Whatever clocks there are, and however often they look; a date that changes begins anew, one
    that is sent again does not."""
    entry = await shelf.entry(expiration_date=day(40), warranty_expires=day(40))
    expected: list[tuple[str, int]] = []
    for left, days in ((30, [30]), (29, []), (8, []), (6, [6]), (1, [1]), (0, [0]), (-9, [])):
        await pass_days(shelf, entry["id"], left)
        await asyncio.gather(*(tell(database) for _ in range(3)))
        expected += [("expiring", one) for one in days]
        expected += [("warranty_ending", one) for one in days if one > 0]
        await alerted(shelf, entry["id"], expected, ordered=False)  # the service's clock looks too
    told = await alerts(shelf, entry["id"])
    await patch(shelf, entry, expiration_date=day(-9))
    await patch(shelf, entry, expiration_date=day(3), notes="a mistake")
    await alerted(shelf, entry["id"], [*told, ("expiring", 3)])


async def pass_days(shelf: Shelf, entry_id: str, left: int) -> None:
    """Let time pass for an entry: all of its dates are nearer, and every clock looks again."""
    on, id_ = datetime.now(UTC).date() + timedelta(days=left), UUID(entry_id)
    async with shelf.database.transaction():
        told = await shelf.database.fetch("SELECT * FROM deadlines WHERE subject_id = $1", id_)
        await shelf.database.execute(
            "UPDATE entries SET expiration_date = $2, warranty_expires = $2 WHERE id = $1", id_, on
        )
        for row in told:
            await shelf.database.execute(
                """
                UPDATE deadlines SET told = $3, armed_at = $4, look_at = now()
                WHERE subject_id = $1 AND kind = $2
                """,
                *(id_, row["kind"], row["told"], datetime.now(UTC) - timedelta(days=500)),
            )


async def test_maintenance_is_due_once_for_each_day(shelf: Shelf, database: Database) -> None:
    """Once it is done, the next day comes; not while it, or what it is done to, is out of use."""
    entry = await shelf.entry(2)
    body = {"inventory_id": entry["id"], "name": "Oil", "every_days": 10}
    due = (await shelf.add("/maintenance", **body, next_due=day(0)))["id"]
    later = (await shelf.add("/maintenance", **body, next_due=day(1)))["id"]
    await alerted(shelf, due, [("due", 0)], MAINTENANCE)
    await shelf.api.post(f"/maintenance/{due}/archive")
    await shelf.api.post(f"/maintenance/{due}/restore")
    await shelf.api.post(f"/maintenance/{due}/complete", json={"done_on": day(-13)})
    await alerted(shelf, due, [("due", 0), ("due", 3)], MAINTENANCE)
    await verb(shelf, entry, "archive")
    moved = await shelf.api.patch(f"/maintenance/{later}", json={"next_due": day(-1)})
    assert moved.status_code == 200
    await tell(database)
    assert await alerts(shelf, later, MAINTENANCE) == []
    await verb(shelf, entry, "restore")
    await alerted(shelf, later, [("due", 1)], MAINTENANCE)
    assert await alerts(shelf, due, MAINTENANCE) == [("due", 0), ("due", 3)]


async def test_a_repair_is_late_the_day_after(shelf: Shelf, database: Database) -> None:
    """While it is open; another day that is agreed on is another deadline."""
    entry = await shelf.entry(3)
    body = {"inventory_id": entry["id"], "description": "torn"}
    today = (await shelf.add("/repairs", **body, expected_back=day(0)))["id"]
    late = (await shelf.add("/repairs", **body, expected_back=day(-2)))["id"]
    await alerted(shelf, late, [("overdue", 2)], REPAIR)
    await shelf.api.patch(f"/repairs/{late}", json={"expected_back": day(-1)})
    await alerted(shelf, late, [("overdue", 2), ("overdue", 1)], REPAIR)
    await shelf.api.post(f"/repairs/{late}/complete")
    await shelf.api.patch(f"/repairs/{late}", json={"expected_back": day(-5)})
    await tell(database)
    assert len(await alerts(shelf, late, REPAIR)) == 2
    assert await alerts(shelf, today, REPAIR) == []


async def test_a_day_comes_where_the_workspace_is(shelf: Shelf, database: Database) -> None:
    """It is later in Kiritimati than in Pago Pago, always by a day at least; a workspace that
    moves is told of what its new day brings."""

    async def moves_to(timezone: str, version: int) -> None:
        event = await shelf.kafka.tell(
            "warehouse.auth.workspace.updated",
            {
                "id": str(shelf.workspace_id),
                "workspace_id": str(shelf.workspace_id),
                "version": version,
                "timezone": timezone,
            },
        )
        await shelf.hears(event)

    await moves_to("Pacific/Pago_Pago", 1)
    entry = await shelf.entry()
    there = datetime.now(ZoneInfo("Pacific/Kiritimati")).date()
    body = {"inventory_id": entry["id"], "name": "Oil", "every_days": 9, "next_due": str(there)}
    schedule = (await shelf.add("/maintenance", **body))["id"]
    await tell(database)
    assert await alerts(shelf, schedule, MAINTENANCE) == []
    assert (await shelf.see("/maintenance?due=true"))["items"] == []
    await moves_to("Pacific/Kiritimati", 2)
    await alerted(shelf, schedule, [("due", 0)], MAINTENANCE)
    assert len((await shelf.see("/maintenance?due=true"))["items"]) == 1


async def test_looking_is_cheap(shelf: Shelf) -> None:
    """The clock's query walks an index of what is still to be looked at, and sorts nothing."""
    async with shelf.database.transaction():
        await shelf.database.execute("SET LOCAL enable_seqscan = off")
        await shelf.database.execute("SET LOCAL enable_bitmapscan = off")
        plan = await shelf.database.fetch(
            "EXPLAIN SELECT * FROM deadlines WHERE look_at <= now() ORDER BY look_at LIMIT 100"
        )
    lines = "\n".join(line[0] for line in plan)
    assert "Index Scan using deadlines_to_look_at" in lines
    assert "Sort" not in lines
