"""What `warehouse topics apply` would change: the declared topics beside those that exist.

Topics are never deleted and never lose partitions. More partitions would give keys another one, and
records of a key in two partitions have no order: that is done only when it is asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aiokafka.admin import NewPartitions

from warehouse import topics
from warehouse.errors import OperatorError
from warehouse.operating import topic_configs
from warehouse.operating.broker import Broker
from warehouse.topics import Topic


@dataclass(frozen=True)
class Growth:
    """A topic with fewer partitions than declared."""

    topic: str
    partitions: int
    declared: int


@dataclass(frozen=True)
class ConfigChange:
    topic: str
    name: str
    value: str | None
    declared: str


@dataclass
class Plan:
    """`create`, `grow` and `configure` are what applying changes. The rest stays as it is and is
    only told: `wider` have more partitions than declared, `replicated` other replicas (name, has,
    declared), `extra` settings that nobody declared (topic, name, value), `unknown` are topics
    `warehouse.*` that nobody declared."""

    create: list[Topic] = field(default_factory=list)
    grow: list[Growth] = field(default_factory=list)
    configure: list[ConfigChange] = field(default_factory=list)
    wider: list[Growth] = field(default_factory=list)
    replicated: list[tuple[str, int, int]] = field(default_factory=list)
    extra: list[tuple[str, str, str]] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    unchanged: int = 0

    @property
    def changes(self) -> bool:
        return bool(self.create or self.grow or self.configure)


async def plan(bootstrap_servers: str, declared: Iterable[Topic]) -> Plan:
    """Compare `declared` with what Kafka has; changes nothing."""
    wanted = {topic.name: topic for topic in declared}
    async with Broker(bootstrap_servers) as broker:
        existing = {each["topic"]: each for each in await broker.described()}
        known = [name for name in wanted if name in existing]
        configs = await topic_configs.read(broker.admin, known)
    found = Plan(create=[topic for name, topic in wanted.items() if name not in existing])
    for name in known:
        before = (len(found.grow), len(found.configure))
        _compare(found, wanted[name], existing[name]["partitions"], configs[name])
        found.unchanged += before == (len(found.grow), len(found.configure))
    found.unknown = sorted(n for n in existing if n.startswith("warehouse.") and n not in wanted)
    return found


async def carry_out(bootstrap_servers: str, found: Plan, *, allow_remapping: bool = False) -> None:
    """Make the changes of a plan; does nothing, and raises `OperatorError`, when it would re-map
    keys and that is not allowed."""
    if found.grow and not allow_remapping:
        names = ", ".join(f"{each.topic} ({each.partitions})" for each in found.grow)
        raise OperatorError(
            f"Nothing was changed: more partitions for {names} would give keys another one, and "
            "their records would lose their order. Declare the number that there is, or drain the "
            "outboxes and consumers first and add --allow-remapping."
        )
    if found.create:
        await topics.apply(bootstrap_servers, found.create)
    async with Broker(bootstrap_servers) as broker:
        if found.grow:
            grown = {each.topic: NewPartitions(each.declared) for each in found.grow}
            await broker.admin.create_partitions(grown)
        if found.configure:
            settings = [(each.topic, each.name, each.declared) for each in found.configure]
            await topic_configs.alter(broker.admin, settings)


def _compare(found: Plan, topic: Topic, partitions: list[Any], config: dict[str, Any]) -> None:
    has = Growth(topic.name, len(partitions), topic.partitions)
    if has.partitions < has.declared:
        found.grow.append(has)
    elif has.partitions > has.declared:
        found.wider.append(has)
    replicas = {len(each["replicas"]) for each in partitions}
    found.replicated += [
        (topic.name, number, topic.replication) for number in replicas - {topic.replication}
    ]
    for name, declared in topic.config.items():
        value = config[name][0] if name in config else None
        if value != declared:
            found.configure.append(ConfigChange(topic.name, name, value, declared))
    found.extra += [
        (topic.name, name, value)
        for name, (value, own) in sorted(config.items())
        if own and name not in topic.config
    ]
