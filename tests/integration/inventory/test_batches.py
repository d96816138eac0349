"""What batches of inventory entries promise."""

import asyncio
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import httpx
from integration.inventory.rig import STOCK, Shelf
from uuid_utils.compat import uuid7

from chassis.batches import Done
from chassis.database import Database
from chassis.problems import Problem
from services.inventory.batches import service

ITEM_WAIT = 2.0  # seconds, unless configured otherwise
CODES = "warehouse.inventory.short_code.v1"
Caller = Callable[..., httpx.AsyncClient]
Rows = list[dict[str, Any]]


async def run(api: httpx.AsyncClient, *operations: Any, atomic: bool = False) -> Rows:  # noqa: ANN401
    """The results of a batch."""
    answer = await api.post("/inventory/batch", json={"operations": operations, "atomic": atomic})
    assert answer.status_code == 200, answer.text
    results: Rows = answer.json()["results"]
    return results


def statuses(results: Rows) -> list[int]:
    return [result["status"] for result in results]


class Alike:
    """Documents without what is a fact of the very run: what has a name of its own there, as ids
    do, goes by the order in which it comes."""

    def __init__(self, *own: str) -> None:
        self.names = {name: f"own {at}" for at, name in enumerate(own)}

    def of(self, value: Any) -> Any:  # noqa: ANN401
        if isinstance(value, dict):
            return {
                key: self.of(each)
                for key, each in value.items()
                if key not in ("created_at", "updated_at")
            }
        if isinstance(value, list | tuple):
            return [self.of(each) for each in value]
        if isinstance(value, str) and len(value) == 36 and value.count("-") == 4:
            return self.names.setdefault(value, f"id {len(self.names)}")
        return self.names.get(value, value) if isinstance(value, str) else value


async def test_each_operation_does_what_it_does_alone(shelf: Shelf) -> None:
    """The same documents, events and movements, but for their ids and times: of every verb."""
    item = await shelf.item()
    room, other = [(await shelf.add("/locations", name=name))["id"] for name in ("A", "B")]
    box = (await shelf.add("/containers", name="Box", location_id=other))["id"]

    def verbs(external_id: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            ("update", {"condition": "FAIR", "external_id": external_id, "notes": "Torn"}),
            ("update", {"condition": "FAIR"}),
            ("move", {"location_id": other, "container_id": box, "reason": "Winter"}),
            ("move", {"location_id": other, "container_id": box}),
            ("move", {"location_id": room, "quantity": 2, "reason": "Two"}),
            ("adjust", {"delta": -1, "reason": "Broke"}),
            ("count", {"quantity": 5, "reason": None}),
            ("count", {"quantity": 5}),
            ("use", {"used_at": "2026-03-01T10:00:00Z"}),
            ("archive", {}),
            ("archive", {}),
            ("restore", {}),
            ("update", {"short_code": None}),
        ]

    def new(external_id: str, short_code: str) -> dict[str, Any]:
        return {
            "item_id": item,
            "location_id": room,
            "quantity": 7,
            "serial_number": "SN",
            "purchase_price": 900,
            "currency": "EUR",
            "expiration_date": "2099-01-31",
            "external_id": external_id,
            "short_code": short_code,
        }

    async def outcome(entry: str, first: int, *own: str) -> list[Any]:
        movements = (await shelf.see("/movements?limit=100"))["items"][::-1]
        return Alike(*own).of(
            [
                (await shelf.told(STOCK))[first:],
                await shelf.see(f"/inventory/{entry}"),
                [row for row in movements if row["inventory_id"] == entry],
            ]
        )

    made = await shelf.add("/inventory", **new("A1", "ALONE1"))
    path = f"/inventory/{made['id']}"
    for verb, body in verbs("B1"):
        if verb == "update":
            answer = await shelf.api.patch(path, json=body)
        else:
            answer = await shelf.api.post(f"{path}/{verb}", json=body or None)
        assert answer.is_success, answer.text
    alone = await outcome(made["id"], 0, "A1", "B1", "ALONE1")
    first = len(await shelf.told(STOCK))

    [made] = await run(shelf.api, {"op": "create", "body": new("A2", "BATCH1")})
    assert (made["status"], made["version"], made["problem"]) == (201, 1, None)
    operations = [
        {"op": verb, "id": made["id"]} | ({"body": body} if body else {})
        for verb, body in verbs("B2")
    ]
    results = await run(shelf.api, *operations)
    assert statuses(results) == [200] * 4 + [201] + [200] * 8
    batched = await outcome(made["id"], first, "A2", "B2", "BATCH1")

    assert batched == alone
    assert [len(part) for part in (alone[0], alone[2])] == [12, 9]
    assert [verb for verb, _ in await shelf.told(CODES)] == ["made", "released"] * 2
    await shelf.balances()


