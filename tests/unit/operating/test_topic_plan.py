"""The difference between the declared topics and those that exist."""

from typing import Any

from warehouse.operating.topic_plan import ConfigChange, Growth, Plan, _compare
from warehouse.topics import Topic

DECLARED = Topic("warehouse.a.b.v1", 3, 1, {"retention.ms": "-1"})


def compared(partitions: int, config: dict[str, Any], *, replicas: int = 1) -> Plan:
    plan = Plan()
    _compare(plan, DECLARED, [{"replicas": list(range(replicas))}] * partitions, config)
    return plan


def test_a_topic_as_declared_changes_nothing() -> None:
    """Also where the declared value is the cluster's default, and no setting of its own."""
    plan = compared(3, {"retention.ms": ("-1", False), "segment.bytes": ("1", False)})
    assert plan == Plan()
    assert not plan.changes


def test_fewer_partitions_grow_and_more_stay() -> None:
    config = {"retention.ms": ("-1", True)}
    assert compared(2, config).grow == [Growth(DECLARED.name, 2, 3)]
    wider = compared(5, config)
    assert (wider.grow, wider.wider) == ([], [Growth(DECLARED.name, 5, 3)])
    assert not wider.changes


def test_settings_are_changed_where_declared_and_kept_where_not() -> None:
    plan = compared(3, {"retention.ms": ("60000", True), "segment.bytes": ("1048576", True)})
    assert plan.configure == [ConfigChange(DECLARED.name, "retention.ms", "60000", "-1")]
    assert plan.extra == [(DECLARED.name, "segment.bytes", "1048576")]


def test_other_replicas_are_told_and_not_changed() -> None:
    plan = compared(3, {"retention.ms": ("-1", True)}, replicas=2)
    assert plan.replicated == [(DECLARED.name, 2, 1)]
    assert not plan.changes
