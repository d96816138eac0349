"""What the feed of changes promises, through catalog, inventory and loans."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.waiting import eventually

from chassis import changes
from chassis.changes import Position

Caller = Callable[..., httpx.AsyncClient]
Connect = Callable[[str], Any]

_TOLD = """
    INSERT INTO outbox (event_id, workspace_id, topic, key, type, aggregate_version, headers,
        payload, shard, created_at, published_at)
    VALUES ($1, $2, 'warehouse.catalog.item.v1', $3, 'warehouse.catalog.item.deleted', 1, '{}',
        '{}', 0, now(), now())
"""


@pytest.fixture(autouse=True)
def services(run_services: Callable[..., dict[str, str]]) -> None:
    run_services("catalog", "inventory", "loans")


@pytest.fixture
def at(caller: Caller, workspace_id: UUID) -> Callable[..., httpx.AsyncClient]:
    def make(service: str, **who: Any) -> httpx.AsyncClient:  # noqa: ANN401
        client = caller(service, workspace_id=workspace_id, **who)
        client.base_url = client.base_url.join(f"/v1/workspaces/{workspace_id}")
        return client

    return make


@pytest.fixture
def api(at: Caller) -> httpx.AsyncClient:
    return at("catalog")


async def add(api: httpx.AsyncClient, path: str, **body: Any) -> Any:  # noqa: ANN401
    answer = await api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def missed(
    api: httpx.AsyncClient, since: str | None = None, service: str = "catalog", limit: int = 200
) -> tuple[list[Any], str]:
    """All that changed since, page by page, and the cursor after it."""
    found: list[Any] = []
    while True:
        query = {"limit": limit} | ({"since": since} if since else {})
        answer = await api.get(f"/changes/{service}", params=query)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found, since = found + page["items"], page["next_cursor"]
        if not page["has_more"]:
            return found, since


async def missed_within_a_while(
    api: httpx.AsyncClient, number: int, since: str | None = None, service: str = "catalog"
) -> tuple[list[Any], str]:
    """As `missed`, once there are so many: a transaction of another test may be under way."""

    async def look() -> tuple[list[Any], str]:
        found = await missed(api, since, service)
        assert len(found[0]) == number
        return found

    return await eventually(look)


async def test_a_client_that_was_away_reads_what_it_missed(api: httpx.AsyncClient) -> None:
    """Creations, updates and deletions in their order, each thing once and as it is now; then
    nothing, and from there on what is new."""
    shelf, saw, drill = [await add(api, "/items", name=name) for name in ("Shelf", "Saw", "Drill")]
    label = await add(api, "/labels", name="Loud")
    await api.patch(f"/items/{shelf['id']}", json={"name": "Long shelf"})
    await api.delete(f"/items/{saw['id']}")
    found, cursor = await missed_within_a_while(api, 4)
    told = [(one["kind"], one["id"], one["version"], one["is_deleted"]) for one in found]
    assert told == [
        ("item", drill["id"], 1, False),
        ("label", label["id"], 1, False),
        ("item", shelf["id"], 2, False),
        ("item", saw["id"], 2, True),
    ]
    assert found[2]["data"] == (await api.get(f"/items/{shelf['id']}")).json()
    assert found[3]["data"] is None
    assert await missed(api, cursor) == ([], cursor)
    await api.post(f"/items/{drill['id']}/archive")
    [again], _ = await missed_within_a_while(api, 1, cursor)
    assert (again["id"], again["data"]["is_archived"]) == (drill["id"], True)


async def test_pages_neither_lose_nor_repeat(api: httpx.AsyncClient) -> None:
    """Page by page of two is as all at once, also where one transaction changed several."""
    label = await add(api, "/labels", name="Loud")
    for name in ("A", "B", "C"):
        await add(api, "/items", name=name, labels=[label["id"]])
    await api.delete(f"/labels/{label['id']}", params={"detach": True})
    whole, end = await missed_within_a_while(api, 4)
    assert await missed(api, limit=2) == (whole, end)
    assert await missed(api, limit=1) == (whole, end)


async def test_nothing_comes_in_before_what_was_read(
    api: httpx.AsyncClient, workspace_id: UUID, connect: Connect
) -> None:
    """What began before and commits after is waited for, not skipped: no gap under concurrency."""
    late, connection = uuid4(), await connect("catalog")
    async with connection.transaction():
        await connection.execute(_TOLD, uuid4(), workspace_id, str(late))
        await connection.execute("DELETE FROM outbox WHERE key = $1", str(late))  # it is no event
        item = await add(api, "/items", name="After it, and there before")
        assert (await missed(api))[0] == []
    found, _ = await missed_within_a_while(api, 2)
    assert [one["id"] for one in found] == [str(late), item["id"]]


async def test_many_writers_and_a_reader_agree_in_the_end(api: httpx.AsyncClient) -> None:
    """A client that reads all along while others write ends up with exactly what is there."""
    known: dict[str, int] = {}
    cursor: str | None = None

    async def write(number: int) -> None:
        for _ in range(3):
            item = await add(api, "/items", name=f"Item {number}")
            path = f"/items/{item['id']}"
            await api.patch(path, json={"brand": "B"})
            if number % 2:
                await api.delete(path)

    async def follow() -> None:
        nonlocal cursor
        found, cursor = await missed(api, cursor, limit=5)
        for one in found:
            assert one["version"] > known.get(one["id"], 0)
            known[one["id"]] = one["version"]

    writing = asyncio.gather(*(write(number) for number in range(6)))
    while not writing.done():
        await follow()
    await writing

    async def all_of_it() -> bool:
        await follow()
        return sorted(known.values()) == [2] * 9 + [3] * 9

    await eventually(all_of_it)
    whole, _ = await missed_within_a_while(api, 18)
    assert {one["id"]: one["version"] for one in whole} == known


async def test_each_service_has_its_own(at: Caller) -> None:
    """Inventory tells of places and stock, loans of borrowers; who is restricted reads neither."""
    inventory, loans = at("inventory"), at("loans")
    place = await add(inventory, "/locations", name="House")
    await add(inventory, "/containers", name="Box", location_id=place["id"])
    found, _ = await missed_within_a_while(inventory, 2, service="inventory")
    assert [one["kind"] for one in found] == ["location", "container"]
    await add(loans, "/borrowers", name="Grace")
    [one], _ = await missed_within_a_while(loans, 1, service="loans")
    assert (one["kind"], one["data"]["name"]) == ("borrower", "Grace")
    for service in ("inventory", "loans"):
        restricted = at(service, locations=frozenset({uuid4()}))
        assert (await restricted.get(f"/changes/{service}")).status_code == 403


async def test_nothing_of_another_workspace_is_told(caller: Caller, api: httpx.AsyncClient) -> None:
    """Neither by reading nor with a cursor of theirs."""
    await add(api, "/items", name="Ours")
    _, cursor = await missed_within_a_while(api, 1)
    elsewhere = uuid4()
    theirs = caller("catalog", workspace_id=elsewhere)
    theirs.base_url = theirs.base_url.join(f"/v1/workspaces/{elsewhere}")
    assert (await missed(theirs))[0] == []
    assert (await missed(theirs, cursor))[0] == []


@pytest.mark.parametrize("cursor", ["x", "AAAA", "%00", changes.encode(Position(1 << 63, 0, 0))])
async def test_what_is_no_cursor_is_refused(api: httpx.AsyncClient, cursor: str) -> None:
    """A 422 that names `since`."""
    answer = await api.get("/changes/catalog", params={"since": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "since"


async def test_a_cursor_of_another_epoch_has_expired(api: httpx.AsyncClient) -> None:
    """410, and the words say what to do."""
    epoch, *_ = changes.decode((await missed(api))[1])
    answer = await api.get(
        "/changes/catalog", params={"since": changes.encode(Position(epoch + 1, 0, 0))}
    )
    assert (answer.status_code, answer.json()["code"]) == (410, "cursor-expired")
    assert "without `since`" in answer.json()["detail"]


async def test_a_database_of_another_cluster_begins_anew(connect: Connect) -> None:
    """Transactions that this cluster has not had are put before all others, and cursors expire;
    where nothing moved, nothing happens. (In a transaction that is taken back.)"""
    connection = await connect("loans")
    transaction = connection.transaction()
    await transaction.start()
    try:
        assert await connection.fetchval("SELECT mend_changes()") is False
        before = await connection.fetchval("SELECT epoch FROM changes_epoch")
        await connection.execute("UPDATE changes_epoch SET cluster = 'another'")
        await connection.execute(
            "INSERT INTO changes VALUES ($1, 'loan', $1, 1, false, '9000000000000', 1)", uuid4()
        )
        assert await connection.fetchval("SELECT mend_changes()") is True
        assert await connection.fetchval("SELECT epoch FROM changes_epoch") == before + 1
        ahead = "SELECT count(*) FROM changes WHERE xid > pg_current_xact_id()"
        assert await connection.fetchval(ahead) == 0
    finally:
        await transaction.rollback()
