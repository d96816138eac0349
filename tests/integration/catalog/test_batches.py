"""What batches of items promise."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from chassis.database import Database
from chassis.problems import Problem
from services.catalog.items import bulk
from services.catalog.items.schemas import ItemPatch

Caller = Callable[..., httpx.AsyncClient]
Rows = list[dict[str, Any]]
Connection = Any  # asyncpg has no types


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Caller, workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


@pytest.fixture
async def database(connect: Callable[[str], Any]) -> Connection:
    return await connect("catalog")


async def run(api: httpx.AsyncClient, *operations: Any, atomic: bool = False) -> Rows:  # noqa: ANN401
    """The results of a batch."""
    answer = await api.post("/items/batch", json={"operations": operations, "atomic": atomic})
    assert answer.status_code == 200, answer.text
    results: Rows = answer.json()["results"]
    return results


async def add(api: httpx.AsyncClient, **fields: Any) -> Any:  # noqa: ANN401 - any JSON
    answer = await api.post("/items", json=fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def told(database: Connection, workspace_id: UUID) -> list[tuple[str, dict[str, Any], Any]]:
    """This workspace's events in order: verb, payload and headers."""
    rows = await database.fetch(
        "SELECT type, payload, headers FROM outbox WHERE workspace_id = $1 ORDER BY id",
        workspace_id,
    )
    return [
        (row["type"].rpartition(".")[2], json.loads(row["payload"]), json.loads(row["headers"]))
        for row in rows
    ]


async def test_each_operation_has_the_effect_and_the_event_that_it_has_alone(
    api: httpx.AsyncClient, database: Connection, workspace_id: UUID
) -> None:
    """A batch makes what the single requests make: the same documents, and the same events but for
    their ids and times."""
    fields = {
        "name": "Drill",
        "sku": "D-1",
        "barcode": "4006381333931",
        "attributes": {"volt": 18, "new": True, "note": None},
        "min_stock_level": 2,
    }
    alone = await add(api, **fields)
    path = f"/items/{alone['id']}"
    await api.patch(path, json={"name": "Big drill", "attributes": {"volt": 20}})
    await api.post(f"{path}/archive")
    await api.post(f"{path}/restore")
    seen = (await api.get(path)).json()
    await api.delete(path)

    [made] = await run(api, {"op": "create", "body": fields})
    assert (made["status"], made["version"], made["problem"]) == (201, 1, None)
    change = {"name": "Big drill", "attributes": {"volt": 20}}
    results = await run(
        api,
        {"op": "update", "id": made["id"], "body": change, "version": 1},
        {"op": "archive", "id": made["id"]},
        {"op": "restore", "id": made["id"]},
    )
    assert [(one["status"], one["version"]) for one in results] == [(200, 2), (200, 3), (200, 4)]
    document = (await api.get(f"/items/{made['id']}")).json()
    [gone] = await run(api, {"op": "delete", "id": made["id"], "version": 4})
    assert (gone["status"], gone["version"]) == (204, 5)
    assert (await api.get(f"/items/{made['id']}")).status_code == 404

    own = {"id", "created_at", "updated_at"}
    assert {k: v for k, v in document.items() if k not in own} == {
        k: v for k, v in seen.items() if k not in own
    }
    events = await told(database, workspace_id)
    singles, batched = events[:5], events[5:]
    assert [verb for verb, _, _ in batched] == [verb for verb, _, _ in singles]
    for (_, one, head), (_, other, head_of_batch) in zip(singles, batched, strict=True):
        assert list(one) == list(other)
        assert {k: v for k, v in one.items() if k not in own} == {
            k: v for k, v in other.items() if k not in own
        }
        assert head.keys() == head_of_batch.keys()
        assert head_of_batch["ce_subject"] == head_of_batch["ce_partitionkey"] == made["id"]
        for name in ("ce_type", "ce_source", "ce_dataschema", "ce_aggregateversion", "ce_actor"):
            assert head[name] == head_of_batch[name]


