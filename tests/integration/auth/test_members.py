"""What workspaces and their members promise: who may do what to whom."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from support.kafka import Kafka
from support.waiting import eventually

from chassis.database import Database
from chassis.identity import MemberRole
from chassis.problems import Problem
from chassis.requests import Tenant
from chassis.scope import SYSTEM
from services.auth.members import service as members
from services.auth.members.schemas import MemberAdd

from .conftest import Login, Register, add, session_of, signed_in


async def test_a_member_is_added_changed_and_removed_with_events(
    register: Register, kafka: Kafka
) -> None:
    """Each step answers, and publishes the state after it; a change with from and to."""
    owner, friend = await register(), await register("Max Member")
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    added = await add(client, workspace, friend.email, "viewer")
    assert (added.status_code, added.json()["full_name"]) == (201, "Max Member")
    path = f"/v1/workspaces/{workspace}/members/{friend.id}"
    changed = await client.patch(path, json={"role": "admin"})
    assert (changed.status_code, changed.json()["role"]) == (200, "admin")
    assert (await client.delete(path)).status_code == 204
    assert (await client.get(path)).status_code == 404

    async def published() -> list[tuple[str, Any]]:
        seen = await kafka.read("warehouse.auth.member.v1", workspace_id=workspace)
        theirs = [one for one in seen if one.key.endswith(str(friend.id))]
        assert len(theirs) == 3
        assert theirs[1].payload["changes"] == {"role": ["viewer", "admin"]}
        return [(one.type.rpartition(".")[2], one.payload["version"]) for one in theirs]

    assert await eventually(published) == [("added", 1), ("role_changed", 2), ("removed", 3)]


async def test_an_address_that_nobody_proved_makes_nobody_a_member(
    register: Register, environment: dict[str, str], auth_database: asyncpg.Connection
) -> None:
    """Anybody registers with any address: by itself it is nobody's until a mail to it came back.
    The answer is that for an address which nobody has."""
    owner, friend = await register(), await register()
    workspace = UUID(await owner.workspace())
    tenant = Tenant(workspace, owner.id, MemberRole.OWNER)
    database = Database(environment["AUTH_DATABASE_URL"], name="test", pool_size=1)

    async def added(email: str) -> UUID:
        body = MemberAdd(email=email, role=MemberRole.MEMBER)
        async with database.session(SYSTEM) as session:
            return await members.add(session, tenant, body, need_proof=True)

    refusals = []
    for email in (friend.email, "nobody@example.org"):
        with pytest.raises(Problem) as refused:
            await added(email)
        refusals.append(refused.value.errors)
    assert refusals[0] == refusals[1]
    proved = "UPDATE users SET email_verified_at = now() WHERE id = $1"
    await auth_database.execute(proved, friend.id)
    assert await added(friend.email) == friend.id
    await database.stop()


async def test_only_those_who_registered_are_added_and_only_once(register: Register) -> None:
    """An unknown e-mail is a 422 that says what to do; a member already is a 409."""
    owner, friend = await register(), await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    unknown = await add(client, workspace, "nobody@example.org", "member")
    assert unknown.status_code == 422
    assert "invite" in unknown.json()["errors"][0]["message"]
    answers = await asyncio.gather(
        *(add(client, workspace, friend.email, "member") for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


@pytest.mark.parametrize(
    ("actor", "target", "role", "status"),
    [
        ("owner", "admin", "owner", 200),
        ("owner", "member", "viewer", 200),
        ("admin", "member", "admin", 200),
        ("admin", "member", "owner", 403),
        ("admin", "second_owner", "member", 403),
        ("admin", "admin", "owner", 403),
        ("owner", "owner", "admin", 403),
        ("member", "viewer", "member", 403),
        ("member", "member", "admin", 403),
        ("viewer", "viewer", "owner", 403),
    ],
)
async def test_who_may_give_which_role(
    register: Register, actor: str, target: str, role: str, status: int
) -> None:
    """Nobody raises themselves, admins neither make nor unmake owners, members change nobody."""
    people = {"owner": await register()}
    workspace = await people["owner"].workspace()
    client = people["owner"].within(workspace, "owner")
    for name in ("admin", "member", "viewer", "second_owner"):
        people[name] = await register()
        given = "owner" if name == "second_owner" else name
        assert (await add(client, workspace, people[name].email, given)).status_code == 201
    answer = (
        await people[actor]
        .within(workspace, actor)
        .patch(f"/v1/workspaces/{workspace}/members/{people[target].id}", json={"role": role})
    )
    assert answer.status_code == status, answer.text


async def test_an_admin_adds_up_to_admins_and_removes_no_owner(register: Register) -> None:
    """What an admin can't be, an admin can't make; and owners go by owners alone."""
    owner, admin, friend = await register(), await register(), await register()
    workspace = await owner.workspace()
    await add(owner.within(workspace, "owner"), workspace, admin.email, "admin")
    client = admin.within(workspace, "admin")
    assert (await add(client, workspace, friend.email, "owner")).status_code == 403
    assert (await add(client, workspace, friend.email, "admin")).status_code == 201
    removed = await client.delete(f"/v1/workspaces/{workspace}/members/{owner.id}")
    assert removed.status_code == 403


async def test_the_last_owner_stays(register: Register) -> None:
    """The only owner can neither leave nor step down; with a second one, they can leave."""
    owner, second = await register(), await register()
    workspace = await owner.workspace()
    client = owner.within(workspace, "owner")
    path = f"/v1/workspaces/{workspace}/members/{owner.id}"
    refused = await client.delete(path)
    assert (refused.status_code, refused.json()["code"]) == (409, "last-owner")
    refused = await client.patch(path, json={"role": "member"})
    assert (refused.status_code, refused.json()["code"]) == (409, "last-owner")
    await add(client, workspace, second.email, "owner")
    refused = await client.patch(path, json={"role": "member"})
    assert (refused.status_code, refused.json()["detail"]) == (403, "Ask another owner.")
    assert (await client.delete(path)).status_code == 204


async def test_anybody_may_leave(register: Register) -> None:
    """A viewer removes nobody but themselves."""
    owner, viewer = await register(), await register()
    workspace = await owner.workspace()
    await add(owner.within(workspace, "owner"), workspace, viewer.email, "viewer")
    client = viewer.within(workspace, "viewer")
    base = f"/v1/workspaces/{workspace}/members"
    assert (await client.delete(f"{base}/{owner.id}")).status_code == 403
    assert (await client.delete(f"{base}/{viewer.id}")).status_code == 204


async def test_the_gateway_is_told_the_role(
    register: Register, caller: Callable[..., httpx.AsyncClient]
) -> None:
    """The role of a member; 404 for anybody else and anything else."""
    owner = await register()
    workspace = await owner.workspace()
    gateway = caller("auth")
    found = await gateway.get(f"/internal/memberships/{workspace}/{owner.id}")
    assert found.json() == {"role": "owner", "locations": None, "approval": False}
    for path in (f"{workspace}/{uuid4()}", f"{uuid4()}/{owner.id}"):
        assert (await gateway.get(f"/internal/memberships/{path}")).status_code == 404


async def test_two_owners_who_remove_each_other_leave_one(register: Register) -> None:
    """Both at the same moment: one is gone, and so is what they asked for."""
    one, two = await register(), await register()
    workspace = await one.workspace()
    await add(one.within(workspace, "owner"), workspace, two.email, "owner")
    base = f"/v1/workspaces/{workspace}/members"
    answers = await asyncio.gather(
        one.within(workspace, "owner").delete(f"{base}/{two.id}"),
        two.within(workspace, "owner").delete(f"{base}/{one.id}"),
    )
    assert sorted(answer.status_code for answer in answers) == [204, 404]


async def test_two_owners_who_demote_each_other_leave_one(register: Register) -> None:
    """Both at the same moment, each with the role that the gateway saw before: one succeeds."""
    one, two = await register(), await register()
    workspace = await one.workspace()
    await add(one.within(workspace, "owner"), workspace, two.email, "owner")
    base = f"/v1/workspaces/{workspace}/members"
    answers = await asyncio.gather(
        one.within(workspace, "owner").patch(f"{base}/{two.id}", json={"role": "viewer"}),
        two.within(workspace, "owner").patch(f"{base}/{one.id}", json={"role": "viewer"}),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403]


async def test_a_member_is_restricted_to_locations(register: Register, kafka: Kafka) -> None:
    """When added or later, and freed again; each change is told, to the gateway too."""
    owner, friend = await register(), await register()
    workspace = await owner.workspace()
    client, places = owner.within(workspace, "owner"), sorted(str(uuid4()) for _ in range(2))
    body = {"email": friend.email, "role": "viewer", "location_ids": places[:1]}
    added = await client.post(f"/v1/workspaces/{workspace}/members", json=body)
    assert (added.status_code, added.json()["location_ids"]) == (201, places[:1])
    path = f"/v1/workspaces/{workspace}/members/{friend.id}"
    internal = f"/internal/memberships/{workspace}/{friend.id}"
    wider = await client.patch(path, json={"location_ids": [*places[::-1], places[0]]})
    assert (wider.status_code, wider.json()["location_ids"]) == (200, places)
    assert (await client.get(internal)).json() == {
        "role": "viewer",
        "locations": places,
        "approval": False,
    }
    await client.patch(path, json={"role": "member"})
    same = await client.patch(path, json={"location_ids": places, "role": "member"})
    assert (same.json()["version"], same.json()["location_ids"]) == (3, places)
    await client.patch(path, json={"role": "admin", "location_ids": None})
    assert (await client.get(internal)).json()["locations"] is None

    async def published() -> list[tuple[str, Any, Any]]:
        seen = await kafka.read("warehouse.auth.member.v1", workspace_id=workspace)
        theirs = [one for one in seen if one.key.endswith(str(friend.id))]
        assert len(theirs) == 4
        return [
            (
                one.type.rpartition(".")[2],
                one.payload["location_ids"],
                one.payload.get("changes"),
            )
            for one in theirs
        ]

    assert await eventually(published) == [
        ("added", places[:1], None),
        ("updated", places, {"location_ids": [places[:1], places]}),
        ("role_changed", places, {"role": ["viewer", "member"]}),
        ("role_changed", None, {"role": ["member", "admin"], "location_ids": [places, None]}),
    ]


async def test_only_viewers_and_members_are_restricted(register: Register) -> None:
    """An admin sees everything: refused until the restriction is lifted, never lifted unsaid."""
    owner, friend, other = await register(), await register(), await register()
    workspace = await owner.workspace()
    client, place = owner.within(workspace, "owner"), [str(uuid4())]
    await add(client, workspace, friend.email, "member")
    path = f"/v1/workspaces/{workspace}/members/{friend.id}"
    assert (await client.patch(path, json={"location_ids": place})).status_code == 200
    members = f"/v1/workspaces/{workspace}/members"
    for method, where, body in (
        ("PATCH", path, {"role": "admin"}),
        ("PATCH", path, {"role": "owner", "location_ids": place}),
        ("POST", members, {"email": other.email, "role": "admin", "location_ids": place}),
    ):
        refused = await client.request(method, where, json=body)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["code"] == "not-for-this-role"
        assert refused.json()["errors"][0]["field"] == "location_ids"
    kept = (await client.get(path)).json()
    assert (kept["role"], kept["location_ids"], kept["version"]) == ("member", place, 2)
    own = await client.patch(f"{members}/{owner.id}", json={"location_ids": place})
    assert (own.status_code, own.json()["code"]) == (403, "own-role")
    theirs = friend.within(workspace, "member")
    assert (await theirs.patch(path, json={"location_ids": None})).status_code == 403


@pytest.mark.parametrize(
    "location_ids", [[], [str(uuid4()) for _ in range(21)], ["x"], "x", [None]]
)
async def test_a_restriction_names_locations(register: Register, location_ids: Any) -> None:  # noqa: ANN401
    """1 to 20 ids, or null for none: anything else is a 422 about the field."""
    owner = await register()
    workspace = await owner.workspace()
    answer = await owner.within(workspace, "owner").patch(
        f"/v1/workspaces/{workspace}/members/{uuid4()}", json={"location_ids": location_ids}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("location_ids")


async def test_no_path_makes_a_restricted_admin(
    register: Register, connect: Callable[[str], Any]
) -> None:
    """The database refuses one, whoever writes."""
    owner = await register()
    workspace = await owner.workspace()
    database = await connect("auth")
    for ids in ([uuid4()], []):
        with pytest.raises(asyncpg.CheckViolationError):
            await database.execute(
                "UPDATE members SET location_ids = $1 WHERE workspace_id = $2", ids, workspace
            )


async def test_an_ended_session_lets_nobody_in_though_the_gateway_let_it_in(
    register: Register, login: Login
) -> None:
    """Neither added, nor invited, nor as a service account: they would outlive the session."""
    owner, accomplice = await register(), await register()
    workspace = await owner.workspace()
    stolen = await login(owner.email)
    assert (await signed_in(owner, stolen).delete("/v1/me/sessions")).status_code == 204
    late = owner.within(workspace, "owner", session_id=UUID(session_of(stolen)))
    for path, body in (
        ("members", {"email": accomplice.email, "role": "admin"}),
        ("invitations", {"email": accomplice.email, "role": "admin"}),
        ("service-accounts", {"name": "x"}),
    ):
        where = f"/v1/workspaces/{workspace}/{path}"
        assert (await late.post(where, json=body)).status_code == 401, path
    members = await owner.within(workspace, "owner").get(f"/v1/workspaces/{workspace}/members")
    assert len(members.json()["items"]) == 1