async def test_what_is_refused_is_told_as_alone_and_keeps_none_of_the_others(
    shelf: Shelf, caller: Caller
) -> None:
    """Every way to be refused: its status, code and field; the rest of the batch is made."""
    item, gone, old = await shelf.item(), str(uuid7()), await shelf.item(is_archived=True)
    await shelf.kafka.tell(
        "warehouse.catalog.item.deleted",
        {"id": gone, "workspace_id": str(shelf.workspace_id), "version": 1, "name": "Gone"}
        | {"sku": "X", "is_archived": False},
    )
    room = (await shelf.add("/locations", name="Room"))["id"]
    attic = (await shelf.add("/locations", name="Attic"))["id"]
    box = (await shelf.add("/containers", name="Box", location_id=attic))["id"]
    closed = (await shelf.add("/locations", name="Closed"))["id"]
    put_away = await shelf.entry(item_id=item, location_id=closed)
    for path in (f"inventory/{put_away['id']}", f"locations/{closed}"):
        assert (await shelf.api.post(f"/{path}/archive")).is_success
    there = await shelf.entry(5, item_id=item, location_id=room, external_id="E-1")
    lent = await shelf.entry(3, item_id=item, location_id=room)
    await shelf.request(lent["id"], 2)
    await shelf.settles(lent["id"], held_quantity=2)
    await shelf.add("/short-codes", kind="entry", id=lent["id"], code="TAKEN1")
    elsewhere = uuid4()
    foreign = caller("inventory", workspace_id=elsewhere)
    path = f"/v1/workspaces/{elsewhere}/locations"
    assert (await foreign.post(path, json={"name": "X", "short_code": "THEIRS"})).is_success

    def new(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
        body = {"item_id": item, "location_id": room, **fields}
        return {"op": "create", "body": body}

    def on(entry: dict[str, Any], op: str, **body: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"op": op, "id": entry["id"]} | ({"body": body} if body else {})

    bad, too_few = "validation-failed", (409, "insufficient-stock", None)
    cases: list[tuple[Any, int, str | None, str | None]] = [
        (new(), 201, None, None),
        (new(external_id="E-1"), 409, "conflict", "external_id"),
        (new(external_id="E-2", short_code="FRESH1"), 201, None, None),
        (new(external_id="E-2"), 409, "conflict", "external_id"),
        (new(short_code="taken1"), 409, "short-code-taken", "short_code"),
        (new(short_code="FRESH1"), 409, "short-code-taken", "short_code"),
        (new(short_code="THEIRS"), 409, "short-code-taken", "short_code"),
        (new(item_id=str(uuid4())), 422, bad, "item_id"),
        (new(item_id=gone), 422, bad, "item_id"),
        (new(item_id=old), 422, bad, "item_id"),
        (new(location_id=str(uuid4())), 422, bad, "location_id"),
        (new(location_id=closed), 422, bad, "location_id"),
        (new(container_id=box), 422, bad, "container_id"),
        (new(container_id=str(uuid4())), 422, bad, "container_id"),
        (new(purchase_price=5), 422, bad, "currency"),
        (new(quantity=-1), 422, bad, "quantity"),
        (new(quantitiy=1), 422, bad, "quantitiy"),
        ({"op": "delete", "id": there["id"]}, 422, bad, "op"),
        (on(there, "update", quantity=5), 422, bad, "quantity"),
        (on(there, "adjust"), 422, bad, "body"),
        (on(there, "adjust", delta=0, reason="No"), 422, bad, "delta"),
        (on(there, "adjust", delta=-6, reason="No"), *too_few),
        (on(lent, "count", quantity=1), *too_few),
        (on(lent, "move", location_id=attic, quantity=2), *too_few),
        (on(lent, "archive"), 409, "held", None),
        (on(lent, "update", status="DISPOSED"), 409, "held", None),
        (on(there, "use", used_at="2999-01-01T00:00:00Z"), 422, bad, "used_at"),
        (on(put_away, "restore"), 409, "conflict", None),
        (on(put_away, "move", location_id=room), 409, "archived", None),
        ({"op": "archive", "id": there["id"], "version": 7}, 412, "stale-version", None),
        ({"op": "archive", "id": str(uuid4())}, 404, "not-found", None),
        (
            on(there, "move", location_id=room, merge=True, quantity=9),
            409,
            "insufficient-stock",
            None,
        ),
        (on(there, "move", location_id=attic, container_id=box), 200, None, None),
        (on(there, "update", lot="L1"), 200, None, None),
    ]
    results = await run(shelf.api, *(operation for operation, *_ in cases))
    for (operation, status, code, field), result in zip(cases, results, strict=True):
        problem = result["problem"] or {}
        assert (result["status"], problem.get("code")) == (status, code), (operation, problem)
        assert (result["id"] is None) == (status >= 400)
        if field is not None:
            assert [error["field"] for error in problem["errors"]] == [field], operation
    await shelf.balances()
    body = {"operations": [on(there, "use"), on(lent, "archive")], "atomic": True}
    version = (await shelf.see(f"/inventory/{there['id']}"))["version"]
    refused = await shelf.api.post("/inventory/batch", json=body)
    assert (refused.status_code, refused.json()["code"]) == (422, "batch-refused")
    assert (await shelf.see(f"/inventory/{there['id']}"))["version"] == version


async def test_codes_and_identifiers_go_round_within_a_batch(shelf: Shelf) -> None:
    """What one operation gives up is free for the next, also where they swap it; what was typed
    with look-alikes is the code that is meant."""
    [made] = (await shelf.add("/short-codes", count=1))["items"]
    item = await shelf.item()
    one, two = [
        await shelf.entry(item_id=item, external_id=f"X{at}", short_code=f"ROUND{at}")
        for at in (1, 2)
    ]

    def change(entry: dict[str, Any], **body: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"op": "update", "id": entry["id"], "body": body}

    results = await run(
        shelf.api,
        change(one, short_code=None, external_id=None),
        change(two, short_code="ROUND1", external_id="X1"),
        change(one, short_code="ROUND2", external_id="X2"),
    )
    assert statuses(results) == [200] * 3
    codes = [(await shelf.see(f"/inventory/{e['id']}"))["short_code"] for e in (one, two)]
    assert codes == ["ROUND2", "ROUND1"]
    for code, entry in (("ROUND1", two), ("ROUND2", one)):
        assert (await shelf.see(f"/short-codes/{code}"))["target_id"] == entry["id"]
    typed = made["code"].replace("0", "O").replace("1", "l").lower()
    assert statuses(await run(shelf.api, change(one, short_code=typed.upper()))) == [200]
    assert (await shelf.see(f"/inventory/{one['id']}"))["short_code"] == made["code"]
    assert (await shelf.see("/short-codes/ROUND2"))["state"] == "unused"


async def test_a_move_that_merges_takes_its_holds_along(shelf: Shelf) -> None:
    """Amid others, in its place among them."""
    item = await shelf.item()
    room, attic = [(await shelf.add("/locations", name=name))["id"] for name in ("A", "B")]
    one = await shelf.entry(3, item_id=item, location_id=room)
    two = await shelf.entry(4, item_id=item, location_id=attic)
    await shelf.request(one["id"], 2)
    await shelf.settles(one["id"], held_quantity=2)
    results = await run(
        shelf.api,
        {"op": "adjust", "id": one["id"], "body": {"delta": 1, "reason": "Found"}},
        {"op": "move", "id": one["id"], "body": {"location_id": attic, "merge": True}},
        {"op": "count", "id": two["id"], "body": {"quantity": 9}},
    )
    assert statuses(results) == [200] * 3
    assert results[1]["id"] == two["id"]
    entry = await shelf.see(f"/inventory/{two['id']}")
    assert (entry["quantity"], entry["held_quantity"]) == (9, 2)
    await shelf.balances()


async def test_who_is_restricted_changes_what_they_reach(shelf: Shelf, caller: Caller) -> None:
    """What stands elsewhere is not there, and nothing goes where they don't reach."""
    item = await shelf.item()
    mine, theirs = [(await shelf.add("/locations", name=name))["id"] for name in ("A", "B")]
    shelf_of_mine = (await shelf.add("/locations", name="C", parent_id=mine))["id"]
    one = await shelf.entry(2, item_id=item, location_id=shelf_of_mine)
    two = await shelf.entry(2, item_id=item, location_id=theirs)
    api = caller("inventory", workspace_id=shelf.workspace_id, locations=frozenset({UUID(mine)}))
    api.base_url = api.base_url.join(f"/v1/workspaces/{shelf.workspace_id}")
    results = await run(
        api,
        {"op": "use", "id": one["id"]},
        {"op": "use", "id": two["id"]},
        {"op": "move", "id": two["id"], "body": {"location_id": mine}},
        {"op": "move", "id": two["id"], "body": {"location_id": mine, "merge": True}},
        {"op": "move", "id": one["id"], "body": {"location_id": theirs}},
        {"op": "move", "id": one["id"], "body": {"location_id": theirs, "merge": True}},
        {"op": "create", "body": {"item_id": item, "location_id": theirs}},
        {"op": "create", "body": {"item_id": item, "location_id": mine}},
    )
    assert statuses(results) == [200, 404, 404, 404, 422, 422, 422, 201]


async def test_a_swap_amid_others_takes_no_statement_for_each_of_them(
    shelf: Shelf, environment: dict[str, str], sent: list[str]
) -> None:
    """The others of each half go in together."""
    item = await shelf.item()
    room = (await shelf.add("/locations", name="Room"))["id"]
    await shelf.entry(item_id=item, location_id=room)
    body = {"item_id": item, "location_id": room}
    made = await run(
        shelf.api,
        *({"op": "create", "body": {**body, "external_id": f"S{at}"}} for at in range(64)),
    )
    ids = [UUID(one["id"]) for one in made]
    asked: list[Any] = [{"op": "update", "id": id_, "body": {"notes": "x"}} for id_ in ids]
    asked[40]["body"] = {"external_id": None}
    asked[45] = {"op": "update", "id": ids[50], "body": {"external_id": "S40"}}
    asked[50] = {"op": "update", "id": ids[40], "body": {"external_id": "S50"}}
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=1)
    try:
        async with database.tenant(shelf.workspace_id) as session:
            done = await service.run(session, session, asked, None, patience=0)
    finally:
        await database.stop()
    assert [each for each in done if isinstance(each, Problem)] == []
    assert len(sent) < 2 * len(asked)
    for at, other in ((40, 50), (50, 40)):
        assert (await shelf.see(f"/inventory/{ids[at]}"))["external_id"] == f"S{other}"


