"""What a rebuild promises. The table of these tests counts every record that is applied, and minds
being told twice: a rebuild that left one out or took one twice would show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy import text
from support.kafka import Kafka

from chassis.database import Database, TenantSession
from chassis.listeners import Listener
from chassis.projections import Projections
from chassis.rebuild import IncompleteLogError
from chassis.refill import RebuildError
from warehouse import topics
from warehouse.topics import Topic

from .rebuilding import TABLE, Rig, Tallied

_DEFINITION = """
    SELECT 'column', format('%s %s %s', attname, format_type(atttypid, atttypmod), attnotnull)
    FROM pg_attribute WHERE attrelid = 'tallies'::regclass AND attnum > 0
    UNION ALL SELECT 'constraint', conname || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid = 'tallies'::regclass
    UNION ALL SELECT 'index', indexdef FROM pg_indexes WHERE tablename = 'tallies'
    UNION ALL SELECT 'policy', p::text FROM pg_policies p WHERE tablename = 'tallies'
    UNION ALL SELECT 'table', concat_ws(' ', relnamespace::regnamespace, relowner::regrole,
        relrowsecurity, relforcerowsecurity, reloptions)
    FROM pg_class WHERE oid = 'tallies'::regclass
    UNION ALL SELECT 'grant', a::text
    FROM pg_class, aclexplode(relacl) a WHERE oid = 'tallies'::regclass
    ORDER BY 1, 2
