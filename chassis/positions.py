"""How far a service has applied each partition, kept in its database with what was applied.

A position moves in the transaction of the handlers, by comparing and setting: whoever reads a
partition that another process was given meanwhile finds the position moved, and rolls back. With
each position stands its anchor, the record just before it: its event's id, or its time where it had
no id. A log that has another record there, or ends before, is not the one that was applied: it lost
its tail, or was made anew.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aiokafka import TopicPartition
from sqlalchemy import text

if TYPE_CHECKING:
    from chassis.database import TenantSession

_TAKE = text("""
    WITH asked AS (
        SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS int[]))
        AS a (topic, partition)
    ), made AS (
        INSERT INTO consumer_positions (topic, partition)
        SELECT topic, partition FROM asked ORDER BY 1, 2 ON CONFLICT DO NOTHING
    )
    SELECT a.topic, a.partition, coalesce(p.next_offset, 0), p.event_id, p.record_time
    FROM asked a LEFT JOIN consumer_positions p USING (topic, partition)
""")
_MOVE = """
    UPDATE consumer_positions p
    SET next_offset = m.next_offset, event_id = m.event_id, record_time = m.record_time
    FROM unnest(
        $1::text[], $2::int[], $3::bigint[], $4::bigint[], $5::uuid[], $6::timestamptz[]
    ) AS m (topic, partition, expected, next_offset, event_id, record_time)
    WHERE p.topic = m.topic AND p.partition = m.partition AND p.next_offset = m.expected
    RETURNING 1
"""
# Both in one round trip. Ids are claimed in order, so that two with overlapping batches can't
# deadlock.
_MOVE_AND_CLAIM = f"""
    WITH moved AS ({_MOVE}),
    claimed AS (
        INSERT INTO inbox (event_id) SELECT DISTINCT unnest($7::uuid[]) AS id
        ORDER BY id ON CONFLICT DO NOTHING RETURNING event_id
    )
    SELECT (SELECT count(*) FROM moved), ARRAY(SELECT event_id FROM claimed)
"""


class Moved(Exception):  # noqa: N818 - what happened, not an error of ours
    """Somebody else has moved a position: another process, or a rebuild."""


@dataclass(slots=True)
class Position:
    """Where a partition stands: `stored` in the database, `done` in this process, which runs ahead
    by records that concern nobody here. Both are the offset that comes next. `event_id` and `time`
    are the anchor's, None where nothing was read yet; `unmet`: the log has yet to show it."""

    stored: int
    done: int
    event_id: UUID | None = None
    time: datetime | None = None
    unmet: bool = False

    @property
    def has_anchor(self) -> bool:
        return self.done > 0 and self.time is not None

    def is_after(self, record: Any) -> bool:  # noqa: ANN401 - aiokafka has no types
        """Whether `record`, which is just before, is the anchor."""
        event_id, time = last_of(record)
        return event_id == self.event_id and (event_id is not None or time == self.time)


@dataclass(frozen=True, slots=True)
class Move:
    """One partition's step: from `expected` to `next`, past the record `event_id` of `time`."""

    expected: int
    next: int
    event_id: UUID | None
    time: datetime | None


async def take(
    session: "TenantSession", partitions: Iterable[TopicPartition]
) -> dict[TopicPartition, Position]:
    """The positions of `partitions`, each made at offset 0 if there is none yet."""
    partitions = list(partitions)
    rows = await session.execute(
        _TAKE,
        {"topics": [p.topic for p in partitions], "partitions": [p.partition for p in partitions]},
    )
    return {
        TopicPartition(topic, partition): Position(offset, offset, event_id, time)
        for topic, partition, offset, event_id, time in rows
    }


async def move(session: "TenantSession", moves: Mapping[TopicPartition, Move]) -> None:
    """Move positions; raises `Moved` when one is not where it was expected."""
    if len(await session.rows(_MOVE, *_columns(moves))) != len(moves):
        raise Moved


async def move_and_claim(
    session: "TenantSession", moves: Mapping[TopicPartition, Move], ids: Iterable[UUID]
) -> set[UUID]:
    """As `move`, and claim the events `ids`: those of them that were never applied here. From now
    on they count as applied, if this transaction commits."""
    [(moved, claimed)] = await session.rows(_MOVE_AND_CLAIM, *_columns(moves), list(ids))
    if moved != len(moves):
        raise Moved
    return set(claimed)


def last_of(record: Any) -> tuple[UUID | None, datetime]:  # noqa: ANN401 - aiokafka has no types
    """What a position remembers of the record before it: its event's id, if it has one, and its
    time."""
    time = datetime.fromtimestamp(max(record.timestamp, 0) / 1000, UTC)
    for name, value in record.headers:
        if name == "ce_id":
            try:
                return UUID((value or b"").decode()), time
            except ValueError:
                break
    return None, time


def _columns(moves: Mapping[TopicPartition, Move]) -> list[list[Any]]:
    ordered = sorted(moves.items())
    return [
        [partition.topic for partition, _ in ordered],
        [partition.partition for partition, _ in ordered],
        [move.expected for _, move in ordered],
        [move.next for _, move in ordered],
        [move.event_id for _, move in ordered],
        [move.time for _, move in ordered],
    ]
