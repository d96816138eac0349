"""What catalog makes of an import's rows."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from integration.catalog.imports_rig import JOB, Stage
from support.import_rows import rows, staged, told, verbs

from chassis.bulk import State
from chassis.database import TenantSession
from services.catalog.imports.stage import ImportOrder, apply
from services.catalog.items import repository


async def test_items_are_made_with_what_they_name_then_left_then_changed(stage: Stage) -> None:
    """A file that is imported again changes nothing and is no event; one field that differs is an
    update with what it was."""
    drill = {
        "name": "Drill",
        "sku": "D-1",
        "category": "Tools / Power",
        "labels": ["Fragile", "red"],
        "purchased_from": "Toolshop",
        "attributes.volt": "18",
    }
    saw = {"name": "Saw", "category": "tools", "labels": ["fragile"]}
    made = {"categories": (2, 0, 0), "labels": (2, 0, 0), "companies": (1, 0, 0)}
    assert await stage.counts(rows(drill, saw)) == {**made, "items": (2, 0, 0)}
    before = await verbs(stage.connection, stage.workspace_id)
    assert sorted(before) == sorted(
        ["category.created"] * 2
        + ["label.created"] * 2
        + ["company.created"]
        + ["item.created"] * 2
    )
    assert await stage.counts(rows(drill, saw)) == {"items": (0, 0, 2)}
    changed = {**drill, "name": "Big drill", "attributes.case": "blue"}
    assert await stage.counts(rows(changed, saw)) == {"items": (0, 1, 1)}
    events = await staged(stage.connection, stage.workspace_id)
    assert len(events) == len(before) + 1
    assert events[-1][0] == "item.updated"
    assert events[-1][1]["changes"] == {
        "name": ["Drill", "Big drill"],
        "attributes": [{"volt": "18"}, {"volt": "18", "case": "blue"}],
    }


async def test_only_rows_at_fault_are_refused_and_told_by_their_fields(stage: Stage) -> None:
    """Every way to be refused, and the rows between go in."""
    await stage.counts(rows({"name": "Twice"}))
    async with stage.database.tenant(stage.workspace_id) as session:
        await session.rows("UPDATE items SET sku = 'T-1' WHERE name = 'Twice'")
    await stage.counts(rows({"name": "Twice", "sku": "T-2"}))
    await stage.counts(rows({"name": "Old"}, {"name": "Gone"}), "labels")
    await stage.connection.execute(
        "UPDATE labels SET is_archived = true WHERE name = 'Gone' AND workspace_id = $1",
        stage.workspace_id,
    )
    cases: list[tuple[dict[str, Any], str | None]] = [
        ({"name": "Good", "labels": ["old"]}, None),
        ({"name": "Lost", "category": "Nowhere"}, "category"),
        ({"name": "Bad", "labels": ["unheard of"]}, "labels"),
        ({"name": "Bad", "labels": ["Gone"]}, "labels"),
        ({"name": "Bad", "purchased_from": "Nobody"}, "purchased_from"),
        ({"name": "x" * 201}, "name"),
        ({"sku": "NEW"}, "name"),
        ({"name": "Bad", "min_stock_level": -1}, "min_stock_level"),
        ({"name": "twice"}, "name"),
        ({"name": "Also good", "sku": "OK"}, None),
    ]
    applied = await stage.apply(rows(*(row for row, _ in cases)), create_missing=False)
    assert told(applied.faults) == [
        (number, field) for number, (_, field) in enumerate(cases, 2) if field is not None
    ]
    assert applied.tallies["items"].created == 2


async def test_a_race_refuses_only_the_row_that_lost_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What an index finds out, after all was looked up, is one row's fault."""
    await stage.counts(rows({"name": "First", "sku": "S-3"}))

    async def nothing(*_: object) -> dict[Any, Any]:
        return {}

    monkeypatch.setattr(repository, "matches", nothing)
    given = rows(*({"name": f"Item {number}", "sku": f"S-{number}"} for number in range(8)))
    applied = await stage.apply(given)
    assert told(applied.faults) == [(5, "sku")]
    assert applied.tallies["items"].created == 7
    assert (await verbs(stage.connection, stage.workspace_id)).count("item.created") == 8


