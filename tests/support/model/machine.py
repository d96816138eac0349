"""The rules: every step and every fault, in any order, and what holds after each of them."""

import contextlib
from collections import Counter, defaultdict
from typing import Any, ClassVar

from aiokafka.errors import KafkaError
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis import failpoints
from support.model.database import AwayError
from support.model.rig import TOPIC, Rig, id_of

KEYS = ("ant", "bee", "cat")
RELAY_CRASHES = ("relay.before_send", "relay.after_send", "relay.before_mark", "relay.after_mark")
CONSUMER_CRASHES = (
    "consumer.before_commit",
    "consumer.after_commit",
    "consumer.before_offsets",
    "consumer.after_dead_letter",
)
NOWHERE = ""
STRETCH = 40  # records delivered again at once: a log that doubles at every step only takes time

either = st.integers(0, 1)
keys = st.sampled_from(KEYS)
rarely = st.sampled_from((False, False, True))
troubles = st.dictionaries(st.integers(0, 5), st.sampled_from(("refused", "unheard")), max_size=2)
poisons = st.sampled_from(
    (
        ((("ce_id", None),), b"{}"),
        ((("ce_id", b"\xff"),), b"{}"),
        ((("ce_id", b"not an id"), ("ce_type", b"any")), b"{}"),
        ((), b"no event at all"),
        ((), None),
    )
)


