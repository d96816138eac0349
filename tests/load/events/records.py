"""Events in any number, as services stage them: from the examples of their contract, with ids of
their own."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from functools import cache
from keyword import iskeyword
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer
from support import contract
from uuid_utils.compat import uuid7

from chassis import outbox
from chassis.events import Event
from services.catalog.items.events import ItemCreated, ItemUpdated
from services.inventory.stock.events import HoldPlaced, HoldReleased, StockCreated, StockMoved
from services.loans.borrowers.events import BorrowerCreated
from services.loans.loans.events import LoanActivated, LoanRequested, LoanReturned

Row = dict[str, Any]
Record = tuple[str, bytes, bytes, list[tuple[str, bytes]]]  # topic, key, value, headers
WORKSPACES = 20
CHUNK = 5000  # records in flight


def items(count: int, *, topic: str | None = None) -> list[Row]:
    """Outbox rows of `count` new items, in `topic` where that is not to be the items' own."""
    workspace_id = uuid4()
    rows = [_row(ItemCreated, workspace_id, uuid7(), 1) for _ in range(count)]
    return [row | {"topic": topic} for row in rows] if topic else rows


def history(count: int) -> Iterator[Row]:
    """At least `count` events as they come to be: things are described, shelved, lent, returned
    and moved, in several workspaces."""
    workspaces = [uuid4() for _ in range(WORKSPACES)]
    for number in range(-(-count // 10)):
        yield from _life(workspaces[number % WORKSPACES])


def record(row: Row) -> Record:
    """A row as it goes to Kafka."""
    headers = [(name, value.encode()) for name, value in json.loads(row["headers"]).items()]
    return row["topic"], row["key"].encode(), row["payload"].encode(), headers


async def store(connection: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - asyncpg is untyped
    """Put rows into an outbox, pending."""
    columns = list(rows[0])
    values = ([row[name] for name in columns] for row in rows)
    await connection.copy_records_to_table("outbox", records=values, columns=columns)


def producer(bootstrap_servers: str) -> Any:  # noqa: ANN401 - aiokafka has no types
    """A producer set as the relay's is."""
    return AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        acks="all",
        enable_idempotence=True,
        max_batch_size=128 * 1024,
    )


async def send(kafka: Any, records: Sequence[Record]) -> None:  # noqa: ANN401 - aiokafka has no types
    """Send records pipelined, and wait until all of them are acknowledged."""
    for start in range(0, len(records), CHUNK):
        await asyncio.gather(
            *[
                await kafka.send(topic, key=key, value=value, headers=headers)
                for topic, key, value, headers in records[start : start + CHUNK]
            ]
        )


async def publish(bootstrap_servers: str, rows: Iterator[Row] | Sequence[Row]) -> int:
    """Send rows to their topics; how many."""
    records = [record(row) for row in rows]
    kafka = producer(bootstrap_servers)
    await kafka.start()
    try:
        await send(kafka, records)
    finally:
        await kafka.stop()
    return len(records)


def _life(workspace_id: UUID) -> Iterator[Row]:
    item, entry, borrower, loan = (uuid7() for _ in range(4))
    ids = {"item_id": item}
    lent = {"item_id": item, "inventory_id": entry, "borrower_id": borrower}
    yield _row(ItemCreated, workspace_id, item, 1)
    yield _row(StockCreated, workspace_id, entry, 1, **ids)
    yield _row(BorrowerCreated, workspace_id, borrower, 1)
    yield _row(LoanRequested, workspace_id, loan, 1, **lent)
    yield _row(HoldPlaced, workspace_id, entry, 2, **ids)
    yield _row(LoanActivated, workspace_id, loan, 2, **lent)
    yield _row(ItemUpdated, workspace_id, item, 2)
    yield _row(LoanReturned, workspace_id, loan, 3, **lent)
    yield _row(HoldReleased, workspace_id, entry, 3, **ids)
    yield _row(StockMoved, workspace_id, entry, 4, **ids)


def _row(kind: type[Event], workspace_id: UUID, id_: UUID, version: int, **facts: UUID) -> Row:
    own = {"id": id_, "workspace_id": workspace_id, "version": version}
    return outbox._row(_example(kind).model_copy(update={**own, **facts}))


@cache
def _example(kind: type[Event]) -> Event:
    payload = contract.completed(kind.type, {})
    # A field that is a word of Python's has an underscore in the class.
    return kind(**{f"{name}_" if iskeyword(name) else name: payload[name] for name in payload})
