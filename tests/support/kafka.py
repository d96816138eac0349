"""Kafka as a neighbour of a service sees it: publish events, read topics."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from uuid_utils.compat import uuid7

from chassis.envelope import topic_of
from support import contract


@dataclass(frozen=True)
class Seen:
    """One record as it lies in the topic."""

    topic: str
    partition: int
    offset: int
    key: str
    type: str
    headers: dict[str, str]
    payload: dict[str, Any]


class Kafka:
    """A producer that speaks for any service, and a reader of whole topics."""

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers
        self._producer: AIOKafkaProducer | None = None

    async def tell(
        self,
        type_: str,
        payload: dict[str, Any],
        *,
        key: str | None = None,
        actor: str = "system",
        time: datetime | None = None,
    ) -> UUID:
        """Publish an event as its service would, whole: `payload` names what the test is about and
        the rest is as in the event's example. Fails when that does not fit the event's schema."""
        whole = contract.completed(type_, payload)
        return await self.publish(type_, whole, key=key, actor=actor, time=time)

    async def publish(
        self,
        type_: str,
        payload: dict[str, Any],
        *,
        key: str | None = None,
        actor: str = "system",
        event_id: UUID | None = None,
        time: datetime | None = None,
    ) -> UUID:
        """Publish a payload as it is under the headers of an event of now, unless a `time` is
        given; returns the event's id. It needs `id`, and `version` and `workspace_id` where the
        event has them."""
        event_id = event_id or uuid7()
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(event_id),
            "ce_source": "/" + type_.split(".")[1],
            "ce_type": type_,
            "ce_subject": str(payload["id"]),
            "ce_time": (time or datetime.now(UTC)).isoformat(),
            "ce_dataschema": f"urn:warehouse:event:{type_}:1",
            "ce_partitionkey": key or str(payload["id"]),
            "ce_aggregateversion": str(payload.get("version", 1)),
            "ce_actor": actor,
            "content-type": "application/json",
        }
        if payload.get("workspace_id"):
            headers["ce_workspaceid"] = str(payload["workspace_id"])
        await self.send(
            topic_of(type_),
            key=key or str(payload["id"]),
            value=json.dumps(payload, default=str).encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
        return event_id

    async def send(
        self, topic: str, *, key: str | None, value: bytes | None, headers: list[tuple[str, Any]]
    ) -> None:
        """Send a record as it is, fit or unfit."""
        if self._producer is None:
            self._producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap_servers, acks="all")
            await self._producer.start()
        sent = None if key is None else key.encode()
        await self._producer.send_and_wait(topic, value=value, key=sent, headers=headers)

    async def read(self, topic: str, *, workspace_id: UUID | str | None = None) -> list[Seen]:
        """All records of a topic as of now, of one workspace if given, in order per key."""
        whose = workspace_id and ("ce_workspaceid", str(workspace_id).encode())
        # Without a group, a subscription is an assignment of every partition.
        consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=self.bootstrap_servers,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            partitions = list(consumer.assignment())
            ends = await consumer.end_offsets(partitions)
            seen: list[Seen] = []
            while any([await consumer.position(tp) < end for tp, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=500)).values():
                    seen += [
                        _seen(record)
                        for record in records
                        if record.value is not None and (whose is None or whose in record.headers)
                    ]
        finally:
            await consumer.stop()
        return sorted(seen, key=lambda one: one.partition)

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()


def _seen(record: Any) -> Seen:  # noqa: ANN401 - aiokafka has no types
    headers = {name: (value or b"").decode(errors="replace") for name, value in record.headers}
    try:
        payload = json.loads(record.value)
    except ValueError:
        payload = {}
    return Seen(
        record.topic,
        record.partition,
        record.offset,
        (record.key or b"").decode(errors="replace"),
        headers.get("ce_type", ""),
        headers,
        payload,
    )