async def test_categories_go_in_whatever_their_order(stage: Stage) -> None:
    """Parents come after what stands below them, or are made; an own identifier keeps a category
    that moves, and none comes to stand below itself."""
    given = rows(
        {"name": "Drills", "parent": "Tools / Power", "external_id": "c-3"},
        {"name": "Power", "parent": "Tools", "description": "With a plug"},
        {"name": "Tools"},
        {"name": "Pots", "parent": "Kitchen"},
    )
    assert await stage.counts(given, "categories") == {"categories": (5, 0, 0)}
    assert await stage.counts(given, "categories") == {"categories": (0, 0, 4)}
    moved = rows({"name": "Boring", "parent": "Kitchen", "external_id": "c-3"})
    assert await stage.counts(moved, "categories") == {"categories": (0, 1, 0)}
    events = await staged(stage.connection, stage.workspace_id)
    assert set(events[-1][1]["changes"]) == {"name", "parent_id"}
    looped = rows({"name": "Kitchen", "external_id": "k"}, {"name": "Top", "parent": "Attic"})
    applied = await stage.apply(looped, "categories", create_missing=False)
    assert told(applied.faults) == [(2, "name"), (3, "parent")]
    own = rows({"name": "Boring", "external_id": "c-3", "parent": "Kitchen / Boring"})
    assert told((await stage.apply(own, "categories")).faults) == [(2, "parent")]


async def test_labels_and_companies_are_found_by_identifier_or_name(stage: Stage) -> None:
    labels = rows({"name": "Red", "color": "#FF0000"}, {"name": "Blue", "external_id": "b"})
    assert await stage.counts(labels, "labels") == {"labels": (2, 0, 0)}
    again = rows({"name": "red", "color": "#FF0000"}, {"name": "Navy", "external_id": "b"})
    assert await stage.counts(again, "labels") == {"labels": (0, 2, 0)}
    shop = rows({"name": "Toolshop", "website": "https://toolshop.example/"})
    assert await stage.counts(shop, "companies") == {"companies": (1, 0, 0)}
    assert await stage.counts(shop, "companies") == {"companies": (0, 0, 1)}


async def test_mixed_rows_go_on_with_their_item(stage: Stage) -> None:
    """What an item is stays here; where it is and who has it goes on, with what inventory has to
    know. Two rows of one item go in one after the other."""
    given = rows(
        {"name": "Tent", "sku": "T", "location": "Attic", "quantity": 2, "attributes.size": "XL"},
        {"name": "Tent", "sku": "T", "brand": "Fjord", "location": "Cellar", "notes": "wet"},
        {"name": "Rope"},
        {"name": "Axe", "borrower": "Mia"},
    )
    applied = await stage.apply(given, "mixed")
    assert told(applied.faults) == [(5, "location")]
    assert [(row.number, set(row.fields)) for row in applied.rows] == [
        (2, {"location", "quantity", "_item"}),
        (3, {"location", "notes", "_item"}),
    ]
    [tent] = [item for item in await stage.see("items") if item["name"] == "Tent"]
    assert (tent["version"], tent["brand"]) == (2, "Fjord")
    assert {row.found["item_id"] for row in applied.rows} == {tent["id"]}
    facts: State = applied.rows[1].fields["_item"]
    assert (facts["sku"], facts["version"]) == ("T", 2)