"""


@pytest.fixture
async def rig(
    database: Database,
    kafka: Kafka,
    environment: dict[str, str],
    connect: Callable[[str], Awaitable[Any]],
    workspace_id: UUID,
) -> AsyncIterator[Rig]:
    owner_url = environment["CATALOG_DATABASE_OWNER_URL"]
    owner = await asyncpg.connect(owner_url)
    await owner.execute(f"SET client_min_messages = warning; {TABLE}")
    rig = Rig(kafka, database, owner_url, await connect("catalog"), workspace_id)
    service = f"warehouse.{rig.name}"
    await topics.apply(
        kafka.bootstrap_servers,
        [
            Topic(rig.topic, 2, 1, {}),
            Topic(f"{service}.dlq.v1", 1, 1, {}),
            Topic(f"{service}.retry.v1", 1, 1, {}),
        ],
    )
    yield rig
    await owner.execute("DROP TABLE tallies, beside CASCADE")
    await owner.close()


async def test_what_was_lost_or_wrong_is_mended(rig: Rig) -> None:
    """Whatever had become of the live rows, they are what the log says again."""
    await rig.heard(1, 2, 3, 4)
    rows = await rig.rows()
    await rig.connection.execute("DELETE FROM tallies WHERE n = 2")
    await rig.connection.execute("UPDATE tallies SET n = 70 WHERE n = 3")
    rebuilt = await rig.rebuild()
    assert await rig.rows() == rows
    assert (rebuilt.records, rebuilt.skipped, rebuilt.gone) == (4, (), {})


async def test_a_rebuilt_table_is_defined_as_it_was(rig: Rig) -> None:
    """Columns, constraints and indexes by name, policies, grants, owner, options: all as before."""
    await rig.heard(1)
    before = await rig.connection.fetch(_DEFINITION)
    oid = await rig.connection.fetchval("SELECT 'tallies'::regclass::oid")
    await rig.rebuild()
    assert await rig.connection.fetchval("SELECT 'tallies'::regclass::oid") != oid
    assert await rig.connection.fetch(_DEFINITION) == before
    assert {kind for kind, _ in before} == {
        *("column", "constraint", "grant", "index", "policy", "table")
    }


async def test_under_traffic_every_record_counts_once(rig: Rig) -> None:
    """While it runs, again and again, the service goes on; in the end nothing is missing and
    nothing counted twice."""
    thing, told, done = uuid4(), 0, asyncio.Event()

    async def talk() -> None:
        nonlocal told
        while not done.is_set():
            await rig.say(1, id_=thing)
            await rig.say(1)
            told += 2

    async with rig.consuming():
        talking = asyncio.create_task(talk())
        for _ in range(4):
            await rig.rebuild()
        done.set()
        await talking
        await rig.comes_to(told)
    await rig.rebuild()
    assert await rig.total() == told


async def test_readers_never_see_half_a_table(rig: Rig) -> None:
    """Who reads while it runs sees all rows each time."""
    await rig.heard(*range(1, 41))
    seen: set[int] = set()
    done = asyncio.Event()

    async def read() -> None:
        sql = "SELECT sum(n)::int FROM tallies WHERE workspace_id = $1"
        while not done.is_set():
            async with rig.database.tenant(rig.workspace_id) as session:
                rows = await session.rows(sql, rig.workspace_id)
            seen.add(rows[0][0])

    reading = asyncio.create_task(read())
    for _ in range(3):
        await rig.rebuild()
    done.set()
    await reading
    assert seen == {820}


async def test_it_says_how_far_it_is(rig: Rig) -> None:
    """Records read, of all there are."""
    await rig.heard(1, 2, 3)
    said: list[tuple[int, int]] = []
    await rig.rebuild(progress=lambda done, of: said.append((done, of)))
    assert said[-1] == (3, 3)
    assert {of for _, of in said} == {3}


async def test_what_the_service_has_not_applied_is_left_to_it(rig: Rig) -> None:
    """A rebuild comes to where the service stands, and the service goes on from there."""
    await rig.heard(1, 2)
    await rig.say(10)
    assert (await rig.rebuild()).records == 2
    assert await rig.total() == 3
    async with rig.consuming():
        await rig.comes_to(13)


async def test_an_interrupted_rebuild_changes_nothing(rig: Rig) -> None:
    """The live table stays as it is, and the next rebuild starts clean."""
    await rig.heard(1, 2, 3)
    await rig.connection.execute("UPDATE tallies SET n = 5 WHERE n = 3")

    def interrupt(_done: int, _of: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await rig.rebuild(progress=interrupt)
    assert await rig.total() == 8
    assert not await rig.connection.fetchval("SELECT to_regnamespace('rebuild')")
    await rig.rebuild()
    assert await rig.total() == 6


async def test_the_remains_of_a_killed_rebuild_do_not_matter(rig: Rig) -> None:
    """A schema that was left behind with rows in it goes."""
    await rig.heard(1, 2)
    await rig.connection.execute("""
        CREATE SCHEMA rebuild AUTHORIZATION catalog_owner;
        CREATE TABLE rebuild.tallies AS SELECT * FROM tallies;
        ALTER TABLE rebuild.tallies OWNER TO catalog_owner
    """)
    await rig.rebuild()
    assert await rig.total() == 3


async def test_a_topic_without_its_beginning_is_not_glossed_over(rig: Rig) -> None:
    """It is named and nothing changes, unless that is accepted."""
    await rig.heard(*range(1, 9))
    partition, start = await _cut_beginning(rig)
    with pytest.raises(IncompleteLogError, match="beginning is gone") as raised:
        await rig.rebuild()
    assert raised.value.gone == {f"{rig.topic}/{partition}": start}
    assert await rig.total() == 36
    rebuilt = await rig.rebuild(accept_incomplete=True)
    assert rebuilt.gone == raised.value.gone
    assert rebuilt.records == 8 - start
    assert len(await rig.rows()) == 8 - start


async def test_a_lost_log_is_no_reason_to_forget(rig: Rig) -> None:
    """Where the topic ends before what was applied, the live table is left alone."""
    await rig.heard(1, 2)
    await rig.connection.execute(
        "UPDATE consumer_positions SET next_offset = 99 WHERE topic = $1", rig.topic
    )
    with pytest.raises(RebuildError, match="it was lost"):
        await rig.rebuild()
    assert await rig.total() == 3


async def test_another_log_is_no_reason_to_forget(rig: Rig) -> None:
    """Nor where another record stands in place of the last that was applied."""
    await rig.heard(1, 2)
    await rig.connection.execute(
        "UPDATE consumer_positions SET event_id = $2 WHERE topic = $1", rig.topic, uuid4()
    )
    with pytest.raises(RebuildError, match="another record"):
        await rig.rebuild()
    assert await rig.total() == 3


async def test_records_that_none_can_take_are_skipped_and_named(rig: Rig) -> None:
    """Poison, and what the table refuses: the rest goes in, each of these is told."""
    await rig.kafka.send(rig.topic, key="a", value=b"{", headers=[("ce_id", b"none")])
    await rig.heard(1, 2)
    async with rig.consuming():
        await rig.say(9_999_999, 3)
        await rig.comes_to(6)
    rebuilt = await rig.rebuild()
    assert await rig.total() == 6
    assert sorted(each.error.partition(":")[0] for each in rebuilt.skipped) == [
        "IntegrityError",
        "Poison",
    ]


async def test_handlers_reach_no_other_table(rig: Rig) -> None:
    """One that writes beside what is declared fails, and nothing changes."""
    await rig.heard(1)
    listener = Listener()

    @listener.on(Tallied, f"warehouse.{rig.name}.thing.counted")
    async def stray(session: TenantSession, _event: Tallied) -> None:
        await session.execute(text("INSERT INTO beside VALUES (NULL)"))

    projections = Projections(tables=("tallies",), listeners=(listener,))
    with pytest.raises(Exception, match='relation "beside" does not exist'):
        await rig.rebuild(projections)
    assert await rig.total() == 1
    scratch = Projections(("tallies",), (*rig.projections.listeners, listener), ("beside",))
    await rig.rebuild(scratch)
    assert await rig.connection.fetchval("SELECT count(*) FROM beside") == 0
    assert await rig.total() == 1


async def test_one_at_a_time(rig: Rig) -> None:
    """A second one is refused while the first runs."""
    await rig.heard(1)
    holder = await asyncpg.connect(rig.owner_url)
    await holder.execute("SELECT pg_advisory_lock(hashtextextended('rebuild', 0))")
    with pytest.raises(RebuildError, match="being rebuilt already"):
        await rig.rebuild()
    await holder.close()
    await rig.rebuild()


_TRIGGER = """
    CREATE TRIGGER still BEFORE UPDATE ON tallies
    FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()
"""
_REFERENCE = "ALTER TABLE beside ADD FOREIGN KEY (workspace_id) REFERENCES tallies (id)"


@pytest.mark.parametrize(("obstacle", "named"), [(_TRIGGER, "still"), (_REFERENCE, "beside")])
async def test_what_a_copy_would_lack_is_refused(rig: Rig, obstacle: str, named: str) -> None:
    """Triggers and foreign keys would be lost: said before anything is done."""
    await rig.heard(1)
    await rig.connection.execute(obstacle)
    with pytest.raises(RebuildError, match=named):
        await rig.rebuild()
    assert await rig.total() == 1


async def _cut_beginning(rig: Rig) -> tuple[int, int]:
    """Delete the first record of a partition that has one; which, and where it begins now."""
    partition = await rig.connection.fetchval(
        "SELECT partition FROM consumer_positions WHERE topic = $1 AND next_offset > 0 LIMIT 1",
        rig.topic,
    )
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=rig.kafka.bootstrap_servers)
    await admin.start()
    await admin.delete_records({TopicPartition(rig.topic, partition): RecordsToDelete(1)})
    await admin.close()
    return partition, 1
