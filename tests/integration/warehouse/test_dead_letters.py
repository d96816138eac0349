"""What `warehouse dlq` promises, with a service that fails for real."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.kafka import Kafka
from support.processes import Processes
from support.waiting import eventually

from warehouse.operating import dead_letters
from warehouse.operating.broker import Broker

from .conftest import Command, Done

DLQ, RETRY = "warehouse.catalog.dlq.v1", "warehouse.catalog.retry.v1"
CREATED = "warehouse.inventory.stock.created"


class Broken:
    """Catalog can't take in one item's stock, until it is mended."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - asyncpg has no types
        self.item_id = uuid4()
        self.key = f"key {uuid4()}"  # of its events: other tests' letters may come at any time
        self._connection = connection

    async def breaks(self) -> None:
        await self._connection.execute(
            f"ALTER TABLE stocked_entries ADD CONSTRAINT broken CHECK (item_id <> '{self.item_id}')"
        )

    async def mend(self) -> None:
        await self._connection.execute(
            "ALTER TABLE stocked_entries DROP CONSTRAINT IF EXISTS broken"
        )

    async def stocked(self) -> list[UUID]:
        """The entries that catalog knows of the item."""
        rows = await self._connection.fetch(
            "SELECT id FROM stocked_entries WHERE item_id = $1 ORDER BY id", self.item_id
        )
        return [row["id"] for row in rows]


@pytest.fixture
async def broken(connect: Callable[[str], Any], processes: Processes) -> AsyncIterator[Broken]:
    processes.only(["catalog"])
    broken = Broken(await connect("catalog"))
    await broken.breaks()
    yield broken
    await broken.mend()


async def fail(kafka: Kafka, warehouse: Command, broken: Broken, *ids: UUID) -> list[int]:
    """Entries of the item arrive and can't be handled; the ids of their dead letters, in order."""
    workspace_id = uuid4()
    for id_ in ids:
        body = {
            "id": str(id_),
            "workspace_id": str(workspace_id),
            "item_id": str(broken.item_id),
            "location_id": str(uuid4()),
            "version": 1,
            "is_archived": False,
        }
        await kafka.publish(CREATED, body, key=broken.key)

    async def all_dead() -> list[int]:
        dead = await open_ids(warehouse, broken.key)
        return dead if len(dead) >= len(ids) else []

    return await eventually(all_dead)


async def listed(warehouse: Command, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]]
    found = (await warehouse("dlq", "list", "catalog", "--json", *options)).json["dead_letters"]
    return found


async def open_ids(warehouse: Command, key: str) -> list[int]:
    return [each["id"] for each in await listed(warehouse) if each["key"] == key]


async def test_a_dead_letter_tells_where_it_was_why_it_failed_and_what_it_says(
    kafka: Kafka, warehouse: Command, broken: Broken
) -> None:
    [letter_id] = await fail(kafka, warehouse, broken, entry := uuid4())
    [letter] = [each for each in await listed(warehouse) if each["id"] == letter_id]
    assert (letter["service"], letter["key"], letter["type"]) == ("catalog", broken.key, CREATED)
    assert (letter["error"], letter["attempts"]) == ("IntegrityError", 3)
    assert (letter["topic"], letter["group"]) == (
        "warehouse.inventory.stock.v1",
        "warehouse.catalog",
    )
    assert "IntegrityError" in (await warehouse("dlq", "list", "catalog")).out
    shown = (await warehouse("dlq", "show", "catalog", str(letter_id), "--json")).json
    assert shown["data"]["id"] == str(entry)
    assert shown["headers"]["ce_type"] == CREATED
    assert not [name for name in shown["headers"] if name.startswith("dlq_")]
    readable = (await warehouse("dlq", "show", "catalog", str(letter_id))).out
    for text in (str(entry), "broken", "ce_time", f"offset      {letter['offset']}", "open"):
        assert text in readable


async def test_replayed_after_mending_it_is_applied_by_the_service_that_failed_and_no_other(
    kafka: Kafka, warehouse: Command, broken: Broken
) -> None:
    entry = uuid4()
    [letter_id] = await fail(kafka, warehouse, broken, entry)
    stock = await kafka.read("warehouse.inventory.stock.v1")
    await broken.mend()
    done = (await warehouse("dlq", "replay", "catalog", str(letter_id), "--json")).json
    assert done == {"service": "catalog", "replayed": [letter_id], "left": {}}

    async def applied() -> bool:
        return await broken.stocked() == [entry]

    await eventually(applied)
    assert letter_id not in await open_ids(warehouse, broken.key)
    [letter] = [each for each in await listed(warehouse, "--all") if each["id"] == letter_id]
    assert letter["resolution"] == "replayed"
    assert letter["resolved_at"] is not None
    assert await kafka.read("warehouse.inventory.stock.v1") == stock
    [original] = [one for one in stock if one.payload["id"] == str(entry)]
    [again] = [one for one in await kafka.read(RETRY) if one.payload.get("id") == str(entry)]
    assert (again.key, again.headers) == (original.key, original.headers)


