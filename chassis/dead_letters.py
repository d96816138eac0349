"""Dead letters: a record that can't be handled is kept as it came, with why, and the partition
moves on."""

from typing import Any

from aiokafka import AIOKafkaProducer

from chassis.logging import get_logger

log = get_logger(__name__)


class DeadLetters:
    """Sends to `warehouse.<service>.dlq.v1`; connects at the first dead letter."""

    def __init__(self, service: str, bootstrap_servers: str) -> None:
        self.topic = f"warehouse.{service}.dlq.v1"
        self._group = f"warehouse.{service}"
        self._bootstrap = bootstrap_servers
        self._producer: Any = None

    async def send(self, record: Any, error: BaseException, *, attempts: int) -> None:  # noqa: ANN401
        """Keep `record`: key, value and headers untouched, plus where it was and why it failed.
        Returns once Kafka has acknowledged it; raises when Kafka does not."""
        if self._producer is None:
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap, acks="all", enable_idempotence=True
            )
            await producer.start()
            self._producer = producer
        why = {
            "dlq_topic": record.topic,
            "dlq_partition": str(record.partition),
            "dlq_offset": str(record.offset),
            "dlq_group": self._group,
            "dlq_error": type(error).__name__,
            "dlq_message": str(error)[:1000],
            "dlq_attempts": str(attempts),
        }
        await self._producer.send_and_wait(
            self.topic,
            key=record.key,
            value=record.value,
            headers=[*record.headers, *((name, text.encode()) for name, text in why.items())],
        )
        log.error("event.dead_letter", **why)

    async def stop(self) -> None:
        if self._producer is not None:
            await self._producer.stop()
