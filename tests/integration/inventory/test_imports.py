"""What inventory makes of an import's rows."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.import_rows import Json, rows, staged, verbs
from uuid_utils.compat import uuid7

from chassis import context
from chassis.database import Database
from chassis.imports import ImportRow
from services.inventory.imports import entry_rows
from services.inventory.imports.service import ImportOrder, apply

ACTOR = str(uuid4())


@dataclass
class Stage:
    """Inventory's part, with no service around it."""

    database: Database
    connection: Any  # a superuser's, to look with
    workspace_id: UUID
    import_id: UUID = field(default_factory=uuid4)
    chunk: int = 0

    async def apply(self, given: list[ImportRow], kind: str = "inventory", **order: Any) -> Json:  # noqa: ANN401
        """What is told of the next chunk."""
        await self.bring(given, kind, **order)
        return (await self.applied())[-1]

    async def bring(self, given: list[ImportRow], kind: str = "inventory", **order: Any) -> None:  # noqa: ANN401
        """Apply the next chunk, as the consumer does."""
        self.chunk += 1
        wanted = ImportOrder(
            id=self.import_id,
            kind=kind,
            key_field=None,
            dry_run=False,
            create_missing=True,
            chunk=self.chunk,
            is_last=False,
        )
        wanted = replace(wanted, **order)
        async with self.database.tenant(self.workspace_id) as session:
            context.enter(context.Context(ACTOR, "", context.continue_trace(None)))
            await apply(session, wanted, given)

    async def applied(self) -> list[Json]:
        """What was told of each chunk of any import, in order."""
        events = await staged(self.connection, self.workspace_id)
        return [one for verb, one in events if verb == "import.rows_applied"]

    async def counts(self, given: list[ImportRow], kind: str = "inventory", **order: Any) -> Any:  # noqa: ANN401
        """What came of rows that are all right: created, updated, unchanged."""
        event = await self.apply(given, kind, **order)
        assert event["faults"] == []
        return {of: tuple(counts.values()) for of, counts in event["tallies"].items()}

    async def see(self, sql: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.connection.fetch(sql, self.workspace_id)]

    async def happened(self) -> list[str]:
        """The verbs of what happened, but for those of the import itself."""
        found = await verbs(self.connection, self.workspace_id)
        return [verb for verb in found if not verb.startswith("import.")]


@pytest.fixture
async def stage(
    environment: dict[str, str], connect: Callable[[str], Any], workspace_id: UUID
) -> AsyncIterator[Stage]:
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=4)
    await database.start()
    yield Stage(database, await connect("inventory"), workspace_id)
    await database.stop()


def item(name: str = "Tent", **facts: Any) -> tuple[Json, Json]:  # noqa: ANN401
    """An item as catalog found it: what a row has of it, and its id."""
    item_id = uuid7()
    known = {"id": str(item_id), "name": name, "sku": name, "version": 1, "is_archived": False}
    return (
        {"_item": {**known, "external_id": None, "barcode": None, "category_id": None, **facts}},
        {"item_id": item_id},
    )


async def test_entries_are_made_then_left_then_changed_each_by_its_verb(stage: Stage) -> None:
    """With their places, their movements and by whoever asked; again, nothing; another condition,
    place and quantity are three changes, each with what it was."""
    facts, found = item()
    row = {
        **facts,
        "location": "House / Attic",
        "container": "Blue box",
        "quantity": 3,
        "external_id": "own-1",
        "purchase_price": 12900,
        "currency": "EUR",
        "date_acquired": "2024-03-02",
    }
    made = {"locations": (2, 0, 0), "containers": (1, 0, 0), "inventory": (1, 0, 0)}
    assert await stage.counts(rows(row, found=found)) == made
    expected = ["location.created"] * 2 + ["container.created", "stock.created"]
    assert await stage.happened() == expected
    assert await stage.counts(rows(row, found=found)) == {"inventory": (0, 0, 1)}
    assert await stage.happened() == expected

    changed = {**row, "location": "house / attic", "quantity": 5, "condition": "FAIR"}
    changed["container"] = "Red box"
    made = {"containers": (1, 0, 0), "inventory": (0, 1, 0)}
    assert await stage.counts(rows(changed, found=found)) == made
    assert (await stage.happened())[4:] == [
        "container.created",
        *("stock.updated", "stock.moved", "stock.adjusted"),
    ]
    events = [one for _, one in await staged(stage.connection, stage.workspace_id)]
    stock = [told for told in events if "held_quantity" in told]
    assert [told["version"] for told in stock] == [1, 2, 3, 4]
    assert [list(told["changes"]) for told in stock[1:]] == [
        ["condition"],
        ["container_id"],
        ["quantity"],
    ]
    moves = await stage.see(
        "SELECT kind, quantity, reason, actor FROM movements WHERE workspace_id = $1 ORDER BY id"
    )
    assert moves == [
        ("created", 3, None, ACTOR),
        ("moved", 3, "Import", ACTOR),
        ("adjusted", 2, "Import", ACTOR),
    ]
    assert await stage.see("SELECT name, sku FROM known_items WHERE workspace_id = $1") == [
        ("Tent", "Tent")
    ]


