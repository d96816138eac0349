"""A FastStream subscriber set as consumers here need it; its own defaults acknowledge before the
handler, parse what may be poison, and begin at the end."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, cast

from aiokafka import ConsumerRebalanceListener
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaMessage

SESSION_TIMEOUT_MS = 6_000  # the least brokers allow: so long a killed one keeps its partitions
METADATA_MS = 15_000  # so soon a topic that was made, or made anew, is seen
# Kafka holds an empty fetch so long before it answers; a record ends the wait.
FETCH_MS = 1_000
_WAIT_MS = 600_000  # an empty poll waits this long; data ends the wait at once


def subscribe(
    service: str,
    bootstrap_servers: str,
    topics: Sequence[str],
    handle: Callable[[tuple[Any, ...]], Awaitable[None]],
    *,
    max_batch: int,
    rebalances: ConsumerRebalanceListener,
) -> tuple[KafkaBroker, Any]:
    """A broker with one subscriber to `topics` in the service's group, not started, that gives
    batches of raw records to `handle` and commits no offset by itself."""
    broker = KafkaBroker(
        bootstrap_servers.split(","),
        client_id=f"warehouse.{service}",
        metadata_max_age_ms=METADATA_MS,
        consumer_only=True,
        allow_auto_create_topics=False,
        apply_types=False,
        logger=None,
    )
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=f"warehouse.{service}",
        auto_offset_reset="earliest",
        fetch_max_wait_ms=FETCH_MS,
        ack_policy=AckPolicy.MANUAL,
        max_records=max_batch,
        batch_timeout_ms=_WAIT_MS,
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=SESSION_TIMEOUT_MS // 3,
        max_poll_interval_ms=300_000,
        listener=rebalances,
        parser=_keep_raw,
        decoder=_raw_records,
    )
    subscriber(handle)
    return broker, subscriber


async def _keep_raw(records: tuple[Any, ...]) -> KafkaMessage:
    """FastStream's own parser decodes headers and would raise on poison; ours reads nothing."""
    return KafkaMessage(body=b"", raw_message=records, consumer=cast("Any", None))


async def _raw_records(message: KafkaMessage) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", message.raw_message)
