"""What catalog exports, an import takes for what is there."""

import csv
import io
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.catalog.imports_rig import Desk
from support.kafka import Kafka

from chassis.exports import AT_ONCE

Json = dict[str, Any]


@pytest.fixture
async def desk(
    api: httpx.AsyncClient, kafka: Kafka, connect: Callable[[str], Any], workspace_id: UUID
) -> Desk:
    return Desk(api, kafka, await connect("catalog"), workspace_id)


async def add(desk: Desk, path: str, **body: Any) -> Json:  # noqa: ANN401
    answer = await desk.api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


async def rows(desk: Desk, kind: str, **parameters: Any) -> list[Json]:  # noqa: ANN401
    answer = await desk.api.get(f"/exports/{kind}", params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{kind}.csv"'
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


async def furnish(desk: Desk) -> Json:
    """One thing with everything, one with a name; the category of the first."""
    tools = await add(desk, "/categories", name="Tools", description="=SUM(A1)")
    drills = await add(desk, "/categories", name="Drills", parent_id=tools["id"], external_id="d")
    labels = [
        (await add(desk, "/labels", name=name, color="#1F7A4D"))["id"] for name in ("red; a", "b")
    ]
    shop = await add(desk, "/companies", name="Shop", website="https://example.org/", notes="n")
    await add(
        desk,
        "/items",
        name="=Drill",
        sku="-1",
        external_id="x-1",
        description='says "hi",\nthen goes',
        category_id=drills["id"],
        labels=labels,
        brand="Tamm",
        model="T-18",
        manufacturer="Tamm OÜ",
        serial_number="007",
        barcode="4006381333931",
        is_insured=True,
        purchased_from=shop["id"],
        warranty_details="2 years",
        lifetime_warranty=True,
        min_stock_level=3,
        needs_review=True,
        attributes={"volt": 18, "weight": 1.5, "cordless": True, "note": "12", "none": None},
    )
    await add(desk, "/items", name="Saw")
    return drills


@pytest.mark.parametrize("format_", ["csv", "xlsx"])
async def test_what_was_exported_changes_nothing_when_it_is_imported(
    desk: Desk, format_: str
) -> None:
    """Each kind, in either format: whatever it begins with, and attributes as what they are."""
    await furnish(desk)
    for kind, count in (("items", 2), ("categories", 2), ("labels", 2), ("companies", 1)):
        answer = await desk.api.get(f"/exports/{kind}", params={"format": format_})
        job = await desk.hand_in(answer.content, kind=kind, content_type="application/octet-stream")
        assert job["ignored_columns"] == []
        done = await desk.ends(job)
        assert (done["rows_read"], done["rows_failed"]) == (count, 0)
        assert done["tallies"] == {kind: {"created": 0, "updated": 0, "unchanged": count}}


async def test_attributes_come_back_as_what_they_are_in_a_spreadsheet(desk: Desk) -> None:
    """Also of an item that is not there any more."""
    attributes = {"n": 1, "f": 1.5, "t": True, "text": "12", "e": "", "none": None}
    made = await add(desk, "/items", name="Drill", attributes=attributes)
    answer = await desk.api.get("/exports/items", params={"format": "xlsx"})
    gone = await desk.api.delete(f"/items/{made['id']}")
    assert gone.status_code == 204, gone.text
    job = await desk.hand_in(answer.content, kind="items", content_type="application/octet-stream")
    await desk.ends(job)
    [item] = (await desk.api.get("/items")).json()["items"]
    assert item["attributes"] == {"n": 1, "f": 1.5, "t": True, "text": "12"}


async def test_it_is_narrowed_as_the_list_is(desk: Desk) -> None:
    drills = await furnish(desk)
    drill, saw = await rows(desk, "items")
    assert (drill["name"], drill["category"], drill["labels"], drill["attributes.volt"]) == (
        *("'=Drill", "Tools / Drills", 'b; "red; a"', "18"),
    )
    assert saw == {**dict.fromkeys(drill, ""), **saw}
    assert await rows(desk, "items", category_id=drills["parent_id"]) == [drill]
    assert "attributes.volt" not in (await rows(desk, "items", attributes=False))[0]
    assert await rows(desk, "items", category_id=uuid4()) == []
    assert await rows(desk, "items", archived=True) == []
    tools, below = await rows(desk, "categories")
    assert (tools["parent"], below["parent"], tools["description"]) == ("", "Tools", "'=SUM(A1)")
    head = await desk.api.head("/exports/items", params={"format": "xlsx"})
    assert (head.status_code, head.content) == (200, b"")
    unknown = await desk.api.get("/exports/items", params={"format": "pdf"})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (422, "format")


async def test_each_thing_is_there_once_however_many_there_are(desk: Desk) -> None:
    """In the order in which they were made, over several batches."""
    await desk.database.execute(
        """
        INSERT INTO labels (id, workspace_id, name, color, is_archived, version, created_at,
                            updated_at)
        SELECT gen_random_uuid(), $1, 'L' || n, '#000000', false, 1, now(), now()
        FROM generate_series(1, $2::int) n
        """,
        desk.workspace_id,
        2 * AT_ONCE,
    )
    found = [row["name"] for row in await rows(desk, "labels")]
    assert sorted(found) == sorted(f"L{n}" for n in range(1, 2 * AT_ONCE + 1))


async def test_too_many_attributes_for_a_table_are_told(desk: Desk) -> None:
    for batch in range(5):
        attributes = {f"a{batch}-{n}": 1 for n in range(100)}
        await add(desk, "/items", name=f"Thing {batch}", attributes=attributes)
    refused = await desk.api.get("/exports/items")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "attributes")
    assert len(await rows(desk, "items", attributes=False)) == 5