async def test_a_batch_takes_as_many_statements_whatever_its_rows(
    shelf: Shelf, environment: dict[str, str], sent: list[str]
) -> None:
    """Two hundred entries take as many as two, with codes of their own."""
    item = UUID(await shelf.item())
    room, attic = [(await shelf.add("/locations", name=name))["id"] for name in ("A", "B")]
    await shelf.entry(item_id=str(item), location_id=room)  # so inventory has heard of the item
    database = Database(environment["INVENTORY_DATABASE_URL"], name="test", pool_size=1)
    costs: list[list[int]] = []
    try:
        for rows in (1, 2, 200):  # at first the connection is set up, too
            created = [
                {
                    "op": "create",
                    "body": {
                        "item_id": item,
                        "location_id": room,
                        "external_id": f"{rows}-{at}",
                        "short_code": f"C{rows}X{at}",
                    },
                }
                for at in range(rows)
            ]
            costs.append([])
            made: list[Any] = []
            for verb, body in (
                ("create", {}),
                ("update", {"notes": "x", "short_code": None}),
                ("move", {"location_id": attic}),
                ("count", {"quantity": 3}),
            ):
                asked = [{"op": verb, "id": id_, "body": body} for id_ in made] or created
                del sent[:]
                async with database.tenant(shelf.workspace_id) as session:
                    done = await service.run(session, session, asked, None, patience=0)
                costs[-1].append(len(sent))
                assert not [each for each in done if isinstance(each, Problem)]
                made = [each.state["id"] for each in done if isinstance(each, Done)]
    finally:
        await database.stop()
    assert costs[1] == costs[2]
    assert max(costs[2]) < 15


