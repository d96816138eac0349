"""What catalog's items promise."""

import asyncio
from collections.abc import Callable
from uuid import UUID, uuid4

import httpx
import pytest
from support import counting
from support.kafka import Kafka
from support.processes import Processes
from support.waiting import eventually

from chassis.database import Database
from chassis.identity import HEADER, Identity, IdentitySigner, MemberRole
from chassis.plans import OFTEN
from services.catalog.categories import service as categories
from services.catalog.categories.schemas import CategoryCreate
from services.catalog.items import repository, service
from services.catalog.items.schemas import ItemCreate

Caller = Callable[..., httpx.AsyncClient]


@pytest.fixture(autouse=True)
def catalog(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog")


@pytest.fixture
def api(caller: Caller, workspace_id: UUID) -> httpx.AsyncClient:
    client = caller("catalog", workspace_id=workspace_id)
    client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
    return client


async def test_a_new_item_is_read_back_as_it_was_answered(api: httpx.AsyncClient) -> None:
    """POST answers 201 with Location and ETag, and GET there gives the same document."""
    answer = await api.post("/items", json={"name": "Cordless drill", "brand": "Makita"})

    assert answer.status_code == 201
    read = await api.get(api.base_url.copy_with(path=answer.headers["location"]))
    assert read.json() == answer.json()
    assert read.headers["etag"] == answer.headers["etag"] == '"1"'
    assert answer.json()["sku"].startswith("WH-")


async def test_every_change_is_published_with_the_state_after_it(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """Created, updated (with from and to), archived, restored, deleted: versions 1 to 5."""
    item = (await api.post("/items", json={"name": "Ladder"})).json()
    path = f"/items/{item['id']}"
    await api.patch(path, json={"name": "Long ladder"})
    await api.post(f"{path}/archive")
    await api.post(f"{path}/restore")
    assert (await api.delete(path)).status_code == 204

    async def published() -> list[tuple[str, int]]:
        seen = await kafka.read("warehouse.catalog.item.v1", workspace_id=workspace_id)
        assert len(seen) == 5
        assert seen[1].payload["changes"] == {"name": ["Ladder", "Long ladder"]}
        assert seen[1].headers["ce_subject"] == seen[1].key == item["id"]
        return [(one.type.rpartition(".")[2], one.payload["version"]) for one in seen]

    verbs = ["created", "updated", "archived", "restored", "deleted"]
    assert await eventually(published) == list(zip(verbs, range(1, 6), strict=True))


async def test_a_change_that_changes_nothing_is_no_event(api: httpx.AsyncClient) -> None:
    """A PATCH with what is there already keeps the version."""
    item = (await api.post("/items", json={"name": "Saw"})).json()
    answer = await api.patch(f"/items/{item['id']}", json={"name": "Saw"})
    assert answer.json()["version"] == 1


async def test_a_stale_etag_is_refused(api: httpx.AsyncClient) -> None:
    """If-Match with an older version answers 412 and changes nothing."""
    item = (await api.post("/items", json={"name": "Saw"})).json()
    path = f"/items/{item['id']}"
    await api.patch(path, json={"brand": "Bahco"}, headers={"If-Match": '"1"'})
    stale = await api.patch(path, json={"brand": "Stanley"}, headers={"If-Match": '"1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale-version")
    assert (await api.get(path)).json()["brand"] == "Bahco"


async def test_what_the_client_has_is_not_sent_again(api: httpx.AsyncClient) -> None:
    """If-None-Match with the current ETag answers 304 without a body."""
    item = await api.post("/items", json={"name": "Saw"})
    again = await api.get(
        f"/items/{item.json()['id']}", headers={"If-None-Match": item.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


async def test_one_key_has_one_effect(api: httpx.AsyncClient) -> None:
    """Eight requests at once with one Idempotency-Key make one item and get one answer."""
    answers = await asyncio.gather(
        *(
            api.post("/items", json={"name": "Vice"}, headers={"Idempotency-Key": "once"})
            for _ in range(8)
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len((await api.get("/items")).json()["items"]) == 1


async def test_a_key_for_another_body_is_refused(api: httpx.AsyncClient) -> None:
    """The same Idempotency-Key with another body answers 422."""
    headers = {"Idempotency-Key": "twice"}
    await api.post("/items", json={"name": "Vice"}, headers=headers)
    other = await api.post("/items", json={"name": "Clamp"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_pages_hold_every_item_once(api: httpx.AsyncClient) -> None:
    """Following next_cursor gives every item once, newest first."""
    for number in range(7):
        await api.post("/items", json={"name": f"Box {number}"})
    names: list[str] = []
    cursor = ""
    while cursor is not None:
        page = (await api.get("/items", params={"limit": 3, "cursor": cursor})).json()
        names += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
    assert names == [f"Box {number}" for number in reversed(range(7))]


async def test_search_takes_words_in_any_order_and_wildcards_literally(
    api: httpx.AsyncClient,
) -> None:
    """`q` finds words in any order, case and field; % and _ are no wildcards."""
    await api.post("/items", json={"name": "Impact driver", "brand": "Bosch", "sku": "A_1"})
    await api.post("/items", json={"name": "Driver bit 100%"})

    async def found(q: str) -> list[str]:
        answer = await api.get("/items", params={"q": q})
        return [item["name"] for item in answer.json()["items"]]

    assert await found("bosch IMPACT") == ["Impact driver"]
    assert await found("100%") == ["Driver bit 100%"]
    assert await found("A_1") == ["Impact driver"]
    assert await found("AX1") == []


async def test_a_category_filter_covers_its_subtree(api: httpx.AsyncClient) -> None:
    """`category_id` finds the items of that category and of all below it."""
    top = (await api.post("/categories", json={"name": "Tools"})).json()
    low = (await api.post("/categories", json={"name": "Drills", "parent_id": top["id"]})).json()
    await api.post("/items", json={"name": "Drill", "category_id": low["id"]})
    await api.post("/items", json={"name": "Kettle"})
    answer = await api.get("/items", params={"category_id": top["id"]})
    assert [item["name"] for item in answer.json()["items"]] == ["Drill"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"name": None}, "name"),
        ({"name": 5}, "name"),
        ({"name": "a", "colour": "red"}, "colour"),
        ({"name": "a", "min_stock_level": -1}, "min_stock_level"),
        ({"name": "a", "min_stock_level": 2**31}, "min_stock_level"),
        ({"name": "a", "min_stock_level": "3"}, "min_stock_level"),
        ({"name": "a", "category_id": "no uuid"}, "category_id"),
        ({"name": "a", "category_id": str(uuid4())}, "category_id"),
        ({"name": "a", "attributes": {"size": {"deep": 1}}}, "attributes.size"),
        ({"name": "a", "attributes": {"size": [1]}}, "attributes.size"),
        ({"name": "nul \x00 byte"}, "name"),
        ([], "body"),
    ],
)
async def test_bad_input_is_named_by_field(
    api: httpx.AsyncClient, body: object, field: str
) -> None:
    """A body that does not fit answers 422 and names the field."""
    answer = await api.post("/items", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await api.get("/items")).json()["items"] == []


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN"])
async def test_an_attribute_is_no_number_without_end(api: httpx.AsyncClient, number: str) -> None:
    """What PostgreSQL can't keep is refused by the attribute's name."""
    answer = await api.post(
        "/items",
        content=f'{{"name": "a", "attributes": {{"size": {number}}}}}',
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["attributes.size"]


async def test_head_is_get_without_the_body(api: httpx.AsyncClient) -> None:
    """The same status and fields, and nothing after them."""
    item = (await api.post("/items", json={"name": "Saw"})).json()
    for path in (f"/items/{item['id']}", "/items", f"/items/{uuid4()}"):
        got, head = await api.get(path), await api.head(path)
        assert (head.status_code, head.content) == (got.status_code, b"")
        assert head.headers == got.headers
    seen = await api.head(f"/items/{item['id']}", headers={"If-None-Match": '"1"'})
    assert seen.status_code == 304


async def test_a_page_asked_for_again_and_again_stays_right(api: httpx.AsyncClient) -> None:
    """Also once it has a plan of its own: other cursors, other states, and what is new."""
    for number in range(5):
        (await api.post("/items", json={"name": f"Drill {number}"})).raise_for_status()
    first = (await api.get("/items", params={"limit": 2})).json()
    params = {"limit": 2, "cursor": first["next_cursor"]}
    second = (await api.get("/items", params=params)).json()
    for _ in range(OFTEN + 1):
        assert (await api.get("/items", params={"limit": 2})).json() == first
        assert (await api.get("/items", params=params)).json() == second
        archived = (await api.get("/items", params={"limit": 2, "archived": True})).json()
        assert archived == {"items": [], "next_cursor": None}
    added = (await api.post("/items", json={"name": "Drill 5"})).json()
    await api.post(f"/items/{first['items'][0]['id']}/archive")
    page = (await api.get("/items", params={"limit": 2})).json()
    assert [item["id"] for item in page["items"]] == [added["id"], first["items"][1]["id"]]
    archived = (await api.get("/items", params={"limit": 1, "archived": True})).json()
    assert [item["id"] for item in archived["items"]] == [first["items"][0]["id"]]
    assert archived["next_cursor"] is None


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "cursor=!!", "q=%00", "category_id=x"])
async def test_bad_queries_are_refused(api: httpx.AsyncClient, query: str) -> None:
    """A query parameter that can't be used answers 422."""
    assert (await api.get(f"/items?{query}")).status_code == 422


async def test_taken_values_are_named(api: httpx.AsyncClient) -> None:
    """A sku, external_id or barcode that another item has answers 409 and names the field."""
    taken = {"sku": "S1", "external_id": "E1", "barcode": "4006381333931"}
    await api.post("/items", json={"name": "First", **taken})
    for field, value in taken.items():
        answer = await api.post("/items", json={"name": "Second", field: value})
        assert answer.status_code == 409, answer.text
        assert answer.json()["errors"][0]["field"] == field


async def test_an_item_in_stock_is_not_deleted(
    api: httpx.AsyncClient, kafka: Kafka, workspace_id: UUID
) -> None:
    """While inventory has an entry of it in use, DELETE answers 409."""
    item = (await api.post("/items", json={"name": "Tent"})).json()
    entry = {
        "id": str(uuid4()),
        "workspace_id": str(workspace_id),
        "version": 1,
        "item_id": item["id"],
        "is_archived": False,
    }
    await kafka.tell("warehouse.inventory.stock.created", entry)

    async def refused() -> bool:
        # A refused DELETE changes nothing, an early one would: so look by what can't harm.
        return (await api.get(f"/items/{item['id']}")).status_code == 200

    assert await eventually(refused)
    await kafka.tell(
        "warehouse.inventory.stock.archived", entry | {"version": 2, "is_archived": True}
    )

    async def deleted() -> bool:
        return (await api.delete(f"/items/{item['id']}")).status_code == 204

    assert await eventually(deleted)


async def test_a_viewer_reads_and_does_not_write(caller: Caller, workspace_id: UUID) -> None:
    """A viewer's GET answers 200, and every change of theirs 403."""
    viewer = caller("catalog", workspace_id=workspace_id, role=MemberRole.VIEWER)
    base = f"/v1/workspaces/{workspace_id}/items"
    assert (await viewer.get(base)).status_code == 200
    assert (await viewer.post(base, json={"name": "x"})).status_code == 403
    assert (await viewer.patch(f"{base}/{uuid4()}", json={})).status_code == 403
    assert (await viewer.delete(f"{base}/{uuid4()}")).status_code == 403


async def test_the_database_keeps_workspaces_apart_by_itself(
    api: httpx.AsyncClient, connect: Callable[[str], object], workspace_id: UUID
) -> None:
    """With no filter in the query, row-level security shows the app role only its workspace."""
    await api.post("/items", json={"name": "Mine"})
    connection = await connect("catalog")  # type: ignore[misc]
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE catalog_app")
        assert await connection.fetchval("SELECT count(*) FROM items") == 0
        await connection.execute(f"SET LOCAL warehouse.workspace_id = '{workspace_id}'")
        assert await connection.fetch("SELECT DISTINCT workspace_id FROM items") == [
            (workspace_id,)
        ]
        await connection.execute(f"SET LOCAL warehouse.workspace_id = '{uuid4()}'")
        assert await connection.fetchval("SELECT count(*) FROM items") == 0


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_an_approved_change_is_made_once_whatever_its_method(
    api: httpx.AsyncClient,
    workspace_id: UUID,
    signer: IdentitySigner,
    processes: Processes,
    method: str,
) -> None:
    """Eight times at once, and again without the If-Match that no longer holds: one effect and one
    answer; the approval stands for that change alone, and for no client's key of the same name."""
    item = (await api.post("/items", json={"name": "Drill"})).json()
    user_id, approval_id = uuid4(), uuid4()
    path = f"/v1/workspaces/{workspace_id}/items"
    approved = Identity(
        user_id=user_id,
        workspace_id=workspace_id,
        role=MemberRole.MEMBER,
        approval_id=approval_id,
    )
    headers = {HEADER: signer.sign(approved)}
    async with httpx.AsyncClient(base_url=processes.url("catalog"), headers=headers) as client:

        async def ask(name: str, **given: str) -> httpx.Response:
            return await client.request(
                method, f"{path}/{item['id']}", json={"name": name}, headers=given
            )

        answers = await asyncio.gather(*(ask("Mine", **{"If-Match": '"1"'}) for _ in range(8)))
        answers.append(await ask("Mine"))
        other = await ask("Another")
    assert {answer.status_code for answer in answers} == {200 if method == "PATCH" else 204}
    assert len({answer.content for answer in answers}) == 1
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    key = {"Idempotency-Key": str(approval_id)}
    assert (await api.post("/items", json={"name": "x"}, headers=key)).status_code == 201
    if method == "PATCH":
        assert (await api.get(f"/items/{item['id']}")).json()["version"] == 2


async def test_a_new_item_is_one_round_trip(
    workspace_id: UUID, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its row, its event and the answer, without so much as a BEGIN; with a category to hold, in a
    transaction with that."""
    database = Database(environment["CATALOG_DATABASE_URL"], name="test", pool_size=1)
    try:
        async with database.tenant(workspace_id) as session:
            await session.rows("SELECT 1")  # on a connection that is set up
        sent = counting.statements(monkeypatch)
        async with database.tenant(workspace_id) as session:
            made = await service.create(session, ItemCreate(name="Drill"), last=True)
        assert len(sent) == 1
        async with database.tenant(workspace_id) as session:
            tools = await categories.create(session, CategoryCreate(name="Tools"))
        del sent[:]
        async with database.tenant(workspace_id) as session:
            body = ItemCreate(name="Saw", category_id=tools)
            held = await service.create(session, body, last=True)
        assert len(sent) == 3
        rows = "SELECT payload::json->>'name' FROM outbox WHERE key = ANY ($1) ORDER BY id"
        async with database.tenant(workspace_id) as session:
            told = await session.rows(rows, [str(made.id), str(held.id)])
            shown = await repository.get(session, workspace_id, held.id)
    finally:
        await database.stop()
    assert told == [("Drill",), ("Saw",)]
    assert shown == held.rows
