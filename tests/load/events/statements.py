"""Statements that PostgreSQL is sent, counted in its own log: the same in every run.

Nearly each is a round trip; the rows of one insert go out together. What happens by the clock is
left out: looks at the outbox that find nothing, positions noted once a second, the schedules. So is
the setting of a scope, which a connection needs only when its last transaction had another one.
"""

import asyncio
import statistics
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

from load.events import records
from load.events.loans import Lender
from load.postgres_log import Transaction, logged, transactions
from load.report import Figure
from load.stack import Stack
from support.waiting import eventually

PART = "statements"
LOANS, BATCH = 15, 1000
QUIET = 0.4  # seconds until a loan is known everywhere
_CLAIM, _LOOK, _MARK = "INSERT INTO inbox", "SELECT id, created_at, topic", "UPDATE outbox SET pub"
_FRAME = ("BEGIN", "COMMIT", "ROLLBACK")
_NOTED = "SELECT count(*) FROM known_items WHERE workspace_id = $1"


def _own(transaction: Transaction) -> list[str]:
    """Statements of the handlers: without what every consumer's transaction has."""
    return [
        one for one in transaction.statements if not one.startswith(_FRAME) and _CLAIM not in one
    ]


Choose = Callable[[Transaction], bool]


async def measure(stack: Stack) -> list[Figure]:
    lender = await Lender.begin(stack)
    try:
        async with stack.database("catalog") as connection, logged(connection):
            loans = [await _one_loan(stack, lender, number) for number in range(LOANS)]
            one = await _staged(stack, connection, 1)
            many = await _staged(stack, connection, BATCH)
    finally:
        await lender.close()
    return [*_of_loans(loans), *_of_events(one, many)]


def _of_loans(loans: Sequence[Sequence[Transaction]]) -> list[Figure]:
    """Each part of the saga: what a loan takes, or most of those that were lent."""
    parts: dict[str, Choose] = {
        "request, and the answer's row": lambda t: t.application == "loans" and not t.holds(_CLAIM),
        "inventory's hold": lambda t: t.application == "inventory" and t.holds(_CLAIM),
        "activation": lambda t: t.application == "loans" and t.holds(_CLAIM),
    }
    counts = {
        part: _most_common(sum(len(t.statements) for t in loan if chosen(t)) for loan in loans)
        for part, chosen in parts.items()
    }
    relays = {"loans-relay", "inventory-relay"}
    counts["their relays, three events"] = _most_common(_of_relays(loan, relays) for loan in loans)
    note = "loans, inventory and their relays, of which:"
    return [
        Figure(PART, "a loan", sum(counts.values()), "statements", note=note),
        *(Figure(PART, f"  {part}", count, "statements") for part, count in counts.items()),
    ]


def _of_events(one: Sequence[Transaction], many: Sequence[Transaction]) -> list[Figure]:
    """An event that goes alone, and one among many."""
    figures = []
    for count, heard in ((1, one), (BATCH, many)):
        relayed = _of_relays(heard, {"catalog-relay"}) / count
        said = "alone" if count == 1 else f"among {count:,}"
        figures.append(Figure(PART, f"an event relayed, {said}", relayed, "statements"))
    consumed = {
        service: [t for t in many if t.application == service and t.holds(_CLAIM)]
        for service in ("inventory", "analytics")
    }
    alone = sum(len(t.statements) for t in one if t.application == "inventory" and t.holds(_CLAIM))
    handlers = sum(len(_own(t)) for t in consumed["inventory"])
    sets = _most_common(len(_own(t)) for t in consumed["analytics"])
    frame = "and begin, claim, commit of the batch"
    among = handlers / BATCH
    return [
        *figures,
        Figure(PART, "an event consumed alone (inventory)", alone, "statements"),
        Figure(PART, "an event consumed in a batch (inventory)", among, "statements", note=frame),
        Figure(PART, "a batch consumed as a set (analytics)", sets, "statements", note=frame),
    ]


def _of_relays(transactions: Iterable[Transaction], relays: Collection[str]) -> int:
    """Marks, each with the look before it, and the look after the last that finds no more."""
    by_relay: dict[str, list[str]] = defaultdict(list)
    for transaction in transactions:
        if transaction.application in relays:
            by_relay[transaction.application] += transaction.statements
    return sum(_around_marks(statements) for statements in by_relay.values())


def _around_marks(statements: Sequence[str]) -> int:
    marks = {number for number, one in enumerate(statements) if _MARK in one}
    beside = {number + step for number in marks for step in (-1, 1)}
    looks = {number for number in beside if _LOOK in "".join(statements[number : number + 1])}
    return len(marks) + len(looks)


def _most_common(counts: Iterable[int]) -> int:
    return statistics.mode(counts)


async def _one_loan(stack: Stack, lender: Lender, number: int) -> list[Transaction]:
    start = stack.postgres.log.stat().st_size
    await lender.lend(number)
    await asyncio.sleep(QUIET)
    return list(transactions(stack, start))


async def _staged(stack: Stack, connection: Any, count: int) -> list[Transaction]:  # noqa: ANN401
    """New items in one transaction, as an import makes them, until everybody has noted them."""
    start = stack.postgres.log.stat().st_size
    items = records.items(count)
    async with connection.transaction():
        await records.store(connection, items)
    async with stack.database("inventory") as inventory:
        workspace_id = items[0]["workspace_id"]

        async def all_noted() -> bool:
            return bool(await inventory.fetchval(_NOTED, workspace_id) == count)

        await eventually(all_noted, deadline=60)
    await asyncio.sleep(QUIET)
    return list(transactions(stack, start))