async def test_what_is_refused_is_told_as_alone_and_keeps_none_of_the_others(
    api: httpx.AsyncClient, caller: Caller, database: Connection, workspace_id: UUID
) -> None:
    """Every way to be refused: its status, code and field; the rest of the batch is made."""
    there = await add(api, name="There", sku="S-1", external_id="E-1", barcode="4006381333931")
    stocked = await add(api, name="Stocked")
    await database.execute(
        "INSERT INTO stocked_entries VALUES ($1, $2, 1, $3, false)",
        uuid4(),
        workspace_id,
        UUID(stocked["id"]),
    )
    archived = (await api.post("/categories", json={"name": "Old"})).json()
    await api.post(f"/categories/{archived['id']}/archive")
    category = (await api.post("/categories", json={"name": "New"})).json()
    foreign = caller("catalog", workspace_id=(elsewhere := uuid4()))
    theirs = (await foreign.post(f"/v1/workspaces/{elsewhere}/items", json={"name": "X"})).json()

    def new(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"op": "create", "body": {"name": "New", **fields}}

    cases: list[tuple[Any, int, str | None, str | None]] = [
        (new(), 201, None, None),
        (new(sku="S-1"), 409, "conflict", "sku"),
        (new(external_id="E-1"), 409, "conflict", "external_id"),
        (new(barcode="4006381333931"), 409, "conflict", "barcode"),
        (new(sku="TWICE", category_id=category["id"]), 201, None, None),
        (new(sku="TWICE"), 409, "conflict", "sku"),
        (new(category_id=archived["id"]), 422, "validation-failed", "category_id"),
        (new(category_id=str(uuid4())), 422, "validation-failed", "category_id"),
        (new(labels=[str(uuid4())]), 422, "validation-failed", "labels.0"),
        (new(purchased_from=str(uuid4())), 422, "validation-failed", "purchased_from"),
        (new(nmae="typo"), 422, "validation-failed", "nmae"),
        (new(brand="\x00"), 422, "validation-failed", "brand"),
        ({"op": "create", "body": {}}, 422, "validation-failed", "name"),
        ({"op": "create"}, 422, "validation-failed", "body"),
        ({"op": "paint", "id": there["id"]}, 422, "validation-failed", "op"),
        ("archive", 422, "validation-failed", "op"),
        ({"op": "archive", "id": "one"}, 422, "validation-failed", "id"),
        ({"op": "archive", "id": str(uuid4())}, 404, "not-found", None),
        ({"op": "archive", "id": theirs["id"]}, 404, "not-found", None),
        ({"op": "archive", "id": there["id"], "version": 7}, 412, "stale-version", None),
        ({"op": "delete", "id": stocked["id"]}, 409, "in-stock", None),
        ({"op": "update", "id": there["id"], "body": {"brand": "Acme"}}, 200, None, None),
    ]
    results = await run(api, *(operation for operation, *_ in cases))
    for (operation, status, code, field), result in zip(cases, results, strict=True):
        problem = result["problem"] or {}
        assert (result["status"], problem.get("code")) == (status, code), operation
        assert (result["id"] is None) == (status >= 400)
        if field is not None:
            assert [error["field"] for error in problem["errors"]] == [field], operation
    assert len((await api.get("/items", params={"limit": 100})).json()["items"]) == 4


async def test_codes_pass_from_one_item_to_another_within_a_batch(api: httpx.AsyncClient) -> None:
    """In the order of the operations: a code that one gives up is free for the next, also where
    they swap theirs."""
    one, other = await add(api, name="One", sku="A"), await add(api, name="Other", sku="B")
    results = await run(
        api,
        {"op": "update", "id": one["id"], "body": {"sku": "C"}},
        {"op": "update", "id": other["id"], "body": {"sku": "A"}},
        {"op": "update", "id": one["id"], "body": {"sku": "B"}},
        {"op": "delete", "id": other["id"]},
        {"op": "create", "body": {"name": "Third", "sku": "A"}},
    )
    assert [result["status"] for result in results] == [200, 200, 200, 204, 201]
    skus = {item["name"]: item["sku"] for item in (await api.get("/items")).json()["items"]}
    assert skus == {"One": "B", "Third": "A"}


async def test_a_swap_that_no_single_statement_makes_is_made(api: httpx.AsyncClient) -> None:
    """Codes that go round, whatever the order in which PostgreSQL comes to the rows."""
    items = [await add(api, name=f"Item {at}", sku=f"R-{at}") for at in range(3)]
    free = {"op": "update", "id": items[0]["id"], "body": {"sku": "R-free"}}
    round_ = [
        {"op": "update", "id": items[at]["id"], "body": {"sku": f"R-{at - 1}"}} for at in (1, 2)
    ]
    last = {"op": "update", "id": items[0]["id"], "body": {"sku": "R-2"}}
    results = await run(api, free, *round_, last)
    assert [result["status"] for result in results] == [200] * 4
    skus = {item["name"]: item["sku"] for item in (await api.get("/items")).json()["items"]}
    assert skus == {"Item 0": "R-2", "Item 1": "R-0", "Item 2": "R-1"}