class Backbone(RuleBasedStateMachine):
    """Outbox, relays, broker and consumers; with `troubled` off, of the log and of connections
    there are no faults, which leaves more steps to the rest."""

    options: ClassVar[dict[str, Any]] = {}
    troubled: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self.rig = Rig(**self.options)
        self._hit, self._active = failpoints.hit, failpoints.ACTIVE
        failpoints.hit, failpoints.ACTIVE = self.rig.hit, True
        self._seen_versions: dict[str, int] = {}

    # Transactions: what is not committed holds its key, others go on.

    @precondition(lambda self: len(self.rig.open) < len(KEYS))
    @rule(data=st.data(), fails=rarely)
    def write(self, data: st.DataObject, fails: bool) -> None:
        free = sorted(set(KEYS) - set(self.rig.open))
        self.rig.write(data.draw(st.sampled_from(free)), fails=fails)

    @precondition(lambda self: self.rig.open)
    @rule(data=st.data())
    def commit(self, data: st.DataObject) -> None:
        self.rig.commit(data.draw(st.sampled_from(sorted(self.rig.open))))

    @precondition(lambda self: self.rig.open)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        self.rig.roll_back(data.draw(st.sampled_from(sorted(self.rig.open))))

    @rule(key=keys, fails=st.lists(rarely, min_size=1, max_size=3))
    def change(self, key: str, fails: list[bool]) -> None:
        """Transactions on one key, one after the other."""
        if key in self.rig.open:
            self.rig.commit(key)
        for one in fails:
            self.rig.write(key, fails=one)
            self.rig.commit(key)

    # Relays.

    @precondition(lambda self: self.rig.database.pending)
    @rule(which=either)
    def relay_looks(self, which: int) -> None:
        relay = self.rig.relays[which]
        if not relay.rows:
            self._relay(which, relay.fetch())

    @precondition(lambda self: any(relay.rows for relay in self.rig.relays))
    @rule(which=either, wrong=troubles, crash_at=st.sampled_from((NOWHERE, *RELAY_CRASHES)))
    def relay_sends(self, which: int, wrong: dict[int, str], crash_at: str) -> None:
        relay = self.rig.relays[which]
        if relay.rows:
            relay.producer.troubles = {relay.producer._sent + n: w for n, w in wrong.items()}
            self.rig.faultless = self.rig.faultless and not wrong
            self._relay(which, relay.publish(), crash_at)

    @precondition(lambda self: self.rig.database.pending)
    @rule(which=either)
    def relay_runs(self, which: int) -> None:
        """Undisturbed: it shares, looks, sends and marks."""
        relay = self.rig.relays[which]
        if not relay.rows:
            self._relay(which, relay.fetch())
        if relay.rows:
            self._relay(which, relay.publish())

    def _relay(self, which: int, step: Any, crash_at: str = NOWHERE) -> None:  # noqa: ANN401
        relay = self.rig.relays[which]
        alive = False
        with contextlib.suppress(KafkaError, AwayError):
            alive = self.rig.run(step, crash_at=crash_at)
        if not alive:
            self.rig.faultless = False
            relay.end()
            relay.connect()

    @precondition(lambda self: self.troubled)
    @rule(which=either)
    def relay_loses_its_connection(self, which: int) -> None:
        """The database ends it, and its locks with it, while the relay may hold rows to send."""
        self.rig.faultless = False
        self.rig.relays[which].end()

    # The log.

    @precondition(lambda self: self.troubled and self.rig.broker.log_of(TOPIC))
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """A stretch of a partition lies in it twice: while it is short, all of it."""
        partition = data.draw(self._partition_with_records())
        log = self.rig.broker.log[partition]
        start = data.draw(st.integers(0, len(log) - 1))
        self.rig.faultless = False
        self.rig.broker.repeat(partition, start, min(start + STRETCH, len(log)))

    @precondition(lambda self: self.troubled and not self.rig.lost)
    @precondition(lambda self: self.rig.broker.log_of(TOPIC))
    @rule(data=st.data(), count=st.integers(1, 4))
    def lose_the_tail(self, data: st.DataObject, count: int) -> None:
        self.rig.lose_tail(data.draw(self._partition_with_records()), count)

    def _partition_with_records(self) -> st.SearchStrategy[Any]:
        logs = self.rig.broker.log.items()
        return st.sampled_from(sorted(p for p, log in logs if p.topic == TOPIC and log))

    @precondition(lambda self: self.rig.lost)
    @rule()
    def replay_the_outbox(self) -> None:
        self.rig.replay()

    @precondition(lambda self: self.troubled)
    @rule(poison=poisons, key=keys)
    def somebody_publishes_poison(self, poison: tuple[Any, Any], key: str) -> None:
        headers, value = poison
        self.rig.broker.append(TOPIC, key.encode(), value, headers)

    # Consumers.

    @rule(which=either, limit=st.integers(1, 6))
    def consumer_polls(self, which: int, limit: int) -> None:
        consumer = self.rig.consumers[which]
        if not consumer.batch:
            consumer.batch = consumer.kafka.poll(limit)

    @precondition(lambda self: any(consumer.batch for consumer in self.rig.consumers))
    @rule(which=either, crash_at=st.sampled_from((NOWHERE, *CONSUMER_CRASHES)), away=rarely)
    def consumer_handles(self, which: int, crash_at: str, away: bool) -> None:
        if self.rig.consumers[which].batch:
            self._handle(which, crash_at, away=away)

    @rule(which=either, limit=st.integers(1, 6), crash_at=st.sampled_from(CONSUMER_CRASHES))
    def consumer_dies_at(self, which: int, limit: int, crash_at: str) -> None:
        """It reads and handles, and dies at one of its failpoints if it gets there."""
        consumer = self.rig.consumers[which]
        consumer.batch = consumer.batch or consumer.kafka.poll(limit)
        self._handle(which, crash_at)

    @rule(which=either)
    def consumer_runs(self, which: int) -> None:
        """Undisturbed: it reads and handles."""
        consumer = self.rig.consumers[which]
        consumer.batch = consumer.batch or consumer.kafka.poll(50)
        self._handle(which)

    def _handle(self, which: int, crash_at: str = NOWHERE, *, away: bool = False) -> None:
        self.rig.database.away = away
        alive = self.rig.run(self.rig.consumers[which].handle(), crash_at=crash_at)
        self.rig.database.away = False
        if not alive:
            self.rig.replace_consumer(which)
        self.rig.settle()

    @rule(which=either, crash_at=st.sampled_from((NOWHERE, "consumer.before_offsets")))
    def consumer_notes(self, which: int, crash_at: str) -> None:
        """Every second: positions of what concerned nobody, and Kafka's offsets."""
        if not self.rig.run(self.rig.consumers[which].consumer._note(), crash_at=crash_at):
            self.rig.replace_consumer(which)
        self.rig.settle()

    @rule(which=either)
    def consumer_looks(self, which: int) -> None:
        self.rig.run(self.rig.consumers[which].consumer._look())
        self.rig.settle()

    @rule(data=st.data(), expelled=st.sampled_from((None, None, 0, 1)))
    def rebalance(self, data: st.DataObject, expelled: int | None) -> None:
        first = data.draw(st.lists(st.sampled_from(self.rig.partitions), unique=True))
        self.rig.rebalance(first, expelled=expelled)

    @precondition(lambda self: self.rig.dead())
    @rule()
    def mend_and_replay_dead_letters(self) -> None:
        self.rig.mend_and_replay()

    # What holds at all times.

    @invariant()
    def every_effect_is_of_one_commit(self) -> None:
        """Invariants 1 and 6: nothing rolled back, nothing twice."""
        ids = Counter(event_id for event_id, _, _ in self.rig.database.state.effects)
        assert not [one for one, times in ids.items() if times > 1], "applied twice"
        assert set(ids) <= set(self.rig.committed), "applied, but never committed"

    @invariant()
    def versions_come_in_order(self) -> None:
        """Invariant 2, but for keys with a dead letter or a loss: there the guard must hold."""
        versions = defaultdict(list)
        mended = {
            self.rig.committed[one][0] for one in self.rig.mended if one in self.rig.committed
        }
        failed = mended | {self._key_of(letter) for letter in self.rig.dead().values()}
        for _, key, version in self.rig.database.state.effects:
            versions[key].append(version)
        for key, applied in versions.items():
            if key not in failed | self.rig.disordered:
                assert applied == list(range(1, len(applied) + 1)), f"{key} disordered: {applied}"
            assert self.rig.database.state.projection[key] == max(applied), f"{key} went back"

    def _key_of(self, letter: Any) -> str | None:  # noqa: ANN401
        return self.rig.committed.get(id_of(letter), (None, 0))[0]  # type: ignore[arg-type]

    @invariant()
    def what_is_marked_was_sent(self) -> None:
        """Invariant 9: a row counts as published only once Kafka has it."""
        if not self.rig.lost:
            logged = self._logged()
            for row in self.rig.database.rows.values():
                assert row["published_at"] is None or row["event_id"] in logged, "marked, not sent"

    @invariant()
    def without_a_fault_nothing_is_sent_twice(self) -> None:
        """The shard locks: relays share the work and never do it twice."""
        if self.rig.faultless:
            assert all(times == 1 for times in self._logged().values()), "sent twice"

    def _logged(self) -> Counter[Any]:
        logs = (log for p, log in self.rig.broker.log.items() if p.topic == TOPIC)
        found = Counter(id_of(record) for log in logs for record in log)
        del found[None]
        return found

    def teardown(self) -> None:
        """After quiet: every committed event is applied, or is a dead letter, never both."""
        try:
            self.rig.drain()
            for check in (
                self.every_effect_is_of_one_commit,
                self.versions_come_in_order,
                self.what_is_marked_was_sent,
            ):
                check()
            applied = {event_id for event_id, _, _ in self.rig.database.state.effects}
            dead = {id_of(letter) for letter in self.rig.dead().values()} - {None}
            assert not applied & dead, "applied, and a dead letter"
            assert applied | dead == set(self.rig.committed), "lost"
        finally:
            failpoints.hit, failpoints.ACTIVE = self._hit, self._active
            self.rig.close()
