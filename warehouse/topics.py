"""The topics: declared in `deploy/kafka/topics.yaml`, created where they are missing.

That is what every start does. `warehouse topics apply` also changes what differs from what is
declared (`warehouse.operating.topic_plan`).
"""

import asyncio
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, for_code

from warehouse.deployment import deployment_file
from warehouse.errors import OperatorError
from warehouse.registry import SERVICES

DEADLINE = 30  # seconds for the brokers to take part
_ANSWERED = {0, 69}  # none, and GROUP_ID_NOT_FOUND: the coordinator knows that there is no group
_RETRIED = {"INVALID_REPLICATION_FACTOR", "NOT_CONTROLLER", "REQUEST_TIMED_OUT"}


@dataclass(frozen=True)
class Topic:
    name: str
    partitions: int
    replication: int
    config: dict[str, str]


@dataclass
class Applied:
    """What `apply` did: names of topics created, there already, and there with fewer partitions
    than declared (name, partitions it has, partitions declared)."""

    created: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    short: list[tuple[str, int, int]] = field(default_factory=list)


def declared(replication: int | None = None) -> list[Topic]:
    """The declared topics; `replication` overrides the file's own factor. Raises `OperatorError`
    when the file names one twice."""
    content = yaml.safe_load(deployment_file("kafka/topics.yaml").read_text())
    defaults = content["defaults"]
    names = Counter(topic["name"] for topic in content["topics"])
    if twice := [name for name, number in names.items() if number > 1]:
        raise OperatorError(f"deploy/kafka/topics.yaml names {', '.join(twice)} twice.")
    return [
        Topic(
            name=topic["name"],
            partitions=topic.get("partitions", defaults["partitions"]),
            replication=replication or topic.get("replication", defaults["replication"]),
            config={**defaults["config"], **topic.get("config", {})},
        )
        for topic in content["topics"]
    ]


async def apply(bootstrap_servers: str, topics: list[Topic]) -> Applied:
    """Create what is missing; wait until every new partition has a leader and every service's
    consumer group a coordinator, so that services start against a cluster that answers."""
    client: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        await client.start()
        partitions = await _partitions(client)
        missing = [topic for topic in topics if topic.name not in partitions]
        if missing:
            await _create(client, missing)
            await _await_leaders(client, missing)
        await _await_coordinators(client)
    except KafkaError as error:
        raise OperatorError(f"Kafka at {bootstrap_servers} did not answer: {error}") from error
    finally:
        await client.close()
    applied = Applied(created=[topic.name for topic in missing])
    for topic in topics:
        if (found := partitions.get(topic.name, topic.partitions)) < topic.partitions:
            applied.short.append((topic.name, found, topic.partitions))
        elif topic.name in partitions:
            applied.kept.append(topic.name)
    return applied


async def _partitions(client: Any) -> dict[str, int]:  # noqa: ANN401 - aiokafka is untyped
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in await client.describe_topics()
        if not topic["error_code"]
    }


async def _create(client: Any, topics: list[Topic]) -> None:  # noqa: ANN401
    """Create; an answer that only says that the cluster is still forming is asked again."""
    until = time.monotonic() + DEADLINE
    wanted = [
        NewTopic(topic.name, topic.partitions, topic.replication, topic_configs=topic.config)
        for topic in topics
    ]
    while wanted:
        response = await client.create_topics(wanted)
        refused = {}
        for name, code, *message in response.topic_errors:
            error = for_code(code)
            if error.errno and error.message != "TOPIC_ALREADY_EXISTS":
                refused[name] = (error.message, message[0] if message else "")
        final = {name: why for name, why in refused.items() if why[0] not in _RETRIED}
        if final or (refused and time.monotonic() > until):
            name, (error_name, message_text) = next(iter((final or refused).items()))
            raise OperatorError(f"Kafka refused topic {name}: {error_name} {message_text or ''}")
        wanted = [topic for topic in wanted if topic.name in refused]
        if wanted:
            await asyncio.sleep(0.1)


async def _await_leaders(client: Any, topics: list[Topic]) -> None:  # noqa: ANN401
    until = time.monotonic() + DEADLINE
    names = {topic.name for topic in topics}
    while time.monotonic() < until:
        led = {
            topic["topic"]
            for topic in await client.describe_topics()
            if topic["partitions"] and all(each["leader"] >= 0 for each in topic["partitions"])
        }
        if names <= led:
            return
        await asyncio.sleep(0.05)
    raise OperatorError(f"No leader for {', '.join(sorted(names - led))} within {DEADLINE} s.")


async def _await_coordinators(client: Any) -> None:  # noqa: ANN401
    """Kafka makes the topic of its groups at the first question about one, and takes a while."""
    until = time.monotonic() + DEADLINE
    for service in SERVICES:
        while time.monotonic() < until:
            try:
                (answer,) = await client.describe_consumer_groups([f"warehouse.{service}"])
                code = answer.groups[0][0]
            except KafkaError as error:
                code = error.errno
            if code in _ANSWERED:
                break
            await asyncio.sleep(0.05)