async def test_items_are_waited_for_once_and_before_anything_is_locked(shelf: Shelf) -> None:
    """However many unknown ones there are, and whatever stands between them."""
    entry = await shelf.entry(2)
    room = entry["location_id"]
    operations: Rows = [{"op": "adjust", "id": entry["id"], "body": {"delta": 1, "reason": "x"}}]
    for _ in range(5):
        gone = {"location_id": room, "merge": True}
        operations.append({"op": "move", "id": str(uuid4()), "body": gone})
        operations.append(
            {"op": "create", "body": {"item_id": str(uuid4()), "location_id": room}},
        )
    begun = time.monotonic()
    batch = asyncio.create_task(run(shelf.api, *operations))
    await asyncio.sleep(0.5)
    assert not batch.done()  # it waits
    count = {"quantity": 2, "reason": "Not held up"}
    await shelf.api.post(f"/inventory/{entry['id']}/count", json=count)
    assert not batch.done()
    assert statuses(await batch) == [200, *[404, 422] * 5]
    assert time.monotonic() - begun < 2 * ITEM_WAIT + 1


async def test_a_version_of_the_whole_batch_is_refused(shelf: Shelf) -> None:
    """Each operation has its own; `*` asks for nothing."""
    operations = {"operations": [{"op": "archive", "id": str(uuid4())}]}
    for tag, status in (('"99"', 422), ("*", 200)):
        headers = {"If-Match": tag}
        answer = await shelf.api.post("/inventory/batch", json=operations, headers=headers)
        assert answer.status_code == status, answer.text
        if status == 422:
            [error] = answer.json()["errors"]
            assert error["field"] == "If-Match"
            assert "`version`" in error["message"]
