"""What staging promises."""

import json
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis import context, outbox
from chassis.events import Event


class Happened(Event):
    topic = "warehouse.test.thing.v1"
    type = "warehouse.test.thing.happened"

    workspace_id: UUID


def test_the_headers_are_cloudevents() -> None:
    """Every required attribute of CloudEvents 1.0 and our extensions, in Kafka binary mode."""
    event = Happened(id=uuid4(), workspace_id=uuid4(), version=3)
    row = outbox._row(event)
    headers = json.loads(row["headers"])
    assert {
        "ce_specversion": "1.0",
        "ce_id": str(row["event_id"]),
        "ce_source": "/test",
        "ce_type": event.type,
        "ce_subject": str(event.id),
        "ce_partitionkey": str(event.id),
        "ce_workspaceid": str(event.workspace_id),
        "ce_aggregateversion": "3",
        "ce_actor": "system",
        "content-type": "application/json",
    }.items() <= headers.items()
    assert headers["ce_time"].endswith("+00:00")
    assert headers["traceparent"].startswith("00-")


def test_what_kafka_would_not_take_is_refused() -> None:
    """Before it is committed: sent again and again, it would hold all behind it."""

    class Long(Happened):
        text: str

    session: Any = SimpleNamespace(info={})
    told = Long(id=uuid4(), workspace_id=uuid4(), version=1, text="ж" * 400_000)
    outbox.stage(session, told)
    with pytest.raises(outbox.TooMuchToTell):
        outbox.stage(session, told.model_copy(update={"text": "ж" * 450_001}))
    with pytest.raises(outbox.TooMuchToTell):
        outbox.stage_state(session, Long, {**told.__dict__, "text": "ж" * 450_001})
    assert outbox.staged(session) == 1


async def test_the_actor_and_the_trace_come_from_the_context() -> None:
    """An event tells who caused it and goes on in their trace."""
    trace = context.continue_trace(None)
    context.enter(context.Context(actor="somebody", traceparent=trace))
    row = outbox._row(Happened(id=uuid4(), workspace_id=uuid4(), version=1))
    headers = json.loads(row["headers"])
    assert (headers["ce_actor"], headers["traceparent"]) == ("somebody", trace)
    context.enter(context.Context())


@pytest.mark.parametrize(("key", "shard"), [("a", 3), ("warehouse", 12), ("", 0)])
def test_shards_never_move(key: str, shard: int) -> None:
    """The shard of a key is the same in every release, or order per key would break."""
    assert outbox.shard_of(key) == shard
