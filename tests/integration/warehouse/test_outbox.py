"""What `warehouse outbox` and `warehouse replay` promise, with catalog's outbox."""

from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from uuid import UUID

import pytest
from support.kafka import Kafka, Seen
from support.processes import Processes
from support.waiting import eventually

from .conftest import Command

ITEMS, CATEGORIES = "warehouse.catalog.item.v1", "warehouse.catalog.category.v1"
_LATE = """
    INSERT INTO outbox
        (event_id, workspace_id, topic, key, type, aggregate_version, headers, payload, shard,
         created_at)
    SELECT gen_random_uuid(), $1, $2, 'late', $2, n, '{"ce_id": "x"}', '{}', 3,
        now() - interval '90 seconds'
    FROM generate_series(1, 3) n
"""


@pytest.fixture
async def make(caller: Callable[..., Any], workspace_id: UUID, processes: Processes) -> Any:  # noqa: ANN401
    """`await make("items", "Canoe")`: the id of a new thing in the running catalog."""
    processes.only(["catalog"])
    http = caller("catalog", workspace_id=workspace_id)

    async def make(kind: str, name: str) -> str:
        answer = await http.post(f"/v1/workspaces/{workspace_id}/{kind}", json={"name": name})
        assert answer.status_code == 201, answer.text
        made: str = answer.json()["id"]
        return made

    return make


@pytest.fixture
def rename(caller: Callable[..., Any], workspace_id: UUID) -> Callable[..., Any]:
    """`await rename(item_id, "Kayak")`, in the running catalog."""
    http = caller("catalog", workspace_id=workspace_id)

    async def rename(item_id: str, name: str) -> None:
        path = f"/v1/workspaces/{workspace_id}/items/{item_id}"
        answer = await http.patch(path, json={"name": name})
        assert answer.status_code == 200, answer.text

    return rename


async def outbox(warehouse: Command) -> dict[str, Any]:
    [found] = (await warehouse("outbox", "--service", "catalog", "--json")).json["services"]
    assert isinstance(found, dict)
    return found


async def drained(warehouse: Command) -> dict[str, Any]:
    async def empty() -> dict[str, Any]:
        found = await outbox(warehouse)
        return found if found["pending"] == 0 else {}

    return await eventually(empty)


async def test_a_running_relay_holds_every_shard_and_leaves_nothing_pending(
    warehouse: Command, make: Callable[..., Any]
) -> None:
    await make("items", "Canoe")
    await drained(warehouse)

    async def alone() -> dict[str, Any]:
        # A relay that went just now may still be counted, and its half of the shards left to it.
        found = await outbox(warehouse)
        return {} if found["shards_free"] else found

    found = await eventually(alone)
    assert (found["oldest"], found["oldest_seconds"], found["shards_free"]) == (None, None, [])
    assert found["published_last_minute"] >= 1
    [holder] = found["holders"]
    assert holder["application_name"] == "catalog-relay"
    assert ip_address(holder["client"])  # as PostgreSQL sees it: through a bridge, another
    assert holder["shards"] == list(range(16))
    today = f"outbox_{datetime.now(UTC):%Y%m%d}"
    [partition] = [each for each in found["partitions"] if each["name"] == today]
    assert partition["bytes"] > 0
    shown = await warehouse("outbox", "--service", "catalog")
    assert shown.code == 0
    assert f"16 by catalog-relay (pid {holder['pid']}, {holder['client']})" in shown.out
    assert today in shown.out


async def test_what_nobody_sends_is_pending_and_grows_old(
    warehouse: Command, processes: Processes, connect: Callable[[str], Any], workspace_id: UUID
) -> None:
    processes.only()
    connection = await connect("catalog")
    await connection.execute(_LATE, workspace_id, CATEGORIES)
    try:
        found = await outbox(warehouse)
        assert found["pending"] == 3
        assert 90 <= found["oldest_seconds"] < 600
        assert (found["holders"], found["shards_free"]) == ([], list(range(16)))
        shown = await warehouse("outbox")
        assert "Nobody sends 16 of catalog's shards: is its worker running?" in shown.out
        assert "1 min 3" in shown.out
    finally:
        await connection.execute("DELETE FROM outbox WHERE key = 'late'")


