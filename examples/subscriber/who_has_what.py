"""Who has what: a program of somebody else that subscribes to Warehouse's topics.

It keeps its own copy in SQLite, made of two topics, and prints who has what whenever that changes.
Nothing here comes from Warehouse but what docs/events.md says; all it needs is aiokafka.

Where it got to is stored in the same transaction as what it read there. So it may be stopped at
any moment, by kill -9 as well, and goes on where it was; and a record that comes again changes
nothing, because an aggregate's version only grows.
"""
# ruff: noqa: INP001 - a program by itself, no package

import argparse
import asyncio
import contextlib
import json
import signal
import sqlite3
import sys
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

LOANS = "warehouse.loans.loan.v1"
ITEMS = "warehouse.catalog.item.v1"

TABLES = """
CREATE TABLE IF NOT EXISTS positions (
    topic TEXT, "partition" INTEGER, next_offset INTEGER NOT NULL,
    PRIMARY KEY (topic, "partition")
);
CREATE TABLE IF NOT EXISTS items (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS loans (
    id TEXT PRIMARY KEY, version INTEGER NOT NULL, workspace_id TEXT NOT NULL, item_id TEXT,
    item_name TEXT, borrower_name TEXT NOT NULL, units_out INTEGER NOT NULL, due_at TEXT
);
"""
NOTE_ITEM = """
INSERT INTO items VALUES (:id, :version, :name)
ON CONFLICT (id) DO UPDATE SET version = excluded.version, name = excluded.name
WHERE excluded.version > items.version
"""
NOTE_LOAN = """
INSERT INTO loans VALUES (
    :id, :version, :workspace_id, :item_id, :item_name, :borrower_name, :units_out, :due_at
)
ON CONFLICT (id) DO UPDATE SET
    version = excluded.version, item_id = excluded.item_id, item_name = excluded.item_name,
    borrower_name = excluded.borrower_name, units_out = excluded.units_out,
    due_at = excluded.due_at
WHERE excluded.version > loans.version
"""
NOTE_POSITION = "INSERT OR REPLACE INTO positions VALUES (?, ?, ?)"
# A loan may arrive before the item that is lent: there is no order between topics.
WHO_HAS_WHAT = """
SELECT borrower_name, units_out, coalesce(items.name, item_name, 'something'), due_at
FROM loans LEFT JOIN items ON items.id = loans.item_id
WHERE units_out > 0 AND workspace_id = coalesce(?, workspace_id)
ORDER BY borrower_name, 3, loans.id
"""


def note(database: sqlite3.Connection, record: ConsumerRecord) -> None:
    """Take over what a record says. Any event of an aggregate carries its whole state, so there is
    no need to know every type; what can't be read is left, and what is not known is ignored."""
    try:
        state = json.loads(record.value or b"null")
        if record.topic == ITEMS:
            database.execute(NOTE_ITEM, {name: state[name] for name in ("id", "version", "name")})
        else:
            out = state["status"] in ("active", "partially_returned")
            units = state["quantity"] - state["returned_quantity"] if out else 0
            database.execute(NOTE_LOAN, state | {"units_out": units})
    except (ValueError, TypeError, KeyError, sqlite3.ProgrammingError) as error:
        where = f"{record.topic}/{record.partition}/{record.offset}"
        print(f"skipped {where}: {error!r}", file=sys.stderr)


def who_has_what(database: sqlite3.Connection, workspace: str | None) -> list[str]:
    """A line for every loan that is out."""
    return [
        f"{borrower} has {units} of {item}" + (f", due {due_at[:10]}" if due_at else "")
        for borrower, units, item, due_at in database.execute(WHO_HAS_WHAT, (workspace,))
    ]


async def open_at(database: sqlite3.Connection, bootstrap_servers: str) -> AIOKafkaConsumer:
    """A consumer of every partition, each at the position in the database, or at the start: of a
    partition that is new to us, or whose end came before us because Kafka lost some of it."""
    consumer = AIOKafkaConsumer(
        LOANS,
        ITEMS,
        bootstrap_servers=bootstrap_servers,
        group_id=None,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    await consumer.start()
    ends = await consumer.end_offsets(list(consumer.assignment()))
    for topic, partition, next_offset in database.execute("SELECT * FROM positions"):
        place = TopicPartition(topic, partition)
        if next_offset <= ends.get(place, -1):
            consumer.seek(place, next_offset)
    return consumer


async def take_over(consumer: AIOKafkaConsumer, database: sqlite3.Connection) -> None:
    """Read what there is, and commit it together with how far that was."""
    batch = await consumer.getmany(timeout_ms=500)
    with database:
        for place, records in batch.items():
            for record in records:
                note(database, record)
            next_offset = records[-1].offset + 1
            database.execute(NOTE_POSITION, (place.topic, place.partition, next_offset))


async def reach(consumer: AIOKafkaConsumer, database: sqlite3.Connection) -> None:
    """Return once everything that was there at the call has been taken over."""
    ends = await consumer.end_offsets(list(consumer.assignment()))
    while any([await consumer.position(place) < end for place, end in ends.items()]):
        await take_over(consumer, database)


async def run(options: argparse.Namespace) -> None:
    """Print who has what: once, or whenever it changes."""
    with contextlib.closing(sqlite3.connect(options.database)) as database:
        database.executescript(TABLES)
        consumer = await open_at(database, options.bootstrap_servers)
        try:
            await reach(consumer, database)
            shown = None
            while True:
                lines = who_has_what(database, options.workspace)
                if lines != shown:
                    print("\n".join(lines or ["Everything is at home."]), end="\n\n", flush=True)
                    shown = lines
                if options.once:
                    return
                await take_over(consumer, database)
        finally:
            await consumer.stop()


async def until_told_to_stop(options: argparse.Namespace) -> None:
    """`run`, and end cleanly at Ctrl-C or SIGTERM."""
    running = asyncio.create_task(run(options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, running.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await running


def main() -> None:
    parser = argparse.ArgumentParser(description="Who has what, by Warehouse's topics.")
    parser.add_argument("--bootstrap-servers", default="127.0.0.1:9092", metavar="HOST:PORT,...")
    parser.add_argument("--database", type=Path, default=Path("who_has_what.db"), metavar="FILE")
    parser.add_argument("--workspace", metavar="ID", help="only this one's loans")
    parser.add_argument("--once", action="store_true", help="print what is true now, and end")
    asyncio.run(until_told_to_stop(parser.parse_args()))


if __name__ == "__main__":
    main()
