"""What the activity promises: who changed what, when, from what to what."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from integration.analytics.rig import Neighbours
from uuid_utils.compat import uuid7

from chassis.identity import MemberRole


async def activity(neighbours: Neighbours, **params: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    items: list[dict[str, Any]] = (await neighbours.see("/activity", **params))["items"]
    return items


async def test_a_change_is_told_with_its_actor_and_from_and_to(neighbours: Neighbours) -> None:
    """Who, what, when, and each field from what to what."""
    user, item = uuid4(), uuid7()
    await neighbours.say(
        "auth.user.registered", user, workspace_id=None, full_name="Ada Lovelace", email="a@b.org"
    )
    event_id = await neighbours.item(
        "updated", item, "Long saw", changes={"name": ["Saw", "Long saw"]}, actor=str(user)
    )
    [one] = await activity(neighbours)
    assert datetime.now(UTC) > datetime.fromisoformat(one.pop("occurred_at"))
    assert one == {
        "id": str(event_id),
        "actor_id": str(user),
        "actor_name": "Ada Lovelace",
        "type": "warehouse.catalog.item.updated",
        "entity_type": "item",
        "entity_id": str(item),
        "entity_name": "Long saw",
        "changes": [{"field": "name", "from": "Saw", "to": "Long saw"}],
    }


async def test_what_happens_by_itself_has_no_actor(neighbours: Neighbours) -> None:
    """The system's doings are there, by nobody."""
    await neighbours.loan("overdue", uuid7(), "active", item_name="Saw")
    [one] = await activity(neighbours)
    assert (one["actor_id"], one["actor_name"]) == (None, None)


@pytest.mark.parametrize(
    ("type_", "state", "name"),
    [
        ("inventory.short_code.claimed", {"code": "K7QX2M"}, "K7QX2M"),
        ("auth.workspace.updated", {"name": "Makerspace"}, "Makerspace"),
        ("catalog.attachment.created", {"title": "Front", "item_id": uuid4()}, "Front"),
        ("auth.member.added", {"user_id": uuid4(), "full_name": "Ann", "role": "admin"}, "Ann"),
        (
            "auth.member.removed",
            {"full_name": "", "email": "ann@example.org", "role": "admin"},
            "ann@example.org",
        ),
        ("auth.token.created", {"name": "Till"}, "Till"),
        ("catalog.category.created", {"name": "Tools"}, "Tools"),
        ("inventory.location.moved", {"name": "Shelf"}, "Shelf"),
        ("inventory.container.archived", {"name": "Box"}, "Box"),
        ("inventory.repair.opened", {"item_name": "Saw"}, "Saw"),
        ("inventory.maintenance.due", {"name": "Oil", "item_name": "Saw"}, "Oil"),
        ("loans.borrower.restored", {"name": "Ann Ray"}, "Ann Ray"),
    ],
)
async def test_every_service_is_in_it(
    neighbours: Neighbours, type_: str, state: dict[str, Any], name: str
) -> None:
    """Each aggregate's events, under the name that it goes by."""
    # The topics are everybody's: a workspace that is not the event's would be poison to others.
    id_ = neighbours.workspace_id if ".workspace." in type_ else uuid7()
    await neighbours.say(type_, id_, **state)
    [one] = await activity(neighbours)
    assert one["type"] == f"warehouse.{type_}"
    assert one["entity_type"] == type_.split(".")[1]
    assert one["entity_name"] == name


async def test_a_persons_access_token_is_their_own_affair(neighbours: Neighbours) -> None:
    """It belongs to no workspace, even if it opens but one."""
    await neighbours.say(
        "auth.token.created", uuid7(), workspace_id=None, limited_to=neighbours.workspace_id
    )
    assert await activity(neighbours) == []


async def test_stock_and_loans_go_by_the_name_of_their_item(neighbours: Neighbours) -> None:
    """Neither has a name; who reads of them wants to know which thing it was."""
    item, loan = uuid7(), uuid7()
    await neighbours.stock("created", uuid7(), item, 1)
    await neighbours.item("created", item, "Saw")
    await neighbours.loan("requested", loan, item_id=None, item_name=None)
    await neighbours.loan("activated", loan, "active", item_id=item, item_name="Saw")
    assert {one["entity_name"] for one in await activity(neighbours)} == {"Saw"}


