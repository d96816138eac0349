"""What `warehouse topics apply` promises."""

from uuid import uuid4

import pytest

from warehouse import topics
from warehouse.errors import OperatorError
from warehouse.operating import topic_plan
from warehouse.operating.broker import Broker
from warehouse.operating.topic_configs import alter, read
from warehouse.registry import SERVICES
from warehouse.topics import Topic

from .conftest import Command

KEEP = {"retention.ms": "-1"}


@pytest.fixture
def name() -> str:
    """A topic of this test's own."""
    return f"warehouse.test.{uuid4().hex}.v1"


async def state(servers: str, name: str) -> tuple[int, dict[str, str | None]]:
    """Partitions, and the settings that are the topic's own."""
    async with Broker(servers) as broker:
        count = (await broker.topics())[name]
        configs = await read(broker.admin, [name])
    return count, {key: value for key, (value, own) in configs[name].items() if own}


async def apply(servers: str, *declared: Topic, **options: bool) -> topic_plan.Plan:
    plan = await topic_plan.plan(servers, declared)
    await topic_plan.carry_out(servers, plan, **options)
    return plan


async def test_what_is_declared_is_there_and_applying_it_again_changes_nothing(
    warehouse: Command,
) -> None:
    """Every service has its topic of retries, which it alone reads."""
    plan = (await warehouse("topics", "apply", "--dry-run", "--json")).json
    assert (plan["create"], plan["grow"], plan["configure"]) == ([], [], [])
    assert plan["unchanged"] == len(topics.declared())
    again = await warehouse("topics", "apply")
    assert again.code == 0
    assert f"0 to create, 0 to grow, 0 settings to change, {plan['unchanged']}" in again.out
    names = {topic.name: topic.partitions for topic in topics.declared()}
    assert all(names[f"warehouse.{service}.retry.v1"] == 1 for service in SERVICES)


async def test_a_missing_topic_is_shown_then_created_as_declared(
    kafka_bootstrap: str, name: str
) -> None:
    declared = Topic(name, 2, 1, {**KEEP, "segment.bytes": "1048576"})
    plan = await topic_plan.plan(kafka_bootstrap, [declared])
    assert plan.create == [declared]
    async with Broker(kafka_bootstrap) as broker:
        assert name not in await broker.topics()
    await topic_plan.carry_out(kafka_bootstrap, plan)
    assert await state(kafka_bootstrap, name) == (2, declared.config)
    assert not (await topic_plan.plan(kafka_bootstrap, [declared])).changes


async def test_settings_become_those_declared_and_others_stay(
    kafka_bootstrap: str, name: str
) -> None:
    """A setting that an operator made and nobody declared is told, and survives."""
    await apply(kafka_bootstrap, Topic(name, 1, 1, {"retention.ms": "1", "max.message.bytes": "9"}))
    plan = await apply(kafka_bootstrap, Topic(name, 1, 1, {"retention.ms": "-1"}))
    assert [(each.name, each.value, each.declared) for each in plan.configure] == [
        ("retention.ms", "1", "-1")
    ]
    assert plan.extra == [(name, "max.message.bytes", "9")]
    expected = {"retention.ms": "-1", "max.message.bytes": "9"}
    assert await state(kafka_bootstrap, name) == (1, expected)


async def test_more_partitions_re_map_keys_and_need_leave(kafka_bootstrap: str, name: str) -> None:
    """Without it nothing at all is changed, neither this topic nor another."""
    await apply(kafka_bootstrap, Topic(name, 2, 1, KEEP))
    more, other = Topic(name, 4, 1, {"retention.ms": "5"}), Topic(f"{name}x", 1, 1, KEEP)
    with pytest.raises(OperatorError, match=r"keys .* --allow-remapping"):
        await apply(kafka_bootstrap, more, other)
    assert await state(kafka_bootstrap, name) == (2, KEEP)
    async with Broker(kafka_bootstrap) as broker:
        assert other.name not in await broker.topics()
    await apply(kafka_bootstrap, more, other, allow_remapping=True)
    assert await state(kafka_bootstrap, name) == (4, more.config)


async def test_no_topic_shrinks_and_none_is_deleted(kafka_bootstrap: str, name: str) -> None:
    await apply(kafka_bootstrap, Topic(name, 3, 1, KEEP))
    plan = await apply(kafka_bootstrap, Topic(name, 1, 1, KEEP))
    assert [(each.partitions, each.declared) for each in plan.wider] == [(3, 1)]
    assert await state(kafka_bootstrap, name) == (3, KEEP)
    plan = await apply(kafka_bootstrap)
    assert name in plan.unknown
    assert await state(kafka_bootstrap, name) == (3, KEEP)


async def test_a_setting_that_kafka_refuses_is_told(kafka_bootstrap: str, name: str) -> None:
    await apply(kafka_bootstrap, Topic(name, 1, 1, {}))
    with pytest.raises(OperatorError, match=name):
        await apply(kafka_bootstrap, Topic(name, 1, 1, {"retention.ms": "forever"}))


async def test_the_command_shows_what_differs_and_then_mends_it(
    warehouse: Command, kafka_bootstrap: str, name: str
) -> None:
    """Somebody changed a setting of a declared topic, and made a topic of their own."""
    changed = "warehouse.catalog.company.v1"
    await apply(kafka_bootstrap, Topic(name, 1, 1, KEEP))
    async with Broker(kafka_bootstrap) as broker:
        await alter(broker.admin, [(changed, "retention.ms", "5000000")])
    shown = await warehouse("topics", "apply", "--dry-run")
    assert f"~ {changed}  retention.ms 5000000 -> -1\n" in shown.out
    assert f"= {name}  is not declared, and kept\n" in shown.out
    assert (await state(kafka_bootstrap, changed))[1]["retention.ms"] == "5000000"
    applied = await warehouse("topics", "apply")
    assert (applied.code, applied.out.splitlines()[-1]) == (0, "Applied.")
    assert (await state(kafka_bootstrap, changed))[1]["retention.ms"] == "-1"


async def test_without_kafka_it_fails_with_what_to_do(warehouse: Command) -> None:
    failed = await warehouse("topics", "apply", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1")
    assert failed.code == 1
    assert failed.err == "warehouse: Nothing answers at 127.0.0.1:1: is Kafka running?\n"
