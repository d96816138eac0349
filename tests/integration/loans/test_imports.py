"""What loans makes of an import's rows."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from support.import_rows import Json, rows, staged, verbs
from uuid_utils.compat import uuid7

from chassis.database import Database
from chassis.imports import ImportRow
from services.loans.imports.orders import ImportOrder
from services.loans.imports.service import apply
from services.loans.loans import service as loans
from services.loans.loans.events import Rejection
from services.loans.loans.states import Refusal


@dataclass
class Stage:
    """Loans' part, with no service around it."""

    database: Database
    connection: Any  # a superuser's, to look with
    workspace_id: UUID
    import_id: UUID = field(default_factory=uuid4)
    chunk: int = 0

    async def apply(self, given: list[ImportRow], kind: str = "loans", **order: Any) -> Json:  # noqa: ANN401
        """What is told of the next chunk, when inventory has granted all that was asked for."""
        await self.begin(given, kind, **order)
        await self.grant()
        return (await self.told())[-1]

    async def begin(self, given: list[ImportRow], kind: str = "loans", **order: Any) -> None:  # noqa: ANN401
        """Apply the next chunk."""
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
        async with self.database.tenant(self.workspace_id) as session:
            await apply(session, replace(wanted, **order), given)

    async def told(self) -> list[Json]:
        """What was told of chunks, in this order."""
        events = await staged(self.connection, self.workspace_id)
        return [told for verb, told in events if verb == "import.rows_applied"]

    async def requested(self) -> list[Any]:
        return list(
            await self.connection.fetch(
                "SELECT id, inventory_id FROM loans WHERE workspace_id = $1 "
                "AND status = 'requested' ORDER BY id",
                self.workspace_id,
            )
        )

    async def grant(self) -> None:
        """Inventory holds what was asked of it."""
        for loan in await self.requested():
            async with self.database.tenant(self.workspace_id) as session:
                await loans.activate(session, loan["id"], item_id=uuid7(), location_id=uuid7())

    async def refuse(self, loan: Any, *, free: int) -> None:  # noqa: ANN401
        refused = Rejection(reason=Refusal.INSUFFICIENT_STOCK, free_quantity=free)
        async with self.database.tenant(self.workspace_id) as session:
            await loans.reject(session, loan["id"], refused)

    async def counts(self, given: list[ImportRow], kind: str = "loans", **order: Any) -> Any:  # noqa: ANN401
        """What came of rows that are all right: created, updated, unchanged."""
        event = await self.apply(given, kind, **order)
        assert event["faults"] == []
        return {of: tuple(counts.values()) for of, counts in event["tallies"].items()}

    async def happened(self) -> list[str]:
        """The verbs of what happened, but for those of the import itself."""
        found = await verbs(self.connection, self.workspace_id)
        return [verb for verb in found if not verb.startswith(("import.", "loan.activated"))]


@pytest.fixture
async def stage(
    environment: dict[str, str], connect: Callable[[str], Any], workspace_id: UUID
) -> AsyncIterator[Stage]:
    database = Database(environment["LOANS_DATABASE_URL"], name="test", pool_size=2)
    await database.start()
    yield Stage(database, await connect("loans"), workspace_id)
    await database.stop()


async def test_borrowers_are_found_by_identifier_address_or_name(stage: Stage) -> None:
    mia = {"name": "Mia Tamm", "email": "mia@example.org"}
    jaan = {"name": "Jaan", "external_id": "r-2"}
    assert await stage.counts(rows(mia, jaan), "borrowers") == {"borrowers": (2, 0, 0)}
    changed = [{**mia, "email": "MIA@example.org", "phone": "1"}, {**jaan, "name": "Jaan K"}]
    changed[0]["email"] = "mia@example.org"
    assert await stage.counts(rows(*changed), "borrowers") == {"borrowers": (0, 2, 0)}
    assert await stage.counts(rows({"name": "mia tamm"}), "borrowers", key_field="name") == {
        "borrowers": (0, 1, 0)
    }
    await stage.counts(rows({"name": "Twin", "external_id": "1"}), "borrowers")
    await stage.counts(rows({"name": "Twin", "external_id": "2"}), "borrowers")
    event = await stage.apply(rows({"name": "twin"}, {"name": "X", "email": "no"}), "borrowers")
    assert [fault["field"] for fault in event["faults"]] == ["name", "email"]