async def test_a_swap_amid_others_takes_no_statement_for_each_of_them(
    api: httpx.AsyncClient, workspace_id: UUID, environment: dict[str, str], sent: list[str]
) -> None:
    """The others of each half go in together."""
    created = [{"op": "create", "body": {"name": f"{at}", "sku": f"S-{at}"}} for at in range(64)]
    ids = [UUID(one["id"]) for one in await run(api, *created)]
    bodies: list[tuple[UUID, dict[str, Any]]] = [(id_, {"description": "x"}) for id_ in ids]
    for at, other, sku in ((41, 41, "free"), (45, 50, "S-41"), (47, 41, "S-50")):
        bodies[at] = (ids[other], {"sku": sku})
    changes = [bulk.Update(id_, ItemPatch.model_validate(body)) for id_, body in bodies]
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=1)
    try:
        async with database.tenant(workspace_id) as session:
            done = await bulk.perform(session, changes)
    finally:
        await database.stop()
    assert [each for each in done if isinstance(each, Problem)] == []
    assert len(sent) < 2 * len(changes)
    skus = {
        item["name"]: item["sku"] for item in (await api.get("/items?limit=100")).json()["items"]
    }
    assert (skus["41"], skus["50"]) == ("S-50", "S-41")


async def test_an_atomic_batch_is_made_whole_or_not_at_all(
    api: httpx.AsyncClient, database: Connection, workspace_id: UUID
) -> None:
    """One operation that is refused, and nothing changes: 422 tells which; else all are made."""
    good = {"op": "create", "body": {"name": "Good", "sku": "G"}}
    body = {"operations": [good, {"op": "archive", "id": str(uuid4())}], "atomic": True}
    refused = await api.post("/items/batch", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "batch-refused")
    assert [error["field"] for error in refused.json()["errors"]] == ["operations.1"]
    assert refused.json()["problems"]["1"]["code"] == "not-found"
    assert await told(database, workspace_id) == []
    [made] = await run(api, good, atomic=True)
    assert made["status"] == 201


async def test_a_key_has_one_batch(api: httpx.AsyncClient) -> None:
    """A batch that is sent again with its Idempotency-Key is answered as it was, and not made."""
    body = {"operations": [{"op": "create", "body": {"name": "Once"}}]}
    headers = {"Idempotency-Key": "a-batch"}
    first = await api.post("/items/batch", json=body, headers=headers)
    again = await api.post("/items/batch", json=body, headers=headers)
    assert (first.status_code, first.content) == (200, again.content)
    assert len((await api.get("/items")).json()["items"]) == 1