async def test_rows_of_stock_and_loans_find_their_item(stage: Stage) -> None:
    """By sku, identifier, barcode or name; a row that names none it knows is refused."""
    await stage.counts(rows({"name": "Tent", "sku": "T", "external_id": "e-1"}, {"name": "Rope"}))
    items = [{"item": name, "quantity": 1} for name in ("T", "e-1", "tent", "Boat")]
    applied = await stage.apply(rows(*items, {"entry": "x"}), "loans")
    assert told(applied.faults) == [(5, "item")]
    assert [len(row.found) for row in applied.rows] == [1, 1, 1, 0]


async def test_a_dry_run_leaves_no_trace_and_counts_each_thing_once(stage: Stage) -> None:
    """Nothing is written and nothing told; what an earlier chunk would have made is there for a
    later one, and is made once."""
    import_id = uuid4()
    await stage.connection.execute(JOB, import_id, stage.workspace_id)
    order = {"id": import_id, "dry_run": True}
    first = rows({"name": "Drill", "category": "Tools / Power", "labels": ["red"]})
    made = {"categories": (2, 0, 0), "labels": (1, 0, 0), "items": (1, 0, 0)}
    assert await stage.counts(first, **order) == made
    later = rows({"name": "Saw", "category": "Tools / Power", "labels": ["red"]})
    strict = {**order, "chunk": 2, "create_missing": False}
    assert await stage.counts(later, **strict) == {"items": (1, 0, 0)}
    unknown = await stage.apply(rows({"name": "Pot", "category": "Kitchen"}), **strict)
    assert told(unknown.faults) == [(2, "category")]
    assert await stage.see("items") == await stage.see("categories") == []
    assert await verbs(stage.connection, stage.workspace_id) == []


async def test_attributes_are_read_as_their_custom_fields_have_them(stage: Stage) -> None:
    """A cell is text; a number where the field is one. What is none is the row's fault."""
    await stage.connection.execute(
        """
        INSERT INTO custom_fields
        SELECT * FROM jsonb_populate_record(NULL::custom_fields, jsonb_build_object(
            'id', $1::uuid, 'workspace_id', $2::uuid, 'version', 1, 'created_at', now(),
            'updated_at', now(), 'name', 'volt', 'value_type', 'integer', 'options', '{}'::text[],
            'is_required', false, 'is_archived', false, 'position', 0
        ))
        """,
        uuid4(),
        stage.workspace_id,
    )
    drill = {"name": "Drill", "sku": "D", "attributes.volt": "18", "attributes.case": "blue"}
    assert await stage.counts(rows(drill)) == {"items": (1, 0, 0)}
    [item] = await stage.see("items")
    assert json.loads(item["attributes"]) == {"volt": 18, "case": "blue"}
    assert await stage.counts(rows(drill)) == {"items": (0, 0, 1)}
    applied = await stage.apply(rows({**drill, "attributes.volt": "many"}))
    assert told(applied.faults) == [(2, "attributes.volt")]


async def test_a_product_is_found_however_it_was_scanned(stage: Stage) -> None:
    """A UPC-A is the EAN-13 that it is kept as."""
    assert await stage.counts(rows({"name": "Drill", "barcode": "036000291452"})) == {
        "items": (1, 0, 0)
    }
    again = rows({"name": "Drill", "barcode": "0036000291452"}, {"name": "X", "barcode": "036"})
    assert await stage.counts(again) == {"items": (1, 0, 1)}
    applied = await stage.apply(rows({"item": "036000291452"}), "inventory")
    assert len(applied.rows[0].found) == 1


async def test_names_are_looked_up_in_an_index(stage: Stage) -> None:
    """Row-level security would keep PostgreSQL from it, and have it read all items for each row."""
    await stage.counts(rows(*({"name": f"Drill {number}"} for number in range(300))))
    await stage.connection.execute("ANALYZE items")
    plan: list[Any] = []

    class Explaining:
        workspace_id = stage.workspace_id

        async def rows(self, sql: str, *values: object) -> list[Any]:
            plan.extend(await session.rows(f"EXPLAIN {sql}", *values))
            return []

    async with stage.database.tenant(stage.workspace_id) as session:
        asking: Any = Explaining()
        await repository.matches(asking, [("name", f"drill {number}") for number in range(300)])
    assert any("Index Cond" in line and "called" in line for (line,) in plan), plan