async def test_people_who_share_an_address_stay_apart(stage: Stage) -> None:
    """Nobody becomes somebody else, with their loans, for an e-mail that is a family's; who is
    meant is told by both, and the same file again changes nothing."""
    fam = {"email": "fam@example.org"}
    family = rows({"name": "Anna Kask", **fam}, {"name": "Peeter Kask", **fam})
    assert await stage.counts(rows({"name": "Mari", **fam}), "borrowers") == {
        "borrowers": (1, 0, 0)
    }
    assert await stage.counts(family, "borrowers") == {"borrowers": (2, 0, 0)}
    assert await stage.counts(family, "borrowers") == {"borrowers": (0, 0, 2)}
    other = rows({"name": "Anna Kask", "email": "other@example.org"})
    assert await stage.counts(other, "borrowers") == {"borrowers": (1, 0, 0)}
    event = await stage.apply(rows(fam), "borrowers", key_field="email")
    assert [fault["field"] for fault in event["faults"]] == ["email"]
    renamed = rows({"name": "Anna Tamm", "email": "other@example.org"})
    assert await stage.counts(renamed, "borrowers", key_field="email") == {"borrowers": (0, 1, 0)}


async def test_a_loan_is_of_who_has_the_name_and_the_address(stage: Stage) -> None:
    """As an export calls them, in a cell of its own or not; who is missing is made with both."""
    fam = "fam@example.org"
    people = rows({"name": "Anna", "email": fam}, {"name": "Peeter", "email": fam})
    await stage.counts(people, "borrowers")
    found = [{"entry_id": uuid7()} for _ in range(4)]
    lent = [
        *rows({"borrower": f"Peeter <{fam}>"}, found=found[0]),
        *rows({"borrower": "Juku", "borrower_email": fam}, found=found[1]),
        *rows({"borrower": "Juku"}, found=found[2]),
        *rows({"borrower": fam}, found=found[3]),
    ]
    given = [row.model_copy(update={"number": at}) for at, row in enumerate(lent, start=2)]
    event = await stage.apply(given)
    assert [(fault["number"], fault["message"]) for fault in event["faults"]] == [
        (5, f"Several borrowers here are called {fam!r}.")
    ]
    of = await stage.connection.fetch(
        "SELECT b.name, b.email FROM loans l JOIN borrowers b ON b.id = l.borrower_id "
        "WHERE l.workspace_id = $1 ORDER BY l.import_row",
        stage.workspace_id,
    )
    assert [tuple(each) for each in of] == [("Peeter", fam), ("Juku", fam), ("Juku", fam)]
    assert await stage.counts(given[:3]) == {"loans": (0, 0, 3)}


async def test_loans_are_asked_of_inventory_once(stage: Stage) -> None:
    """To whoever the row names, made if they are to be; the same row again asks for nothing."""
    found = {"entry_id": uuid7(), "item_id": uuid7()}
    row = {"borrower": "Mia", "loaned_at": "2024-03-02T10:00:00Z", "quantity": 2}
    assert await stage.counts(rows(row, found=found)) == {
        "borrowers": (1, 0, 0),
        "loans": (1, 0, 0),
    }
    assert await stage.happened() == ["borrower.created", "loan.requested"]
    [(_, told)] = [
        one
        for one in await staged(stage.connection, stage.workspace_id)
        if one[0] == "loan.requested"
    ]
    assert told["inventory_id"] == str(found["entry_id"])
    assert (told["borrower_name"], told["quantity"], told["status"]) == ("Mia", 2, "requested")
    assert await stage.counts(rows(row, found=found)) == {"loans": (0, 0, 1)}
    untimed = {"borrower": "mia"}
    assert await stage.counts(rows(untimed, found=found), "mixed") == {"loans": (0, 0, 1)}
    assert await stage.happened() == ["borrower.created", "loan.requested"]