async def test_only_rows_at_fault_are_refused_and_told_by_their_fields(stage: Stage) -> None:
    """Every way to be refused, and the rows between go in."""
    facts, found = item()
    lent = {**facts, "location": "Attic", "quantity": 2, "external_id": "lent"}
    gone = {**facts, "location": "Attic", "quantity": 2, "external_id": "gone"}
    twins = [{**facts, "location": "Attic", "external_id": f"twin-{at}"} for at in range(2)]
    await stage.counts(rows(lent, gone, *twins, found=found))
    await stage.connection.execute(
        "UPDATE entries SET held_quantity = 2 WHERE external_id = 'lent' AND workspace_id = $1",
        stage.workspace_id,
    )
    await stage.connection.execute(
        "UPDATE entries SET is_archived = true WHERE external_id = 'gone' AND workspace_id = $1",
        stage.workspace_id,
    )
    old, of_old = item("Old", is_archived=True)
    other, of_other = item("Other")
    cases: list[tuple[Json, Json, str | None]] = [
        ({**facts, "location": "Attic", "lot": "7"}, found, None),
        ({**facts, "location": "Nowhere"}, found, "location"),
        ({**facts, "location": "Attic", "container": "No box"}, found, "container"),
        ({**facts, "location": "Attic", "lot": "7"}, found, "row"),
        ({**facts, "location": "Attic", "quantity": -1, "lot": "8"}, found, "quantity"),
        ({**facts, "location": "Attic", "lot": "9", "purchase_price": 5}, found, "currency"),
        ({**lent, "quantity": 1}, found, "row"),
        ({**gone, "quantity": 1}, found, "row"),
        ({**facts, "location": "Attic"}, found, "row"),
        ({**old, "location": "Attic"}, of_old, "item"),
        ({**other, "location": "Attic", "external_id": "twin-0"}, of_other, "item"),
        (facts, found, "location"),
        ({**other, "location": "Attic"}, of_other, None),
    ]
    given = [
        ImportRow(number=number, fields=fields, found=ids)
        for number, (fields, ids, _) in enumerate(cases, 2)
    ]
    event = await stage.apply(given, create_missing=False)
    assert [(fault["number"], fault["field"]) for fault in event["faults"]] == [
        (number, name) for number, (_, _, name) in enumerate(cases, 2) if name is not None
    ]
    assert event["tallies"]["inventory"]["created"] == 2