@pytest.mark.parametrize(
    "body",
    [{}, {"operations": []}, {"operations": [{}] * 1001}, {"operations": {}}, {"rows": []}],
)
async def test_what_is_no_batch_is_refused_as_a_whole(
    api: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    """No operations, more than a thousand, or another body altogether: 422."""
    answer = await api.post("/items/batch", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation-failed")


async def test_batches_that_meet_do_not_wait_for_each_other_for_good(
    api: httpx.AsyncClient, database: Connection, workspace_id: UUID
) -> None:
    """Eight batches at once over the same items, each in another order, and with new items of the
    same skus: each is answered, no version is lost, and each sku goes to one."""
    items = [(await add(api, name=f"Item {at}"))["id"] for at in range(12)]

    async def batch(number: int) -> Rows:
        turned = items[number:] + items[:number]
        turned = turned[::-1] if number % 2 else turned
        changes = [{"op": "update", "id": one, "body": {"brand": f"B{number}"}} for one in turned]
        skus = [f"SKU-{at}" for at in range(6)]
        fresh = [{"op": "create", "body": {"name": "N", "sku": one}} for one in skus]
        return await run(api, *changes, *(fresh[::-1] if number % 2 else fresh))

    results = await asyncio.gather(*(batch(number) for number in range(8)))
    assert {row["status"] for rows in results for row in rows[:12]} == {200}
    made = [row for rows in results for row in rows[12:]]
    assert sorted(row["status"] for row in made) == [201] * 6 + [409] * 42
    versions: dict[str, list[int]] = {}
    for _, payload, _ in await told(database, workspace_id):
        versions.setdefault(payload["id"], []).append(payload["version"])
    assert all(versions[one] == list(range(1, 10)) for one in items)


async def test_a_thousand_items_go_in_at_once(api: httpx.AsyncClient) -> None:
    """The most that one batch may have."""
    body = {"name": "Book", "description": "Of many pages. " * 20, "attributes": {"pages": 300}}
    operations = [
        {"op": "create", "body": {**body, "external_id": f"B-{at}"}} for at in range(1000)
    ]
    answer = await api.post("/items/batch", json={"operations": operations})
    assert (answer.json()["succeeded"], answer.json()["failed"]) == (1000, 0)


async def test_attributes_are_checked_by_the_custom_fields_that_hold(
    api: httpx.AsyncClient,
) -> None:
    """As alone: of the wrong type, or missing where it is required, is that row's 422."""
    tools = (await api.post("/categories", json={"name": "Tools"})).json()["id"]
    field = {"name": "volt", "value_type": "integer", "is_required": True, "category_id": tools}
    assert (await api.post("/custom-fields", json=field)).status_code == 201
    loose = await add(api, name="Loose", attributes={"volt": "any"})

    def new(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"op": "create", "body": {"name": "New", "category_id": tools, **fields}}

    results = await run(
        api,
        new(attributes={"volt": 18}),
        new(attributes={"volt": "18"}),
        new(),
        {"op": "update", "id": loose["id"], "body": {"category_id": tools}},
        {"op": "update", "id": loose["id"], "body": {"name": "Free"}},
    )
    assert [result["status"] for result in results] == [201, 422, 422, 422, 200]
    errors = [result["problem"]["errors"][0] for result in results[1:4]]
    assert [(error["field"], error["code"]) for error in errors] == [
        ("attributes.volt", "wrong-type"),
        ("attributes.volt", "required"),
        ("attributes.volt", "wrong-type"),
    ]


async def test_a_merged_item_says_what_it_went_into(api: httpx.AsyncClient) -> None:
    one, other = await add(api, name="One"), await add(api, name="Other")
    merged = await api.post(f"/items/{one['id']}/merge", json={"duplicates": [other["id"]]})
    assert merged.status_code == 200, merged.text
    [gone] = await run(api, {"op": "archive", "id": other["id"]})
    assert (gone["status"], gone["problem"]["merged_into"]) == (404, one["id"])


async def test_more_text_than_an_event_can_tell_is_refused(
    api: httpx.AsyncClient, database: Connection, workspace_id: UUID
) -> None:
    """Its event would wait in the outbox for ever, and what comes behind it. Also in pieces, and
    where two items that fit are merged."""
    half, much = {"a": "\u0001" * 30_000}, {"b": "é" * 41_000}
    item = await add(api, name="Half", attributes=half)
    other = await add(api, name="Other half", attributes={"b": "é" * 30_000})
    rows = await run(
        api,
        {"op": "create", "body": {"name": "Much", "attributes": much}},
        {"op": "update", "id": item["id"], "body": {"attributes": much}},
        {"op": "create", "body": {"name": "Enough"}},
    )
    assert [row["status"] for row in rows] == [422, 422, 201]
    assert rows[0]["problem"]["errors"][0]["field"] == "attributes"
    assert (await api.post("/items", json={"name": "Much", "attributes": much})).status_code == 422
    merged = await api.post(f"/items/{item['id']}/merge", json={"duplicates": [other["id"]]})
    assert merged.status_code == 422, merged.text
    await api.patch(f"/items/{item['id']}", json={"attributes": {"a": "\u0001" * 39_000}})
    largest = await database.fetchval(
        "SELECT max(octet_length(payload::text)) FROM outbox WHERE workspace_id = $1", workspace_id
    )
    assert largest < 1_000_000


async def test_a_version_of_the_whole_batch_is_refused(api: httpx.AsyncClient) -> None:
    """Each operation has its own; `*` asks for nothing."""
    operations = {"operations": [{"op": "archive", "id": str(uuid4())}]}
    for tag, status in (('"99"', 422), ("*", 200)):
        headers = {"If-Match": tag}
        answer = await api.post("/items/batch", json=operations, headers=headers)
        assert answer.status_code == status, answer.text
        if status == 422:
            [error] = answer.json()["errors"]
            assert error["field"] == "If-Match"
            assert "`version`" in error["message"]