async def test_what_is_back_is_written_down_and_holds_nothing(stage: Stage) -> None:
    """A loan of the past is told as returned, with what came back when."""
    found = {"entry_id": uuid7()}
    times = {"loaned_at": "2024-03-02T10:00:00Z", "returned_at": "2024-03-09T10:00:00Z"}
    row = {"borrower": "Mia", **times, "quantity": 2, "notes": "late"}
    assert (await stage.counts(rows(row, found=found)))["loans"] == (1, 0, 0)
    assert await stage.happened() == ["borrower.created", "loan.returned"]
    events = await staged(stage.connection, stage.workspace_id)
    [told] = [one for verb, one in events if verb == "loan.returned"]
    assert (told["status"], told["returned_quantity"], told["version"]) == ("returned", 2, 1)
    assert told["return"] == {"quantity": 2, "condition": None, "notes": None}
    assert (await stage.counts(rows(row, found=found)))["loans"] == (0, 0, 1)


async def test_rows_at_fault_are_refused_and_a_chunk_counts_once(stage: Stage) -> None:
    found = {"entry_id": uuid7()}
    await stage.counts(rows({"name": "Gone"}, {"name": "Mia"}), "borrowers")
    await stage.connection.execute(
        "UPDATE borrowers SET is_archived = true WHERE name = 'Gone' AND workspace_id = $1",
        stage.workspace_id,
    )
    early = {"loaned_at": "2024-03-02T10:00:00Z", "returned_at": "2024-03-01T10:00:00Z"}
    given = rows(
        {"borrower": "Nobody"},
        {"borrower": "Gone"},
        {"borrower": "Mia", "loaned_at": "2099-01-01T00:00:00Z"},
        {"borrower": "Mia", **early},
        {"borrower": "Mia", "due_at": "2030-01-01T00:00:00Z"},
        {"quantity": 1},
        found=found,
    )
    event = await stage.apply(given, create_missing=False)
    assert [(fault["number"], fault["field"]) for fault in event["faults"]] == [
        (2, "borrower"),
        (3, "borrower"),
        (4, "loaned_at"),
        (5, "returned_at"),
        (7, "borrower"),
    ]
    before = await verbs(stage.connection, stage.workspace_id)
    await stage.apply(given, chunk=stage.chunk)
    assert await verbs(stage.connection, stage.workspace_id) == before


async def test_a_dry_run_leaves_no_trace(stage: Stage) -> None:
    found = {"entry_id": uuid7()}
    counts = await stage.counts(rows({"borrower": "Mia"}, found=found), dry_run=True)
    assert counts == {"borrowers": (1, 0, 0), "loans": (1, 0, 0)}
    again = await stage.counts(rows({"borrower": "Mia"}, found=found), dry_run=True, is_last=True)
    assert again == {"loans": (1, 0, 0)}
    assert await stage.happened() == []


async def test_a_loan_that_inventory_refuses_is_a_row_that_failed(stage: Stage) -> None:
    """With its reason. A chunk is told when all in it is answered, and after those before it."""
    wants = {"borrower": "Mia", "quantity": 3}
    one, two = (rows(wants, found={"entry_id": uuid7()})[0] for _ in "12")
    first = [one, two.model_copy(update={"number": 3})]
    await stage.begin(first)
    nobody = rows({"borrower": "Nobody"}, found={"entry_id": uuid7()})
    await stage.begin(nobody, create_missing=False)
    assert await stage.told() == []
    granted, refused = await stage.requested()
    await stage.refuse(refused, free=1)
    assert await stage.told() == []
    async with stage.database.tenant(stage.workspace_id) as session:
        await loans.activate(session, granted["id"], item_id=uuid7(), location_id=uuid7())
    await stage.refuse(refused, free=1)
    told, after = await stage.told()
    assert (told["version"], told["tallies"]["loans"]["created"]) == (1, 1)
    number = next(row.number for row in first if row.found["entry_id"] == refused["inventory_id"])
    assert told["faults"] == [
        {
            "number": number,
            "field": "row",
            "message": "3 can't be lent: 1 of it are free there.",
        }
    ]
    assert (after["version"], [fault["field"] for fault in after["faults"]]) == (2, ["borrower"])


