"""What consumers promise."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import text
from support.kafka import Kafka, Seen
from support.waiting import eventually

from chassis import context, metrics
from chassis.consumers import Consumer
from chassis.database import Database, TenantSession
from chassis.envelope import Received
from chassis.listeners import Listener

from .conftest import Happened

DEAD = "warehouse.test.dlq.v1"
_EFFECT = text("INSERT INTO effects (workspace_id, number) VALUES (:workspace_id, :number)")


class Heard(Received):
    id: UUID
    number: int


@pytest.fixture
def consuming(database: Database, kafka_bootstrap: str) -> Callable[..., Any]:
    """`async with consuming():` a consumer of the test's event that writes down its number;
    negative numbers are ones it can't handle."""

    @asynccontextmanager
    async def consuming() -> AsyncIterator[Consumer]:
        listener = Listener()

        @listener.on(Heard, Happened.type)
        async def handle(session: TenantSession, event: Heard) -> None:
            await session.execute(
                _EFFECT, {"workspace_id": session.workspace_id, "number": event.number}
            )
            if event.number < 0:
                raise ValueError(f"can't handle {event.number}")

        consumer = Consumer(
            service="test",
            bootstrap_servers=kafka_bootstrap,
            database=database,
            listeners=[listener],
        )
        await consumer.start()
        await eventually(consumer.ready)
        yield consumer
        await consumer.stop()

    return consuming


@pytest.fixture
def effects(connect: Callable[[str], Any], workspace_id: UUID) -> Callable[[], Any]:
    """The numbers handled so far in this test's workspace, sorted."""

    async def effects() -> list[int]:
        connection = await connect("catalog")
        rows = await connection.fetch(
            "SELECT number FROM effects WHERE workspace_id = $1 ORDER BY number", workspace_id
        )
        return [row["number"] for row in rows]

    return effects


def happened(workspace_id: UUID, number: int) -> dict[str, Any]:
    return {"id": str(uuid4()), "workspace_id": str(workspace_id), "version": 1, "number": number}


async def dead_letters(kafka: Kafka, key: str) -> list[Seen]:
    return [one for one in await kafka.read(DEAD) if one.key == key]


async def test_an_event_delivered_again_has_one_effect(
    consuming: Callable[..., Any], kafka: Kafka, effects: Callable[[], Any], workspace_id: UUID
) -> None:
    """The same event id, twice in one batch and again later, is applied once."""
    event_id = uuid4()
    body = happened(workspace_id, 1)
    for _ in range(2):
        await kafka.publish(Happened.type, body, event_id=event_id)
    async with consuming():
        await kafka.publish(Happened.type, body, event_id=event_id)
        await kafka.publish(Happened.type, happened(workspace_id, 2) | {"id": body["id"]})

        async def done() -> bool:
            return 2 in await effects()

        assert await eventually(done)
    assert await effects() == [1, 2]


async def test_a_failing_record_goes_to_the_dead_letters_and_the_rest_goes_in(
    consuming: Callable[..., Any], kafka: Kafka, effects: Callable[[], Any], workspace_id: UUID
) -> None:
    """In a batch with one that can't be handled, the others are applied, and the one is kept with
    key, value and headers as they came and with where it was and why."""
    bodies = [happened(workspace_id, number) for number in (1, 2, -3, 4, 5)]
    for body in bodies:
        await kafka.publish(Happened.type, body, key=str(workspace_id))
    async with consuming():

        async def done() -> bool:
            return await effects() == [1, 2, 4, 5]

        assert await eventually(done)
        [dead] = await dead_letters(kafka, str(workspace_id))
    assert dead.payload == bodies[2]
    [original] = [
        one
        for one in await kafka.read(Happened.topic, workspace_id=workspace_id)
        if one.payload == bodies[2]
    ]
    assert original.headers.items() <= dead.headers.items()
    assert {
        "dlq_topic": Happened.topic,
        "dlq_partition": str(original.partition),
        "dlq_offset": str(original.offset),
        "dlq_group": "warehouse.test",
        "dlq_error": "ValueError",
        "dlq_message": "can't handle -3",
        "dlq_attempts": "3",
    }.items() <= dead.headers.items()


@pytest.mark.parametrize(
    ("value", "change", "dead"),
    [
        (b"{not json", {}, True),
        (b"[1, 2]", {}, True),
        (b'{"number": "x", "id": "y"}', {}, True),
        (b"\xff\xfe", {}, True),
        (b"{}", {"ce_id": None}, True),
        (b"{}", {"ce_id": b"\xff"}, True),
        (b"{}", {"ce_id": b"no uuid"}, True),
        (b"{}", {"ce_time": b"yesterday"}, True),
        (b"{}", {"ce_type": b"warehouse.test.thing.unheard"}, False),
        (None, {}, False),
    ],
)
async def test_poison_does_not_stop_a_partition(
    consuming: Callable[..., Any],
    kafka: Kafka,
    effects: Callable[[], Any],
    workspace_id: UUID,
    value: bytes | None,
    change: dict[str, bytes | None],
    dead: bool,
) -> None:
    """Bad JSON, a payload that does not fit, a bad header: a dead letter; an unknown type or a
    tombstone: nothing; and in each case the next record of the partition is applied."""
    headers: dict[str, bytes | None] = {
        "ce_id": str(uuid4()).encode(),
        "ce_type": Happened.type.encode(),
        "ce_subject": b"x",
        "ce_time": b"2026-01-01T00:00:00+00:00",
        "ce_aggregateversion": b"1",
        "ce_workspaceid": str(workspace_id).encode(),
    }
    key = str(workspace_id)
    await kafka.send(Happened.topic, key=key, value=value, headers=list((headers | change).items()))
    await kafka.publish(Happened.type, happened(workspace_id, 1), key=key)
    async with consuming():

        async def done() -> bool:
            return await effects() == [1]

        assert await eventually(done)
    assert len(await dead_letters(kafka, key)) == dead


