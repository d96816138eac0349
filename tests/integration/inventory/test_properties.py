"""What holds whatever several clients do at once: random use cases side by side on real PostgreSQL.

Each example is a workspace of its own with some places and stock, and a few clients, each with
things to do, all at the same time. What a client is refused is no matter: what was done has to add
up. Trees stay trees, the ledger sums to the present, free is never negative, and a moment that was
looked at is told from the ledger as it was.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from support import books
from uuid_utils.compat import uuid7

from chassis.database import Database, TenantSession
from chassis.events import now
from chassis.pages import Paging
from chassis.problems import Problem
from services.inventory.containers import service as containers
from services.inventory.containers.schemas import ContainerCreate, ContainerPatch
from services.inventory.history import repository as history
from services.inventory.history.schemas import By
from services.inventory.holds import service as holds
from services.inventory.holds.service import loan_claim
from services.inventory.locations import service as locations
from services.inventory.locations.schemas import LocationCreate, LocationPatch
from services.inventory.stock import moving, service, undoing
from services.inventory.stock.schemas import (
    EntryAdjust,
    EntryCreate,
    EntryMerge,
    EntryMove,
    EntryPatch,
    EntryUse,
)

CLIENTS, MOST = 3, 7  # clients at once, and what each does at most
_AGAIN = {"40001", "40P01"}  # PostgreSQL asks to try again, which a unit of work does
_TAKEN = "23505"  # a code that another has: a 409 at the edge

Session = TenantSession
Step = Callable[[Session, "House", int, int, int], Awaitable[object]]


class House:
    """A workspace, and the ids of what clients made in it."""

    def __init__(self) -> None:
        self.workspace_id = uuid4()
        self.items = [uuid7(), uuid7()]
        self.locations: list[UUID] = []
        self.containers: list[UUID] = []
        self.entries: list[UUID] = []
        self.loans: list[tuple[UUID, UUID, int]] = []

    def place(self, n: int) -> dict[str, UUID]:
        return {"location_id": pick(self.locations, n)}


def pick(ids: list[UUID], n: int) -> UUID:
    return ids[n % len(ids)]


async def take_in(session: Session, house: House, a: int, b: int, n: int) -> None:
    # Few codes, so that they clash, and few lots, so that some entries are alike.
    body = EntryCreate(
        item_id=pick(house.items, a),
        quantity=n,
        lot=f"L{b % 2}",
        external_id=f"code {n}" if b % 3 == 0 else None,
        **house.place(b),
    )
    made = await service.create(session, session, body, None, patience=0)
    house.entries.append(made)


async def put_in_container(session: Session, house: House, a: int, b: int, n: int) -> None:
    container = pick(house.containers, b)
    [(where,)] = await session.rows("SELECT location_id FROM containers WHERE id = $1", container)
    body = EntryMove(location_id=where, container_id=container, quantity=n % 3 or None)
    moved = await moving.move(session, pick(house.entries, a), body, None, None)
    house.entries.append(moved.entry_id)


async def move(session: Session, house: House, a: int, b: int, n: int) -> None:
    body = EntryMove(quantity=n % 4 or None, merge=n % 2 == 0, **house.place(b))
    moved = await moving.move(session, pick(house.entries, a), body, None, None)
    house.entries.append(moved.entry_id)


async def merge(session: Session, house: House, a: int, b: int, n: int) -> None:
    body = EntryMerge(into=pick(house.entries, b), even_if_unlike=n % 2 == 0)
    await moving.merge(session, pick(house.entries, a), body, None, None)


async def adjust(session: Session, house: House, a: int, b: int, n: int) -> None:
    body = EntryAdjust(delta=n if b % 2 else -n, reason="r")
    await service.adjust(session, pick(house.entries, a), body, None)


async def count(session: Session, house: House, a: int, _b: int, n: int) -> None:
    await service.count(session, pick(house.entries, a), n, None, None)


async def use(session: Session, house: House, a: int, _b: int, _n: int) -> None:
    await service.use(session, pick(house.entries, a), EntryUse(), None)


async def change(session: Session, house: House, a: int, b: int, _n: int) -> None:
    body = EntryPatch(lot=f"L{b % 2}")
    await service.update(session, pick(house.entries, a), body, None)


async def archive(session: Session, house: House, a: int, _b: int, _n: int) -> None:
    await service.archive(session, pick(house.entries, a), None)


async def restore(session: Session, house: House, a: int, _b: int, _n: int) -> None:
    await service.restore(session, pick(house.entries, a), None)


async def undo(session: Session, house: House, a: int, _b: int, _n: int) -> None:
    rows = await session.rows(
        "SELECT id FROM movements WHERE workspace_id = $1 ORDER BY id DESC LIMIT 12",
        house.workspace_id,
    )
    await undoing.undo(session, rows[a % len(rows)][0], None, None)


async def hold(session: Session, house: House, a: int, _b: int, n: int) -> None:
    loan, entry, quantity = uuid7(), pick(house.entries, a), n or 1
    house.loans.append((loan, entry, quantity))
    claim = loan_claim(loan, entry, quantity)
    await holds.place(session, claim, starts_at=datetime.now(UTC), ends_at=None)


async def give_back(session: Session, house: House, a: int, b: int, _n: int) -> None:
    if house.loans:
        loan, entry, quantity = house.loans[a % len(house.loans)]
        claim = loan_claim(loan, entry, quantity)
        if b % 3 == 0:
            await holds.cancel(session, claim)
        else:
            returned = min(1 + b % 3, quantity)
            await holds.release(session, claim, returned=returned, condition=None)


async def move_container(session: Session, house: House, a: int, b: int, n: int) -> None:
    fields: dict[str, Any] = {"parent_id": pick(house.containers, b)} if n % 2 else house.place(b)
    container = pick(house.containers, a)
    await containers.update(session, container, ContainerPatch(**fields), None, None)


async def move_location(session: Session, house: House, a: int, b: int, n: int) -> None:
    body = LocationPatch(parent_id=pick(house.locations, b) if n else None)
    await locations.update(session, pick(house.locations, a), body, None, None)


async def close_location(session: Session, house: House, a: int, _b: int, n: int) -> None:
    verb = locations.archive if n % 2 else locations.restore
    await verb(session, pick(house.locations, a), None)


STEPS: list[Step] = [
    *(take_in, move, move, put_in_container, merge, merge, adjust, count, use, change, archive),
    *(restore, undo, undo, undo, hold, hold, give_back, give_back, move_container, move_container),
    *(move_location, move_location, close_location),
]
number = st.integers(0, 7)
deeds = st.lists(st.tuples(st.sampled_from(STEPS), number, number, number), max_size=MOST)
programs = st.lists(deeds, min_size=CLIENTS, max_size=CLIENTS)


async def do(database: Database, house: House, step: Step, *numbers: int) -> None:
    """One unit of work; what is refused is left undone, as at the edge."""
    for _ in range(5):
        try:
            async with database.tenant(house.workspace_id) as session:
                await step(session, house, *numbers)
        except Problem:
            return
        except DBAPIError as error:
            state = getattr(error.orig, "sqlstate", None)
            if state == _TAKEN:
                return
            if state not in _AGAIN:
                raise
        else:
            return


async def furnish(database: Database) -> House:
    house = House()
    async with database.tenant(house.workspace_id) as session:
        for item_id in house.items:
            await session.rows(
                """
                INSERT INTO known_items
                    (id, workspace_id, version, name, sku, is_archived, is_deleted)
                VALUES ($1, $2, 1, 'Thing', 'T', false, false)
                """,
                item_id,
                house.workspace_id,
            )
        for name in ("A", "B", "C"):
            body = LocationCreate(name=name, parent_id=next(iter(house.locations), None))
            house.locations.append(await locations.create(session, body, None))
            await session.flush()
        for n in range(3):
            case = ContainerCreate(name=f"Case {n}", **house.place(n // 2))
            house.containers.append(await containers.create(session, case, None))
        for n in range(4):
            await take_in(session, house, n // 2, n + 1, 4)
    return house


async def play(database: Database, house: House, program: list[list[tuple[Any, ...]]]) -> None:
    async def client(deeds: list[tuple[Any, ...]]) -> None:
        for step, *numbers in deeds:
            await do(database, house, step, *numbers)

    await asyncio.gather(*map(client, program))


async def look(database: Database, house: House) -> dict[str, list[dict[str, Any]]]:
    async with database.tenant(house.workspace_id) as session:
        return {
            table: [
                row
                for (row,) in await session.rows(
                    f"SELECT to_jsonb(t) FROM {table} t WHERE workspace_id = $1",
                    house.workspace_id,
                )
            ]
            for table in books.TABLES
        }


def present(tables: dict[str, list[dict[str, Any]]]) -> dict[By, Counter[str]]:
    """Units in use by entry, item and location."""
    sums: dict[By, Counter[str]] = {by: Counter() for by in By}
    for entry in tables["entries"]:
        if not entry["is_archived"] and entry["quantity"]:
            for by, column in (
                (By.ENTRY, "id"),
                (By.ITEM, "item_id"),
                (By.LOCATION, "location_id"),
            ):
                sums[by][entry[column]] += entry["quantity"]
    return sums


async def told(database: Database, house: House, at: datetime) -> dict[By, Counter[str]]:
    """The same at a moment, as the ledger tells it."""
    nothing = {"item_id": None, "location_id": None, "container_id": None, "within": None}
    sums: dict[By, Counter[str]] = {}
    async with database.tenant(house.workspace_id) as session:
        for by in By:
            page = await history.find(
                session, house.workspace_id, Paging(limit=200), at=at, by=by, **nothing
            )
            rows = json.loads(page)["items"]
            sums[by] = Counter({row["id"]: row["quantity"] for row in rows})
    return sums


def right(tables: dict[str, list[dict[str, Any]]]) -> None:
    assert list(books.wrong_in(tables)) == []
    codes = [row["external_id"] for row in tables["entries"] if row["external_id"]]
    assert len(codes) == len(set(codes))


async def prove(database: Database, program: list[list[tuple[Any, ...]]]) -> None:
    house = await furnish(database)
    await play(database, house, program)
    then, tables = now(), await look(database, house)
    right(tables)
    await play(database, house, program[::-1])
    right(await look(database, house))
    assert await told(database, house, then) == present(tables)


@pytest.fixture
def run(environment: dict[str, str]) -> Iterator[Callable[[Any], None]]:
    with asyncio.Runner() as runner:
        database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=CLIENTS)
        runner.run(database.start())
        yield lambda program: runner.run(prove(database, program))
        runner.run(database.stop())


BOUNDS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@settings(BOUNDS, max_examples=12)
@given(program=programs)
def test_whatever_several_clients_do_the_books_are_right(
    run: Callable[[Any], None], program: list[list[tuple[Any, ...]]]
) -> None:
    run(program)


@pytest.mark.long
@settings(BOUNDS, max_examples=600, derandomize=False)
@given(program=programs)
def test_whatever_several_clients_do_for_long_the_books_are_right(
    run: Callable[[Any], None], program: list[list[tuple[Any, ...]]]
) -> None:
    run(program)
