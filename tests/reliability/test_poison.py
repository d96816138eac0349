"""Poison of every kind from a foreign producer: each kind is handled as the design says, the
partition moves on, and what stands beside it in the batch goes in."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from support import snapshot as snapshots
from support.faults import Stack
from support.invariants import healed
from support.snapshot import Snapshot
from support.waiting import eventually
from support.workload import Workload
from uuid_utils.compat import uuid7

TOPIC = "warehouse.catalog.item.v1"
HEARERS = ("inventory", "loans", "notify", "analytics")
Headers = dict[str, bytes | None]


class Poisoner:
    """Sends crafted records, and takes back what it caused."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._producer = AIOKafkaProducer(bootstrap_servers=stack.bootstrap_servers, acks="all")
        self.key = f"poison-{uuid4().hex}"

    async def start(self) -> None:
        await self._producer.start()

    async def send(self, value: bytes | None, headers: Headers) -> None:
        await self._producer.send_and_wait(
            TOPIC, value=value, key=self.key.encode(), headers=list(headers.items())
        )

    async def letters(self) -> Snapshot:
        """The dead letters as of now."""
        return await snapshots.take(self._stack, [])

    async def discard(self) -> None:
        """Mark every dead letter of this test resolved, as `warehouse dlq discard` does."""
        for service, letters in (await self.letters()).dead.items():
            for letter in letters:
                await self._producer.send_and_wait(
                    f"warehouse.{service}.dlq.v1",
                    value=None,
                    key=(letter.key or "").encode(),
                    headers=[
                        ("dlq_resolves", str(letter.offset).encode()),
                        ("dlq_resolution", b"discarded"),
                    ],
                )
        await self._producer.stop()


@pytest.fixture
async def poisoner(stack: Stack) -> AsyncIterator[Poisoner]:
    poisoner = Poisoner(stack)
    await poisoner.start()
    yield poisoner
    await poisoner.discard()


def event(**payload: Any) -> tuple[bytes, Headers]:  # noqa: ANN401 - any JSON
    """A record that is as it should be, of a workspace that nobody has."""
    item, workspace = str(uuid7()), str(uuid4())
    body = {
        "id": item,
        "workspace_id": workspace,
        "version": 1,
        "name": "Foreign",
        "sku": "F-1",
        "is_archived": False,
        "min_stock_level": 0,
        **payload,
    }
    headers: Headers = {
        "ce_specversion": b"1.0",
        "ce_id": str(uuid7()).encode(),
        "ce_source": b"/catalog",
        "ce_type": b"warehouse.catalog.item.created",
        "ce_subject": item.encode(),
        "ce_time": datetime.now(UTC).isoformat().encode(),
        "ce_dataschema": b"urn:warehouse:event:warehouse.catalog.item.created:1",
        "ce_partitionkey": item.encode(),
        "ce_aggregateversion": b"1",
        "ce_actor": b"system",
        "ce_workspaceid": workspace.encode(),
        "content-type": b"application/json",
    }
    return json.dumps(body).encode(), headers


def poison() -> dict[str, tuple[bytes | None, Headers]]:
    """One record of each kind that can't be handled."""
    value, good = event()
    missing = {name: text for name, text in good.items() if name != "ce_type"}
    kinds: dict[str, tuple[bytes | None, Headers]] = {
        "bad JSON": (b'{"id": ', good),
        "not an object": (b"[1, 2]", good),
        "does not fit": (json.dumps({"id": 7}).encode(), good),
        "null header": (value, {**good, "ce_type": None}),
        "header not UTF-8": (value, {**good, "ce_subject": b"\xff\xfe"}),
        "missing header": (value, missing),
        "malformed version": (value, {**good, "ce_aggregateversion": b"first"}),
        "NUL in a text": event(name="a\x00b"),  # PostgreSQL takes none: the handler always fails
    }
    fresh = {
        kind: (body, {**headers, "ce_id": str(uuid7()).encode()})
        for kind, (body, headers) in kinds.items()
    }
    body, headers = fresh["bad JSON"]
    return {**fresh, "malformed id": (body, {**headers, "ce_id": b"no uuid"})}


def harmless() -> list[tuple[bytes | None, Headers]]:
    """Records that concern nobody: passed over, and no dead letter."""
    value, unknown = event()
    tombstone = event()[1]
    return [
        (value, {**unknown, "ce_type": b"warehouse.catalog.item.painted"}),
        (None, tombstone),
        event(a_field_of_tomorrow={"any": "thing"}),
    ]


@pytest.mark.long
@pytest.mark.parametrize("kind", poison())
async def test_a_poison_record_alone_is_a_dead_letter_of_each_who_hears_it(
    stack: Stack, clients: Workload, poisoner: Poisoner, kind: str
) -> None:
    await poisoner.send(*poison()[kind])
    await expect(poisoner, 1)
    await clients.run(5)
    await healed(stack, clients, dead=await letters_of(poisoner))


async def test_poison_of_every_kind_among_good_records_stops_nothing(
    stack: Stack, clients: Workload, poisoner: Poisoner
) -> None:
    """All kinds at once, in the batches of a platform that is being used: each kind is one dead
    letter of each service that hears the topic, what is harmless is none, and the rest goes in."""
    kinds = poison()
    async with clients.running():
        for number, record in enumerate([*kinds.values(), *harmless()]):
            await poisoner.send(*record)
            if number % 4 == 0:
                await clients.reach(len(clients.kept) + 2)
    await expect(poisoner, len(kinds))
    await healed(stack, clients, dead=await letters_of(poisoner))


async def expect(poisoner: Poisoner, number: int) -> None:
    """Wait for that many dead letters of each who hears the topic, and of nobody else."""

    async def found() -> bool:
        dead = (await poisoner.letters()).dead
        mine = {
            service: len([one for one in letters if one.key == poisoner.key])
            for service, letters in dead.items()
        }
        assert {s: n for s, n in mine.items() if n} == dict.fromkeys(HEARERS, number)
        return True

    await eventually(found, deadline=60)


async def letters_of(poisoner: Poisoner) -> set[tuple[str, str]]:
    dead = (await poisoner.letters()).dead
    return {(service, one.event_id) for service, letters in dead.items() for one in letters}
