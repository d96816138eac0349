"""What a consumer does at its edges, without Kafka."""

from types import SimpleNamespace

from aiokafka import TopicPartition
from support.model.database import ModelDatabase

from chassis.consumers import Consumer


async def test_one_that_was_stopped_while_it_looked_for_its_place_ends_in_peace() -> None:
    """Its partitions and its connection are gone by the time that the database answers."""
    consumer = Consumer(
        service="model",
        bootstrap_servers="",
        database=ModelDatabase(),  # type: ignore[arg-type] # a model of it
        listeners=[],
    )
    consumer._subscriber = SimpleNamespace(consumer=None)
    await consumer._find({TopicPartition("warehouse.model.thing.v1", 0)})
    assert consumer._at == {}