async def test_a_request_that_is_withdrawn_is_waited_for_no_longer(stage: Stage) -> None:
    await stage.begin(rows({"borrower": "Mia"}, found={"entry_id": uuid7()}))
    [loan] = await stage.requested()
    async with stage.database.tenant(stage.workspace_id) as session:
        await loans.cancel(session, loan["id"], None)
    [told] = await stage.told()
    assert told["tallies"]["loans"]["created"] == 0
    assert [fault["number"] for fault in told["faults"]] == [2]


async def test_a_dry_run_counts_with_what_is_free(stage: Stage) -> None:
    """As inventory tells it with the rows, each of which takes of it."""
    given = rows(
        {"borrower": "Mia", "quantity": 2, "_free": 3},
        {"borrower": "Jaan", "quantity": 2, "_free": 3},
        found={"entry_id": uuid7()},
    )
    event = await stage.apply(given, dry_run=True)
    assert event["tallies"]["loans"]["created"] == 1
    assert event["faults"] == [
        {"number": 3, "field": "row", "message": "2 can't be lent: 1 of it are free there."}
    ]


async def test_a_dry_run_counts_over_the_whole_file(stage: Stage) -> None:
    """Inventory says of each chunk what is free now; what rows before would have taken is not."""
    entry = {"entry_id": uuid7()}

    async def refused(borrower: str, **order: Any) -> list[str]:  # noqa: ANN401
        wants = {"borrower": borrower, "quantity": 2, "_free": 5}
        event = await stage.apply(rows(wants, found=entry), dry_run=True, **order)
        return [fault["message"] for fault in event["faults"]]

    assert await refused("Mia") == await refused("Jaan") == []
    assert await refused("Anna") == ["2 can't be lent: 1 of it are free there."]
    assert await refused("Peeter", is_last=True) == ["2 can't be lent: 1 of it are free there."]
    kept = "SELECT count(*) FROM import_lent WHERE workspace_id = $1"
    assert await stage.connection.fetchval(kept, stage.workspace_id) == 0


async def test_a_row_of_another_quantity_is_no_loan_that_is_there(stage: Stage) -> None:
    """Nor is a second row of the same: it would go unheard. What came back meanwhile is no matter,
    and a loan that began at another time is one of its own."""
    found = {"entry_id": uuid7()}
    mia = {"borrower": "Mia"}
    given = rows({**mia, "quantity": 3}, {**mia, "quantity": 100}, found=found)
    event = await stage.apply(given)
    why = "is the same loan as row 2; only that goes in"
    assert event["faults"] == [{"number": 3, "field": "row", "message": why}]
    assert event["tallies"]["loans"]["created"] == 1
    event = await stage.apply(given)
    assert [(one["number"], one["field"]) for one in event["faults"]] == [(3, "quantity")]
    assert event["tallies"] == {"loans": {"created": 0, "updated": 0, "unchanged": 1}}
    await stage.connection.execute(
        "UPDATE loans SET returned_quantity = 1, status = 'partially_returned' "
        "WHERE workspace_id = $1",
        stage.workspace_id,
    )
    for quantity in (2, 3):
        again = rows({**mia, "quantity": quantity}, found=found)
        assert await stage.counts(again) == {"loans": (0, 0, 1)}
    past = {**mia, "quantity": 100, "loaned_at": "2024-03-02T10:00:00Z"}
    assert await stage.counts(rows(past, found=found)) == {"loans": (1, 0, 0)}