async def test_other_workspaces_are_out_of_sight(stage: Stage) -> None:
    """The same names elsewhere are other things."""
    elsewhere = replace(stage, workspace_id=uuid4())
    row = {"name": "Drill", "sku": "D", "category": "Tools"}
    await elsewhere.counts(rows(row))
    assert await stage.counts(rows(row)) == {"categories": (1, 0, 0), "items": (1, 0, 0)}


async def test_a_session_that_goes_on_is_as_before(stage: Stage) -> None:
    """The transaction of the rows is the caller's: it takes more work, and rolls all of it back."""
    with pytest.raises(RuntimeError):
        async with stage.database.tenant(stage.workspace_id) as session:
            await _apply_and_fail(session, stage.workspace_id)
    assert await stage.see("items") == []


async def _apply_and_fail(session: TenantSession, workspace_id: UUID) -> None:
    order = ImportOrder(uuid4(), workspace_id, "items", None, False, True, 1)
    await apply(session, order, rows({"name": "Drill"}))
    raise RuntimeError


async def test_a_row_found_by_its_sku_says_only_what_changes(stage: Stage) -> None:
    """What is not there yet needs a name."""
    await stage.counts(rows({"name": "Drill", "sku": "D-1", "brand": "Tamm"}))
    given = rows({"sku": "D-1", "min_stock_level": 3}, {"sku": "D-2", "min_stock_level": 1})
    applied = await stage.apply(given, key="sku")
    assert [(each.number, each.field, each.message) for each in applied.faults] == [
        (3, "name", "is empty; what is not there yet needs it")
    ]
    assert applied.tallies["items"].updated == 1
    [item] = await stage.see("items")
    assert (item["name"], item["brand"], item["min_stock_level"]) == ("Drill", "Tamm", 3)


async def test_what_is_archived_changes_only_with_a_word(stage: Stage) -> None:
    """A row that would change it is a fault; one that says what it is, is not."""
    given: dict[str, dict[str, Any]] = {
        "items": {"name": "Drill", "sku": "D"},
        "labels": {"name": "Red"},
        "categories": {"name": "Tools"},
    }
    for kind, row in given.items():
        await stage.counts(rows(row), kind)
        await stage.connection.execute(
            f"UPDATE {kind} SET is_archived = true WHERE workspace_id = $1", stage.workspace_id
        )
        assert await stage.counts(rows(row), kind) == {kind: (0, 0, 1)}
        [fault] = (await stage.apply(rows({**row, "description": "new"}), kind)).faults
        assert (fault.field, fault.message) == (
            "row",
            "It is archived here; restore it first, or leave the row out.",
        )


async def test_what_was_merged_does_not_come_back(stage: Stage) -> None:
    """A row of it is a fault that says what it went into, to which rows that only name it lead."""
    await stage.counts(rows({"name": "Keep", "sku": "K"}, {"name": "Dup", "sku": "D"}))
    ids = {item["sku"]: item["id"] for item in await stage.see("items")}
    async with stage.database.tenant(stage.workspace_id) as session:
        await repository.record_merges(session, [ids["D"]], ids["K"])
        await session.rows("DELETE FROM items WHERE id = $1", ids["D"])
    for row in ({"name": "Dup", "sku": "D"}, {"name": "X", "external_id": "x", "sku": "D"}):
        [fault] = (await stage.apply(rows(row))).faults
        assert (fault.field, fault.message) == (
            "sku",
            "'D' was merged into 'K'; name that, or leave the row out.",
        )
    [found] = (await stage.apply(rows({"item": "D"}), "inventory")).rows
    assert found.found["item_id"] == ids["K"]
