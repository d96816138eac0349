"""Outbox, relay, broker and consumer under every order of steps and faults, in memory.

The relay and the consumer are the real ones; the database and the broker are models, so that
thousands of steps take seconds. Each guarantee is then broken on purpose, and has to be missed.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from aiokafka import TopicPartition
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from support.model.database import EPOCH, RelayConnection
from support.model.machine import Backbone
from support.model.rig import TOPIC

from chassis import positions, relay
from chassis.applying import Applier
from chassis.relay import Relay

EXAMPLES, MANY, STEPS = 50, 1000, 60
BOUNDS = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
# A broken guarantee only has to be found, not to be told in the fewest steps.
SEARCH = settings(
    BOUNDS,
    max_examples=5000,
    derandomize=False,
    phases=[Phase.generate],
    report_multiple_bugs=False,
)


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def test_nothing_committed_is_lost_doubled_or_disordered() -> None:
    """Invariants 1, 2, 5 and 6, after every step and once all is quiet."""
    run_state_machine_as_test(Backbone, settings=BOUNDS)


@pytest.mark.long
def test_nor_in_many_more_orders_of_steps() -> None:
    """The same, for minutes."""
    run_state_machine_as_test(Backbone, settings=settings(BOUNDS, max_examples=MANY))


def test_a_log_is_told_from_another_where_the_last_record_had_no_id() -> None:
    """Poison is all that a partition had; it is lost while nobody reads, and an event comes to lie
    where it lay."""
    machine = Backbone()
    rig, partition = machine.rig, TopicPartition(TOPIC, 1)
    rig.rebalance([])
    rig.broker.append(TOPIC, b"ant", b"{}", (("ce_id", None),))
    machine.consumer_runs(which=1)
    rig.rebalance(rig.partitions, expelled=0)
    rig.lose_tail(partition, 1)
    rig.replay()
    machine.change(key="ant", fails=[False])
    for which in (0, 1):
        machine.relay_runs(which=which)
    assert [record.offset for record in rig.broker.log[partition]] == [0]
    machine.teardown()


def mark_before_send(monkeypatch: pytest.MonkeyPatch) -> None:
    publish = Relay._publish

    async def marks_first(self: Relay, connection: Any, producer: Any, rows: Any) -> Any:  # noqa: ANN401
        await connection.execute(relay._MARK, [row["id"] for row in rows], EPOCH)
        return await publish(self, connection, producer, rows)

    monkeypatch.setattr(Relay, "_publish", marks_first)


def drop_the_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    claim = positions.move_and_claim

    async def forgets(session: Any, moves: Any, ids: Any) -> Any:  # noqa: ANN401
        await claim(session, moves, ids)
        return set(ids)

    monkeypatch.setattr(positions, "move_and_claim", forgets)


def acknowledge_before_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    commit = Applier._commit

    async def moves_first(self: Applier, envelopes: Any, moves: Any) -> Any:  # noqa: ANN401
        async with self._database.session(self._handlers.scope_of(envelopes)) as session:
            await positions.move(session, moves)
        for partition, move in moves.items():
            self.at[partition].stored = move.next
        moved = {
            partition: positions.Move(move.next, move.next, move.event_id, move.time)
            for partition, move in moves.items()
        }
        return await commit(self, envelopes, moved)

    monkeypatch.setattr(Applier, "_commit", moves_first)


def drop_the_version_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backbone, "options", {"guarded": False})


def skip_the_shard_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = RelayConnection.fetchval

    async def always_yours(self: RelayConnection, statement: str, *arguments: int) -> Any:  # noqa: ANN401
        answer = await ask(self, statement, *arguments)
        return 1 if statement is relay._RELAYS else answer or True

    monkeypatch.setattr(RelayConnection, "fetchval", always_yours)
    monkeypatch.setattr(Backbone, "troubled", False)


@pytest.mark.parametrize(
    ("broken", "missed", "begin"),
    [
        (mark_before_send, "marked, not sent|lost|disordered", 7),
        (drop_the_inbox, "applied twice", 15),
        (acknowledge_before_commit, "lost|disordered", 13),
        (drop_the_version_guard, "went back", 15),
        (skip_the_shard_lock, "sent twice|disordered|lost", 5),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_model_notices(
    broken: Callable[[pytest.MonkeyPatch], None],
    missed: str,
    begin: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a guarantee gone, some order of steps breaks what it was there for. The search begins
    where it is known to come upon one soon; should that change, it goes on."""
    broken(monkeypatch)

    class Broken(Backbone):
        pass  # a class of its own, because the seed stays on it

    with pytest.raises(AssertionError, match=missed):
        run_state_machine_as_test(seed(begin)(Broken), settings=SEARCH)
