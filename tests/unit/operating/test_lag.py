"""What a partition's position says about a service's lag."""

import pytest
from aiokafka import TopicPartition

from warehouse.contracts.declared import heard_topics
from warehouse.operating.broker import Bounds, Group
from warehouse.operating.lag import Lag, _lag, _positions

ONE, TWO = TopicPartition("a.v1", 0), TopicPartition("a.v1", 1)
OTHER = TopicPartition("b.v1", 0)
TOPICS = {"a.v1": 2, "b.v1": 1}


@pytest.mark.parametrize(
    ("position", "bounds", "lag", "state"),
    [
        (7, Bounds(0, 7), 0, "caught_up"),
        (5, Bounds(0, 7), 2, "behind"),
        (None, Bounds(3, 7), 4, "behind"),
        (None, Bounds(7, 7), 0, "caught_up"),
        (2, Bounds(3, 7), 4, "cut_off"),
        (9, Bounds(0, 7), 7, "lost"),
        (9, None, 0, "gone"),
    ],
)
def test_the_position_between_start_and_end_is_the_lag(
    position: int | None, bounds: Bounds | None, lag: int, state: str
) -> None:
    found: Lag = _lag("loans", ONE, (position, "database"), bounds)
    assert (found.lag, found.state, found.position) == (lag, state, position)


def test_the_database_is_believed_before_the_group() -> None:
    """And a partition that nobody has read yet counts from its beginning."""
    group = Group({ONE: 3, TWO: 4}, frozenset(), members=1)
    assert _positions(group, {ONE: 5}, TOPICS, {"a.v1", "b.v1"}) == {
        ONE: (5, "database"),
        TWO: (4, "group"),
        OTHER: (None, "none"),
    }


def test_what_is_no_longer_read_is_no_lag() -> None:
    group = Group({ONE: 3, OTHER: 1}, frozenset(), members=2)
    assert set(_positions(group, {OTHER: 1}, TOPICS, {"a.v1"})) == {ONE, TWO}


def test_the_code_says_what_a_service_reads_that_does_not_run() -> None:
    assert heard_topics("catalog") == {
        "warehouse.auth.member.v1",
        "warehouse.auth.workspace.v1",
        "warehouse.inventory.import.v1",
        "warehouse.inventory.location.v1",
        "warehouse.inventory.stock.v1",
        "warehouse.loans.import.v1",
        "warehouse.catalog.retry.v1",
    }
    assert heard_topics("auth") == frozenset()