async def test_a_deleted_user_has_no_name(neighbours: Neighbours) -> None:
    """What they did stays; who they were is forgotten."""
    user = uuid4()
    await neighbours.say("auth.user.registered", user, workspace_id=None, full_name="Ada")
    await neighbours.say("auth.user.deleted", user, workspace_id=None, full_name="Ada")
    await neighbours.item("created", uuid7(), actor=str(user))
    [one] = await activity(neighbours)
    assert (one["actor_id"], one["actor_name"]) == (str(user), None)


async def test_it_is_found_by_entity_actor_type_and_time(neighbours: Neighbours) -> None:
    """Each filter alone, and all of them together."""
    user, item, other = uuid4(), uuid7(), uuid7()
    before = datetime.now(UTC)
    await neighbours.item("created", item, actor=str(user))
    between = datetime.now(UTC)
    await neighbours.item("archived", item)
    await neighbours.stock("created", uuid7(), item, 1)
    await neighbours.item("created", other)

    async def count(**params: Any) -> int:  # noqa: ANN401
        return len(await activity(neighbours, **params))

    created = "warehouse.catalog.item.created"
    assert await count() == 4
    assert await count(entity_id=item) == 2
    assert await count(entity_type="stock") == 1
    assert await count(actor_id=user) == 1
    assert await count(type=created) == await count(type="item.created") == 2
    assert await count(since=between.isoformat()) == 3
    assert await count(until=between.isoformat()) == 1
    assert await count(since=before.isoformat(), until=before.isoformat()) == 0
    assert (
        await count(
            entity_id=item,
            entity_type="item",
            actor_id=user,
            type=created,
            until=between.isoformat(),
        )
        == 1
    )
    assert await count(type=created, entity_type="stock") == 0


async def test_pages_hold_every_change_once(neighbours: Neighbours) -> None:
    """Following next_cursor gives each once, newest first."""
    item = uuid7()
    said = [await neighbours.item("updated", item, f"Saw {number}") for number in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await neighbours.see("/activity", limit=2, cursor=cursor)
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [str(event_id) for event_id in reversed(said)]


@pytest.mark.parametrize(
    "query",
    [
        "cursor=odd",
        "entity_type=secret",
        "entity_id=1",
        "type=%00",
        "type=A",
        "type=bogus",
        "type=item",
        "type=bogus.created",
        "type=warehouse.loans.item.created",
        "type=warehouse.catalog.bogus.created",
        "type=catalog.item.created",
        "since=yesterday",
        "since=2026-01-01T00:00:00",
        "since=2026",
        "since=-1",
        "until=9999-12-31T23:59:59-23:00",
        "limit=0",
    ],
)
async def test_what_makes_no_sense_is_a_problem(neighbours: Neighbours, query: str) -> None:
    """Odd filters answer 422, never a failure."""
    answer = await neighbours.api.get(f"/v1/workspaces/{neighbours.workspace_id}/activity?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
async def test_far_off_times_are_times(neighbours: Neighbours, moment: str) -> None:
    """The ends of the calendar are fine as bounds."""
    await activity(neighbours, since=moment)
    await activity(neighbours, until=moment)


@pytest.mark.parametrize("path", ["dashboard", "analytics/most-lent-items", "activity"])
async def test_other_workspaces_see_nothing_of_it(
    neighbours: Neighbours, caller: Callable[..., httpx.AsyncClient], path: str
) -> None:
    """A member of another workspace gets 404 here, and there reads nothing from here."""
    item = uuid7()
    await neighbours.item("created", item)
    await neighbours.loan("activated", uuid7(), "active", item_id=item)
    elsewhere = uuid4()
    stranger = caller("analytics", workspace_id=elsewhere, role=MemberRole.OWNER)

    here = await stranger.get(f"/v1/workspaces/{neighbours.workspace_id}/{path}")
    assert here.status_code == 404
    there = (await stranger.get(f"/v1/workspaces/{elsewhere}/{path}")).json()
    assert not any(value for value in there.values())


async def test_the_database_itself_keeps_workspaces_apart(neighbours: Neighbours) -> None:
    """The app role sees no row of a workspace that it has not entered."""
    await neighbours.item("created", uuid7())
    connection = neighbours.database
    async with connection.transaction():
        await connection.execute("SET LOCAL ROLE analytics_app")
        assert await connection.fetchval("SELECT count(*) FROM items") == 0
        workspace_id: UUID = neighbours.workspace_id
        await connection.execute(
            "SELECT set_config('warehouse.workspace_id', $1, true)", str(workspace_id)
        )
        assert await connection.fetchval("SELECT count(*) FROM items") == 1
