"""What the relay promises."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.kafka import Kafka
from support.waiting import eventually

from chassis import outbox, relay
from chassis.database import Database
from chassis.relay import Relay
from warehouse import topics
from warehouse.topics import Topic

from .conftest import Happened


@pytest.fixture
def relaying(
    database: Database, environment: dict[str, str], kafka_bootstrap: str
) -> Callable[..., Any]:
    @asynccontextmanager
    async def relaying(**options: float) -> AsyncIterator[Relay]:
        relay = Relay(
            environment["CATALOG_DATABASE_URL"],
            service="test",
            bootstrap_servers=kafka_bootstrap,
            **options,
        )
        database.on_commit.append(relay.wake)
        await relay.start()
        yield relay
        await relay.stop()
        database.on_commit.remove(relay.wake)

    return relaying


def event(workspace: UUID, number: int, id_: UUID | None = None) -> Happened:
    return Happened(id=id_ or uuid4(), workspace_id=workspace, version=number + 1, number=number)


async def numbers(kafka: Kafka, workspace: UUID) -> list[int]:
    seen = await kafka.read(Happened.topic, workspace_id=workspace)
    return [one.payload["number"] for one in seen]


async def test_what_was_committed_is_published_and_what_was_not_is_not(
    database: Database, relaying: Callable[..., Any], kafka: Kafka, workspace_id: UUID
) -> None:
    """A rolled-back transaction publishes nothing; a committed one, everything it staged."""
    async with relaying():
        with contextlib.suppress(ZeroDivisionError):
            async with database.tenant(workspace_id) as session:
                outbox.stage(session, event(workspace_id, 0))
                _ = 1 / 0
        async with database.tenant(workspace_id) as session:
            outbox.stage(session, event(workspace_id, 1))
            outbox.stage(session, event(workspace_id, 2))

        async def all_seen() -> bool:
            return sorted(await numbers(kafka, workspace_id)) == [1, 2]

        assert await eventually(all_seen)


async def test_keys_keep_their_order_under_concurrent_commits(
    database: Database, relaying: Callable[..., Any], kafka: Kafka, workspace_id: UUID
) -> None:
    """Twenty aggregates changed at once by many: each one's records lie in version order."""
    keys = [uuid4() for _ in range(20)]

    async def change(key: UUID) -> None:
        for number in range(15):
            async with database.tenant(workspace_id) as session:
                outbox.stage(session, event(workspace_id, number, key))
            await asyncio.sleep(random.random() / 500)

    async with relaying(), relaying():
        await asyncio.gather(*(change(key) for key in keys))

        async def all_seen() -> bool:
            return len(await numbers(kafka, workspace_id)) >= 300

        assert await eventually(all_seen)
    seen = await kafka.read(Happened.topic, workspace_id=workspace_id)
    for key in keys:
        assert [one.payload["number"] for one in seen if one.key == str(key)] == list(range(15))


async def test_replicas_share_the_shards_and_take_over_from_the_dead(
    relaying: Callable[..., Any],
) -> None:
    """Two relays hold eight shards each, none twice; when one ends, the other holds all."""
    async with relaying() as first:
        await eventually(lambda: len(first.shards) == outbox.SHARDS)
        async with relaying() as second:
            await eventually(lambda: len(first.shards) == len(second.shards) == outbox.SHARDS // 2)
            assert first.shards.isdisjoint(second.shards)
        await eventually(lambda: len(first.shards) == outbox.SHARDS)


async def test_a_replay_sends_published_rows_again(
    database: Database, relaying: Callable[..., Any], kafka: Kafka, workspace_id: UUID
) -> None:
    """After a stop that was not clean, the last rows are sent again with the same event ids."""
    async with relaying():
        async with database.tenant(workspace_id) as session:
            outbox.stage(session, event(workspace_id, 7))

        async def once() -> bool:
            return await numbers(kafka, workspace_id) == [7]

        assert await eventually(once)
    async with relaying(replay_seconds=60):

        async def twice() -> bool:
            return await numbers(kafka, workspace_id) == [7, 7]

        assert await eventually(twice)
    seen = await kafka.read(Happened.topic, workspace_id=workspace_id)
    assert seen[0].headers["ce_id"] == seen[1].headers["ce_id"]


async def test_events_of_a_topic_that_is_missing_wait_for_it_and_hold_up_no_others(
    database: Database,
    relaying: Callable[..., Any],
    kafka: Kafka,
    kafka_bootstrap: str,
    workspace_id: UUID,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """More of them than a batch, and older; nothing is lost once the topic is made."""
    monkeypatch.setattr(relay, "ABSENT_FOR", 1.0)

    class Elsewhere(Happened):
        topic = f"warehouse.test{uuid4().hex[:8]}.thing.v1"

    key = uuid4()
    async with relaying(batch=2):
        async with database.tenant(workspace_id) as session:
            for number in range(5):
                elsewhere = Elsewhere(
                    id=key, workspace_id=workspace_id, version=number + 1, number=number
                )
                outbox.stage(session, elsewhere)
            for number in range(3):
                outbox.stage(session, event(workspace_id, number))

        async def others() -> bool:
            return sorted(await numbers(kafka, workspace_id)) == [0, 1, 2]

        assert await eventually(others)
        await topics.apply(kafka_bootstrap, [Topic(Elsewhere.topic, 2, 1, {})])

        async def in_order() -> bool:
            seen = await kafka.read(Elsewhere.topic, workspace_id=workspace_id)
            return [one.payload["number"] for one in seen] == [0, 1, 2, 3, 4]

        assert await eventually(in_order)