async def test_a_database_that_is_away_is_told_and_the_rest_is_shown(warehouse: Command) -> None:
    nowhere = "postgresql://auth_app:secret@127.0.0.1:1/warehouse_auth"
    found = await warehouse("outbox", AUTH_DATABASE_URL=nowhere)
    assert found.code == 1
    assert "auth's database at 127.0.0.1:1" in found.err
    assert "secret" not in found.err + found.out
    assert "catalog" in found.out


async def test_a_replay_sends_a_keys_events_again_in_order_and_no_others(
    warehouse: Command,
    make: Callable[..., Any],
    kafka: Kafka,
    rename: Callable[..., Any],
    workspace_id: UUID,
) -> None:
    """With the ids that they had; a dry run only counts."""
    mine, other = await make("items", "Canoe"), await make("items", "Paddle")
    for name in ("Kayak", "Raft"):
        await rename(mine, name)
    await drained(warehouse)

    async def sent(key: str) -> list[Seen]:
        seen = await kafka.read(ITEMS, workspace_id=workspace_id)
        return [one for one in seen if one.key == key]

    once = await sent(mine)
    assert [one.headers["ce_aggregateversion"] for one in once] == ["1", "2", "3"]
    chosen = ("replay", "catalog", "--topic", ITEMS, "--key", mine, "--since", "1h", "--json")
    dry = (await warehouse(*chosen, "--dry-run")).json
    assert (dry["service"], dry["rows"], dry["dry_run"]) == ("catalog", 3, True)
    assert (await outbox(warehouse))["pending"] == 0
    assert (await warehouse(*chosen)).json["rows"] == 3

    async def twice() -> bool:
        return len(await sent(mine)) == 6

    await eventually(twice)
    assert [one.headers for one in (await sent(mine))[3:]] == [one.headers for one in once]
    assert len(await sent(other)) == 1


async def test_a_replay_goes_by_when_events_were_staged(
    warehouse: Command, make: Callable[..., Any]
) -> None:
    await make("categories", "Boats")
    await drained(warehouse)
    everything = ("replay", "catalog", "--topic", CATEGORIES, "--dry-run", "--json")
    rows = (await warehouse(*everything)).json["rows"]
    assert rows >= 1
    assert (await warehouse(*everything, "--since", "1d")).json["rows"] == rows
    assert (await warehouse(*everything, "--until", "1d")).json["rows"] == 0
    assert (await warehouse(*everything, "--since", "2100-01-01")).json["rows"] == 0


async def test_a_replay_says_what_the_outbox_no_longer_has(
    warehouse: Command, connect: Callable[[str], Any], processes: Processes
) -> None:
    """Its first rows went with their day: asked for everything, it tells from when it has it."""
    processes.only()
    connection = await connect("catalog")
    await connection.execute("SELECT nextval('outbox_id_seq')")
    gone = await connection.fetch("DELETE FROM outbox WHERE id = 1 RETURNING outbox::text AS row")
    try:
        partial = await warehouse("replay", "catalog", "--dry-run", "--json")
        assert partial.json["is_complete"] is False
        assert "the outbox of catalog goes back to" in partial.err
        whole = await warehouse("replay", "catalog", "--dry-run", "--since", "1s", "--json")
        assert (whole.json["is_complete"], whole.err) == (True, "")
    finally:
        for row in gone:
            await connection.execute(
                "INSERT INTO outbox OVERRIDING SYSTEM VALUE SELECT ($1::text::outbox).*", row["row"]
            )


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("catalog", "--topic", "warehouse.loans.loan.v1"), "it publishes warehouse.catalog.item"),
        (("catalog", "--since", "soon"), "is no time"),
        (("catalog", "--since", "1h", "--until", "2h"), "selects nothing"),
        (("shop",), "no service 'shop'"),
    ],
)
async def test_a_replay_that_makes_no_sense_is_refused(
    warehouse: Command, arguments: tuple[str, ...], why: str
) -> None:
    refused = await warehouse("replay", *arguments)
    assert refused.code == 1
    assert why in refused.err