async def test_an_event_keeps_its_cause(
    database: Database, kafka: Kafka, kafka_bootstrap: str, workspace_id: UUID
) -> None:
    """A handler works in the name of whoever caused the event."""
    actors: list[str] = []
    listener = Listener()

    @listener.on(Heard, Happened.type)
    async def handle(session: TenantSession, _event: Heard) -> None:
        if session.workspace_id == workspace_id:
            actors.append(context.current().actor)

    consumer = Consumer(
        service="test", bootstrap_servers=kafka_bootstrap, database=database, listeners=[listener]
    )
    await kafka.publish(Happened.type, happened(workspace_id, 1), actor="somebody")
    await consumer.start()
    await eventually(lambda: actors == ["somebody"])
    await consumer.stop()


async def test_replicas_share_the_partitions_and_lose_nothing(
    consuming: Callable[..., Any], kafka: Kafka, effects: Callable[[], Any], workspace_id: UUID
) -> None:
    """With consumers of the group coming and going, every event is applied exactly once."""

    async def publish() -> None:
        for number in range(60):
            await kafka.publish(Happened.type, happened(workspace_id, number))

    async with consuming():
        publishing = asyncio.create_task(publish())
        async with consuming():
            await publishing

        async def done() -> bool:
            return len(await effects()) >= 60

        assert await eventually(done)
    assert Counter(await effects()) == Counter(range(60))


async def test_a_batch_handler_gets_what_it_hears_at_once_and_a_bad_one_alone(
    database: Database, kafka: Kafka, kafka_bootstrap: str, workspace_id: UUID
) -> None:
    """All events of a batch in one call, in order per key; one that fails goes to the dead letters
    and the rest goes in."""
    calls: list[list[int]] = []
    listener = Listener()

    @listener.on_batch(Heard, Happened.type)
    async def handle(session: TenantSession, events: Sequence[Heard]) -> None:
        of = {one.envelope.workspace_id for one in events}
        assert session.scope.workspace_id in of if len(of) == 1 else session.scope.system
        mine = [one.number for one in events if one.envelope.workspace_id == workspace_id]
        if any(number < 0 for number in mine):
            raise ValueError("negative")
        if mine:
            calls.append(mine)

    for number in (1, 2, 3):
        await kafka.publish(Happened.type, happened(workspace_id, number), key=str(workspace_id))
    consumer = Consumer(
        service="test", bootstrap_servers=kafka_bootstrap, database=database, listeners=[listener]
    )
    await consumer.start()
    await eventually(lambda: calls == [[1, 2, 3]])
    for number in (4, -5, 6):
        await kafka.publish(Happened.type, happened(workspace_id, number), key=str(workspace_id))
    await eventually(lambda: [n for call in calls for n in call] == [1, 2, 3, 4, 6])
    await consumer.stop()
    [dead] = await dead_letters(kafka, str(workspace_id))
    assert dead.payload["number"] == -5


async def test_what_is_given_back_is_handled_by_this_service_alone(
    consuming: Callable[..., Any], kafka: Kafka, effects: Callable[[], Any], workspace_id: UUID
) -> None:
    """A record in the service's own retry topic is handled by its type, once."""
    headers = {
        "ce_id": str(uuid4()),
        "ce_type": Happened.type,
        "ce_subject": "x",
        "ce_time": "2026-01-01T00:00:00+00:00",
        "ce_aggregateversion": "1",
        "ce_workspaceid": str(workspace_id),
    }
    async with consuming():
        for _ in range(2):
            await kafka.send(
                "warehouse.test.retry.v1",
                key="k",
                value=json.dumps(happened(workspace_id, 11)).encode(),
                headers=[(name, value.encode()) for name, value in headers.items()],
            )
        await kafka.publish(Happened.type, happened(workspace_id, 12))

        async def done() -> bool:
            return await effects() == [11, 12]

        assert await eventually(done)


async def test_an_unknown_schema_version_is_read_as_far_as_it_fits(
    consuming: Callable[..., Any], kafka: Kafka, effects: Callable[[], Any], workspace_id: UUID
) -> None:
    """Within a topic fields are only added: a newer version than we know still fits our subset."""
    body = happened(workspace_id, 5) | {"invented_later": {"deep": [1]}}
    headers = {
        "ce_id": str(uuid4()),
        "ce_type": Happened.type,
        "ce_subject": "x",
        "ce_time": "2026-01-01T00:00:00+00:00",
        "ce_aggregateversion": "1",
        "ce_workspaceid": str(workspace_id),
        "ce_dataschema": f"urn:warehouse:event:{Happened.type}:9",
    }
    async with consuming():
        await kafka.send(
            Happened.topic,
            key="k",
            value=json.dumps(body).encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )

        async def done() -> bool:
            return await effects() == [5]

        assert await eventually(done)


async def test_what_is_read_is_counted_and_names_no_workspace(
    consuming: Callable[..., Any], kafka: Kafka, effects: Callable[[], Any], workspace_id: UUID
) -> None:
    def counted(outcome: str) -> float:
        labels = {"service": "test", "topic": Happened.topic, "outcome": outcome}
        return REGISTRY.get_sample_value("warehouse_consumer_records_total", labels) or 0

    applied, dead = counted("applied"), counted("dead")
    async with consuming():
        for number in (1, 2, -3):
            await kafka.publish(Happened.type, happened(workspace_id, number))

        async def done() -> bool:
            return counted("dead") == dead + 1 and counted("applied") >= applied + 2

        assert await eventually(done)
    assert await effects() == [1, 2]
    assert str(workspace_id) not in metrics.text().decode()