async def test_a_row_that_nobody_had_foreseen_is_refused_and_keeps_no_other(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What PostgreSQL can't take, or our own code trips over: the chunk would come again and again,
    and the import and all after it in the workspace wait for it. What passes is not told so."""
    make = entry_rows._create

    def unfit(work: Any, workspace_id: UUID, row: ImportRow, *given: Any) -> Any:  # noqa: ANN401
        entry = make(work, workspace_id, row, *given)
        entry["quantity"] = {3: 10**12, 4: 1}.get(row.number, 2)
        return entry["unheard of"] if row.number == 4 else entry

    monkeypatch.setattr(entry_rows, "_create", unfit)
    facts, found = item()
    given = [{**facts, "location": "Attic", "lot": str(lot)} for lot in range(5)]
    event = await stage.apply(rows(*given, found=found))
    assert [(fault["number"], fault["field"]) for fault in event["faults"]] == [
        (3, "row"),
        (4, "row"),
    ]
    out_of_range, ours = (fault["message"] for fault in event["faults"])
    assert "out of the range" in out_of_range
    assert "reason of ours" in ours
    assert event["tallies"]["inventory"]["created"] == 3

    async def away(*_: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(entry_rows.places, "resolve", away)
    with pytest.raises(ConnectionError):
        await stage.apply(rows(*given, found=found))


async def test_a_chunk_has_one_effect_however_often_it_arrives(stage: Stage) -> None:
    """Even after something else has changed what it made."""
    facts, found = item()
    given = rows({**facts, "location": "Attic", "quantity": 3}, found=found)
    await stage.apply(given, chunk=1)
    await stage.apply(rows({**facts, "location": "Attic", "quantity": 7}, found=found), chunk=2)
    before = await verbs(stage.connection, stage.workspace_id)
    await stage.apply(given, chunk=1)
    assert await verbs(stage.connection, stage.workspace_id) == before


async def test_a_chunk_that_comes_again_from_the_dead_letters_is_applied(stage: Stage) -> None:
    """Later ones are in by then; without it the import would never end."""
    facts, found = item()
    await stage.apply(rows({**facts, "location": "Attic", "quantity": 3}, found=found), chunk=2)
    facts, found = item()
    given = rows({**facts, "location": "Cellar", "quantity": 3}, found=found)
    for _ in range(2):
        await stage.apply(given, chunk=1)
        assert len(await stage.see("SELECT * FROM entries WHERE workspace_id = $1")) == 2


async def test_a_dry_run_leaves_no_trace_and_counts_each_thing_once(stage: Stage) -> None:
    facts, found = item()
    row = {**facts, "location": "House / Attic", "container": "Box"}
    made = {"locations": (2, 0, 0), "containers": (1, 0, 0), "inventory": (1, 0, 0)}
    assert await stage.counts(rows(row, found=found), dry_run=True) == made
    later = rows({**row, "lot": "2"}, found=found)
    again = {"dry_run": True, "create_missing": False}
    assert await stage.counts(later, **again, is_last=True) == {"inventory": (1, 0, 0)}
    assert await stage.happened() == []
    for table in ("locations", "containers", "entries", "known_items", "import_seen"):
        assert await stage.see(f"SELECT * FROM {table} WHERE workspace_id = $1") == []


async def test_locations_and_containers_go_in_and_containers_take_along_what_is_in_them(
    stage: Stage,
) -> None:
    """Locations whatever their order; a container that moves, with its stock."""
    locations = rows({"name": "Shelf", "parent": "House / Garage"}, {"name": "Garage"})
    assert await stage.counts(locations, "locations") == {"locations": (4, 0, 0)}
    boxes = rows(
        {"name": "Blue", "location": "House / Garage", "capacity": 10, "external_id": "b"},
        {"name": "Inner", "location": "House / Garage", "parent": "Blue"},
    )
    assert await stage.counts(boxes, "containers") == {"containers": (2, 0, 0)}
    assert await stage.counts(boxes, "containers") == {"containers": (0, 0, 2)}
    facts, found = item()
    inside = {**facts, "location": "House / Garage", "container": "Inner"}
    await stage.counts(rows(inside, found=found))
    moved = rows({"name": "Blue", "location": "Shelf", "external_id": "b"})
    assert await stage.counts(moved, "containers") == {"containers": (0, 1, 0)}
    assert (await stage.happened())[-3:] == ["container.moved"] * 2 + ["stock.moved"]


async def test_rows_of_loans_find_the_entry_that_has_most(stage: Stage) -> None:
    """By its own identifier, or the item's with the most free units, there if a place is said; by
    the id that it has here, as an export names it, unless that is nobody's here."""
    facts, found = item()
    stock = [
        {**facts, "location": place, "quantity": quantity, "external_id": place}
        for place, quantity in (("Attic", 1), ("Cellar", 5))
    ]
    await stage.counts(rows(*stock, found=found))
    there = "SELECT id::text, external_id FROM entries WHERE workspace_id = $1"
    entries = dict(await stage.see(there))  # type: ignore[arg-type]
    attic = next(id_ for id_, name in entries.items() if name == "Attic")
    wanted = [
        {"entry": attic, "borrower": "Mia"},
        {**facts, "entry": str(uuid4()), "borrower": "Mia"},
        {**facts, "borrower": "Mia"},
        {**facts, "borrower": "Mia", "location": "Attic"},
        {"entry": "Attic", "borrower": "Mia"},
        {"entry": "Barn", "borrower": "Mia"},
    ]
    event = await stage.apply(rows(*wanted, found=found), "loans")
    assert [fault["field"] for fault in event["faults"]] == ["entry"]
    chosen = [entries[row["found"]["entry_id"]] for row in event["rows"]]
    assert chosen == ["Attic", "Cellar", "Cellar", "Attic", "Attic"]


async def test_imports_that_meet_do_not_wait_for_each_other_for_good(stage: Stage) -> None:
    """Six at once over the same entries, each in another order, while places are made: all are
    applied, and the ledger has every change."""
    items = [item(f"Item {at}") for at in range(10)]
    others = [replace(stage, import_id=uuid4()) for _ in range(6)]

    async def bring_in(number: int) -> None:
        turned = items[number:] + items[:number]
        given = [
            ImportRow(
                number=at,
                fields={**facts, "location": f"House / Room {number % 3}", "quantity": number + 1}
                | {"external_id": facts["_item"]["sku"]},
                found=found,
            )
            for at, (facts, found) in enumerate(turned[:: -1 if number % 2 else 1], 2)
        ]
        await others[number].bring(given)

    await stage.counts(
        [
            ImportRow(
                number=at,
                fields={**facts, "location": "House", "external_id": facts["_item"]["sku"]},
                found=found,
            )
            for at, (facts, found) in enumerate(items, 2)
        ]
    )
    await asyncio.gather(*(bring_in(number) for number in range(6)))
    assert [event["faults"] for event in await stage.applied()] == [[]] * 7
    sums = await stage.see(
        """
        SELECT e.quantity, sum(m.quantity) FILTER (WHERE m.kind IN ('created', 'adjusted'))
        FROM entries e JOIN movements m ON m.entry_id = e.id WHERE e.workspace_id = $1
        GROUP BY e.id
        """
    )
    assert len(sums) == 10
    assert all(quantity == moved for quantity, moved in sums)


async def test_rows_of_mixed_files_never_overwrite_each_other(stage: Stage) -> None:
    """Two rows that are the same stock are told, however far apart; a row without a borrower is
    done, one with goes on with its entry; a place alone is made."""
    facts, found = item()
    row = {**facts, "location": "Attic", "quantity": 2}
    first = rows({**row, "borrower": "Mia"}, {"location": "Barn"}, {**row, "lot": "2"}, found=found)
    event = await stage.apply(first, "mixed")
    assert event["faults"] == []
    assert [(one["number"], one["fields"]) for one in event["rows"]] == [
        (2, {"borrower": "Mia", "_free": 2})
    ]
    assert "entry_id" in event["rows"][0]["found"]
    event = await stage.apply(
        rows({**row, "quantity": 5}, {**row, "lot": "3"}, found=found), "mixed"
    )
    assert [(fault["number"], fault["field"]) for fault in event["faults"]] == [(2, "row")]
    assert event["tallies"] == {"inventory": {"created": 1, "updated": 0, "unchanged": 0}}
    names = await stage.see("SELECT name FROM locations WHERE workspace_id = $1 ORDER BY name")
    assert names == [("Attic",), ("Barn",)]


async def test_a_chunk_of_which_nothing_is_left_is_told_of_all_the_same(stage: Stage) -> None:
    """Items are done in catalog; whoever counts the chunks has to hear of each."""
    event = await stage.apply([], "items")
    assert (event["rows"], event["faults"], event["tallies"]) == ([], [], {})