async def test_replayed_too_early_it_is_a_dead_letter_again(
    kafka: Kafka, warehouse: Command, broken: Broken
) -> None:
    [letter_id] = await fail(kafka, warehouse, broken, entry := uuid4())
    assert (await warehouse("dlq", "replay", "catalog", str(letter_id))).code == 0

    async def dead_again() -> list[dict[str, Any]]:
        ours = [each for each in await listed(warehouse) if each["key"] == broken.key]
        return [each for each in ours if each["topic"] == RETRY]

    again = (await eventually(dead_again))[-1]
    assert again["id"] > letter_id
    shown = (await warehouse("dlq", "show", "catalog", str(again["id"]), "--json")).json
    assert shown["data"]["id"] == str(entry)
    assert await broken.stocked() == []


async def test_after_a_crash_in_between_replaying_again_has_one_effect(
    kafka: Kafka,
    warehouse: Command,
    broken: Broken,
    kafka_bootstrap: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The record was given back and its letter was not marked: it is still open."""
    entry = uuid4()
    [letter_id] = await fail(kafka, warehouse, broken, entry)
    await broken.mend()

    async def crash(*_: object) -> None:
        raise ConnectionAbortedError

    async with Broker(kafka_bootstrap) as broker:
        chosen = dead_letters.choose(
            await dead_letters.letters(broker, "catalog"), [letter_id], None
        )
        with monkeypatch.context() as patched:
            patched.setattr(dead_letters, "_mark", crash)
            with pytest.raises(ConnectionAbortedError):
                await dead_letters.replay(broker, "catalog", chosen)
    assert letter_id in await open_ids(warehouse, broken.key)
    done = await warehouse("dlq", "replay", "catalog", str(letter_id), "--json")
    assert done.json["replayed"] == [letter_id]

    async def applied() -> bool:
        return await broken.stocked() == [entry] and await caught_up(warehouse)

    await eventually(applied)
    assert letter_id not in await open_ids(warehouse, broken.key)
    given = [one for one in await kafka.read(RETRY) if one.payload.get("id") == str(entry)]
    assert len(given) == 2
    ours = [each for each in await listed(warehouse, "--all") if each["key"] == broken.key]
    assert [each["id"] for each in ours] == [letter_id]


async def test_what_was_closed_is_left_alone_unless_it_is_asked_for_again(
    kafka: Kafka, warehouse: Command, broken: Broken
) -> None:
    """One that was discarded by mistake can still be replayed."""
    entry = uuid4()
    [letter_id] = await fail(kafka, warehouse, broken, entry)
    await broken.mend()
    assert (await warehouse("dlq", "discard", "catalog", str(letter_id))).code == 0
    left = await warehouse("dlq", "replay", "catalog", str(letter_id))
    assert (left.code, "0 dead letters of catalog replayed" in left.out) == (0, True)
    assert f"{letter_id} was discarded already" in left.out
    assert await broken.stocked() == []
    again = await warehouse("dlq", "replay", "catalog", str(letter_id), "--again", "--json")
    assert again.json == {"service": "catalog", "replayed": [letter_id], "left": {}}

    async def applied() -> bool:
        return await broken.stocked() == [entry]

    await eventually(applied)


async def caught_up(warehouse: Command) -> bool:
    lag = (await warehouse("lag", "--service", "catalog", "--json")).json
    return bool(lag["lag"] == 0)


async def test_discarded_it_is_closed_and_stays_readable(
    kafka: Kafka, warehouse: Command, broken: Broken
) -> None:
    """By the class of its error, and of those no other."""
    ids = await fail(kafka, warehouse, broken, uuid4(), uuid4())
    none = await warehouse("dlq", "discard", "catalog", "--error", "KeyError", "--json")
    assert none.json["discarded"] == []
    done = (
        await warehouse("dlq", "discard", "catalog", "--error", "IntegrityError", "--json")
    ).json
    assert set(ids) <= set(done["discarded"])
    assert await open_ids(warehouse, broken.key) == []
    closed = {each["id"]: each["resolution"] for each in await listed(warehouse, "--all")}
    assert [closed[id_] for id_ in ids] == ["discarded", "discarded"]
    assert (await warehouse("dlq", "show", "catalog", str(ids[0]))).code == 0
    assert await broken.stocked() == []


async def test_all_that_are_open_come_back_in_their_order(
    kafka: Kafka, warehouse: Command, broken: Broken
) -> None:
    entries = [uuid4() for _ in range(4)]
    ids = await fail(kafka, warehouse, broken, *entries)
    closed = await warehouse("dlq", "discard", "catalog", str(ids[1]))
    assert closed.code == 0
    await broken.mend()
    replayed = (await warehouse("dlq", "replay", "catalog", "--all", "--json")).json["replayed"]
    assert [id_ for id_ in replayed if id_ in ids] == [ids[0], ids[2], ids[3]]
    expected = [entries[0], entries[2], entries[3]]

    async def applied() -> bool:
        return await broken.stocked() == sorted(expected)

    await eventually(applied)
    given = [one.payload.get("id") for one in await kafka.read(RETRY)]
    assert [one for one in given if one in {str(e) for e in entries}] == [str(e) for e in expected]
    assert await open_ids(warehouse, broken.key) == []


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("replay", "catalog"), "--all that are open"),
        (("discard", "catalog"), "--all that are open"),
        (("replay", "catalog", "999999"), "no dead letter 999999"),
        (("show", "catalog", "999999"), "no dead letter 999999"),
        (("list", "shop"), "no service 'shop'"),
    ],
)
async def test_what_is_not_said_or_not_there_is_refused(
    warehouse: Command, arguments: tuple[str, ...], why: str
) -> None:
    refused: Done = await warehouse("dlq", *arguments)
    assert (refused.code, refused.out) == (1, "")
    assert why in refused.err


async def test_poison_of_a_stranger_can_be_looked_at(
    kafka: Kafka, warehouse: Command, processes: Processes
) -> None:
    """No JSON, a null header, a value that would clear the terminal, headers that play a mark."""
    processes.only(["catalog"])
    headers = [
        ("ce_id", None),
        ("dlq_resolves", b"0"),
        ("dlq_resolution", b"discarded"),
        ("note", b"\xff\x1b[2J"),
    ]
    value = b"\x1b[2J\x00no json\xff"
    await kafka.send(
        "warehouse.inventory.stock.v1", key=(key := f"key {uuid4()}"), value=value, headers=headers
    )

    async def dead() -> list[int]:
        return await open_ids(warehouse, key)

    [letter_id] = await eventually(dead)
    shown = await warehouse("dlq", "show", "catalog", str(letter_id))
    assert shown.code == 0
    assert "\\x1b[2J\\x00no json\\xff" in shown.out
    assert "\x1b" not in shown.out
    discarded = await warehouse("dlq", "discard", "catalog", str(letter_id))
    assert discarded.code == 0


async def test_many_dead_letters_are_replayed_whole(kafka: Kafka, kafka_bootstrap: str) -> None:
    """More than are sent at once, of a service that does not run: none is missing or doubled, and
    a crash after some marks leaves exactly the others open."""
    service, count = "auth", dead_letters.AT_ONCE * 2 + 7
    key = str(uuid4())
    for number in range(count):
        await kafka.send(
            f"warehouse.{service}.dlq.v1",
            key=key,
            value=json.dumps({"number": number}).encode(),
            headers=[("ce_type", b"t"), ("dlq_topic", b"x"), ("dlq_error", b"E")],
        )
    async with Broker(kafka_bootstrap) as broker:
        chosen = [one for one in await dead_letters.letters(broker, service) if one.key == key]
        assert len(chosen) == count
        await dead_letters.replay(broker, service, chosen[:300])
        left = [one for one in await dead_letters.letters(broker, service) if one.key == key]
        assert [one.id for one in left if not one.resolution] == [one.id for one in chosen[300:]]
        await dead_letters.replay(broker, service, chosen[300:])
    given = await kafka.read(f"warehouse.{service}.retry.v1")
    numbers = [one.payload["number"] for one in given if one.key == key]
    assert numbers == list(range(count))


async def test_a_dead_letter_without_a_key_is_resolved_as_any(
    kafka: Kafka, kafka_bootstrap: str
) -> None:
    """Replayed, or discarded: strangers' records may have none."""
    topic, name = "warehouse.auth.dlq.v1", str(uuid4())
    where = [("dlq_topic", name.encode()), ("dlq_error", b"E")]
    for _ in range(2):
        await kafka.send(topic, key=None, value=b"{}", headers=where)
    async with Broker(kafka_bootstrap) as broker:

        async def ours() -> list[dead_letters.Letter]:
            return [one for one in await dead_letters.letters(broker, "auth") if one.topic == name]

        first, other = await ours()
        await dead_letters.replay(broker, "auth", [first])
        await dead_letters.discard(broker, "auth", [other])
        told = [one.resolution for one in await ours()]
    assert told == ["replayed", "discarded"]


async def test_a_dead_letter_without_a_value_is_no_mark(kafka: Kafka, kafka_bootstrap: str) -> None:
    """Whatever headers a stranger gave the record that failed: only what was never anywhere else
    closes a letter."""
    key = str(uuid4())
    topic = "warehouse.auth.dlq.v1"
    where = [("dlq_topic", b"x"), ("dlq_error", b"E")]
    await kafka.send(topic, key=key, value=b"{}", headers=where)

    async def mine() -> list[dead_letters.Letter]:
        async with Broker(kafka_bootstrap) as broker:
            return [one for one in await dead_letters.letters(broker, "auth") if one.key == key]

    [first] = await mine()
    mark = [("dlq_resolves", str(first.id).encode()), ("dlq_resolution", b"discarded")]
    await kafka.send(topic, key=key, value=None, headers=[*mark, *where])
    assert [one.resolution for one in await mine()] == [None, None]
    await kafka.send(topic, key=key, value=None, headers=mark)
    assert [one.resolution for one in await mine()] == ["discarded", None]
